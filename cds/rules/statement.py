"""One statement against one case: does it hold, at which tier, or what was lacking."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cds.knowledge.criteria import (
    AmountIs,
    AnyOf,
    Criteria,
    Criterion,
    Measure,
    Not,
    PhaseIs,
    Stopping,
    TakenWith,
)
from cds.knowledge.model import Kind, Statement
from cds.rules.case import Case
from cds.rules.criteria import holds
from cds.rules.finding import Finding, NotAssessed
from cds.rules.truth import Truth, all_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one statement came to: a finding, checks that could not be made, or neither (clear)."""

    finding: Finding | None = None
    not_assessed: tuple[NotAssessed, ...] = ()
    applied: bool = True


NOT_FOR_THIS_ORDER = Outcome(applied=False)


def judge(case: Case, statement: Statement) -> Outcome:
    """Try the tiers from the loudest down; the first that holds is the finding.

    A louder tier that could not be decided is kept as not assessed, so that a quiet finding never hides it.
    """
    applies = holds(case, statement.applies)
    if applies.truth is Truth.FALSE:
        return NOT_FOR_THIS_ORDER
    open_questions: list[NotAssessed] = []
    for tier in reversed(statement.tiers):
        # The tier's own amounts come first: they are what its text speaks of.
        verdict = all_of((holds(case, tier.when), applies))
        if verdict.holds:
            return Outcome(Finding(statement, tier, case, verdict.facts), tuple(open_questions))
        open_questions += [NotAssessed(case, missing, statement.id, tier.level) for missing in verdict.missing]
    return Outcome(None, tuple(open_questions))


def every(criteria: Criteria) -> Iterator[Criterion]:
    """All criteria of a group, those inside ``any`` and ``not`` too."""
    for criterion in criteria:
        yield criterion
        if isinstance(criterion, AnyOf):
            for group in criterion.groups:
                yield from every(group)
        elif isinstance(criterion, Not):
            yield from every(criterion.group)


def all_criteria(statement: Statement) -> Iterator[Criterion]:
    """All criteria of a statement and its tiers."""
    yield from every(statement.applies)
    for tier in statement.tiers:
        yield from every(tier.when)


def speaks_of_company(statement: Statement) -> bool:
    """Whether it is about the drug together with another."""
    return any(isinstance(criterion, TakenWith) for criterion in all_criteria(statement))


def speaks_of_stopping(statement: Statement) -> bool:
    """Whether it is about stopping the drug."""
    return any(isinstance(criterion, Stopping) for criterion in all_criteria(statement))


_JUDGED_AMOUNTS = frozenset({Measure.DOSE, Measure.RATE, Measure.DAILY})
_COVERING_TOPICS = frozenset({"paediatric", "strength", "coverage"})


def covers(case: Case, statement: Statement) -> bool:
    """Whether a statement has something to say of the dose in this use: it judges an amount, or says outright that
    the sources give none. The phase does not matter: a drug in titration is a covered use.
    """
    says_so = statement.kind is Kind.NOT_COVERED or statement.topic in _COVERING_TOPICS
    judges = any(
        isinstance(criterion, AmountIs) and criterion.measure in _JUDGED_AMOUNTS
        for criterion in all_criteria(statement)
    )
    if not (says_so or judges):
        return False
    without_phase = tuple(criterion for criterion in statement.applies if not isinstance(criterion, PhaseIs))
    return holds(case, without_phase).truth is not Truth.FALSE
