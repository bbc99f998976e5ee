"""Typed access to the keys of one map, in words a pharmacist understands when something does not fit.

Nothing here raises: every fault goes into a list, and an empty value stands in, so that one run finds them all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from enum import StrEnum
from typing import Final, TypeVar

from cds.clinical.quantity import UNITS, Quantity
from cds.errors import Fault
from cds.knowledge.strict import Mapping, Node, Scalar, Sequence

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(slots=True)
class Noted:
    """The faults found in one file so far."""

    path: str
    faults: list[Fault] = field(default_factory=list)

    def at(self, place: Node | int, message: str) -> None:
        """Note a fault at a node or a line."""
        self.faults.append(Fault(self.path, place if isinstance(place, int) else place.line, message))


def nearest(word: str, known: Iterable[str]) -> str:
    """``"; did you mean 'above'?"`` when a known word is close, else nothing."""
    close = get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""


# How people write the parts of a unit, and UCUM's way.
_PARTS: Final = {
    "mcg": "ug", "\u03bcg": "ug", "\u00b5g": "ug", "microgram": "ug", "mgs": "mg", "ml": "mL", "hr": "h", "hour": "h",
    "hours": "h", "day": "d", "days": "d", "sec": "s", "seconds": "s", "minute": "min", "minutes": "min",
    "week": "wk", "weeks": "wk", "month": "mo", "year": "a", "years": "a",
}  # fmt: skip


def nearest_unit(code: str) -> str:
    """As ``nearest``, for units: ``mcg/kg/hr`` is answered with ``ug/kg/h``."""
    parts = [_PARTS.get(part.lower(), part.lower()) for part in code.split("/")]
    guess = "/".join(parts)
    return f"; did you mean '{guess}'?" if guess in UNITS else nearest(code, UNITS)


def listed(words: Iterable[str], last: str = "or") -> str:
    """``"above, from or below"``."""
    *head, tail = tuple(words) or ("",)
    return f"{', '.join(head)} {last} {tail}" if head else tail


def read_quantity(text: str) -> Quantity:
    """``"0.5 mg/kg/h"`` with a plain decimal number. ValueError, in words, when it is not that."""
    number, _, code = text.strip().partition(" ")
    try:
        value = Decimal(number)
    except InvalidOperation:
        message = f"'{text}' is not a number and a unit"
        raise ValueError(message) from None
    if not value.is_finite() or "e" in number.lower() or number.startswith("+"):
        message = f"'{number}' is not a plain number"
        raise ValueError(message)
    if code not in UNITS:
        message = f"'{code}' is not a unit we know{nearest_unit(code)}" if code else f"'{text}' lacks its unit"
        raise ValueError(message)
    return Quantity(value, UNITS[code])


class Fields:
    """The keys of one map. Give the keys it may have, in their order; others are faults with a suggestion."""

    def __init__(self, node: Node, noted: Noted, keys: Collection[str], name: str) -> None:
        self.node = node
        self.noted = noted
        self.name = name
        self.misspelt = False
        self._entries: dict[str, Node] = {}
        if not isinstance(node, Mapping):
            noted.at(node, f"{name} should be a list of keys and values such as '{next(iter(keys))}: ...'")
            return
        for key, value in node.entries:
            if key.text in keys:
                self._entries.setdefault(key.text, value)
            else:
                self.misspelt = True
                near = nearest(key.text, keys) or f"; use {listed(keys)}"
                noted.at(key, f"'{key.text}' is not a key of {name}{near}")

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    @property
    def line(self) -> int:
        """Where the map begins."""
        return self.node.line

    def line_of(self, key: str) -> int:
        """Where a key's value stands; the map's own line when it is absent."""
        return self._entries[key].line if key in self._entries else self.node.line

    def raw(self, key: str) -> Node | None:
        """The node as written."""
        return self._entries.get(key)

    def fault(self, key: str, message: str) -> None:
        """Note a fault where ``key`` stands."""
        self.noted.at(self.line_of(key), message)

    def require(self, *keys: str) -> None:
        """Note each of these keys that is absent."""
        for key in keys:
            if key not in self._entries and isinstance(self.node, Mapping):
                self.noted.at(self.node, f"{self.name} lacks '{key}'")

    def text(self, key: str, default: str = "") -> str:
        """One text, with line breaks of a folded text as single spaces."""
        node = self._entries.get(key)
        if node is None:
            return default
        if not isinstance(node, Scalar):
            self.noted.at(node, f"'{key}' should be one text")
            return default
        if not node.text.strip():
            self.noted.at(node, f"'{key}' is empty")
        return " ".join(node.text.split())

    def words(self, key: str) -> tuple[str, ...]:
        """A list of words, perhaps none; a single word counts as a list of one."""
        return tuple(scalar.text for scalar in self.scalars(key, empty=True))

    def scalars(self, key: str, *, empty: bool = False) -> tuple[Scalar, ...]:
        """A list of words, each with its place. ``empty``: it may be written with nothing in it."""
        node = self._entries.get(key)
        if node is None:
            return ()
        items = node.items if isinstance(node, Sequence) else (node,)
        found = tuple(item for item in items if isinstance(item, Scalar) and item.text.strip())
        if (isinstance(node, Scalar) and not found) or (not items and not empty):
            self.noted.at(node, f"'{key}' is empty")
        elif len(found) != len(items):
            self.noted.at(node, f"'{key}' should be a list of words such as [first, second]")
        seen: set[str] = set()
        for scalar in found:
            if scalar.text in seen:
                self.noted.at(scalar, f"'{scalar.text}' stands twice in '{key}'")
            seen.add(scalar.text)
        return found

    def chosen(self, key: str, allowed: Collection[str], what: str) -> frozenset[str]:
        """A list of words out of ``allowed``."""
        return frozenset(scalar.text for scalar in self.scalars(key) if self.known(scalar, allowed, what))

    def known(self, scalar: Scalar, allowed: Collection[str], what: str) -> bool:
        """Whether a word is allowed; a fault when it is not."""
        if scalar.text in allowed:
            return True
        short = f"; use {listed(sorted(allowed))}" if 0 < len(allowed) <= 12 else ""  # noqa: PLR2004 - still one line
        self.noted.at(scalar, f"'{scalar.text}' is not {what}{nearest(scalar.text, allowed) or short}")
        return False

    def choice(self, key: str, kind: type[Choice], what: str) -> Choice | None:
        """One word of an enumeration."""
        node = self._entries.get(key)
        if node is None:
            return None
        if not isinstance(node, Scalar):
            self.noted.at(node, f"'{key}' should be one word")
            return None
        return kind(node.text) if self.known(node, [str(item) for item in kind], what) else None

    def yes(self, key: str) -> bool:
        """``yes``, and nothing else: what is not so is left out."""
        node = self._entries.get(key)
        if node is None:
            return False
        if not isinstance(node, Scalar) or node.text != "yes":
            self.noted.at(node, f"'{key}' can only be 'yes'; leave it out when it is not so")
            return False
        return True

    def integer(self, key: str, default: int) -> int:
        """A whole number, 0 or more."""
        text = self.text(key)
        if not text:
            return default
        if not text.isascii() or not text.isdigit():
            self.fault(key, f"'{text}' is not a whole number")
            return default
        return int(text)

    def day(self, key: str) -> date | None:
        """A date as 2025-11-13."""
        text = self.text(key)
        if not text:
            return None
        try:
            found = date.fromisoformat(text)
        except ValueError:
            found = None
        if found is None or text != found.isoformat():
            self.fault(key, f"'{text}' is not a date such as 2025-11-13")
        return found

    def quantity(self, key: str, chosen: dict[str, Quantity] | None = None) -> Quantity | None:
        """A number and a unit as ``0.5 mg/kg``; or the key of a choice of the policy, whose value then counts."""
        text = self.text(key)
        if not text:
            return None
        if chosen and text in chosen:
            return chosen[text]
        try:
            return read_quantity(text)
        except ValueError as error:
            self.fault(key, str(error))
            return None

    def each(self, key: str, *, empty: bool = False) -> tuple[Node, ...]:
        """The entries of a list; a single entry counts as a list of one."""
        node = self._entries.get(key)
        if node is None:
            return ()
        nothing = not node.text.strip() if isinstance(node, Scalar) else isinstance(node, Sequence) and not node.items
        if nothing and not (empty and isinstance(node, Sequence)):
            self.noted.at(node, f"'{key}' is empty")
        if nothing:
            return ()
        return node.items if isinstance(node, Sequence) else (node,)
