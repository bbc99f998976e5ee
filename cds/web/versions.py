"""The page of what changed between two versions: a summary, then each change with the words that differ marked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from cds.publication.compare import Change, Fate, Part, Section
from cds.web.library import Library, spelled

AT_ONCE: Final = 40
"""Changed statements up to which every section is shown; beyond, one section at a time."""
MOST: Final = 120
"""Statements, or rows of a list, shown of one section. The command line tells them all."""
LONGEST: Final = 600
"""Characters shown of one text."""
_WORDS: Final = re.compile(r"\s+|\S+")
_LEVELS: Final = ("critical", "warning", "info")
_OF_ONE: Final = ("says", "figures", "written in")
"""What is shown of a statement that is wholly new or gone, besides its levels."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a text. ``changed``: the other version has something else in its place."""

    text: str
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is said otherwise, before and after; a side is empty where nothing was or is said."""

    label: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """A statement that changed. ``here``: its page is there, in the running version. ``level`` is the loudest one of a
    statement that is new or gone, empty when it is on no card; changed levels stand among the rows.
    """

    id: str
    title: str
    here: bool
    fate: str
    level: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """A section to show. ``more`` is how many of its changes are left out for length."""

    number: int
    title: str
    fate: str
    counts: Mapping[str, int]
    shown: bool
    items: tuple[Item, ...]
    more: int


def chapters(sections: Sequence[Section], show: int, library: Library) -> list[Chapter]:
    """The sections as the page shows them; all of them when they are few, else the one with the number ``show``."""
    few = sum(len(section.parts) for section in sections) <= AT_ONCE
    return [_chapter(number, each, few or number == show, library) for number, each in enumerate(sections)]


def statements(sections: Iterable[Section]) -> int:
    """How many statements changed, are new or are gone."""
    return sum(bool(part.id) for section in sections for part in section.parts)


def _chapter(number: int, section: Section, shown: bool, library: Library) -> Chapter:
    parts = section.parts[:MOST]
    items = tuple(_item(part, section, library) for part in parts) if shown else ()
    rows = max((len(part.changes) for part in section.parts if not part.id), default=0)
    return Chapter(
        number=number,
        title=section.title,
        fate="" if section.fate is Fate.CHANGED else section.fate.value,
        counts=Counter(part.fate.value for part in section.parts if part.id),
        shown=shown,
        items=items,
        more=len(section.parts) - len(parts) + max(0, rows - MOST),
    )


def _item(part: Part, section: Section, library: Library) -> Item:
    here = part.id in library.knowledge.statements
    whole = part.fate is not Fate.CHANGED
    changes = [one for one in part.changes if one.label in _OF_ONE] if whole else list(part.changes[:MOST])
    return Item(
        id=part.id,
        title=library.title(part.id) if here else spelled(part.id.removeprefix(f"{section.id}.").replace(".", ", ")),
        here=here,
        fate=part.fate.value,
        level=_loudest(part) if whole else "",
        rows=tuple(map(_row, changes)),
    )


def _loudest(part: Part) -> str:
    found = {(one.after or one.before).lower() for one in part.changes if one.label.endswith(", level")}
    return next((level for level in _LEVELS if level in found), "")


def _row(change: Change) -> Row:
    # Levels are in capitals where there is nothing but letters to tell them by; here they are words as elsewhere.
    plain = str.lower if change.label.endswith(", level") else str
    return Row(change.label, *_marked(_cut(plain(change.before)), _cut(plain(change.after))))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rsplit(' ', 1)[0]} …"


def _marked(before: str, after: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    if not before or not after:
        return _whole(before), _whole(after)
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    return (
        tuple(_pieces((kind != "equal", old[low:high]) for kind, low, high, _, _ in steps)),
        tuple(_pieces((kind != "equal", new[low:high]) for kind, _, _, low, high in steps)),
    )


def _whole(text: str) -> tuple[Piece, ...]:
    return (Piece(text),) if text else ()


def _pieces(steps: Iterable[tuple[bool, Sequence[str]]]) -> Iterator[Piece]:
    return (Piece("".join(words), changed) for changed, words in steps if words)
