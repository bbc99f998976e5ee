"""The knowledge as pages read it: monographs, statements with citations, and the documents where they are given."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from cds.knowledge.cited import Document, read_documents
from cds.knowledge.coverage import BLANK, CITED, UNREAD, Coverage, coverage
from cds.knowledge.examine import examine
from cds.knowledge.gather import Reading
from cds.knowledge.in_words import plain, ranges
from cds.knowledge.model import Citation, Drug, Kind, Knowledge, Level, Source, Statement
from cds.knowledge.monograph import Entry, Monograph, monograph
from cds.settings import Settings

KINDS: Final = {
    Kind.MAX_DOSE: "Maximum dose",
    Kind.LACTATION: "Breastfeeding",
    Kind.EVIDENCE: "Limits of the evidence",
    Kind.NOT_COVERED: "Not covered by the documents",
    Kind.NAME: "Names",
}
ABBREVIATIONS: Final = frozenset({"iv", "im", "icu", "mao", "cns", "ecg", "cyp2d6"})
AROUND: Final = 2
"""Lines shown before and after a cited passage."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a document. ``use``: cited, blank, unread or a kind of heading; ``marked``: it is the one cited."""

    number: int
    text: str
    use: str = ""
    statements: tuple[str, ...] = ()
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation to show: where it stands in words, its document, and the passage if the document is given."""

    source: Source
    section: str
    lines: str
    first: int
    passage: tuple[Line, ...]


class Library:
    """Everything that pages ask of the knowledge. What is derived is derived once, when it is first asked for."""

    def __init__(self, knowledge: Knowledge, settings: Settings) -> None:
        self.knowledge = knowledge
        self._settings = settings
        self._monographs: dict[str, Monograph] = {}

    @cached_property
    def drugs(self) -> dict[str, Drug]:
        """Drugs and combinations by id."""
        return {drug.id: drug for drug in self.knowledge.drugs}

    def monograph(self, drug: Drug) -> Monograph:
        """The page of a drug in words."""
        if drug.id not in self._monographs:
            self._monographs[drug.id] = monograph(self.knowledge, drug)
        return self._monographs[drug.id]

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """Every statement in words, by id."""
        return {entry.id: entry for drug in self.knowledge.drugs for entry in self.monograph(drug).entries}

    def title(self, statement: str) -> str:
        """What a statement is called on pages: its drug, of what kind it is, and what it is about."""
        found = self.knowledge.statements[statement]
        drug, about, kind = self.knowledge.drug_of[statement].name, self.about(found), kind_name(found.kind).lower()
        return f"{drug}: {about}" if kind in about.lower() else f"{drug}, {kind}: {about}"

    def about(self, statement: Statement) -> str:
        """What a statement is about, in a few words: what its id says."""
        own = statement.id.removeprefix(f"{self.knowledge.drug_of[statement.id].id}.")
        return spelled(own.replace(".", ", "))

    def where(self, statement: str) -> str:
        """Where a statement stands, in short."""
        cites = self.knowledge.statements[statement].cites
        return "; ".join(f"{self.knowledge.sources[cite.source].title}, {_lines(cite)}" for cite in cites)

    @staticmethod
    def level(statement: Statement) -> str:
        """The loudest level a statement can speak at; empty when it never speaks."""
        return (
            max((tier.level for tier in statement.tiers), key=lambda level: level.rank).value if statement.tiers else ""
        )

    def levels(self, drug: Drug) -> Mapping[str, int]:
        """How many statements of a drug can speak at which level at the loudest."""
        counts = Counter(self.level(statement) for statement in drug.statements if statement.tiers)
        return {level.value: counts[level.value] for level in reversed(Level) if counts[level.value]}

    def digest(self, statement: str) -> str:
        """A digest of what a statement says, when and how loudly: another one means that it changed."""
        return hashlib.sha256(repr(self.entries[statement]).encode()).hexdigest()[:12]

    # --- documents -------------------------------------------------------------------------------------------

    @cached_property
    def _reading(self) -> Reading:
        return examine(self._settings.knowledge, self._settings.policy)

    @cached_property
    def documents(self) -> Mapping[str, Document]:
        """The documents that this deployment was given, by source; none without the setting."""
        folder: Path | None = self._settings.documents
        return read_documents(folder, self._reading.sources)[0] if folder is not None else {}

    @cached_property
    def coverage(self) -> Coverage:
        """What is read of the documents that are given."""
        return coverage(self._reading, self.documents)

    def cited(self, statement: Statement) -> list[Cited]:
        """The citations of a statement, with the passages where the documents are given."""
        return [self._cited(cite) for cite in statement.cites if cite.source in self.knowledge.sources]

    def _cited(self, cite: Citation) -> Cited:
        document = self.documents.get(cite.source)
        passage = tuple(_passage(document, cite.lines)) if document else ()
        source = self.knowledge.sources[cite.source]
        return Cited(source, cite.section, _lines(cite), min(cite.lines, default=1), passage)

    def lines(self, source: str) -> list[Line]:
        """A document line by line, with who cites each line."""
        document = self.documents[source]
        return [
            Line(use.line, document.lines[use.line - 1], use.use, use.statements)
            for use in self.coverage.lines
            if use.source == source
        ]

    def counts(self, source: str) -> Mapping[str, int]:
        """How many lines of a document are cited, headings, blank and unread."""
        counts = Counter(use.use for use in self.coverage.lines if use.source == source)
        known = (CITED, BLANK, UNREAD)
        others = sum(number for use, number in counts.items() if use not in known)
        return {"cited": counts[CITED], "headings": others, "blank": counts[BLANK], "unread": counts[UNREAD]}

    @cached_property
    def citing(self) -> Mapping[str, tuple[int, int]]:
        """By source: how many statements cite it, and how many of its lines are cited."""
        statements: dict[str, set[str]] = {}
        lines: dict[str, set[int]] = {}
        for statement in self.knowledge.statements.values():
            for cite in statement.cites:
                statements.setdefault(cite.source, set()).add(statement.id)
                lines.setdefault(cite.source, set()).update(cite.lines)
        return {name: (len(statements.get(name, ())), len(lines.get(name, ()))) for name in self.knowledge.sources}


def spelled(slug: str) -> str:
    """A slug as words, with abbreviations in capitals."""
    return " ".join(word.upper() if word.strip(",") in ABBREVIATIONS else word for word in plain(slug).split())


def kind_name(kind: Kind) -> str:
    """A kind of statement as a heading."""
    return KINDS.get(kind, plain(kind).capitalize())


def _lines(cite: Citation) -> str:
    return f"line{'s' if len(cite.lines) > 1 else ''} {ranges(tuple(sorted(cite.lines)))}"


def _passage(document: Document, cited: tuple[int, ...]) -> Iterator[Line]:
    """The cited lines, marked, with a few lines around them."""
    near = {number for line in cited for number in range(line - AROUND, line + AROUND + 1)}
    for number in sorted(near):
        if 0 < number <= len(document.lines):
            yield Line(number, document.lines[number - 1].strip(), marked=number in cited)
