"""Uses a reason stands for, services an order stands for, and which observations are body weights."""

from __future__ import annotations

from cds.clinical.code import Concept
from cds.terminology.conditions import stripped
from cds.terminology.tables import ReasonTables
from cds.terminology.words import fenced, tokens

_SHORTEST_ICD = 3


def uses(concept: Concept, tables: ReasonTables) -> frozenset[str]:
    """The uses a reason stands for, with every broader one. Codes first; words where no code is known."""
    found: set[str] = set()
    for coding in concept.codings:
        found |= tables.uses.get((coding.system, coding.code), frozenset())
        found |= _by_prefix(coding.code, tables.use_prefixes.get(coding.system, {}))
    if not found:
        for text in (concept.text, *(coding.display for coding in concept.codings)):
            listed = tokens(text)
            free, _ = fenced(tables.use_words.find(listed), listed)
            found |= {match.value for match in free}
    return completed(frozenset(above for slug in found for above in tables.broader[slug]), tables)


def completed(found: frozenset[str], tables: ReasonTables) -> frozenset[str]:
    """These uses with those that follow from several of them at once: nerve pain and cancer."""
    for slug, needed in tables.follows.items():
        if needed <= found and slug not in found:
            return completed(found | tables.broader[slug], tables)
    return found


def _by_prefix(code: str, prefixes: dict[str, frozenset[str]]) -> frozenset[str]:
    whole = stripped(code) if prefixes else ""
    for length in range(len(whole), _SHORTEST_ICD - 1, -1):
        if whole[:length] in prefixes:
            return prefixes[whole[:length]]
    return frozenset()


def services(concept: Concept, tables: ReasonTables) -> frozenset[str]:
    """The services an order or a device stands for."""
    found: set[str] = set()
    for coding in concept.codings:
        found |= tables.services.get((coding.system, coding.code), frozenset())
    for text in (concept.text, *(coding.display for coding in concept.codings)):
        for match in tables.service_words.find(tokens(text)):
            found |= match.value
    return frozenset(found)


def is_weight(concept: Concept, tables: ReasonTables) -> bool:
    """Whether an observation is a body weight."""
    return any((coding.system, coding.code) in tables.weights for coding in concept.codings)
