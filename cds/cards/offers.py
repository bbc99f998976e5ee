"""Which ways out a card offers: a change to an order is tried first, and stays only if the card then says less."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cds.cards.card import Card, Suggestion
from cds.cards.suggestions import slip_suggestion, suggestions
from cds.cards.wording import ordered
from cds.clinical.change import ChangeDose, ChangeDuration, ChangeRate, StateUse
from cds.clinical.order import times_a_day
from cds.knowledge.model import Knowledge, Level
from cds.rules.finding import Finding, Findings
from cds.rules.situation import Seen, Situation
from cds.rules.slips import Slip
from cds.rules.trial import outcome

_AMENDS: Final = ChangeDose | ChangeRate | ChangeDuration | StateUse


@dataclass(frozen=True, slots=True)
class Offer:
    """A way out, with its place on the card: what changes the order comes before what removes it or adds to it, that
    after which least is left before the rest, and a guess at a slip last.
    """

    suggestion: Suggestion
    place: tuple[int, int] = (1, 0)


class Offers:
    """The ways out of one review."""

    def __init__(self, findings: Findings, knowledge: Knowledge) -> None:
        self._present = frozenset((*one.key, one.level) for one in findings.found)
        self._knowledge = knowledge

    def of(self, finding: Finding, on_card: Sequence[Finding], slipped: Sequence[Slip]) -> Iterator[Offer]:
        """What a finding offers; ``on_card`` are all findings of its card, ``slipped`` the unit slips it may be. Of
        several ways to do the same it is the one after which the fewest findings are left, and among equals the one
        that changes least.
        """
        for alternatives in suggestions(finding):
            tried = [self._tried(suggestion, finding, on_card) for suggestion in alternatives]
            helping = [one for one in tried if one is not None]
            if helping:
                yield min(helping, key=lambda one: one.place)
        for slip in slipped:
            offer = self._tried(slip_suggestion(finding, slip), finding, on_card)
            if offer is not None:
                yield replace(offer, place=(2, 0))

    def _tried(self, suggestion: Suggestion, finding: Finding, on_card: Sequence[Finding]) -> Offer | None:
        """The suggestion, if the card would say less of the order after it: nothing new that is louder, and not all
        that is there now. Of what is critical nothing may stay, and a way out that leaves a warning as loud is
        not recommended. Information may stay information, in other words.
        """
        if not any(isinstance(change, _AMENDS) for change in suggestion.changes):
            return Offer(suggestion)
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
        return Offer(suggestion, (0, len(after))) if helps else None


SEVERAL: Final = "several"
"""The topic of a card into which others were folded."""


def told_apart(card: Card, situation: Situation) -> tuple[Suggestion, ...]:
    """The suggestions of a card, each with a label of its own: with the drug where cards were folded into one, with
    the directions where two orders of one drug are meant. Of two orders that are the same one label is enough.
    """
    orders = {seen.order.reference: seen for seen in (*situation.signing, *situation.stopping)}
    named = [(_of_drug(one, orders, situation) if card.topic == SEVERAL else one) for one in card.suggestions]
    counts = Counter(one.label for one in named)
    found = [_with_directions(one, orders) if counts[one.label] > 1 else one for one in named]
    return tuple({one.label: one for one in reversed(found)}.values())[::-1]


def _order_of(suggestion: Suggestion, orders: Mapping[str, Seen]) -> Seen | None:
    references = [getattr(change, "order", "") for change in suggestion.changes]
    return orders.get(references[0]) if references else None


def _of_drug(suggestion: Suggestion, orders: Mapping[str, Seen], situation: Situation) -> Suggestion:
    seen = _order_of(suggestion, orders)
    if seen is None or not isinstance(suggestion.changes[0], _AMENDS):
        return suggestion
    drugs = "/".join(situation.terminology.names[name].name for name in sorted(seen.names))
    return replace(suggestion, label=f"{drugs}: {suggestion.label[:1].lower()}{suggestion.label[1:]}")


def _with_directions(suggestion: Suggestion, orders: Mapping[str, Seen]) -> Suggestion:
    seen = _order_of(suggestion, orders)
    if seen is None or not seen.order.instructions:
        return suggestion
    first = seen.order.instructions[0]
    times = first.timing.per_day
    words = f"{ordered(first)} {times_a_day(*times)}" if times and times[0] == times[1] else ordered(first)
    return replace(suggestion, label=f"{suggestion.label} ({words})")
