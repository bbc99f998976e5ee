"""What a review finds: statements that hold, and checks that could not be made."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from cds.knowledge.model import Level, Statement, Tier
from cds.rules.case import Case
from cds.rules.truth import Fact, Missing


@dataclass(frozen=True)
class Finding:
    """A statement that holds for an order, at the loudest of its tiers that holds.

    ``others`` are (reference, ingredient) of the other orders it speaks of.
    """

    statement: Statement
    tier: Tier
    case: Case
    facts: tuple[Fact, ...]

    @property
    def level(self) -> Level:
        """How loud."""
        return self.tier.level

    @property
    def order(self) -> str:
        """Reference of the order it is about."""
        return self.case.seen.order.reference

    @cached_property
    def others(self) -> tuple[tuple[str, str], ...]:
        """The other orders it speaks of."""
        return tuple(dict.fromkeys(other for fact in self.facts for other in fact.others))

    @cached_property
    def values(self) -> dict[str, str]:
        """Values for the placeholders of the card's text; the first of a kind counts."""
        values: dict[str, str] = {}
        for fact in self.facts:
            for name, value in fact.values:
                values.setdefault(name, value)
        return values

    @property
    def drugs(self) -> tuple[str, ...]:
        """Slugs of all ingredients it speaks of."""
        return tuple(sorted(self.case.seen.names | {ingredient for _, ingredient in self.others}))

    @cached_property
    def sameness(self) -> str:
        """A digest that is equal when the same was found again: the same tier of the same statement, with the same
        figures, for an order of the same content (whatever it is called now) and the same other drugs.

        How long ago something was does not count: it changes with every day.
        """
        figures = sorted((name, value) for name, value in self.values.items() if name != "ago")
        told = (self.statement.id, self.tier.rule, self.level.value)
        same = ", ".join((*map(repr, told), self.case.seen.content, repr(figures), repr(self.drugs)))
        return hashlib.sha256(f"({same})".encode()).hexdigest()

    @property
    def key(self) -> tuple[str, str]:
        """Statement and order: what makes a finding the same finding."""
        return self.statement.id, self.order


@dataclass(frozen=True, slots=True)
class NotAssessed:
    """A check that could not be made for an order, and what was lacking. ``statement`` empty: the order as a whole."""

    case: Case
    missing: Missing
    statement: str
    level: Level


@dataclass(frozen=True, slots=True)
class Judged:
    """All that was judged of one order: which statements, which were clear."""

    order: str
    ingredients: tuple[str, ...]
    checked: tuple[str, ...]
    clear: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """The outcome of a review, before it is put into words."""

    found: tuple[Finding, ...]
    not_assessed: tuple[NotAssessed, ...]
    judged: tuple[Judged, ...]
