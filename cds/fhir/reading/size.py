"""How large a measured value is: an amount, or a bound ("less than 15"), as a Quantity or in words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from cds.clinical.quantity import Quantity
from cds.fhir.reading import units
from cds.fhir.reading.quantity import Unread, number, quantity
from cds.fhir.shape import Json, obj, text

_BOUNDS: Final = {
    "<": "<", "<=": "<=", ">": ">", ">=": ">=", "\N{LESS-THAN OR EQUAL TO}": "<=", "\N{GREATER-THAN OR EQUAL TO}": ">=",
    "less than": "<", "below": "<", "under": "<", "more than": ">", "greater than": ">", "above": ">", "over": ">",
}  # fmt: skip
_SAID: Final = re.compile(
    rf"({'|'.join(re.escape(bound) for bound in sorted(_BOUNDS, key=len, reverse=True))})?\s*(\d+(?:\.\d+)?)\s*(\D.*)?",
    re.IGNORECASE,
)
_LONGEST: Final = 40


@dataclass(frozen=True, slots=True)
class Size:
    """``quantity`` with its unit, or ``bare`` without one; ``bound`` where the value lies beyond it."""

    quantity: Quantity | None = None
    bound: str = ""
    bare: Decimal | None = None


def size_of(resource: Json, words: str) -> Size:
    """The size of an observation's value. ``words`` are its value where that is a text. Nothing is guessed: what
    cannot be read is no size.
    """
    written = obj(resource.get("valueQuantity"))
    if written:
        bound = _BOUNDS.get(text(written.get("comparator")), "")
        plain = {name: value for name, value in written.items() if name != "comparator"}
        found = quantity(plain)
        if isinstance(found, Quantity):
            return Size(found, bound)
        bare = number(written.get("value"))
        named = written.get("unit") or written.get("code")
        return Size() if named or isinstance(bare, Unread) else Size(None, bound, bare)
    return _spoken(words.strip())


def _spoken(words: str) -> Size:
    said = _SAID.fullmatch(words) if len(words) <= _LONGEST else None
    if said is None:
        return Size()
    bound, amount = _BOUNDS[said[1].lower()] if said[1] else "", number(Decimal(said[2]))
    if isinstance(amount, Unread):
        return Size()
    if not said[3]:
        return Size(None, bound, amount)
    unit = units.by_text(said[3].strip())
    return Size() if unit is None else Size(Quantity(amount, unit), bound)
