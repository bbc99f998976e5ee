"""Dose and rate of one instruction, from the several ways a client may have written them.

An order can state the same dose as ordered, as calculated for the patient, and as tablets to give. These are one
dose. The ordered one counts where it is a mass; where it is not, the calculated one; then the product amount.
Where two of them say different masses, none is believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cds.clinical.quantity import TIME, Dimension, Quantity
from cds.fhir.reading.quantity import Pair, Unread, per_time, quantity, ratio, span
from cds.fhir.reading.release import ADMINISTERED, CALCULATED, ORDERED, Written

_PREFERENCE: Final = (ORDERED, CALCULATED, ADMINISTERED)
_LONGEST_PUSH: Final = 1
"""Hours. "This dose over this time" up to here is one administration; beyond, it is a running infusion."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """Dose and rate, how long one dose takes where the rate only says that, what could not be read, and the same dose
    or rate in other units.
    """

    dose: Pair | None = None
    rate: Pair | None = None
    over: Quantity | None = None
    unread: tuple[str, ...] = ()
    also: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class _Rate:
    pair: Pair
    of: Quantity | None = None
    during: Quantity | None = None


def read_amounts(written: tuple[Written, ...]) -> Amounts:
    """The one dose and the one rate of these statements."""
    unread: list[str] = []
    doses: dict[str, list[Pair]] = {}
    rates: dict[str, list[_Rate]] = {}
    for one in written:
        for what, written_as in (("dose", _dose(one)), ("rate", _rate(one))):
            found = Unread("the amount is zero") if _is_zero(written_as) else written_as
            if isinstance(found, Unread):
                unread.append(f"the {what}: {found.why}")
            elif isinstance(found, _Rate):
                rates.setdefault(one.kind, []).append(found)
            elif found is not None and _is_rate(found):
                rates.setdefault(one.kind, []).append(_Rate(found))
            elif found is not None:
                doses.setdefault(one.kind, []).append(found)
    dose = _chosen(doses)
    rate = _chosen({kind: [one.pair for one in found] for kind, found in rates.items()})
    for what, choice in (("dose", dose), ("rate", rate)):
        if isinstance(choice, Unread):
            unread.append(f"the {what}: {choice.why}")
    if isinstance(dose, Unread) or isinstance(rate, Unread):
        return Amounts(unread=tuple(dict.fromkeys(unread)))
    over = _push(dose, rate, [one for found in rates.values() for one in found])
    said = [pair for found in doses.values() for pair in found if pair != dose]
    said += [one.pair for found in rates.values() for one in found if one.pair != rate]
    return Amounts(dose, None if over else rate, over, tuple(dict.fromkeys(unread)), tuple(dict.fromkeys(said)))


def _is_zero(found: Pair | _Rate | Unread | None) -> bool:
    pair = found.pair if isinstance(found, _Rate) else found
    return isinstance(pair, tuple) and not pair[1].value


def _dose(one: Written) -> Pair | Unread | None:
    if one.dose is not None and one.dose_range is not None:
        return Unread("it is written as an amount and as a range")
    if one.dose is not None:
        found = quantity(one.dose)
        return found if isinstance(found, Unread) else (found, found)
    return None if one.dose_range is None else span(one.dose_range)


def _rate(one: Written) -> _Rate | Unread | None:
    if sum(value is not None for value in (one.rate, one.rate_range, one.rate_ratio)) > 1:
        return Unread("it is written in more than one way")
    if one.rate_ratio is not None:
        parts = ratio(one.rate_ratio)
        if isinstance(parts, Unread):
            return parts
        found = per_time(*parts)
        return found if isinstance(found, Unread) else _checked((found, found), *parts)
    if one.rate_range is not None:
        pair = span(one.rate_range)
        return pair if isinstance(pair, Unread) else _checked(pair)
    if one.rate is None:
        return None
    single = quantity(one.rate)
    return single if isinstance(single, Unread) else _checked((single, single))


def _checked(pair: Pair, of: Quantity | None = None, during: Quantity | None = None) -> _Rate | Unread:
    return _Rate(pair, of, during) if _is_rate(pair) else Unread("it has no unit of time")


def _is_rate(pair: Pair) -> bool:
    return pair[0].unit.dimension.time == -1


def _chosen(found: dict[str, list[Pair]]) -> Pair | Unread | None:
    """The statement to go by. Statements of one dimension must agree, whatever they are called."""
    ordered = [pair for kind in _PREFERENCE for pair in found.get(kind, [])]
    seen: dict[Dimension, Pair] = {}
    for pair in ordered:
        other = seen.setdefault(pair[0].unit.dimension, pair)
        if (pair[0].base, pair[1].base) != (other[0].base, other[1].base):
            return Unread("it is written several times with different values")
    for kind, pairs in found.items():
        if len({pair[0].unit.dimension for pair in pairs}) > 1:
            return Unread(f"the {kind} one is written several times in different units")
    masses = [pair for pair in ordered if pair[0].unit.dimension.mass]
    return next(iter(masses or ordered), None)


def _push(dose: Pair | None, rate: Pair | None, rates: list[_Rate]) -> Quantity | None:
    """The time one dose takes, where the rate says no more than "this dose over this time"."""
    if dose is None or rate is None or dose[0] != dose[1]:
        return None
    for one in rates:
        if one.of is not None and one.during is not None and one.of.unit.dimension == dose[0].unit.dimension:
            whole_dose = one.of.base == dose[0].base and one.during.unit.dimension == TIME
            if whole_dose and one.during.base <= _LONGEST_PUSH:
                return one.during
    return None
