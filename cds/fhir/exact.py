"""FHIR's JSON with exact decimals both ways: 0.50 is read and written as 0.50, never by way of a float."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any, Final, NoReturn

import msgspec

Element = dict[str, Any]
"""A FHIR resource, or a part of one, as JSON."""

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def write(value: object) -> bytes:
    """JSON in UTF-8 on one line; a Decimal becomes the number it was written as."""
    return _ENCODER.encode(value)


def write_readable(value: object) -> bytes:
    """As ``write``, indented, with a line end: for files that people compare."""
    return msgspec.json.format(_ENCODER.encode(value), indent=1) + b"\n"


def read(data: bytes) -> Any:
    """One JSON document. ValueError, in words, when it is not one, holds NaN, or states a name twice."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        message = "it is not UTF-8 text"
        raise ValueError(message) from None
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_object)
    except json.JSONDecodeError as wrong:
        message = f"it is not JSON (line {wrong.lineno}: {wrong.msg})"
        raise ValueError(message) from None
    except RecursionError:
        message = "it is nested too deeply"
        raise ValueError(message) from None


def _refuse(word: str) -> NoReturn:
    message = f"{word} is no number of JSON"
    raise ValueError(message)


def _object(pairs: list[tuple[str, Any]]) -> Element:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for index, (name, _) in enumerate(pairs) if name in dict(pairs[:index]))
        message = f"the name '{twice}' stands twice in one object"
        raise ValueError(message)
    return found
