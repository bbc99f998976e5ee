"""Checked knowledge, kept as a file, so that a large formulary need not be read and checked at every start.

The file is known by a digest of everything that was read and of the program that read it: where any byte of either
differs, it is as if there were no file. It holds rows of plain values, and only the classes listed here are made of
them. It is written after all checks have passed, so what is kept has none to fail.

A value that occurs often (a route, a citation, a tier) is kept once and is one object again afterwards, which is also
what makes large knowledge small in memory.
"""

from __future__ import annotations

import gc
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from cds.clinical.quantity import UNITS, Quantity, Unit
from cds.knowledge import criteria, model
from cds.knowledge.gather import CONTENT, shown
from cds.knowledge.model import Knowledge

_ALSO: Final = ("not-carried.yaml", "inventory.csv")
_PLAIN: Final = (str, int, bool, type(None))

_CLASSES: Final[tuple[type, ...]] = (
    model.Source, model.Citation, model.Review, model.SuggestionSpec, model.Tier, model.Statement, model.Drug,
    model.Conflict, model.PolicyItem, model.Policy, model.Knowledge, criteria.RouteIs, criteria.GivenAsIs,
    criteria.UseIs, criteria.SettingIs, criteria.AgeIs, criteria.AgeBetween, criteria.SexIs, criteria.PhaseIs,
    criteria.Stopping, criteria.AmountIs, criteria.AmountStated, criteria.StrengthsAre, criteria.Diluted,
    criteria.Ordered, criteria.HasCondition, criteria.NotRecorded, criteria.Allergic, criteria.TakenWith,
    criteria.AnyOf, criteria.Not, Quantity,
)  # fmt: skip
_ENUMS: Final[tuple[type[Enum], ...]] = (
    model.Level, model.Kind, model.ReviewStatus, model.SuggestionKind, criteria.GivenAs, criteria.Phase,
    criteria.Measure,
)  # fmt: skip
_FIELDS: Final = {kind: tuple(one.name for one in fields(kind) if one.init) for kind in _CLASSES}

# What a row makes, by its first number: a sequence or a leaf here, a class or an enumeration after them.
_MAKERS: Final[tuple[Callable[[Any], object], ...]] = (
    tuple,
    frozenset,
    lambda items: dict(zip(items[::2], items[1::2], strict=True)),
    lambda items: Decimal(items[0]),
    lambda items: date.fromisoformat(items[0]),
    lambda items: UNITS[items[0]],
    *(lambda items, kind=kind: kind(*items) for kind in _CLASSES),
    *(lambda items, kind=kind: kind(items[0]) for kind in _ENUMS),
)
_TUPLE, _SET, _DICT, _DECIMAL, _DATE, _UNIT, _FIRST_CLASS = range(7)
_NUMBER: Final = {kind: _FIRST_CLASS + place for place, kind in enumerate((*_CLASSES, *_ENUMS))}


class _File(msgspec.Struct, array_like=True):
    """What the file holds: what it was made from, plain values, and rows that point to values and earlier rows."""

    of: str
    leaves: list[str | int | bool | None]
    rows: list[list[int]]


def digest(folder: Path, policy: Path | None = None) -> str:
    """A digest of all files that the knowledge is read from, byte for byte, and of the program that reads them."""
    found = hashlib.sha256()
    here = Path(__file__).resolve().parent
    program = [*sorted(here.glob("*.py")), here.parent / "clinical" / "quantity.py"]
    read = sorted({path for pattern in (*CONTENT, *_ALSO) for path in folder.glob(pattern)})
    for path in [*program, *read, *([policy] if policy else [])]:
        data = path.read_bytes()
        found.update(f"{shown(path, folder)}\0{len(data)}\0".encode())
        found.update(data)
    return found.hexdigest()


def recall(cache: Path, of: str) -> Knowledge | None:
    """The knowledge kept under this digest; None when there is none, or none that is whole."""
    try:
        data = _file(cache, of).read_bytes()
    except OSError:
        return None
    seal, body = data[:32], data[32:]
    if hashlib.sha256(body).digest() != seal:
        return None
    try:
        with _no_collecting():
            kept = msgspec.msgpack.decode(body, type=_File)
            return _made(kept) if kept.of == of else None
    except (msgspec.MsgspecError, LookupError, TypeError, ValueError):  # written by another program
        return None


def keep(cache: Path, of: str, knowledge: Knowledge) -> None:
    """Keep the knowledge, and only it: what was kept before is of another time. A cache that cannot be written is no
    fault; the next start takes longer.
    """
    table = _Table()
    with _no_collecting():
        table.place(knowledge)
        body = msgspec.msgpack.encode(table.file(of))
    path = _file(cache, of)
    part = path.with_suffix(f".{os.getpid()}")
    try:
        cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.write_bytes(hashlib.sha256(body).digest() + body)
        part.replace(path)
        for other in cache.glob("knowledge-*.kept"):
            if other != path:
                other.unlink(missing_ok=True)
    except OSError:
        with suppress(OSError):
            part.unlink()


def _file(cache: Path, of: str) -> Path:
    return cache / f"knowledge-{of[:32]}.kept"


def _made(kept: _File) -> Knowledge:
    values: list[object] = list(kept.leaves)
    add, get = values.append, values.__getitem__
    for number, *places in kept.rows:
        add(_MAKERS[number](list(map(get, places))))
    return cast("Knowledge", values[-1])


class _Table:
    """Values on their way into the file: each once, after the values it is made of."""

    def __init__(self) -> None:
        self._leaves: dict[tuple[type, object], int] = {}
        self._rows: dict[tuple[int, ...], int] = {}

    def place(self, value: object) -> int:
        """Where a value is: a leaf from 0 up, a row from -1 down."""
        kind = type(value)
        if kind in _PLAIN:
            return self._leaves.setdefault((kind, value), len(self._leaves))
        number, parts = _taken_apart(value)
        row = (number, *map(self.place, parts))
        if number == _SET:
            row = (number, *sorted(row[1:]))
        return -1 - self._rows.setdefault(row, len(self._rows))

    def file(self, of: str) -> _File:
        """The file. Leaves come first, so a row's number is counted on from there."""
        first = len(self._leaves)
        rows = [[row[0], *(place if place >= 0 else first - 1 - place for place in row[1:])] for row in self._rows]
        return _File(of, [cast("Any", leaf) for _, leaf in self._leaves], rows)


def _taken_apart(value: object) -> tuple[int, Iterable[object]]:
    """The number of what makes a value, and what it is made of. KeyError for a value of a class that is not kept."""
    if isinstance(value, Enum):
        return _NUMBER[type(value)], (value.value,)
    if isinstance(value, tuple):
        return _TUPLE, value
    if isinstance(value, frozenset):
        return _SET, value
    if isinstance(value, dict):
        return _DICT, [part for pair in value.items() for part in pair]
    if isinstance(value, Decimal):
        return _DECIMAL, (str(value),)
    if isinstance(value, date):
        return _DATE, (value.isoformat(),)
    if isinstance(value, Unit):
        return _UNIT, (value.code,)
    kind = type(value)
    return _NUMBER[kind], [getattr(value, name) for name in _FIELDS[kind]]


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Many new objects and no garbage among them: looking for it would take longer than the rest."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
