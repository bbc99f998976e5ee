"""Is every line of every document read? Each is cited, or known to hold no clinical content, or blank, or unread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cds.knowledge.cited import Document
from cds.knowledge.gather import Reading

CITED: Final = "cited"
BLANK: Final = "blank"
UNREAD: Final = "unread"


@dataclass(frozen=True, slots=True)
class LineUse:
    """What becomes of one line: ``use`` is cited, blank, unread, or what the source lists it as."""

    source: str
    line: int
    use: str
    statements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Coverage:
    """What is read of the documents, and what is carried of the inventory."""

    lines: tuple[LineUse, ...]
    carried: int
    inventory: int
    absent: tuple[str, ...]

    @property
    def unread(self) -> tuple[LineUse, ...]:
        """Lines that nobody has accounted for."""
        return tuple(line for line in self.lines if line.use == UNREAD)

    @property
    def summary(self) -> str:
        """One sentence of figures."""
        counts = Counter(line.use for line in self.lines)
        others = sum(number for use, number in counts.items() if use not in (CITED, BLANK, UNREAD))
        return (
            f"{self.carried} of {self.inventory} carried or accounted for; {len(self.lines)} lines: "
            f"{counts[CITED]} cited, {others} headings/navigation, {counts[BLANK]} blank, {counts[UNREAD]} unread"
        )


def coverage(reading: Reading, documents: Mapping[str, Document]) -> Coverage:
    """Go through every line of the documents and every entry of the inventory."""
    by_line: dict[tuple[str, int], list[str]] = {}
    for statement in reading.statements:
        for place in dict.fromkeys((cite.source, line) for cite in statement.cites for line in cite.lines):
            by_line.setdefault(place, []).append(statement.id)
    accounted = {name for statement in reading.statements for name in statement.inventory} | reading.not_carried.keys()
    return Coverage(
        lines=tuple(use for document in documents.values() for use in _uses(reading, document, by_line)),
        carried=len(accounted & reading.inventory.keys()),
        inventory=len(reading.inventory),
        absent=tuple(name for name in reading.inventory if name not in accounted),
    )


def _uses(reading: Reading, document: Document, by_line: Mapping[tuple[str, int], list[str]]) -> Iterator[LineUse]:
    listed = reading.sources[document.source].headings
    for number, text in enumerate(document.lines, 1):
        statements = tuple(by_line.get((document.source, number), ()))
        content = CITED if statements else listed.get(number, UNREAD)
        use = content if text.strip() else BLANK
        yield LineUse(document.source, number, use, statements)


def report(found: Coverage, *, every_line: bool = False) -> str:
    """What is unread and not carried, by name, and the summary; with ``every_line`` who cites each line."""
    rows = [f"{use.source}:{use.line}: {', '.join(use.statements) or use.use}" for use in found.lines if every_line]
    rows += [f"{use.source}:{use.line}: unread" for use in found.unread if not every_line]
    rows += [f"{name}: neither carried nor accounted for" for name in found.absent]
    return "\n".join([*rows, found.summary])
