"""The review: every statement about every order's ingredients, and nothing else, so cost grows with the order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from cds.clinical.chart import Birth
from cds.clinical.order import Instruction
from cds.knowledge.model import Knowledge, Level, Statement
from cds.rules import administration
from cds.rules.case import Case
from cds.rules.finding import Finding, Findings, Judged, NotAssessed
from cds.rules.situation import Seen, Situation
from cds.rules.statement import Outcome, covers, judge
from cds.rules.truth import Lack, Missing

_NO_INSTRUCTION = Instruction()


def review(situation: Situation, knowledge: Knowledge) -> Findings:
    """Judge the orders to be signed, or what is taken already. Where the age is not known, every age is tried and only
    what holds at all of them is said; where they differ, that the age decides is said instead.
    """
    worlds = _ages(situation)
    if len(worlds) == 1:
        return _at_one_age(worlds[0], knowledge)
    return _agreed([_at_one_age(world, knowledge) for world in worlds])


def findings_about(situation: Situation, knowledge: Knowledge, reference: str, topic: str) -> tuple[Finding, ...]:
    """What the review finds of one draft order under one topic, at any age that the birth date allows."""
    found: list[Finding] = []
    for world in _ages(situation):
        for seen in world.judging:
            if seen.order.reference == reference:
                found += _unyielding(_judge_order(world, knowledge, _Subject(seen, True), topic).found)
    return tuple(found)


# --- one age -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Subject:
    """An order to hold statements against. ``judged``: it is in question; else it is only company."""

    seen: Seen
    judged: bool


def _at_one_age(situation: Situation, knowledge: Knowledge) -> Findings:
    found: dict[tuple[str, str], Finding] = {}
    not_assessed: list[NotAssessed] = []
    judged: list[Judged] = []
    for subject in _subjects(situation):
        if not subject.judged and not any(map(knowledge.of_company, subject.seen.names)):
            continue
        report = _judge_order(situation, knowledge, subject)
        for finding in report.found:
            key = finding.key
            present = found.get(key)
            if present is None or finding.level.rank > present.level.rank:
                found[key] = finding
        if subject.judged:
            not_assessed += report.not_assessed
            judged += report.judged
    kept = _unyielding(tuple(found.values()))
    return Findings(kept, _worth_saying(situation, kept, not_assessed), tuple(judged))


def _subjects(situation: Situation) -> Iterable[_Subject]:
    judging = {seen.order.reference for seen in situation.judging}
    for seen in (*situation.signing, *situation.stopping):
        yield _Subject(seen, seen.order.reference in judging)
    for seen in situation.current:
        if seen.order.reference not in situation.replaced:
            yield _Subject(seen, seen.order.reference in judging)


def _judge_order(situation: Situation, knowledge: Knowledge, subject: _Subject, topic: str = "") -> Findings:
    """Hold the statements (of one topic, where it is named) against an order."""
    seen = subject.seen
    found: list[Finding] = []
    open_questions: list[NotAssessed] = []
    checked: dict[str, None] = {}
    fired: set[str] = set()
    covered = False
    statements = tuple(row for row in _statements(knowledge, subject) if topic in ("", row[0].topic))
    for instruction in seen.order.instructions or (_NO_INSTRUCTION,):
        cases = {name: Case(situation, seen, instruction, name) for name in seen.names}
        for statement, ingredient in statements:
            case = cases[ingredient]
            outcome, covered = _judge(case, statement, covered)
            if outcome.applied:
                checked[statement.id] = None
            if outcome.finding:
                found.append(outcome.finding)
                fired.add(statement.id)
            open_questions += outcome.not_assessed
    case = Case(situation, seen, (seen.order.instructions or (_NO_INSTRUCTION,))[0], "")
    if seen.product.problem and not seen.order.stopping:
        open_questions.append(NotAssessed(case, Missing(Lack.ORDER, seen.product.problem), "", Level.WARNING))
    elif checked and not covered and not seen.order.stopping and _has_amount(seen):
        words = "the knowledge sources give no dose for this use"
        open_questions.append(NotAssessed(case, Missing(Lack.USE_NOT_COVERED, words), "", Level.INFO))
    doubtful = {question.statement for question in open_questions}
    clear = tuple(one for one in checked if one not in fired and one not in doubtful)
    names = tuple(sorted(seen.names))
    return Findings(
        tuple(found),
        tuple(open_questions),
        (Judged(seen.order.reference, names, tuple(checked), clear),),
    )


def _judge(case: Case, statement: Statement, covered: bool) -> tuple[Outcome, bool]:
    """What one statement comes to, and whether it or one before it (``covered``) covers the dose of this use. A fault
    in it is a check that could not be made, and never costs the rest of the review.
    """
    try:
        outcome = judge(case, statement)
        applies = outcome.applied and statement.speaks_of_a_dose
        return outcome, covered or applies or covers(case, statement)
    except Exception as fault:  # noqa: BLE001 - the design's section 7: said on a card, loud in the log
        words = f"a check failed inside the service ({statement.id}, {type(fault).__name__})"
        question = NotAssessed(case, Missing(Lack.FAILED, words), statement.id, Level.WARNING)
        return Outcome(None, (question,)), True


def _statements(knowledge: Knowledge, subject: _Subject) -> Iterable[tuple[Statement, str]]:
    """The statements about this order's ingredients, each once, with the ingredient it speaks of."""
    stopping = subject.seen.order.stopping
    about = knowledge.concerning(subject.seen.names, judged=subject.judged)
    return [row for row in about if row[0].speaks_of_stopping is stopping]


def _has_amount(seen: Seen) -> bool:
    return any(one.dose is not None or one.rate is not None for one in seen.order.instructions)


def _unyielding(found: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Without the findings that give way to another. A critical one never does."""
    of_order: dict[str, list[Finding]] = {}
    for finding in found:
        of_order.setdefault(finding.order, []).append(finding)
    kept: list[Finding] = []
    for finding in found:
        if finding.level is Level.CRITICAL or not finding.statement.yields_to:
            kept.append(finding)
            continue
        stronger = [
            other
            for other in of_order[finding.order]
            if other.statement.id in finding.statement.yields_to and _same_matter(finding, other)
        ]
        if not stronger:
            kept.append(finding)
            continue
        named = {reference for other in stronger for reference in other.others}
        if finding.others and named and not set(finding.others) <= named:
            kept.append(_without(finding, named))
    return tuple(kept)


def _same_matter(one: Finding, other: Finding) -> bool:
    """Where both speak of another drug, of the same one."""
    return not one.others or not other.others or bool(set(one.others) & set(other.others))


def _without(finding: Finding, others: set[tuple[str, str]]) -> Finding:
    """The finding without some of the other drugs it names: those are spoken of by a stronger one."""
    facts = tuple(
        replace(fact, others=tuple(other for other in fact.others if other not in others)) if fact.others else fact
        for fact in finding.facts
    )
    return replace(finding, facts=facts)


def _worth_saying(
    situation: Situation, found: tuple[Finding, ...], questions: list[NotAssessed]
) -> tuple[NotAssessed, ...]:
    """Each lack once per order. A weight that could not change a critical dose finding is not asked for, and at
    order-select an order that is still being written is not called unreadable.
    """
    critical = {one.order for one in found if one.level is Level.CRITICAL and one.statement.topic == "dose"}
    kept: dict[tuple[str, Missing], NotAssessed] = {}
    for question in questions:
        reference, lack = question.case.seen.order.reference, question.missing.lack
        if lack is Lack.WEIGHT and reference in critical:
            continue
        if lack is Lack.ORDER and situation.drafts.selected and not _contradicts(question.case):
            continue
        present = kept.get((reference, question.missing))
        if present is None or question.level.rank > present.level.rank:
            kept[reference, question.missing] = question
    return tuple(kept.values())


def _contradicts(case: Case) -> bool:
    unreadable = case.disagreement or case.instruction.unread or case.seen.order.unread or case.seen.product.problem
    said = case.instruction.dose or case.instruction.rate
    twice = case.seen.product.two_strengths or (said is not None and administration.contradicted(case, said))
    return bool(unreadable or twice)


# --- every age -----------------------------------------------------------------------------------------------


def _ages(situation: Situation) -> list[Situation]:
    """The situation at each age band that the birth date allows: one when the band is known."""
    age = situation.age
    adult, elderly = (int(situation.policy.number(key)) for key in ("adult-from", "elderly-from"))
    bands = {"child": (0, adult - 1), "adult": (adult, elderly - 1), "elderly": (elderly, 130)}
    if age is None:
        possible = list(bands.values())
    else:
        possible = [band for band in bands.values() if age[0] <= band[1] and age[1] >= band[0]]
    if len(possible) == 1:
        return [situation]
    youngest, oldest = age or (0, 90)
    middles = [(max(low, youngest) + min(high, oldest)) // 2 for low, high in possible]
    return [situation.at_birth(_born(situation.today, years)) for years in middles]


def _born(today: date, years: int) -> Birth:
    day = date(today.year - years, 1, 1)
    return Birth(day, day)


def _agreed(worlds: list[Findings]) -> Findings:
    """What is the same at every age; and, for each order where it is not, that the age decides."""
    everywhere = set.intersection(*({(*one.key, one.level) for one in world.found} for world in worlds))
    first = worlds[-1]
    kept = [one for one in first.found if (*one.key, one.level) in everywhere]
    questions = {(one.case.seen.order.reference, one.missing): one for world in worlds for one in world.not_assessed}
    differing = [[one for one in world.found if (*one.key, one.level) not in everywhere] for world in worlds]
    orders = dict.fromkeys(one.order for world in differing for one in world)
    for order in orders:
        here = [[one for one in world if one.order == order] for world in differing]
        loudest = [max((one.level.rank for one in world), default=-1) for world in here]
        if min(loudest) == Level.CRITICAL.rank:
            kept += here[-1]
        elif max(loudest) >= Level.WARNING.rank:
            case = next(one.case for world in here for one in world)
            missing = Missing(Lack.AGE, "the age is not known, and what is advised depends on it")
            statement = next(one.statement.id for world in here for one in world)
            questions[order, missing] = NotAssessed(case, missing, statement, Level.WARNING)
        else:
            seen = {one.key for one in kept}
            kept += [one for world in here for one in world if not (one.key in seen or seen.add(one.key))]  # type: ignore[func-returns-value]
    return Findings(tuple(kept), tuple(questions.values()), first.judged)
