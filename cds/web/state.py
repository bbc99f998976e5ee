"""The state of the workbench: one patient and one order as form fields, and further orders as lines.

All of it stands in the address, which holds only what differs from the chosen made-up patient, so that it stays short
enough to send to a colleague.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final
from urllib.parse import urlencode

from cds.web.words import Words

LONGEST: Final = 300
"""Characters of one field; more is cut off. Nothing on the form needs more."""
MOST: Final = 12
"""Entries of one list."""
MOST_ORDERS: Final = 4
"""Orders beside the one of the form."""

PATIENT: Final = ("age", "sex", "weight", "egfr", "setting", "condition", "medicine", "allergy", "away")
"""The fields about the patient; the others are about the order."""
ORDER: Final = (
    "drug", "dose", "unit", "times", "route", "reason", "rate", "rateunit", "over", "overunit", "text", "also",
    "more",
)  # fmt: skip
"""The fields about the order that hold for any patient."""
_LISTS: Final = frozenset({"condition", "medicine", "allergy", "away", "also", "more"})


@dataclass(frozen=True, slots=True)
class State:
    """What the form holds, as text. ``p`` is the made-up patient it began with.

    ``away`` are parts of the record that cannot be read, ``also`` services ordered beside the drug. ``text`` are
    directions in words, sent as they are. ``more`` are orders signed together with this one, each a line as one would
    say it. ``times`` is administrations a day, ``once``, ``night`` or ``continuous``.
    """

    p: str = ""
    age: str = ""
    sex: str = ""
    weight: str = ""
    egfr: str = ""
    setting: str = ""
    condition: tuple[str, ...] = ()
    medicine: tuple[str, ...] = ()
    allergy: tuple[str, ...] = ()
    away: tuple[str, ...] = ()
    drug: str = ""
    dose: str = ""
    unit: str = ""
    times: str = ""
    route: str = ""
    reason: str = ""
    rate: str = ""
    rateunit: str = ""
    over: str = ""
    overunit: str = ""
    text: str = ""
    replaces: str = ""
    also: tuple[str, ...] = ()
    more: tuple[str, ...] = ()

    @property
    def has_order(self) -> bool:
        """Whether there is anything to send."""
        return bool(self.drug or self.more)


def read(query: Iterable[tuple[str, str]], words: Words) -> State:
    """The state an address describes. Unknown names are passed over; a list that is named empty stays empty."""
    given: dict[str, list[str]] = {}
    for name, value in query:
        given.setdefault(name, []).append(value.strip()[:LONGEST])
    chosen = (given.get("p") or [""])[0]
    if chosen not in words.presets:
        chosen = next(iter(words.presets), "")
    state = preset(chosen, words)
    return replace(state, **{name: _value(name, given[name]) for name in _names() if name in given and name != "p"})


def _value(name: str, values: list[str]) -> Any:
    if name not in _LISTS:
        return values[0]
    lines = [line for value in values for line in map(str.strip, value.splitlines()) if line]
    # The same order twice is a mistake that can be tried; the same word twice in another list says nothing more.
    return tuple(lines)[:MOST_ORDERS] if name == "more" else tuple(dict.fromkeys(lines))[:MOST]


def preset(name: str, words: Words) -> State:
    """The state a made-up patient begins with, without an order."""
    found = words.presets.get(name)
    if found is None:
        return State()
    values: dict[str, Any] = {
        key: values if key in _LISTS else values[0] for key, values in found.fields.items() if values
    }
    return State(p=name, **values)


def without_order(state: State) -> State:
    """The same patient with an empty order form; further orders stay."""
    return State(p=state.p, more=state.more, **{name: getattr(state, name) for name in PATIENT})


def as_chosen(state: State, words: Words) -> bool:
    """Whether the patient is still the made-up one it began with."""
    start = preset(state.p, words)
    # The order of a list comes from the form and says nothing.
    return all(sorted(getattr(state, name)) == sorted(getattr(start, name)) for name in _LISTS & {*PATIENT}) and all(
        getattr(state, name) == getattr(start, name) for name in PATIENT if name not in _LISTS
    )


def with_order(state: State, order: Mapping[str, Any]) -> State:
    """The state with these fields of an order."""
    return replace(state, **{name: order[name] for name in ORDER if name in order})


def query(state: State, words: Words) -> str:
    """The shortest address of a state: what differs from its patient."""
    start = preset(state.p, words)
    pairs: list[tuple[str, str]] = [("p", state.p)] if state.p else []
    for name in _names():
        value, was = getattr(state, name), getattr(start, name)
        if name == "p" or value == was:
            continue
        if isinstance(value, tuple):
            pairs += [(name, one) for one in value] or [(name, "")]
        else:
            pairs.append((name, value))
    return urlencode(pairs)


def _names() -> tuple[str, ...]:
    return tuple(each.name for each in fields(State))


def as_fields(state: State) -> Mapping[str, Any]:
    """The state by field name, for a template."""
    return {name: getattr(state, name) for name in _names()}
