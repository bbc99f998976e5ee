"""Changing dose, rate, duration and timing inside a copy of an order, each where its release has it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

from cds.clinical.change import ChangeDose, ChangeDuration, ChangeRate
from cds.clinical.code import UCUM, Concept
from cds.clinical.order import Instruction
from cds.clinical.quantity import TIME, Quantity, shown
from cds.errors import FhirError
from cds.fhir.reading.dosage import instruction
from cds.fhir.reading.quantity import Unread, quantity
from cds.fhir.reading.r4 import kind_of
from cds.fhir.reading.release import ADMINISTERED, ORDERED
from cds.fhir.reading.releases import RELEASES
from cds.fhir.reading.sig import read_sig, split_name
from cds.fhir.shape import obj, objs, text

Node = dict[str, object]

_DOSES: Final = ("doseQuantity", "doseRange")
_RATES: Final = ("rateQuantity", "rateRange", "rateRatio")
_WHEN: Final = ("frequency", "frequencyMax", "period", "periodMax", "periodUnit", "periodUnits", "when", "timeOfDay",
                "dayOfWeek", "offset")  # fmt: skip


def amend(order: Node, change: ChangeDose | ChangeRate | ChangeDuration, release: str) -> None:
    """Make the change in ``order``. FhirError when the order has no such instruction."""
    dosage = _dosage(order, change.instruction)
    place = _place(dosage, release)
    if isinstance(change, ChangeDose):
        _set_dose(place, change.dose)
        if change.per_day is not None:
            _set_frequency(dosage, change.per_day, release)
    elif isinstance(change, ChangeRate):
        _set_rate(place, change.rate, release)
        if "doseQuantity" in place:  # dose, rate and duration together: the new rate decides how long it takes
            _repeat(dosage, make=False).pop("duration", None)
    else:
        _set_duration(dosage, change.over, release)
    _reword(dosage, release)


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


# --- places --------------------------------------------------------------------------------------------------


def _dosage(order: Node, place: int) -> Node:
    """The instruction to change, made anew where it only stood in the medication's text."""
    listed = order.get("dosageInstruction")
    if listed is None:
        if place:
            raise FhirError("the order has no such instruction")
        _cut_directions(order)
        fresh: Node = {}
        order["dosageInstruction"] = [fresh]
        return fresh
    items: list[object] = listed if isinstance(listed, list) else [listed]
    found = items[place] if place < len(items) else None
    if not isinstance(found, dict):
        raise FhirError("the order has no such instruction")
    order["dosageInstruction"] = items
    return found


def _cut_directions(order: Node) -> None:
    """Leave only the name in a medication text that held the directions."""
    for holder in (order.get("medicationCodeableConcept"), obj(order.get("medication")).get("concept")):
        name, words = split_name(text(obj(holder).get("text")))
        if isinstance(holder, dict) and words and read_sig(words) is not None:
            holder["text"] = name


def _place(dosage: Node, release: str) -> Node:
    """Where dose and rate stand: on the instruction itself, or in the one ``doseAndRate`` that is as ordered.

    Entries that say the same dose in another way are dropped: they would contradict the new one.
    """
    direct = any(name in dosage for name in (*_DOSES, *_RATES))
    if release in ("dstu2", "stu3") or (direct and "doseAndRate" not in dosage):
        return dosage
    for name in (*_DOSES, *_RATES):
        dosage.pop(name, None)
    entries = [one for one in objs(dosage.get("doseAndRate")) if isinstance(one, dict)]
    kept: Node = next((one for one in entries if kind_of(one) == ORDERED), entries[0] if entries else {})
    if kind_of(kept) == ADMINISTERED:
        kept.pop("type", None)
    for other in entries:
        for name in (*_DOSES, *_RATES):
            if kind_of(other) == kind_of(kept) and name in other and name not in kept:
                kept[name] = other[name]  # dose and rate of one kind, written in two entries
    dosage["doseAndRate"] = [kept]
    return kept


# --- amounts -------------------------------------------------------------------------------------------------


def _set_dose(place: Node, dose: Quantity) -> None:
    place.pop("doseRange", None)
    place["doseQuantity"] = written(dose)


def _set_rate(place: Node, rate: Quantity, release: str) -> None:
    """The rate as a ratio where the order has one (DSTU2 has nothing else), else as a quantity."""
    dose = quantity(place.get("doseQuantity"))
    if not isinstance(dose, Unread) and dose.unit.dimension.time:
        place.pop("doseQuantity")  # a rate that stood in the place of the dose
    as_ratio = "rateRatio" in place or release == "dstu2"
    for name in _RATES:
        place.pop(name, None)
    top, _, time = rate.unit.code.rpartition("/")
    if not as_ratio or not top:
        place["rateQuantity"] = written(rate)
        return
    place["rateRatio"] = {
        "numerator": {"value": number(rate.value), "unit": _words(top), "system": UCUM, "code": top},
        "denominator": {"value": 1, "unit": _words(time), "system": UCUM, "code": time},
    }


def _words(code: str) -> str:
    return code.replace("ug", "microgram")


# --- timing --------------------------------------------------------------------------------------------------


def _repeat(dosage: Node, *, make: bool = True) -> Node:
    """``timing.repeat``, made where it is wanted; an empty one that belongs nowhere otherwise."""
    timing = dosage.get("timing")
    if not isinstance(timing, dict):
        if not make:
            return {}
        timing = dosage["timing"] = {}
    repeat = timing.get("repeat")
    if not isinstance(repeat, dict):
        if not make:
            return {}
        repeat = timing["repeat"] = {}
    found: Node = repeat
    return found


def _set_frequency(dosage: Node, per_day: Fraction, release: str) -> None:
    """So many times a day, in the place of every other statement of how often."""
    repeat = _repeat(dosage)
    for name in _WHEN:
        repeat.pop(name, None)
    repeat["frequency"], repeat["period"] = per_day.numerator, per_day.denominator
    repeat["periodUnits" if release == "dstu2" else "periodUnit"] = "d"
    timing = dosage["timing"]
    assert isinstance(timing, dict)  # noqa: S101 - for the type checker: _repeat made it
    timing.pop("code", None)
    timing.pop("event", None)


def _set_duration(dosage: Node, over: Quantity, release: str) -> None:
    if over.unit.dimension != TIME:
        raise FhirError("a duration is a time")
    repeat = _repeat(dosage)
    repeat.pop("durationMax", None)
    repeat["duration"] = number(over.value)
    repeat["durationUnits" if release == "dstu2" else "durationUnit"] = over.unit.code


# --- the directions in words ---------------------------------------------------------------------------------


def _reword(dosage: Node, release: str) -> None:
    """Write the directions anew from what is coded now, where there were any."""
    dosage.pop("patientInstruction", None)
    if dosage.pop("text", None) is None:
        return
    sentence = directions(instruction(dosage, RELEASES[release]))
    if sentence:
        dosage["text"] = sentence


def directions(said: Instruction) -> str:
    """One instruction in a sentence: ``75 mg, Oral, twice a day``."""
    pairs = [pair for pair in (said.dose, said.rate) if pair is not None]
    parts = [str(low) if low == high else f"{low} to {high}" for low, high in pairs]
    if said.route:
        parts.append(said.route.words())
    if said.over is not None:
        parts.append(f"over {said.over}")
    parts += _often(said)
    return ", ".join(parts)


def _often(said: Instruction) -> list[str]:
    timing = said.timing
    found: list[str] = []
    if timing.once:
        found.append("once")
    elif timing.continuous:
        found.append("continuously")
    elif timing.per_day is not None:
        found.append(times_a_day(*timing.per_day))
    return [*found, "as needed"] if timing.as_needed else found


def times_a_day(low: Fraction, high: Fraction) -> str:
    """``twice a day``, ``3 to 4 times a day``, ``every 2 days``."""
    if low == high and low < 1 and low.numerator == 1:
        return f"every {low.denominator} days"
    times = shown(low, 2) if low == high else f"{shown(low, 2)} to {shown(high, 2)}"
    return {"1": "once a day", "2": "twice a day"}.get(times, f"{times} times a day")
