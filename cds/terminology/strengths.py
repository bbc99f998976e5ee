"""Strengths: figures in a text, which name each belongs to, and strengths of a record brought to one shape.

A mass is a strength only where it is said per what: a form that is counted (25 mg tablets), a volume (50 mg/mL,
500 mg in 500 mL) or a percentage. Otherwise it is a dose, and no strength is made of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from cds.clinical.order import Strength
from cds.clinical.quantity import COUNT, MASS, UNITS, VOLUME, Dimension, Quantity, unit
from cds.terminology.tables import Form

_NUMBER: Final = r"\d+(?:[.,]\d+)?"
_END: Final = r"(?![^\W\d_])"
_FIGURE: Final = re.compile(
    rf"(?<![\d.,])(?P<value>{_NUMBER})\s*(?P<unit>%|mg|mcg|micrograms?|[uµμ]g|grams?|g){_END}"
    rf"(?:\s*(?:/|\bper\b|\bin\b)\s*(?P<per>{_NUMBER})?\s*(?P<of>ml|l|mg|g){_END})?",
    re.IGNORECASE,
)
_CODES: Final = {
    "mcg": "ug", "microgram": "ug", "micrograms": "ug", "µg": "ug", "μg": "ug", "gram": "g", "grams": "g",
    "ml": "mL", "l": "L",
}  # fmt: skip
_PERCENT: Final = "%"
_RATIO: Final = Dimension()
ONE: Final = Quantity(Decimal(1), unit("1"))


@dataclass(frozen=True, slots=True)
class Figure:
    """A mass or percentage in a text: where it begins, and per what it is said, if that is said."""

    start: int
    amount: Quantity
    per: Quantity | None = None


def figures(text: str) -> tuple[Figure, ...]:
    """Every mass and percentage in a text, in order."""
    return tuple(
        Figure(
            match.start(),
            _quantity(match["value"], match["unit"]),
            _quantity(match["per"] or "1", match["of"]) if match["of"] else None,
        )
        for match in _FIGURE.finditer(text)
    )


def _quantity(number: str, name: str) -> Quantity:
    name = name.casefold()
    return Quantity(Decimal(number.replace(",", ".")), unit(_CODES.get(name, name)))


def assigned(places: Sequence[tuple[int, int]], found: Sequence[Figure]) -> tuple[Figure | None, ...]:
    """The figure of each name, given where each name begins and ends: behind it (a 2 %, b 1 %), before it (2 % a,
    1 % b), or both lists in order (a/b 2 %/1 %). A name whose figure is not plain gets none.
    """
    behind: list[list[Figure]] = [[] for _ in places]
    before: list[Figure] = []
    for figure in found:
        owners = [at for at, (_, end) in enumerate(places) if end <= figure.start]
        (behind[owners[-1]] if owners else before).append(figure)
    if not places:
        return ()
    if before:
        ordered = [before, *behind[:-1]]
        plain = not behind[-1] and all(len(group) == 1 for group in ordered)
        return tuple(group[0] if plain else None for group in ordered)
    if len(behind[-1]) == len(places) > 1 and not any(behind[:-1]):
        return tuple(behind[-1])
    return tuple(_one(group) for group in behind)


def _one(group: Sequence[Figure]) -> Figure | None:
    """The one figure of a name; of several that say the same (500 mg/10 mL, 50 mg/mL), the first."""
    if not group:
        return None
    first, *others = group
    same = all(first.per and other.per and _share(first) == _share(other) for other in others)
    return first if same else None


def _share(figure: Figure) -> object:
    return figure.per and (figure.amount.base / figure.per.base, figure.per.unit.dimension)


def strength_of(figure: Figure, form: Form | None) -> Strength | None:
    """A figure of a text as a strength, where it is one for this form."""
    if figure.amount.unit.code == _PERCENT:
        return percentage(figure.amount.value, form)
    if figure.per is not None:
        return Strength(figure.amount, figure.per)
    if form is not None and form.counted and not form.measured:
        code = f"{{{form.counted}}}"
        return Strength(figure.amount, Quantity(Decimal(1), unit(code if code in UNITS else "1")))
    return None


def percentage(value: Decimal, form: Form | None) -> Strength:
    """2 % is 2 g in 100 g, and in what is measured by volume 2 g in 100 mL."""
    liquid = form is not None and form.measured == "volume"
    return Strength(Quantity(value, unit("g")), Quantity(Decimal(100), unit("mL" if liquid else "g")))


def sound(strength: Strength, form: Form | None) -> Strength | None:
    """A strength from the record, where it can be true of the form.

    Some systems write the mass in a tablet also as its denominator (150 mg in 150 mg). As a share that would be the
    pure substance, so it is not taken as a strength.
    """
    amount, per = strength.amount, strength.per
    if amount.unit.code == _PERCENT:
        return percentage(amount.value, form)
    if amount.unit.dimension == _RATIO and per.unit.dimension == COUNT:
        return _share_of(strength, form)
    if amount.unit.dimension != MASS or not per.base:
        return None
    if per.unit.dimension == MASS:
        counted = form is not None and form.counted and not form.measured
        return None if counted or amount.base >= per.base else strength
    return strength if per.unit.dimension in {VOLUME, COUNT} else None


def _share_of(strength: Strength, form: Form | None) -> Strength | None:
    """20 mg/g written as one unit."""
    share = strength.amount.base / strength.per.base
    if not 0 < share < 1:
        return None
    value = Decimal(share.numerator) * 100 / Decimal(share.denominator)
    return percentage(value, form) if form is None or form.measured != "volume" else None


__all__ = ["ONE", "Figure", "assigned", "figures", "percentage", "sound", "strength_of"]
