"""An amount as it is reckoned: exact, with its two ends where something is not known, and its arithmetic for later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from cds.clinical.quantity import Span
from cds.rules.truth import Missing

Words = Callable[[], str]


def no_words() -> str:
    """The arithmetic of what was written as it is."""
    return ""


@dataclass(frozen=True)
class Amount:
    """An amount in base units. ``least`` and ``most`` are the amount at the two ends of what is not known (equal
    when all is known); each is (low, high) of the range ordered. ``most`` None: without upper end. ``sum_of`` is
    how many orders it adds up; ``words`` write out the arithmetic, which only a finding needs.
    ``name`` stands on a card in place of the figure, where the order gives a word and no figure.
    """

    least: Span
    most: Span | None
    missing: Missing | None = None
    sum_of: int = 1
    words: Words = field(default=no_words, compare=False, repr=False)
    name: str = ""

    @cached_property
    def shown(self) -> str:
        """The arithmetic in words."""
        return self.words()

    @classmethod
    def exactly(cls, span: Span, words: Words = no_words) -> Amount:
        """An amount that depends on nothing unknown."""
        return cls(span, span, None, 1, words)


Found = Amount | Missing | None


def added_up(parts: list[Amount]) -> str:
    """The arithmetic of each part that has any."""
    lines = [("plus " if place else "", part.shown) for place, part in enumerate(parts)]
    return "; ".join(f"{plus}{line}" for plus, line in lines if line)


def plus(one: Span | None, other: Span | None) -> Span | None:
    """The sum of two ends; without an end where one has none."""
    return None if one is None or other is None else one + other


def both(one: Words, other: Words, before: str = "") -> Words:
    """The arithmetic of two amounts, one after the other."""
    return lambda: "; ".join(f"{sign}{line}" for sign, line in ((before, one()), ("", other())) if line)
