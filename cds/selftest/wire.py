"""JSON both ways without losing a digit: Decimals go out as the numbers they are and come back as Decimals."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def _number(value: object) -> int | float:
    if not isinstance(value, Decimal):
        message = f"{type(value).__name__} is not JSON"
        raise TypeError(message)
    whole = int(value)
    written = whole if whole == value else float(value)
    if Decimal(repr(written)) != value:
        message = f"{value} does not survive the way through JSON"
        raise ValueError(message)
    return written


def write(value: Any) -> str:
    """JSON text."""
    return json.dumps(value, default=_number, ensure_ascii=False)


def read(text: str) -> Any:
    """The value of a JSON text, numbers as Decimal."""
    return json.loads(text, parse_float=Decimal)
