"""The cited documents as lines, when they are at hand: are they the ones that were read, and what do they state."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from cds.errors import Fault
from cds.knowledge.figures import Figure, figures, without_references
from cds.knowledge.read_files import SourceFile

# This many words in a row taken over from a document are a copied sentence, not a fact restated.
LONGEST_RUN: Final = 7
_WORD: Final = re.compile(r"[\w.%/+]*\w%?")


@dataclass(frozen=True)
class Document:
    """A cited document. Lines count from 1."""

    source: str
    text: str
    marked: bool = False

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """Its lines; the empty one behind a final line end is none."""
        lines = self.text.split("\n")
        return tuple(lines[:-1] if lines and not lines[-1] else lines)

    @cached_property
    def runs(self) -> Mapping[tuple[str, ...], int]:
        """Every run of words that is too long to repeat, with the line it begins on."""
        words = [(word, number) for number, line in enumerate(self.lines, 1) for word in words_of(line)]
        length = LONGEST_RUN + 1
        found: dict[tuple[str, ...], int] = {}
        for start in range(len(words) - length + 1):
            found.setdefault(tuple(word for word, _ in words[start : start + length]), words[start][1])
        return found

    def figures(self, numbers: tuple[int, ...]) -> tuple[Figure, ...]:
        """The figures that stand on these lines; lines past the end hold none."""
        return tuple(
            figure
            for number in numbers
            if 0 < number <= len(self.lines)
            for figure in figures(self._plain(self.lines[number - 1]))
        )

    def _plain(self, line: str) -> str:
        return without_references(line) if self.marked else line


def words_of(text: str) -> list[str]:
    """The words of a text without punctuation and case."""
    return [word.lower() for word in _WORD.findall(text)]


def copied(text: str, document: Document) -> Iterator[tuple[str, int]]:
    """Runs of words that a text shares with a document, with the document's line; one for each stretch."""
    words = words_of(text)
    length = LONGEST_RUN + 1
    behind = 0
    for start in range(len(words) - length + 1):
        run = tuple(words[start : start + length])
        if start >= behind and run in document.runs:
            yield " ".join(run), document.runs[run]
            behind = start + length


def read_documents(folder: Path, sources: Mapping[str, SourceFile]) -> tuple[dict[str, Document], list[Fault]]:
    """The documents of all sources; those that are absent or not the ones that were read are faults."""
    found: dict[str, Document] = {}
    faults: list[Fault] = []
    for slug, source in sources.items():
        place = f"sources/{slug}.yaml"
        path = folder / Path(source.source.file).name
        if not path.is_file():
            faults.append(Fault(place, source.line, f"the document {source.source.file} is not there"))
            continue
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != source.source.sha256:
            faults.append(
                Fault(place, source.line, f"{source.source.file} is not the document that was read (SHA-256 differs)")
            )
            continue
        found[slug] = Document(slug, data.decode("utf-8", "replace"), source.marked)
    return found, faults
