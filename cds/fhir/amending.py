"""Changing dose, rate, duration and timing inside a copy of an order, each where its release has it.

What was read from free text is written as coded elements before the change, and the directions keep the prescriber's
own words around it. Then the order is read again: unless exactly the change has changed, it is not offered.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Final

from cds.clinical.change import ChangeDose, ChangeDuration, ChangeRate, amended
from cds.clinical.code import UCUM
from cds.clinical.order import Instruction
from cds.clinical.quantity import TIME, Quantity
from cds.errors import FhirError
from cds.fhir.reading.dosage import DIRECTIONS, instruction
from cds.fhir.reading.quantity import Unread, quantity
from cds.fhir.reading.r4 import kind_of
from cds.fhir.reading.release import ADMINISTERED, ORDERED
from cds.fhir.reading.releases import RELEASES
from cds.fhir.reading.sig import read_sig, split_name
from cds.fhir.restating import number, repeat_of, restate, written
from cds.fhir.rewording import reworded, speaks_of
from cds.fhir.shape import each, obj, objs, text

Node = dict[str, object]

_DOSES: Final = ("doseQuantity", "doseRange")
_RATES: Final = ("rateQuantity", "rateRange", "rateRatio")
_WHEN: Final = ("frequency", "frequencyMax", "period", "periodMax", "periodUnit", "periodUnits", "when", "timeOfDay",
                "dayOfWeek", "offset", "count", "countMax")  # fmt: skip


def amend(order: Node, change: ChangeDose | ChangeRate | ChangeDuration, release: str) -> None:
    """Make the change in ``order``. FhirError when the order has no such instruction, or when something else in it
    would change too.
    """
    dosage = _dosage(order, change.instruction)
    said = instruction(dosage, RELEASES[release])
    if DIRECTIONS in said.unread:
        raise FhirError("the directions were not read, and a change would lose what they say")
    if said.rapid and isinstance(change, ChangeDuration):
        raise FhirError("the order would still ask for a rapid push")
    place = _place(dosage, release)
    coded = instruction({name: part for name, part in dosage.items() if name != "text"}, RELEASES[release])
    restate(dosage, place, said, coded, release)
    timed_rate = isinstance(change, ChangeRate) and "doseQuantity" in place
    if isinstance(change, ChangeDose):
        _set_dose(place, change.dose)
        if change.per_day is not None:
            _set_frequency(dosage, change.per_day, release)
    elif isinstance(change, ChangeRate):
        _set_rate(place, change.rate, release)
        if "doseQuantity" in place:  # dose, rate and duration together: the new rate decides how long it takes
            _drop_duration(dosage)
    else:
        _set_duration(dosage, change.over, release)
    _reword(dosage, change)
    now, wanted = instruction(dosage, RELEASES[release]), amended(said, change)
    if _facts(now, timed_rate) != _facts(wanted, timed_rate) or not set(now.unread) <= set(said.unread):
        raise FhirError("the changed order would say something else as well")


def _facts(said: Instruction, timed_rate: bool) -> tuple[object, ...]:
    """What an instruction says, in a form that does not depend on how it is written. How long an infusion takes
    follows from a new rate where its dose is written too.
    """
    timing = replace(said.timing, text="", over_days=None if timed_rate else said.timing.over_days)
    amounts = [None if pair is None else tuple((one.base, one.unit.dimension) for one in pair)
               for pair in (said.dose, said.rate)]  # fmt: skip
    lengths = [None if one is None else (one.base, one.unit.dimension)
               for one in (None if timed_rate else said.over, said.max_per_day)]  # fmt: skip
    return (said.sequence, said.route, *amounts, *lengths, timing)


# --- places --------------------------------------------------------------------------------------------------


def _dosage(order: Node, place: int) -> Node:
    """The instruction to change, made anew where it only stood in words elsewhere in the order."""
    listed = order.get("dosageInstruction")
    if listed is None or isinstance(listed, str):
        words = listed or text(order.get("renderedDosageInstruction")) or _cut_directions(order)
        if place or not words:
            raise FhirError("the order has no such instruction")
        fresh: Node = {"text": words}
        order["dosageInstruction"] = [fresh]
        return fresh
    items: list[object] = listed if isinstance(listed, list) else [listed]
    found = items[place] if place < len(items) else None
    if not isinstance(found, dict):
        raise FhirError("the order has no such instruction")
    order["dosageInstruction"] = items
    return found


def _cut_directions(order: Node) -> str:
    """The directions that stood in the medication's text, of which only the name is left there."""
    for holder in (order.get("medicationCodeableConcept"), obj(order.get("medication")).get("concept")):
        name, words = split_name(text(obj(holder).get("text")))
        if isinstance(holder, dict) and words and read_sig(words) is not None:
            holder["text"] = name
            return words
    return ""


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


def _set_frequency(dosage: Node, per_day: Fraction, release: str) -> None:
    """So many times a day, in the place of every other statement of how often."""
    repeat = repeat_of(dosage)
    for name in _WHEN:
        repeat.pop(name, None)
    repeat["frequency"], repeat["period"] = per_day.numerator, per_day.denominator
    repeat["periodUnits" if release == "dstu2" else "periodUnit"] = "d"
    timing = dosage["timing"]
    assert isinstance(timing, dict)  # noqa: S101 - for the type checker: repeat_of made it
    timing.pop("code", None)
    timing.pop("event", None)


def _drop_duration(dosage: Node) -> None:
    timing = dosage.get("timing")
    repeat = timing.get("repeat") if isinstance(timing, dict) else None
    if isinstance(repeat, dict):
        repeat.pop("duration", None)


def _set_duration(dosage: Node, over: Quantity, release: str) -> None:
    if over.unit.dimension != TIME:
        raise FhirError("a duration is a time")
    repeat = repeat_of(dosage)
    repeat.pop("durationMax", None)
    repeat["duration"] = number(over.value)
    repeat["durationUnits" if release == "dstu2" else "durationUnit"] = over.unit.code


# --- the directions in words ---------------------------------------------------------------------------------


def _reword(dosage: Node, change: ChangeDose | ChangeRate | ChangeDuration) -> None:
    """Put the change into the directions in words. Other words of the instruction stay, and must not speak of it."""
    beside = [text(dosage.get("patientInstruction"))]
    beside += [text(obj(one).get("text")) for one in each(dosage.get("additionalInstruction"))]
    if any(speaks_of(words, change) for words in beside if words):
        raise FhirError("words beside the directions speak of what would change")
    words = text(dosage.get("text")).strip()
    if words:
        dosage["text"] = reworded(words, change)
