"""Which ways out a card offers: a change to an order is tried first, and stays only if the card then says less."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from cds.cards.card import Suggestion
from cds.cards.suggestions import slip_suggestion, suggestions
from cds.clinical.change import ChangeDose, ChangeDuration, ChangeRate, StateUse
from cds.knowledge.model import Knowledge, Level
from cds.rules.finding import Finding, Findings
from cds.rules.slips import Slip
from cds.rules.trial import outcome

_AMENDS: Final = ChangeDose | ChangeRate | ChangeDuration | StateUse


class Offers:
    """The ways out of one review."""

    def __init__(self, findings: Findings, knowledge: Knowledge) -> None:
        self._present = frozenset((*one.key, one.level) for one in findings.found)
        self._knowledge = knowledge

    def of(self, finding: Finding, on_card: Sequence[Finding], slipped: Sequence[Slip]) -> Iterator[Suggestion]:
        """What a finding offers; ``on_card`` are all findings of its card, ``slipped`` the unit slips it may be. Of
        several ways to do the same it is the one after which the fewest findings are left, and among equals the one
        that changes least.
        """
        for alternatives in (*suggestions(finding), *((slip_suggestion(finding, slip),) for slip in slipped)):
            tried = [self._tried(suggestion, finding, on_card) for suggestion in alternatives]
            helping = [one for one in tried if one is not None]
            if helping:
                yield min(helping, key=lambda one: one[0])[1]

    def _tried(
        self, suggestion: Suggestion, finding: Finding, on_card: Sequence[Finding]
    ) -> tuple[int, Suggestion] | None:
        """The suggestion, and how many findings it leaves, if the card would say less of the order after it: nothing
        new that is louder, and not all that is there now. Of what is critical nothing may stay, and a way out that
        leaves a warning is not recommended. Information may stay information, in other words.
        """
        if not any(isinstance(change, _AMENDS) for change in suggestion.changes):
            return 0, suggestion  # the order is taken out, or a measurement is added
        now = [one for one in on_card if one.order == finding.order]
        level = max((one.level for one in now), key=lambda one: one.rank)
        after = outcome(finding, suggestion.changes, self._knowledge)
        if any(one.level.rank > level.rank and (*one.key, one.level) not in self._present for one in after):
            return None
        left = [one for one in after if one.level.rank >= level.rank and one.statement.topic == finding.statement.topic]
        before = {one.statement.id for one in now if one.level is level}
        stay = {one.statement.id for one in left}
        if level is Level.INFO:
            helps = all(one.tier is not finding.tier for one in left)
        elif level is Level.WARNING:
            helps = stay < before
        else:
            helps = not stay
        if level is Level.WARNING and stay:
            suggestion = replace(suggestion, recommended=False)
        return (len(after), suggestion) if helps else None
