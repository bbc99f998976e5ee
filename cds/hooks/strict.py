"""JSON in and out without losing a figure or believing two.

Common readers take ``NaN`` for a number, turn ``1e999`` into infinity, keep the last of two equal keys and read
0.10 through a float. Any of these can change a dose, so this one refuses the first three and reads every decimal
as ``Decimal``. Writing goes the same way back: a ``Decimal`` becomes the JSON number it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NoReturn

import msgspec

from cds.errors import RequestError

Json = None | bool | int | str | Decimal | list["Json"] | dict[str, "Json"]

MOST_DEEP: Final = 100
"""Levels of nesting. FHIR needs about 20; extensions can nest, so there is room."""

LONGEST_NUMBER: Final = 40
"""Characters of one number, and the largest exponent of ten: more can only stall exact arithmetic."""

_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def read(body: bytes) -> Json:
    """Read one JSON document in UTF-8 (a byte order mark is tolerated). RequestError when it is not that."""
    try:
        text = body.decode("utf-8-sig")
        value: Json = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_decimal,
            parse_int=_whole,
        )
        if _SURROGATE.search(body):
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeError:
        raise RequestError("The body is not valid UTF-8.") from None
    except RecursionError:
        raise RequestError(f"The body is nested deeper than {MOST_DEEP} levels.") from None
    except json.JSONDecodeError as fault:
        # The decoder's own words hold no text of the document; line and column help to find the place.
        raise RequestError(f"The body is not valid JSON at line {fault.lineno}, column {fault.colno}.") from None
    _measure_depth(value)
    return value


def write(value: object) -> bytes:
    """Write JSON in UTF-8, decimals as the numbers they are."""
    return _ENCODER.encode(value)


def pruned(value: Json) -> Json:
    """Without the members that CDS Hooks and FHIR do not allow: null, ``""``, ``[]`` and ``{}``.

    Nulls inside lists stay: FHIR keeps the places of primitive values with them. What becomes empty goes too.
    """
    if isinstance(value, Mapping):
        kept = {key: pruned(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item is not None and item not in ("", [], {})}
    if isinstance(value, list):
        items = [pruned(item) for item in value]
        return [item for item in items if item not in ("", [], {})]
    return value


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RequestError("The body holds an object with the same key twice; which one is meant is not known.")
    return found


def _constant(_: str) -> NoReturn:
    raise RequestError("The body holds NaN or Infinity, which are no numbers in JSON.")


def _decimal(text: str) -> Decimal:
    value = Decimal(text)
    exponent = value.as_tuple().exponent
    if len(text) > LONGEST_NUMBER or not isinstance(exponent, int) or abs(exponent) > LONGEST_NUMBER:
        raise RequestError("The body holds a number beyond any that can be meant.")
    return value


def _whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise RequestError("The body holds a number beyond any that can be meant.")
    return int(text)


def _measure_depth(value: Json) -> None:
    level: list[Json] = [value]
    depth = 0
    while level:
        depth += 1
        if depth > MOST_DEEP:
            raise RequestError(f"The body is nested deeper than {MOST_DEEP} levels.")
        below: list[Json] = []
        for item in level:
            if type(item) is dict:
                below += [inner for inner in item.values() if type(inner) in (dict, list)]
            elif type(item) is list:
                below += [inner for inner in item if type(inner) in (dict, list)]
        level = below
