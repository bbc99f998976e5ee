"""An amount that meets a bound, in the words a card needs: at a glance, and with what it is held against."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Final

from cds.clinical.quantity import Quantity, Span, Unit, shown, unit
from cds.rules.amount import Amount
from cds.rules.case import Case
from cds.rules.truth import Fact, Lack


class AmountFound(Fact):
    """An amount within the bounds of a criterion. Most are only steps to an answer, so the words are found when a
    card asks for them.
    """

    def __init__(self, case: Case, found: Amount, bound: Quantity, *, below: bool = False) -> None:
        vars(self).update(case=case, found=found, bound=bound, below=below)

    case: Case
    found: Amount
    bound: Quantity
    below: bool

    @cached_property
    def values(self) -> tuple[tuple[str, str], ...]:
        """The amount, the limit it is held against, and over how many orders it was added up."""
        return (
            ("amount", self._amount()),
            ("limit", str(self.bound)),
            ("orders", f" over {self.found.sum_of} orders" if self.found.sum_of > 1 else ""),
            ("limit_here", self._limit_here()),
        )

    @cached_property
    def shown(self) -> str:
        """The arithmetic."""
        return self.found.shown

    def _amount(self) -> str:
        """The amount at a glance; without a weight, the end of it that decides, and the weight it stands for."""
        found = self.found
        if found.name:
            return found.name
        if found.missing is None or found.missing.lack is not Lack.WEIGHT or found.least == found.most:
            return _at_a_glance(found.least, self.bound)
        weights = self.case.situation.weight.span
        per_kg = bool(self.bound.unit.dimension.weight)
        end = found.most if self.below and found.most is not None else found.least
        weight = weights.low if self.below == per_kg else weights.high
        edge = "at most" if self.below else "at least"
        return f"{edge} {_at_a_glance(end, self.bound)}, even at {shown(weight)} kg,"

    def _limit_here(self) -> str:
        """The limit for this patient's weight, where it is one per kilogram."""
        weight = self.case.situation.weight
        if self.bound.unit.dimension.weight != -1 or not weight.known:
            return str(self.bound)
        absolute = absolute_unit(self.bound.unit)
        return f"{shown(self.bound.base * weight.span.low / absolute.factor, 2)} {absolute}"


def _at_a_glance(span: Span, bound: Quantity) -> str:
    """The amount as a card says it: three digits, or as many as it takes not to look like the bound."""
    exact = [value / bound.unit.factor for value in (span.low, span.high)]
    for digits in (3, 4, 5, 6, 8, 10, _MOST_PLACES):
        low, high = (_digits(value, digits) for value in exact)
        if Fraction(bound.value) not in {low, high} - set(exact):
            places = [shown(value, _MOST_PLACES) for value in (low, high)]
            return f"{places[0] if low == high else '-'.join(places)} {bound.unit}"
    return f"just {'over' if span.high > bound.base else 'under'} {bound}"


_MOST_PLACES: Final = 12


def _digits(value: Fraction, digits: int) -> Fraction:
    """A value rounded to so many significant digits; whole numbers are kept whole."""
    if not value or value.denominator == 1:
        return value
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    exponent = decimal.adjusted() - digits + 1
    return Fraction(round(value / Fraction(10) ** exponent)) * Fraction(10) ** exponent


def absolute_unit(per_kg: Unit) -> Unit:
    """``mg/kg/h`` to ``mg/h``."""
    return unit(per_kg.code.replace("/kg", "", 1))
