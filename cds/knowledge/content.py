"""A digest of what a statement says and when: it changes when a clinician would want to look again, and not before."""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Final

from cds.knowledge.model import Statement

_DIGITS: Final = 12
# Where it stands in its file, and how complete the reading of the documents is, change nothing of what it says.
_NOT_CONTENT: Final = frozenset({"file", "line", "inventory"})


def content_of(statement: Statement) -> str:
    """Twelve hexadecimal digits."""
    written = [_plain(getattr(statement, one.name)) for one in fields(statement) if one.name not in _NOT_CONTENT]
    return hashlib.sha256("\n".join(written).encode()).hexdigest()[:_DIGITS]


def _plain(value: object) -> str:
    """A value as a text that is the same in every process: sets have an order here, which they have not in Python."""
    if is_dataclass(value) and not isinstance(value, type):
        inside = " ".join(f"{one.name}={_plain(getattr(value, one.name))}" for one in fields(value))
        return f"{type(value).__name__}({inside})"
    if isinstance(value, frozenset):
        return "{" + ",".join(sorted(map(_plain, value))) + "}"
    if isinstance(value, tuple):
        return "(" + ",".join(map(_plain, value)) + ")"
    return repr(value.value) if isinstance(value, Enum) else repr(value)
