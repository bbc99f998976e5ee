"""Quantities, ranges and ratios, or in words why one could not be read. Nothing is coerced and nothing guessed."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from cds.clinical.code import SNOMED, UCUM
from cds.clinical.quantity import TIME, UNITS, Quantity, Unit
from cds.fhir.reading import units
from cds.fhir.reading.coding import system
from cds.fhir.shape import Json, obj, text

LARGEST: Final = Decimal("1e9")
SMALLEST: Final = Decimal("1e-9")
_SHOWN: Final = 40

Pair = tuple[Quantity, Quantity]


@dataclass(frozen=True, slots=True)
class Unread:
    """Why something that was written could not be read, in words for a card. Holds no more than a unit's text."""

    why: str


def number(value: object) -> Decimal | Unread:
    """A number as it stands in the JSON. Text, booleans, floats, what is negative or beyond belief: not read."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return Unread("the number is missing" if value is None else "the number is not written as one")
    exact = Decimal(value)
    if not exact.is_finite():
        return Unread("the number is not finite")
    if exact.is_signed() and exact:
        return Unread("the number is negative")
    if exact and not SMALLEST <= exact <= LARGEST:
        return Unread("the number is beyond belief")
    return exact


def unit_of(value: Json) -> Unit | Unread:
    """The unit of a Quantity by its code and its text, which must not contradict each other."""
    code, words = value.get("code"), text(value.get("unit"))
    known: Unit | None = None
    if isinstance(code, str) and code:
        written_in = system(value.get("system"))
        known = units.by_snomed(code) if written_in == SNOMED else units.by_code(code)
        if known is None and (written_in in (UCUM, SNOMED) or not words):
            return Unread(f"the unit {_quoted(code)} is not one we know")
    named = units.by_text(words) if code else units.by_text_alone(words)
    if known is None:
        if named is None:
            return Unread(f"the unit {_quoted(words)} is not one we know" if words else "there is no unit")
        return named
    if named is not None and not units.same(known, named):
        return Unread(f"the unit's text {_quoted(words)} and its code {_quoted(str(code))} disagree")
    return known


def quantity(value: object) -> Quantity | Unread:
    """A Quantity. One with a comparator ("less than") is not a dose and is not read."""
    written = obj(value)
    if not written:
        return Unread("it is not written as a quantity")
    amount = number(written.get("value"))
    if isinstance(amount, Unread):
        return amount
    if text(written.get("comparator")):
        return Unread("it is a bound and not an amount")
    unit = unit_of(written)
    return unit if isinstance(unit, Unread) else Quantity(amount, unit)


def span(value: object) -> Pair | Unread:
    """A Range as its low and high. Only an upper end counts as that amount; only a lower end is not read."""
    written = obj(value)
    if written.get("high") is None:
        return Unread("the range has no upper end")
    high = quantity(written.get("high"))
    low = high if written.get("low") is None else quantity(written.get("low"))
    for end in (low, high):
        if isinstance(end, Unread):
            return end
    assert isinstance(low, Quantity)  # noqa: S101 - for the type checker: the loop returned otherwise
    assert isinstance(high, Quantity)  # noqa: S101
    if low.unit.dimension != high.unit.dimension or low.base > high.base:
        return Unread("the two ends of the range do not fit together")
    return low, high


def ratio(value: object) -> Pair | Unread:
    """A Ratio as numerator and denominator; the denominator is never zero."""
    written = obj(value)
    top, bottom = quantity(written.get("numerator")), quantity(written.get("denominator"))
    if isinstance(top, Unread):
        return top
    if isinstance(bottom, Unread):
        return bottom
    return Unread("it is divided by zero") if not bottom.value else (top, bottom)


def per_time(top: Quantity, bottom: Quantity) -> Quantity | Unread:
    """An amount per time as one quantity: 100 mg per 8 h is 12.5 mg/h. Exact wherever a decimal can be."""
    if bottom.unit.dimension != TIME:
        return Unread("it is not an amount per time")
    for time in (bottom.unit.code, "h", "d", "min"):
        unit = UNITS.get(f"{top.unit.code}/{time}")
        if unit is None:
            continue
        value = exactly(top.base / bottom.base / unit.factor)
        if value is not None:
            return Quantity(value, unit)
    unit = UNITS.get(f"{top.unit.code}/{bottom.unit.code}")
    if unit is None:
        return Unread("it is not an amount per time")
    return Quantity(top.value / bottom.value, unit)


def exactly(value: Fraction) -> Decimal | None:
    """The decimal equal to a fraction, or None when there is none of 24 digits."""
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    return decimal if Fraction(decimal) == value else None


def _quoted(words: str) -> str:
    """The text as it may be shown: what turns or hides the text around it stands as a mark."""
    return f'"{"".join(letter if letter.isprintable() else chr(0xFFFD) for letter in words[:_SHOWN])}"'
