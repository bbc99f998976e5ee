"""The house rules, as one table of small checks. Each is a function from what was read to faults."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from cds.errors import Fault
from cds.knowledge import check_documents, check_links, check_statement
from cds.knowledge.cited import Document, read_documents
from cds.knowledge.gather import Reading

Rule = Callable[[Reading], Iterator[Fault]]
DocumentRule = Callable[[Reading, dict[str, Document]], Iterator[Fault]]

# What must hold before the service starts.
RULES: Final[tuple[tuple[str, Rule], ...]] = (
    ("there is something to read", check_links.something),
    ("ids are unique", check_links.unique_ids),
    ("ids begin with the name of their file", check_links.ids_begin_with_file),
    ("ids in yields-to exist", check_links.yields_to),
    ("conflicts and their statements name each other", check_links.conflicts),
    ("ids of the inventory exist", check_links.inventory_ids),
    ("every statement cites lines of a source", check_statement.cited),
    ("a statement that fires says what goes beyond the document", check_statement.outside),
    ("tiers go from quiet to loud, and more of it is never quieter", check_statement.tier_order),
    ("wording uses known placeholders that have something to fill them", check_statement.placeholders),
    ("a card's summary fits", check_statement.summary_length),
    ("figures have a known unit", check_statement.figure_units),
    ("low is not above high", check_statement.low_and_high),
)
# What must hold besides, before a change is merged: how complete we are.
COMPLETENESS: Final[tuple[tuple[str, Rule], ...]] = (
    ("every assertion of the inventory is carried or accounted for", check_links.complete),
    ("who carries an assertion cites every line it stands on", check_links.restatements),
)
# What can be seen with the documents at hand.
DOCUMENT_RULES: Final[tuple[tuple[str, DocumentRule], ...]] = (
    ("cited lines exist", check_documents.lines_exist),
    ("figures stand on the cited lines", check_documents.figures_stand),
    ("figures a card prints stand on the cited lines", check_documents.figures_on_cards),
    ("amounts that decide or are offered stand on the cited lines", check_documents.bounds_stand),
    ("lines listed as headings are lines of the document", check_documents.headings_exist),
    ("no sentence of a document is kept", check_documents.own_words),
)


def faults_of(reading: Reading, documents: Path | None = None, *, complete: bool = False) -> list[Fault]:
    """All faults against the house rules."""
    rules = RULES + COMPLETENESS if complete else RULES
    found = [fault for _, rule in rules for fault in rule(reading)]
    if documents is not None:
        read, faults = read_documents(documents, reading.sources)
        found.extend(faults)
        found.extend(fault for _, rule in DOCUMENT_RULES for fault in rule(reading, read))
    return found
