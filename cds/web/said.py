"""An order in one line, as one would say it: ``examplamine 20 mg IV once for acute pain``.

The reading is the service's own (names by the terminology, directions by the grammar). What is not understood as a
whole is kept as words in the order, and the service says what it could not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from cds.clinical.code import Concept
from cds.clinical.quantity import Quantity
from cds.fhir.reading.sig import Sig, read_sig, split_name
from cds.web.ehr import OVERS, RATES, TIMES, UNITS, Writer
from cds.web.state import MOST_ORDERS, State

_UNIT_WORDS: Final = {code: word for word, code in UNITS.items()} | {
    "{tablet}": "tablet", "{pill}": "tablet", "{capsule}": "capsule",
}  # fmt: skip
_RATE_WORDS: Final = {code: word for word, code in RATES.items()}
_OVER_WORDS: Final = {code: word for word, code in OVERS.items()}
_ASKED: Final = ("is ", "are ", "can i give ", "may i give ", "give ", "order ", "start ")
_TOO_MUCH: Final = (" too much", " all right", " okay", " ok")
"""Words around an order that is asked about."""
Pair = tuple[Quantity, Quantity]


def order_from(line: str, patient: State, writer: Writer) -> State:
    """The patient's state with the order a line says."""
    whole = _name_first(_unasked(" ".join(line.split())), writer)
    text, reason = _known_reason(whole, writer)
    name, directions = _parted(text, writer)
    fields = _read(directions, writer)
    if fields is None and not reason:
        # A reason that is not known is one all the same, where everything before it was understood.
        head, _, tail = whole.rpartition(" for ")
        other, before = _parted(head, writer)
        if head and not tail[:1].isdigit() and (found := _read(before, writer)) is not None:
            name, reason, fields = other, tail, found
    if not name:
        # Nothing that could be a medicine's name: better shown as one that is not known than not at all.
        return replace(patient, drug=whole)
    values: dict[str, Any] = {"text": directions} if fields is None else fields
    return replace(patient, drug=name, reason=reason, **values)


def orders_from(line: str, patient: State, writer: Writer) -> State:
    """The patient's state with the orders a line says; a semicolon parts one from the next."""
    first, *others = [part for part in map(str.strip, line.split(";")) if part] or [""]
    return order_from(first, replace(patient, more=(*patient.more, *others)[:MOST_ORDERS]), writer)


def further(state: State, writer: Writer) -> list[State]:
    """The orders beside the one of the form, each as a form of its own."""
    return [order_from(line, State(), writer) for line in state.more]


def _unasked(line: str) -> str:
    """The line without the words of a question around it."""
    begin = next((words for words in _ASKED if line.casefold().startswith(words)), "")
    text = line[len(begin) :].rstrip("? ")
    end = next((words for words in _TOO_MUCH if text.casefold().endswith(words)), "") if line.endswith("?") else ""
    return text[: len(text) - len(end)]


def _name_first(line: str, writer: Writer) -> str:
    """The line with the medicine at its start: "is 20 mg of examplamine once too much?" names it in the middle."""
    if writer.split(line)[1] or writer.catalogue.named(line):
        return line
    words = line.split(" ")
    for first in range(1, len(words)):
        name, behind = writer.split(" ".join(words[first:]))
        if behind or writer.catalogue.named(name):
            before = words[: first - 1] if words[first - 1].casefold() == "of" else words[:first]
            return " ".join((name, *before, *([behind] if behind else ())))
    return line


def _known_reason(line: str, writer: Writer) -> tuple[str, str]:
    """The line without its reason, and the reason: what follows the last "for", if it is a use we know."""
    head, word, tail = line.rpartition(" for ")
    known = bool(word) and bool(writer.terminology.uses(Concept(text=tail)))
    return (head, tail) if known else (line, "")


def _parted(text: str, writer: Writer) -> tuple[str, str]:
    """The medicine's name, and the directions behind it."""
    name, directions = writer.split(text)
    if not directions:
        name, directions = split_name(text)
    # "x infusion 35 mg/h" is a way of giving x, and its rate says so already.
    return name, directions.removeprefix("infusion ")


def _read(directions: str, writer: Writer) -> dict[str, str] | None:
    sig = read_sig(directions) if directions else None
    return _fields(sig, writer) if sig else None


def _fields(sig: Sig, writer: Writer) -> dict[str, str] | None:
    """The form's fields for a direction; None when the form has no place for all of it."""
    if sig.timing.as_needed or sig.timing.over_days is not None or sig.max_per_day is not None:
        return None
    found: dict[str, str] = {"times": _times(sig)}
    if sig.timing.per_day is not None and not found["times"]:
        return None
    for pair, key, words in ((sig.dose, "dose", _UNIT_WORDS), (sig.rate, "rate", _RATE_WORDS)):
        if pair is None:
            continue
        if pair[0] != pair[1] or pair[0].unit.code not in words:
            return None
        found[key] = f"{pair[0].value:f}"
        found["unit" if key == "dose" else "rateunit"] = words[pair[0].unit.code]
    if sig.over is not None:
        if sig.over.unit.code not in _OVER_WORDS:
            return None
        found |= {"over": f"{sig.over.value:f}", "overunit": _OVER_WORDS[sig.over.unit.code]}
    if sig.route:
        found["route"] = writer.terminology.route(sig.route)
    return found


def _times(sig: Sig) -> str:
    if sig.timing.continuous or sig.rate is not None:
        return "continuous"
    if sig.timing.once or sig.timing.per_day is None:
        return "once"
    low, high = sig.timing.per_day
    text = str(low) if low == high and low == Fraction(int(low)) else ""
    return text if text in TIMES else ""


def spoken(state: State, routes: Mapping[str, str]) -> str:
    """The order of a state as a line to read and to change. ``routes`` are the names of routes by slug."""
    dose = f"{state.dose} {state.unit}" if state.dose and state.unit else state.dose
    rate = f"{state.rate} {state.rateunit}" if state.rate and state.rateunit else state.rate
    times = "" if rate and state.times == "continuous" else TIMES.get(state.times, "")
    over = f"over {state.over} {state.overunit or 'minutes'}" if state.over else ""
    reason = f"for {state.reason}" if state.reason else ""
    parts = (state.drug, dose, rate, routes.get(state.route, ""), times, over, state.text, reason)
    return " ".join(part for part in parts if part)


def in_short(state: State) -> str:
    """The patient of a state in one line."""
    parts = (
        f"{state.age} years" if state.age else "age not known",
        state.sex or "sex not known",
        f"{state.weight} kg" if state.weight else "no weight on record",
        f"eGFR {state.egfr}" if state.egfr else "",
        *state.condition,
        *state.medicine,
    )
    return ", ".join(part for part in parts if part)
