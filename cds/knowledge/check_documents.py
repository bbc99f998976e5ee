"""Rules that need the cited documents: the lines exist, the figures stand on them, the words are our own."""

from __future__ import annotations

from collections.abc import Iterator

from cds.clinical.quantity import Quantity
from cds.errors import Fault
from cds.knowledge.check_statement import figure_range
from cds.knowledge.cited import Document, copied
from cds.knowledge.criteria import AmountIs, Criteria, every
from cds.knowledge.figures import Figure, claims, lacking, printed
from cds.knowledge.gather import Reading
from cds.knowledge.model import Statement


def lines_exist(reading: Reading, documents: dict[str, Document]) -> Iterator[Fault]:
    """A cited line is a line of the document with something on it."""
    for statement in reading.statements:
        for number, cite in enumerate(statement.cites, 1):
            document = documents.get(cite.source)
            if document is None:
                continue
            for line in cite.lines:
                at = reading.places.of(statement, f"cite.{number}")
                if line > len(document.lines):
                    message = f"{cite.source} has no line {line}; it ends with line {len(document.lines)}"
                    yield Fault(statement.file, at, message)
                elif not document.lines[line - 1].strip():
                    yield Fault(statement.file, at, f"line {line} of {cite.source} is blank")


def figures_stand(reading: Reading, documents: dict[str, Document]) -> Iterator[Fault]:
    """Every number that is restated, and every figure of a dose, stands on the lines cited for it."""
    for statement in reading.statements:
        if any(cite.source not in documents for cite in statement.cites):
            continue
        stated = tuple(figure for cite in statement.cites for figure in documents[cite.source].figures(cite.lines))
        where = _where(statement)
        for part, claimed in (("says", claims(statement.says)), ("dose", _dose_figures(statement))):
            for figure in lacking(claimed, stated):
                at = reading.places.of(statement, part)
                yield Fault(statement.file, at, f"'{figure}' does not stand on the cited lines ({where})")


def bounds_stand(reading: Reading, documents: dict[str, Document]) -> Iterator[Fault]:
    """Every amount that decides when a card speaks, or that one offers, stands on a cited line, or the statement says
    under ``outside`` where it comes from.
    """
    for statement in reading.statements:
        if any(cite.source not in documents for cite in statement.cites):
            continue
        stated = tuple(figure for cite in statement.cites for figure in documents[cite.source].figures(cite.lines))
        stated += printed(statement.outside)
        where = _where(statement)
        for part, amounts in _deciding(statement):
            for figure in lacking(tuple(Figure(one.value, one.unit.code) for one in amounts), stated):
                at = reading.places.of(statement, part)
                message = f"'{figure}' stands neither on the cited lines ({where}) nor under 'outside'"
                yield Fault(statement.file, at, message)


def _deciding(statement: Statement) -> Iterator[tuple[str, list[Quantity]]]:
    """The amounts of a statement that decide something, by the part they stand in."""
    yield "applies", _bounds(statement.applies)
    for number, tier in enumerate(statement.tiers, 1):
        yield f"tiers.{number}.when", _bounds(tier.when)
        yield f"tiers.{number}.suggest", [spec.amount for spec in tier.suggest if spec.amount is not None]


def _bounds(criteria: Criteria) -> list[Quantity]:
    found = (one for one in every(criteria) if isinstance(one, AmountIs))
    return [bound for one in found for bound in (one.low, one.high) if bound is not None and bound.value]


def figures_on_cards(reading: Reading, documents: dict[str, Document]) -> Iterator[Fault]:
    """A figure a card prints stands on a cited line, or the statement says under ``outside`` where it comes from."""
    for statement in reading.statements:
        if any(cite.source not in documents for cite in statement.cites):
            continue
        stated = tuple(figure for cite in statement.cites for figure in documents[cite.source].figures(cite.lines))
        stated += printed(statement.outside)
        for number, tier in enumerate(statement.tiers, 1):
            for part, text in (("say", tier.say), ("advice", tier.advice)):
                for figure in lacking(printed(text), stated):
                    at = reading.places.of(statement, f"tiers.{number}.{part}")
                    message = f"'{figure}' on the card stands neither on the cited lines nor under 'outside'"
                    yield Fault(statement.file, at, message)


def _where(statement: Statement) -> str:
    return "; ".join(f"{cite.source} {', '.join(map(str, cite.lines))}" for cite in statement.cites)


def _dose_figures(statement: Statement) -> tuple[Figure, ...]:
    found: list[Figure] = []
    for _, text in statement.dose:
        try:
            ends = figure_range(text)
        except ValueError:
            continue
        found.extend(Figure(end.value, end.unit.code) for end in ends)
    return tuple(found)


def headings_exist(reading: Reading, documents: dict[str, Document]) -> Iterator[Fault]:
    """What a source lists as headings and the like stands in the document, and is not blank."""
    for slug, document in documents.items():
        source = reading.sources[slug]
        for line, kind in source.headings.items():
            if line > len(document.lines) or not document.lines[line - 1].strip():
                message = f"line {line}, listed as {kind}, is blank or not in the document"
                yield Fault(f"sources/{slug}.yaml", source.line, message)


def own_words(reading: Reading, documents: dict[str, Document]) -> Iterator[Fault]:
    """Facts are restated; no eight words in a row of a document are kept."""
    for path, line, text in _texts(reading):
        for document in documents.values():
            for run, number in copied(text, document):
                yield Fault(path, line, f"'{run}' is word for word {document.source} line {number}: use your own words")


def _texts(reading: Reading) -> Iterator[tuple[str, int, str]]:
    """All prose of ours, with its place."""
    for drug in reading.drugs:
        yield drug.file, 1, drug.reading_note
    for statement in reading.statements:
        for part, text in (("says", statement.says), ("advice", statement.advice), ("outside", statement.outside)):
            yield statement.file, reading.places.of(statement, part), text
        for number, tier in enumerate(statement.tiers, 1):
            yield statement.file, reading.places.of(statement, f"tiers.{number}.say"), tier.say
            if tier.advice != statement.advice:
                yield statement.file, reading.places.of(statement, f"tiers.{number}.advice"), tier.advice
    for name, conflict in reading.conflicts.items():
        for text in (conflict.tension, conflict.resolution, conflict.why):
            yield "conflicts.yaml", reading.lines.get(("conflicts.yaml", name), 0), text
    for name, why in reading.not_carried.items():
        yield "not-carried.yaml", reading.lines.get(("not-carried.yaml", name), 0), why
