"""Writing as coded elements what was read from an order's free text, so that no change can lose it with the words."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import lcm

from cds.clinical.code import UCUM, Concept
from cds.clinical.order import Instruction, Timing
from cds.clinical.quantity import Quantity, unit
from cds.errors import FhirError
from cds.fhir.reading.quantity import exactly
from cds.fhir.reading.sig import parse

Node = dict[str, object]
Pair = tuple[Quantity, Quantity]

_A_DAY = 24


def concept(said: Concept) -> Node:
    """A CodeableConcept with nothing empty in it."""
    codings: list[object] = [
        {name: value for name, value in (("system", one.system), ("code", one.code), ("display", one.display)) if value}
        for one in said.codings
    ]
    written: Node = {"coding": codings} if codings else {}
    if said.text:
        written["text"] = said.text
    return written


def written(amount: Quantity) -> Node:
    """A Quantity with its UCUM code. The value stays an exact number."""
    return {"value": number(amount.value), "unit": str(amount.unit), "system": UCUM, "code": amount.unit.code}


def number(value: Decimal) -> int | Decimal:
    """A whole number as such, any other without an exponent."""
    return int(value) if value == value.to_integral_value() else Decimal(f"{value.normalize():f}")


def restate(dosage: Node, place: Node, said: Instruction, coded: Instruction, release: str) -> None:
    """Write into ``dosage`` (dose and rate into ``place``) what ``said`` has and ``coded``, read without the text, has
    not.
    """
    for name, now, before in (("dose", said.dose, coded.dose), ("rate", said.rate, coded.rate)):
        if now is not None and before is None:
            _write_pair(place, name, now)
    if said.route and not coded.route:
        dosage["route"] = concept(said.route)
    if said.timing.as_needed and not coded.timing.as_needed:
        dosage["asNeeded" if release == "r5" else "asNeededBoolean"] = True
    if said.max_per_day is not None and coded.max_per_day is None:
        ceiling = _per_day(said.max_per_day)
        dosage["maxDosePerPeriod"] = [ceiling] if release == "r5" else ceiling
    found = _repeat(said.timing, coded.timing, str(dosage.get("text") or ""), release)
    if said.over is not None and coded.over is None:
        found["duration"], found["durationUnits" if release == "dstu2" else "durationUnit"] = (
            number(said.over.value),
            said.over.unit.code,
        )
    if found:
        repeat = repeat_of(dosage)
        repeat.update(found)


def repeat_of(dosage: Node) -> Node:
    """``timing.repeat``, made where there is none."""
    timing = dosage.get("timing")
    if not isinstance(timing, dict):
        timing = dosage["timing"] = {}
    repeat = timing.get("repeat")
    if not isinstance(repeat, dict):
        repeat = timing["repeat"] = {}
    found: Node = repeat
    return found


def _write_pair(place: Node, name: str, pair: Pair) -> None:
    low, high = pair
    if low == high:
        place[f"{name}Quantity"] = written(low)
    else:
        place[f"{name}Range"] = {"low": written(low), "high": written(high)}


def _per_day(most: Quantity) -> Node:
    """The most per day as a ratio."""
    amount = Quantity(most.value, unit(most.unit.code.removesuffix("/d")))
    return {"numerator": written(amount), "denominator": {"value": 1, "unit": "day", "system": UCUM, "code": "d"}}


def _repeat(said: Timing, coded: Timing, words: str, release: str) -> Node:
    """How often and how long, as members of ``timing.repeat``."""
    found: Node = {}
    units = "periodUnits" if release == "dstu2" else "periodUnit"
    if said.once and not coded.once:
        found["count"] = 1
    elif said.per_day is not None and coded.per_day is None:
        facts = parse(words)
        found |= (facts is not None and facts.by_interval and _by_interval(*said.per_day, units)) or _times(
            *said.per_day, units
        )
    if said.over_days is not None and coded.over_days is None:
        days = exactly(said.over_days)
        if days is None:
            raise FhirError("the length of the order has no exact number of days")
        name = "boundsQuantity" if release == "dstu2" else "boundsDuration"
        found[name] = written(Quantity(days, unit("d")))
    return found


def _times(low: Fraction, high: Fraction, units: str) -> Node:
    """So many times in so many days: 3 to 4 a day, once in 2 days."""
    days = lcm(low.denominator, high.denominator)
    found: Node = {"frequency": int(low * days), "period": days, units: "d"}
    if low != high:
        found["frequencyMax"] = int(high * days)
    return found


def _by_interval(low: Fraction, high: Fraction, units: str) -> Node:
    """Once in so many hours: what is given every 4 hours is not the same as six times whenever. Empty where the hours
    are no decimal.
    """
    shortest, longest = exactly(_A_DAY / high), exactly(_A_DAY / low)
    if shortest is None or longest is None:
        return {}
    found: Node = {"frequency": 1, "period": number(shortest), units: "h"}
    if longest != shortest:
        found["periodMax"] = number(longest)
    return found
