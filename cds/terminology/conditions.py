"""Conditions behind codes and words, and what an observation can say of them."""

from __future__ import annotations

from dataclasses import replace

from cds.clinical.code import Concept
from cds.terminology import speech
from cds.terminology.model import Evidence, Recognised
from cds.terminology.tables import ConditionTables
from cds.terminology.words import fenced, tokens

_SHORTEST_ICD = 3


def conditions(concept: Concept, tables: ConditionTables) -> tuple[Recognised, ...]:
    """The conditions a concept stands for. Codes are believed first; words where no code is known, and for severity."""
    return coded(concept, tables) or spoken(concept, tables)


def coded(concept: Concept, tables: ConditionTables) -> tuple[Recognised, ...]:
    """The conditions that the codes of a concept stand for, as severe as code or words say."""
    found: dict[str, Recognised] = {}
    for coding in concept.codings:
        for recognised in tables.codes.get((coding.system, coding.code), ()):
            found.setdefault(recognised.condition, recognised)
        if coding.system in tables.prefixes:
            for recognised in by_prefix(coding.code, tables.prefixes[coding.system]):
                found.setdefault(recognised.condition, recognised)
    if not found:
        return ()
    texts = tuple(dict.fromkeys(said(concept)))
    return tuple(speech.severities(texts, recognised, tables) for recognised in found.values())


def said(concept: Concept) -> tuple[str, ...]:
    """Everything a concept says in words."""
    return tuple(filter(None, (concept.text, *(coding.display for coding in concept.codings))))


def spoken(concept: Concept, tables: ConditionTables) -> tuple[Recognised, ...]:
    """The conditions that the words of a concept name: of one that is named twice, as severe as the worse."""
    found: dict[Recognised, Recognised] = {}
    for text in dict.fromkeys(said(concept)):
        for recognised in _named(text, tables):
            same = replace(recognised, severity="")
            severity = speech.worse(recognised.severity, found.get(same, same).severity)
            found[same] = replace(recognised, severity=severity)
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
    """The conditions a text names, unless it also says that they are not the patient's."""
    found = tokens(text)
    free, _ = fenced(tables.spoken.find(found), found)
    if len(found) > speech.LONGEST:
        denied = any(token.word in tables.guards for token in found)
        return () if denied else tuple(recognised for match in free for recognised in match.value)
    return tuple(speech.Saying(text, found, free, tables).conditions()) if free else ()


def evidence(concept: Concept, tables: ConditionTables) -> tuple[Evidence, ...]:
    """What an observation with this code can say of conditions."""
    found: dict[Evidence, None] = {}
    for coding in concept.codings:
        for entry in tables.evidence.get((coding.system, coding.code), ()):
            found.setdefault(entry)
    return tuple(found)
