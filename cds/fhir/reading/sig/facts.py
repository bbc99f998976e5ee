"""What a parsed direction says, one fact after the other, before it is decided whether they make one meaning."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from cds.clinical.quantity import Quantity, Unit


@dataclass(frozen=True, slots=True)
class Said:
    """An amount as said, from low to high."""

    low: Decimal
    high: Decimal
    unit: Unit

    @property
    def pair(self) -> tuple[Quantity, Quantity]:
        """As two quantities."""
        return Quantity(self.low, self.unit), Quantity(self.high, self.unit)

    def times(self, factor: Decimal) -> Said:
        """So many of it."""
        return Said(self.low * factor, self.high * factor, self.unit)


class Place(NamedTuple):
    """Where in the text one fact stands. ``what`` is ``amount`` (with what explains it), ``often`` or ``over``."""

    what: str
    start: int
    end: int


@dataclass(slots=True)
class Facts:
    """Everything a direction said. ``aside`` is an amount in brackets after the dose, ``aside_is`` how it was
    meant: ``total``, ``each`` or not said. ``by_interval``: how often was
    said as hours or days between doses. ``places`` are where the text says what a change may replace.
    """

    amounts: list[Said] = field(default_factory=list)
    aside: Said | None = None
    aside_is: str = ""
    often: list[tuple[Fraction, Fraction]] = field(default_factory=list)
    times_of_day: list[str] = field(default_factory=list)
    times_joined: int = 0
    by_interval: bool = False
    once: bool = False
    as_needed: bool = False
    routes: list[str] = field(default_factory=list)
    bolus: bool = False
    infusion: bool = False
    continuous: bool = False
    divided: bool = False
    over: list[Quantity] = field(default_factory=list)
    days: list[Fraction] = field(default_factory=list)
    doses: list[int] = field(default_factory=list)
    most: list[Said] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
