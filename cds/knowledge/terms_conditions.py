"""Reads ``knowledge/conditions``: codes, words and observations of each condition."""

from __future__ import annotations

from dataclasses import dataclass, field

from cds.clinical.code import ICD10, ICD10CM
from cds.clinical.quantity import TIME, Quantity
from cds.knowledge.codes import coded, short_code
from cds.knowledge.fields import Fields
from cds.knowledge.shelf import Shelf
from cds.knowledge.strict import Node, Scalar
from cds.knowledge.terms_speech import SEVERITIES, read_speech
from cds.terminology.model import Evidence, Named, Recognised
from cds.terminology.tables import ConditionTables, Key
from cds.terminology.words import Phrases, words

_KEYS = ("condition", "name", "outside", "valid", "codes", "words", "unlike", "observations")
_OBSERVED = ("codes", "present", "absent", "present-words", "absent-words", "below", "above", "valid")
_COURSES = frozenset({"remission", "resolved"})
_MARKS = ("severity", "history", "doubtful", "course")
_HOURS_A_DAY = 24
_ICD = frozenset({ICD10, ICD10CM})


@dataclass(slots=True)
class _Growing:
    """The tables while the files are read."""

    codes: dict[Key, tuple[Recognised, ...]] = field(default_factory=dict)
    prefixes: dict[str, dict[str, tuple[Recognised, ...]]] = field(default_factory=dict)
    spoken: dict[tuple[str, ...], tuple[Recognised, ...]] = field(default_factory=dict)
    evidence: dict[Key, tuple[Evidence, ...]] = field(default_factory=dict)
    valid: dict[str, int] = field(default_factory=dict)


def read_conditions(shelf: Shelf) -> ConditionTables:
    """The conditions' tables."""
    growing = _Growing()
    for stem, page in shelf.pages("conditions", _KEYS):
        _condition(shelf, stem, page, growing)
    speech = read_speech(shelf)
    return ConditionTables(
        codes=growing.codes,
        prefixes=growing.prefixes,
        spoken=Phrases(growing.spoken),
        guards=speech.guards,
        guards_ahead=speech.guards_ahead,
        guards_beside=speech.guards_beside,
        marks=speech.marks,
        fillers=speech.fillers,
        evidence=growing.evidence,
        valid=growing.valid,
    )


def _condition(shelf: Shelf, stem: str, page: Fields, growing: _Growing) -> None:
    page.require("condition", "name", "outside", "codes")
    slug = page.text("condition")
    if slug != stem:
        page.fault("condition", f"the condition is '{slug}' and the file '{stem}'")
    first: tuple[str, str, str] | None = None
    for node in page.each("codes"):
        fields, key = coded(node, page.noted, shelf.displays, _MARKS)
        recognised = _recognised(fields, slug)
        first = first or (*key, fields.text("display"))
        if key[0] in _ICD:
            table = growing.prefixes.setdefault(key[0], {})
            table[key[1].upper()] = (*table.get(key[1].upper(), ()), recognised)
        else:
            growing.codes[key] = (*growing.codes.get(key, ()), recognised)
    for node in page.each("words"):
        word, recognised = _word(node, page, slug)
        growing.spoken[words(word)] = (*growing.spoken.get(words(word), ()), recognised)
    for phrase in page.words("unlike"):
        growing.spoken.setdefault(words(phrase), ())
    days = _days(page, shelf)
    if days:
        growing.valid[slug] = days
    for node in page.each("observations"):
        _observation(node, page, slug, growing, shelf)
    shelf.name(Named(slug, page.text("name"), code=first))
    shelf.outside[slug] = page.text("outside")


def _recognised(fields: Fields, slug: str) -> Recognised:
    severity = fields.text("severity")
    if severity and severity not in SEVERITIES:
        fields.fault("severity", f"'{severity}' is not a severity; use severe, moderate or mild")
    course = fields.text("course")
    if course and course not in _COURSES:
        fields.fault("course", f"'{course}' is not a course; use remission or resolved")
    return Recognised(slug, severity, fields.yes("history"), fields.yes("doubtful"), course)


def _word(node: Node, page: Fields, slug: str) -> tuple[str, Recognised]:
    if isinstance(node, Scalar):
        return node.text, Recognised(slug)
    fields = Fields(node, page.noted, ("word", *_MARKS), "a word")
    fields.require("word")
    return fields.text("word"), _recognised(fields, slug)


def _observation(node: Node, page: Fields, slug: str, growing: _Growing, shelf: Shelf) -> None:
    fields = Fields(node, page.noted, _OBSERVED, "an observation")
    fields.require("codes")
    keys = frozenset(short_code(code, fields, "codes") for code in fields.words("codes"))
    entry = Evidence(
        condition=slug,
        codes=keys,
        present=frozenset(short_code(code, fields, "present") for code in fields.words("present")),
        absent=frozenset(short_code(code, fields, "absent") for code in fields.words("absent")),
        present_words=frozenset(words(said) for said in fields.words("present-words")),
        absent_words=frozenset(words(said) for said in fields.words("absent-words")),
        below=fields.quantity("below", shelf.chosen),
        above=fields.quantity("above", shelf.chosen),
        valid_days=_days(fields, shelf),
    )
    for key in keys:
        growing.evidence[key] = (*growing.evidence.get(key, ()), entry)


def _days(fields: Fields, shelf: Shelf) -> int:
    found: Quantity | None = fields.quantity("valid", shelf.chosen)
    if found is None:
        return 0
    if found.unit.dimension != TIME:
        fields.fault("valid", "'valid' is a time such as 294 d")
        return 0
    return int(found.base / _HOURS_A_DAY)
