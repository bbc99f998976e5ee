"""JSON of another system, read with exact numbers and within bounds: nothing of it may stall or mislead what follows.

A number of a million digits, an exponent of 999999, a thousand levels, half a character: each is legal enough for
common readers, and each costs later, where nobody expects it.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Final, NoReturn

MOST_DEEP: Final = 100
LONGEST_NUMBER: Final = 40
"""Characters of one number, and the largest exponent of ten."""


def read(body: bytes) -> object:
    """One JSON document in UTF-8. ValueError when it is not one, or is beyond the bounds."""
    try:
        value: object = json.loads(
            body.decode("utf-8-sig"),
            parse_float=_decimal,
            parse_int=_whole,
            parse_constant=_refuse,
            object_pairs_hook=_object,
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if b"\\u" in body:
        json.dumps(value, ensure_ascii=False, default=str).encode()  # half a character cannot be written
    if _depth(value) > MOST_DEEP:
        raise ValueError("nested too deeply")
    return value


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    exponent = value.as_tuple().exponent
    if len(text) > LONGEST_NUMBER or not isinstance(exponent, int) or abs(exponent) > LONGEST_NUMBER:
        raise ValueError("a number beyond any that can be meant")
    return value


def _whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise ValueError("a number beyond any that can be meant")
    return int(text)


def _refuse(_: str) -> NoReturn:
    raise ValueError("not a number of JSON")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _depth(value: object) -> int:
    level: list[object] = [value]
    depth = 0
    while level and depth <= MOST_DEEP:
        depth += 1
        below: list[object] = []
        for item in level:
            inner = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
            below += [one for one in inner if isinstance(one, dict | list)]
        level = below
    return depth
