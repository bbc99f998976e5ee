"""Strict YAML: what stands in the file is what is read.

Plain YAML turns ``06017`` into 3087 and ``NO`` into False, and silently keeps the last of two equal keys. Here
every scalar stays text, every node keeps its place, and what would make a file mean something its reader cannot
see (repeated keys, anchors, tags, merge keys, several documents, tabs) is a fault. All faults of a file are
reported, except behind a place where the syntax itself breaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import yaml

from cds.errors import Fault

# libyaml reads some twenty times faster; where it is not built in, pure Python gives the same events.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Deep enough for any statement; keeps a crooked file from exhausting the stack of whoever walks the tree.
DEEPEST: Final = 40


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text with its place; lines and columns count from 1."""

    text: str
    line: int
    column: int = 1


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list with its place."""

    items: tuple[Node, ...]
    line: int
    column: int = 1


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the order written, with their place."""

    entries: tuple[tuple[Scalar, Node], ...]
    line: int
    column: int = 1

    def get(self, key: str) -> Node | None:
        """The value under ``key``, if it is there."""
        for name, value in self.entries:
            if name.text == key:
                return value
        return None


Node = Scalar | Sequence | Mapping

_FORBIDDEN: Final = re.compile("[\t\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
# What the parser says, and what that means to someone who does not know YAML.
_IN_WORDS: Final[tuple[tuple[str, str], ...]] = (
    (
        "mapping values are not allowed",
        "a colon followed by a space inside a text, or a line indented too far: put the text in quotes",
    ),
    ("could not find expected ':'", "a key without its colon, or a text that needs quotes"),
    ("did not find expected key", "the indentation does not fit the lines above, or a quote is misplaced"),
    ("expected <block end>", "the indentation does not fit the lines above, or a quote is misplaced"),
    ("did not find expected '-'", "the indentation of this list does not fit the lines above"),
    ("did not find expected ',' or", "a list [..] or map {..} is not closed, or a comma is missing"),
    ("expected ',' or", "a list [..] or map {..} is not closed, or a comma is missing"),
    ("unexpected end of stream", "a quote is not closed"),
    ("cannot start any token", "this character cannot begin a text: put the text in quotes"),
)


@dataclass(slots=True)
class _Open:
    """A list or map that is still being read."""

    line: int
    column: int
    items: list[Node]
    keyed: bool
    keys: dict[str, int]


def parse(data: bytes, path: str) -> tuple[Node | None, list[Fault]]:
    """Read one document. The tree is None when nothing can be made of it; the faults say why."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return None, [Fault(path, line, "the file is not UTF-8 text here: save it as UTF-8")]
    faults = list(_characters(text, path))
    if faults:
        return None, faults
    return _Builder(path).build(text)


def _characters(text: str, path: str) -> Iterator[Fault]:
    """Characters that look like a space or like nothing."""
    if not _FORBIDDEN.search(text):
        return
    for number, line in enumerate(text.split("\n"), 1):
        found = _FORBIDDEN.search(line)
        if found:
            tab = found.group() == "\t"
            what = "a tab: indent with spaces" if tab else f"a control character (U+{ord(found.group()):04X})"
            yield Fault(path, number, what)


class _Builder:
    """Turns the parser's events into nodes, and notes what is refused."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._faults: list[Fault] = []
        self._stack: list[_Open] = []
        self._root: Node | None = None

    def build(self, text: str) -> tuple[Node | None, list[Fault]]:
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                if isinstance(event, yaml.DocumentStartEvent) and self._root is not None:
                    self._fault(_place(event)[0], "a second document begins here: one file, one document")
                    break
                self._take(event)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._fault(mark.line + 1 if mark else 0, _explained(error))
            self._root = None
        if self._root is None and not self._faults:
            self._fault(0, "the file is empty")
        return self._root, self._faults

    def _fault(self, line: int, message: str) -> None:
        self._faults.append(Fault(self._path, line, message))

    def _take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._plain_only(event)
            self._add(Scalar(event.value, *_place(event)))
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._plain_only(event)
            self._open(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._close()
        elif isinstance(event, yaml.AliasEvent):
            line, _ = _place(event)
            self._fault(line, f"'*{event.anchor}' refers to another place: write the text out")
            self._add(Scalar("", line))

    def _plain_only(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        line, _ = _place(event)
        if event.anchor is not None:
            self._fault(line, f"'&{event.anchor}' names a place to refer to: not used here")
        if event.tag is not None:
            self._fault(line, f"'{event.tag}' is a YAML tag: not used here, put the text in quotes")

    def _open(self, event: yaml.CollectionStartEvent) -> None:
        line, column = _place(event)
        if len(self._stack) == DEEPEST:
            self._fault(line, f"nested more than {DEEPEST} deep")
        self._stack.append(_Open(line, column, [], isinstance(event, yaml.MappingStartEvent), {}))

    def _close(self) -> None:
        done = self._stack.pop()
        if not done.keyed:
            self._add(Sequence(tuple(done.items), done.line, done.column))
            return
        entries: list[tuple[Scalar, Node]] = []
        for key, value in zip(done.items[::2], done.items[1::2], strict=True):
            if isinstance(key, Scalar):
                entries.append((key, value))
        self._add(Mapping(tuple(entries), done.line, done.column))

    def _add(self, node: Node) -> None:
        if len(self._stack) > DEEPEST:
            return
        if not self._stack:
            self._root = node
            return
        above = self._stack[-1]
        if above.keyed and len(above.items) % 2 == 0:
            self._key(node, above)
        above.items.append(node)

    def _key(self, node: Node, above: _Open) -> None:
        if not isinstance(node, Scalar):
            self._fault(node.line, "a key must be a word")
        elif node.text == "<<":
            self._fault(node.line, "'<<' merges another map: not used here, write the keys out")
        elif node.text in above.keys:
            first = above.keys[node.text]
            self._fault(node.line, f"the key '{node.text}' stands here a second time (first on line {first})")
        else:
            above.keys[node.text] = node.line


def _place(event: yaml.Event) -> tuple[int, int]:
    """Line and column of an event, from 1. Every event of a parser has them; its type does not say so."""
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)


def _explained(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or ""
    for said, meaning in _IN_WORDS:
        if said in problem or said in (error.context or ""):
            return f"cannot be read: {meaning}"
    return f"cannot be read: {problem or 'syntax'}"
