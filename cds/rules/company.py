"""Which other medicines stand beside an order: the drafts of the same session and what the patient takes."""

from __future__ import annotations

from collections.abc import Iterator

from cds.clinical.chart import Category
from cds.knowledge.criteria import GivenAs, TakenWith
from cds.rules.case import Case
from cds.rules.situation import Beside, Index, Seen, Situation
from cds.rules.truth import FALSE, Answer, Fact, Lack, known, unknown


def taken_with(case: Case, criterion: TakenWith) -> Answer:
    """Whether another order is of one of these ingredients or classes, and which."""
    found = _matches(case, criterion)
    if len({beside.ingredient for beside in found}) >= criterion.at_least:
        return known(True, _fact(case, found))
    gap = case.situation.chart.missing(Category.MEDICINES)  # there is one, too, for a medicine without a name
    return unknown(Lack.RECORD, Category.MEDICINES) if gap else FALSE


def _matches(case: Case, criterion: TakenWith) -> list[Beside]:
    """The other orders and their ingredients, each once, in the order they stand in."""
    found: dict[tuple[int, int, str], Beside] = {}
    for rank, index in enumerate(_indexes(case, criterion)):
        for beside in _asked(index, criterion):
            if _suits(case, beside, criterion):
                found[rank, beside.place, beside.ingredient] = beside
    return [found[key] for key in sorted(found)]


def _indexes(case: Case, criterion: TakenWith) -> tuple[Index, ...]:
    situation = case.situation
    # A medicine on record, or a draft that is not the one in question, is judged only against what is: what else
    # it stands beside is old news.
    if case.seen.order.reference not in situation.judging_references:
        return (situation.in_question,) if "current" in criterion.states else ()
    indexes = (("current", "in_use"), ("stopped", "lately_stopped"))
    return tuple(getattr(situation, name) for state, name in indexes if state in criterion.states)


def _asked(index: Index, criterion: TakenWith) -> Iterator[Beside]:
    for ingredient in criterion.ingredients:
        yield from index.by_ingredient.get(ingredient, ())
    for name in criterion.classes:
        yield from index.by_class.get(name, ())


def _suits(case: Case, beside: Beside, criterion: TakenWith) -> bool:
    situation, other = case.situation, beside.seen
    if other.order.reference == case.seen.order.reference:
        return False
    if beside.ingredient in criterion.without or beside.ingredient in case.seen.names:
        return False
    if other.route not in (criterion.routes or situation.terminology.route_groups["systemic"]):
        return False
    if criterion.uses and not criterion.uses & other.uses:
        return False
    return not (criterion.regular and is_single(situation, other))


def is_single(situation: Situation, other: Seen) -> bool:
    """Whether an order is for one administration only: said so, or an injection without any timing."""
    instructions = other.order.instructions
    if not instructions:
        return False
    return all(
        one.timing.once
        or (
            one.timing.per_day is None
            and one.rate is None
            and Case(situation, other, one, "").given_as is GivenAs.BOLUS
        )
        for one in instructions
    )


def _fact(case: Case, found: list[Beside]) -> Fact:
    situation = case.situation
    names = list(dict.fromkeys(situation.terminology.names[beside.ingredient].name for beside in found))
    values = [("other", ", ".join(names))]
    lines: list[str] = []
    for beside in found:
        name = situation.terminology.names[beside.ingredient].name
        if beside.over:
            ago = _ago(situation, beside.seen)
            values.append(("ago", ago))
            lines.append(f"{name}: stopped, {ago}")
        elif beside.seen.order.draft:
            lines.append(f"{name}: among the drafts")
        else:
            lines.append(f"{name}: current medicine on record")
    others = tuple((beside.seen.order.reference, beside.ingredient) for beside in found)
    return Fact(tuple(values), "; ".join(dict.fromkeys(lines)), others)


def _ago(situation: Situation, other: Seen) -> str:
    """When a medicine ended, in words; what is still taken as this is signed ends today."""
    ended = other.order.ended
    if ended is None and not (other.order.draft or other.order.current):
        return "date unknown"
    days = max((situation.chart.as_of - (ended or situation.chart.as_of)).days, 0)
    return "today" if days == 0 else "1 day ago" if days == 1 else f"{days} days ago"
