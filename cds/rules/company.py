"""Which other medicines stand beside an order: the drafts of the same session and what the patient takes."""

from __future__ import annotations

from cds.clinical.chart import Category
from cds.knowledge.criteria import GivenAs, TakenWith
from cds.rules.case import Case, route_of
from cds.rules.situation import Seen, Situation
from cds.rules.truth import FALSE, Answer, Fact, Lack, known, unknown


def taken_with(case: Case, criterion: TakenWith) -> Answer:
    """Whether another order is of one of these ingredients or classes, and which."""
    found = _matches(case, criterion)
    if len({ingredient for _, ingredient in found}) >= criterion.at_least:
        return known(True, _fact(case, found))
    gap = case.situation.chart.missing(Category.MEDICINES)
    return unknown(Lack.RECORD, Category.MEDICINES) if gap else FALSE


def _matches(case: Case, criterion: TakenWith) -> list[tuple[Seen, str]]:
    found: dict[tuple[str, str], tuple[Seen, str]] = {}
    for other in _candidates(case, criterion):
        if other.order.reference == case.seen.order.reference or not _suits(case.situation, other, criterion):
            continue
        for ingredient in sorted(other.names - case.seen.names):
            if _belongs(case.situation, ingredient, criterion):
                found[other.order.reference, ingredient] = (other, ingredient)
    return list(found.values())


def _candidates(case: Case, criterion: TakenWith) -> tuple[Seen, ...]:
    situation = case.situation
    # A medicine on record, or a draft that is not the one in question, is judged only against what is: what else
    # it stands beside is old news.
    judging = {seen.order.reference for seen in situation.judging}
    if case.seen.order.reference not in judging:
        starting = tuple(other for other in situation.judging if not other.order.stopping)
        return starting if "current" in criterion.states else ()
    candidates: list[Seen] = []
    if "current" in criterion.states:
        candidates += (*situation.signing, *situation.current)
    if "stopped" in criterion.states:
        candidates += situation.stopped_within(situation.days("stopped-window"))
    return tuple(other for other in candidates if other.order.reference not in situation.replaced)


def _suits(situation: Situation, other: Seen, criterion: TakenWith) -> bool:
    groups = situation.terminology.route_groups
    route = route_of(situation, other)
    if route not in (criterion.routes or groups["systemic"]):
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


def _belongs(situation: Situation, ingredient: str, criterion: TakenWith) -> bool:
    if ingredient in criterion.without:
        return False
    return ingredient in criterion.ingredients or bool(criterion.classes & situation.terminology.classes(ingredient))


def _fact(case: Case, found: list[tuple[Seen, str]]) -> Fact:
    situation = case.situation
    names = list(dict.fromkeys(situation.terminology.names[ingredient].name for _, ingredient in found))
    values = [("other", ", ".join(names))]
    lines: list[str] = []
    for other, ingredient in found:
        name = situation.terminology.names[ingredient].name
        ended = other.order.ended
        if other.order.draft:
            lines.append(f"{name}: among the drafts")
        elif other.order.current:
            lines.append(f"{name}: current medicine on record")
        else:
            days = max((situation.chart.as_of - (ended or situation.chart.as_of)).days, 0)
            ago = "today" if days == 0 else "1 day ago" if days == 1 else f"{days} days ago"
            values.append(("ago", ago))
            lines.append(f"{name}: stopped {ago}")
    others = tuple((other.order.reference, ingredient) for other, ingredient in found)
    return Fact(tuple(values), "; ".join(dict.fromkeys(lines)), others)
