"""One statement against one case: does it hold, at which tier, or what was lacking."""

from __future__ import annotations

from dataclasses import dataclass

from cds.knowledge.model import Statement
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


def covers(case: Case, statement: Statement) -> bool:
    """Whether a statement has something to say of the dose in this use: it judges an amount, or says outright that
    the sources give none. The phase does not matter: a drug in titration is a covered use.
    """
    if not statement.speaks_of_a_dose:
        return False
    return holds(case, statement.applies_in_any_phase).truth is not Truth.FALSE
