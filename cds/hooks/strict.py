"""JSON in and out without losing a figure or believing two.

Common readers take ``NaN`` for a number, turn ``1e999`` into infinity, keep the last of two equal keys and read
0.10 through a float. Any of these can change a dose, so this one refuses the first three and reads every decimal
as ``Decimal``. Writing goes the same way back: a ``Decimal`` becomes the JSON number it was.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from itertools import chain
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
_NESTS: Final = frozenset({dict, list})
_SPACES: Final = b" \t\r\n"
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b'{}[]"'))
_BRACKETS_ALIKE: Final = bytes.maketrans(b"[]", b"{}")
_IN_QUOTES: Final = re.compile(rb'"[^"]*"')
_DIGITS_ALIKE: Final = bytes.maketrans(b"123456789", b"000000000")
_LONG_NUMBER: Final = b"0" * LONGEST_NUMBER


def read(body: bytes) -> Json:
    """Read one JSON document in UTF-8 (a byte order mark is tolerated). RequestError when it is not that."""
    try:
        return _plain(body)
    except (_Doubt, ValueError, RecursionError, RequestError):
        return _step_by_step(body)


class _Doubt(Exception):
    """The fast reader cannot vouch for a document."""


def _plain(body: bytes) -> Json:
    """Read by a reader that keeps the last of two equal keys, and vouch that there were none."""
    value: Json = _DECODER.decode(body)
    if _LONG_NUMBER in body.translate(_DIGITS_ALIKE):
        raise _Doubt
    if not (_is_all_of(value, body) and _within_depth(body)) and _keys_within_depth(value) != _keys_at_most(body):
        raise _Doubt
    return value


def _is_all_of(value: Json, body: bytes) -> bool:
    """Whether what was read, written again, is the text but for its spaces: then no key stood in it twice. Texts with
    escaped letters or exponents are written otherwise, which tells nothing.
    """
    again = _ENCODER.encode(value)
    return again == body or again.translate(None, _SPACES) == body.translate(None, _SPACES)


def _keys_at_most(body: bytes) -> int:
    """As many keys as a text can have. It may look as if it had more (a string that begins with a colon) than what
    was read of it, never fewer.
    """
    return body.translate(None, _SPACES).count(b'":')


def _within_depth(body: bytes) -> bool:
    """Whether a text that is known to be JSON is not nested too deep, by its brackets alone: those inside strings are
    taken out, and what is left is emptied from the inside.
    """
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    # A string without a bracket is two quotation marks by now; what then still stands in them are brackets.
    structure = _IN_QUOTES.sub(b"", body.translate(_BRACKETS_ALIKE, _NO_BRACKETS).replace(b'""', b""))
    for _ in range(MOST_DEEP):
        structure = structure.replace(b"{}", b"")
        if not structure:
            break
    return not structure


def _step_by_step(body: bytes) -> Json:
    """Read every object and every number by functions of ours, which can tell what is wrong, and where."""
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
        _keys_within_depth(value)
    except UnicodeError:
        raise RequestError("The body is not valid UTF-8.") from None
    except RecursionError:
        raise RequestError(f"The body is nested deeper than {MOST_DEEP} levels.") from None
    except json.JSONDecodeError as fault:
        # The decoder's own words hold no text of the document; line and column help to find the place.
        raise RequestError(f"The body is not valid JSON at line {fault.lineno}, column {fault.colno}.") from None
    return value


def write(value: object) -> bytes:
    """Write JSON in UTF-8, decimals as the numbers they are."""
    return _ENCODER.encode(value)


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


def _keys_within_depth(value: Json) -> int:
    """How many keys all objects have together. RequestError when they are nested too deep."""
    level: list[Json] = [value]
    keys = depth = 0
    while level := [one for one in level if type(one) in _NESTS]:
        depth += 1
        if depth > MOST_DEEP:
            raise RequestError(f"The body is nested deeper than {MOST_DEEP} levels.")
        objects = [one for one in level if type(one) is dict]
        keys += sum(map(len, objects))
        lists = [one for one in level if type(one) is list]
        level = [*chain.from_iterable(map(dict.values, objects)), *chain.from_iterable(lists)]
    return keys


_DECODER: Final = msgspec.json.Decoder(float_hook=_decimal)
