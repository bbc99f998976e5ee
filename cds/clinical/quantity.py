"""Amounts with units: exact arithmetic on exact units.

A unit is a row of a table, found by its exact UCUM code (``Mg`` is not ``mg``). Values come in as ``Decimal``,
never through a float. Comparison and conversion use ``Fraction``, because dividing a rate by a weight of 60 kg
leaves the decimals; what is shown is rounded, what is compared is not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Final, NamedTuple


class Dimension(NamedTuple):
    """What a unit measures, as powers: mass (mg), volume (mL), time (h), body weight (kg), body surface (m2),
    product units such as tablets (count).
    """

    mass: int = 0
    volume: int = 0
    time: int = 0
    weight: int = 0
    surface: int = 0
    count: int = 0  # type: ignore[assignment]  # not the method that tuples have

    def __add__(self, other: Dimension) -> Dimension:  # type: ignore[override]
        return Dimension(
            self.mass + other.mass,
            self.volume + other.volume,
            self.time + other.time,
            self.weight + other.weight,
            self.surface + other.surface,
            self.count + other.count,
        )

    def __sub__(self, other: Dimension) -> Dimension:
        return Dimension(
            self.mass - other.mass,
            self.volume - other.volume,
            self.time - other.time,
            self.weight - other.weight,
            self.surface - other.surface,
            self.count - other.count,
        )


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its UCUM code, what it measures, and how many base units it is (mg, mL, h, kg, m2, one). The code alone
    tells which it is.
    """

    code: str
    dimension: Dimension = field(compare=False)
    factor: Fraction = field(compare=False)

    def __str__(self) -> str:
        return WORDS.get(self.code, self.code.replace("ug", "microgram").strip("{}"))


MASS: Final = Dimension(mass=1)
VOLUME: Final = Dimension(volume=1)
TIME: Final = Dimension(time=1)
WEIGHT: Final = Dimension(weight=1)
SURFACE: Final = Dimension(surface=1)
COUNT: Final = Dimension(count=1)

_NUMERATORS: Final[dict[str, tuple[Dimension, Fraction]]] = {
    "ng": (MASS, Fraction(1, 1_000_000)),
    "ug": (MASS, Fraction(1, 1000)),
    "mg": (MASS, Fraction(1)),
    "g": (MASS, Fraction(1000)),
    "mL": (VOLUME, Fraction(1)),
    "L": (VOLUME, Fraction(1000)),
}
_TIMES: Final[dict[str, Fraction]] = {
    "s": Fraction(1, 3600),
    "min": Fraction(1, 60),
    "h": Fraction(1),
    "d": Fraction(24),
    "wk": Fraction(168),
    "mo": Fraction(730),
    "a": Fraction(8766),
}
# Product units: what is counted out. All are "one of the product"; which one is said by the product's form.
PRODUCT_UNITS: Final = (
    "{tbl}", "{tablet}", "{pill}", "{cap}", "{capsule}", "{spray}", "{puff}", "{actuat}", "{actuation}",
    "{patch}", "{suppository}", "{lozenge}", "{vial}", "{ampule}", "{dose}", "{each}", "1",
)  # fmt: skip
WORDS: Final[dict[str, str]] = {
    "{tbl}": "tablet",
    "{cap}": "capsule",
    "{actuat}": "actuation",
    "1": "unit",
    "d": "day",
    "/d": "per day",
    "mg/d": "mg/day",
    "mg/kg/d": "mg/kg/day",
    "ug/kg/min": "microgram/kg/min",
    "[lb_av]": "lb",
}


def _table() -> dict[str, Unit]:
    units: dict[str, Unit] = {}

    def add(code: str, dimension: Dimension, factor: Fraction) -> None:
        units[code] = Unit(code, dimension, factor)

    per_body: tuple[tuple[str, Dimension], ...] = (("", Dimension()), ("/kg", WEIGHT), ("/m2", SURFACE))
    for name, (dimension, factor) in _NUMERATORS.items():
        for body, body_dimension in per_body:
            add(name + body, dimension - body_dimension, factor)
            for time, hours in _TIMES.items():
                add(f"{name}{body}/{time}", dimension - body_dimension - TIME, factor / hours)
    for mass in ("ng", "ug", "mg", "g"):
        for volume in ("mL", "L"):
            add(
                f"{mass}/{volume}",
                MASS - VOLUME,
                _NUMERATORS[mass][1] / _NUMERATORS[volume][1],
            )
        for other in ("mg", "g"):
            add(f"{mass}/{other}", Dimension(), _NUMERATORS[mass][1] / _NUMERATORS[other][1])
    for time, hours in _TIMES.items():
        add(time, TIME, hours)
        add(f"/{time}", Dimension() - TIME, 1 / hours)
    # Filtration normalised to a standard body surface is compared as the flow it is.
    add("mL/min/{1.73_m2}", VOLUME - TIME, units["mL/min"].factor)
    add("kg", WEIGHT, Fraction(1))
    add("[lb_av]", WEIGHT, Fraction("0.45359237"))
    add("[oz_av]", WEIGHT, Fraction("0.028349523125"))
    add("%", Dimension(), Fraction(1, 100))
    for code in PRODUCT_UNITS:
        add(code, COUNT, Fraction(1))
    return units


UNITS: Final[dict[str, Unit]] = _table()


def unit(code: str) -> Unit:
    """The unit with this exact UCUM code. KeyError when it is not in the table."""
    return UNITS[code]


def shown(value: Fraction, places: int = 4) -> str:
    """A number as a person writes it: at most ``places`` decimals, no trailing zeros, never an exponent.

    Small values keep three significant digits, so that 0.0003 is not shown as 0.
    """
    top, bottom = abs(value.numerator), value.denominator
    if 0 < top * 10**places < bottom:
        while top * 10**places < _THREE_DIGITS * bottom:
            places += 1
    steps = (2 * top * 10**places + bottom) // (2 * bottom)  # to the nearest, halves up
    whole, part = divmod(steps, 10**places)
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{part:0{places}}".rstrip("0").rstrip(".")


_THREE_DIGITS: Final = 100


@dataclass(frozen=True)
class Quantity:
    """A value as written, with its unit."""

    value: Decimal
    unit: Unit

    @cached_property
    def base(self) -> Fraction:
        """The value in base units (mg, mL, h, kg, m2, one)."""
        top, bottom = self.value.as_integer_ratio()
        return Fraction(top * self.unit.factor.numerator, bottom * self.unit.factor.denominator)

    def within(self, other: Unit) -> Fraction:
        """The value in another unit of the same dimension. ValueError for another dimension."""
        if other.dimension != self.unit.dimension:
            message = f"{self.unit.code} cannot be converted to {other.code}"
            raise ValueError(message)
        return self.base / other.factor

    def __str__(self) -> str:
        if self.unit.dimension == COUNT and self.unit.code.startswith("{") and self.value != 1:
            return f"{shown(Fraction(self.value))} {self.unit}s"
        return f"{shown(Fraction(self.value))} {self.unit}"


def quantity(text: str) -> Quantity:
    """Read ``"0.5 mg/kg/h"``: a number, a space, a UCUM code. ValueError when it is not that."""
    number, _, code = text.strip().partition(" ")
    if code not in UNITS:
        message = f"{code or text!r} is not a unit we know"
        raise ValueError(message)
    return Quantity(Decimal(number), UNITS[code])


@dataclass(frozen=True, slots=True)
class Span:
    """Everything from ``low`` to ``high``, both included, in base units of one dimension."""

    low: Fraction
    high: Fraction
    dimension: Dimension

    @classmethod
    def of(cls, low: Quantity, high: Quantity | None = None) -> Span:
        """The span of one quantity, or from one to another of the same dimension."""
        if high is None or high is low:
            return cls(low.base, low.base, low.unit.dimension)
        if high.unit.dimension != low.unit.dimension:
            message = "a span needs two quantities of one dimension"
            raise ValueError(message)
        return cls(min(low.base, high.base), max(low.base, high.base), low.unit.dimension)

    # Most spans are one value, and exact arithmetic is slow: it is done once where both ends are the same.

    def __mul__(self, other: Span) -> Span:
        low = self.low * other.low
        alike = self.low is self.high and other.low is other.high
        return Span(low, low if alike else self.high * other.high, self.dimension + other.dimension)

    def __truediv__(self, other: Span) -> Span:
        low = self.low / other.high
        alike = self.low is self.high and other.low is other.high
        return Span(low, low if alike else self.high / other.low, self.dimension - other.dimension)

    def __add__(self, other: Span) -> Span:
        low = self.low + other.low
        alike = self.low is self.high and other.low is other.high
        return Span(low, low if alike else self.high + other.high, self.dimension)

    def shown(self, unit: Unit) -> str:
        """In words, in ``unit``: ``"0.5 mg/kg"`` or ``"0.1-0.35 mg/kg"``."""
        low, high = _told(self.low / unit.factor), _told(self.high / unit.factor)
        return f"{low} {unit}" if low == high else f"{low}-{high} {unit}"


def _told(value: Fraction) -> str:
    """A number with four decimals, or with six where four would make it look like a rounder one (0.400038)."""
    text = shown(value)
    looks_round = text == shown(value, 3) and abs(value - Fraction(text)) > value * _NOTICED
    return shown(value, 6) if looks_round else text


_NOTICED: Final = Fraction(1, 100_000)


PER_DAY: Final[dict[str, Unit]] = {
    f"{code}/d": Unit(f"{code}/d", COUNT - TIME, Fraction(1, 24)) for code in PRODUCT_UNITS
}
"""Product units a day: only a maximum is said so. Apart from the table, since no dose or rate is written in them."""
WORDS.update({f"{code}/d": f"{Unit(code, COUNT, Fraction(1))}/day" for code in PRODUCT_UNITS})
