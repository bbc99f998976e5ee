"""Conditions behind codes and words, and what an observation can say of them."""

from __future__ import annotations

from cds.clinical.code import Concept
from cds.terminology.model import Evidence, Recognised
from cds.terminology.tables import ConditionTables
from cds.terminology.words import fenced, tokens

_SHORTEST_ICD = 3


def conditions(concept: Concept, tables: ConditionTables) -> tuple[Recognised, ...]:
    """The conditions a concept stands for. Codes are believed first; words only where no code is known."""
    return coded(concept, tables) or spoken(concept, tables)


def coded(concept: Concept, tables: ConditionTables) -> tuple[Recognised, ...]:
    """The conditions that the codes of a concept stand for."""
    found: dict[str, Recognised] = {}
    for coding in concept.codings:
        for recognised in tables.codes.get((coding.system, coding.code), ()):
            found.setdefault(recognised.condition, recognised)
        if coding.system in tables.prefixes:
            for recognised in by_prefix(coding.code, tables.prefixes[coding.system]):
                found.setdefault(recognised.condition, recognised)
    return tuple(found.values())


def spoken(concept: Concept, tables: ConditionTables) -> tuple[Recognised, ...]:
    """The conditions that the words of a concept name."""
    found: dict[str, Recognised] = {}
    for text in dict.fromkeys((concept.text, *(coding.display for coding in concept.codings))):
        for recognised in _named(text, tables):
            found.setdefault(recognised.condition, recognised)
    return tuple(found.values())


def stripped(code: str) -> str:
    """An ICD code as the tables hold it: upper case, without its dot."""
    return code.replace(".", "").strip().upper()


def by_prefix(code: str, prefixes: dict[str, tuple[Recognised, ...]]) -> tuple[Recognised, ...]:
    """Every condition of an ICD code; of two entries for one condition the longer code wins."""
    if not prefixes:
        return ()
    whole = stripped(code)
    found: dict[str, Recognised] = {}
    for length in range(len(whole), _SHORTEST_ICD - 1, -1):
        for recognised in prefixes.get(whole[:length], ()):
            found.setdefault(recognised.condition, recognised)
    return tuple(found.values())


def _named(text: str, tables: ConditionTables) -> tuple[Recognised, ...]:
    """The conditions a text names, unless it also says that they are not the patient's, or not now."""
    found = tokens(text)
    free, _ = fenced(tables.spoken.find(found), found)
    taken = {at for match in free for at in range(match.first, match.last + 1)}
    if any(token.word in tables.guards for at, token in enumerate(found) if at not in taken):
        return ()
    return tuple(recognised for match in free for recognised in match.value)


def evidence(concept: Concept, tables: ConditionTables) -> tuple[Evidence, ...]:
    """What an observation with this code can say of conditions."""
    found: dict[Evidence, None] = {}
    for coding in concept.codings:
        for entry in tables.evidence.get((coding.system, coding.code), ()):
            found.setdefault(entry)
    return tuple(found)
