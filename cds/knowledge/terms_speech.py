"""Reads what ``knowledge/terminology/words.yaml`` says of the words around a condition's name."""

from __future__ import annotations

from typing import Final

from cds.knowledge.fields import Fields
from cds.knowledge.shelf import Shelf
from cds.terminology.tables import Mark
from cds.terminology.words import Phrases

_ALL: Final = {
    "possible": Mark(doubtful=True),
    "in-remission": Mark(course="remission"),
    "over": Mark(course="resolved"),
    "past": Mark(course="resolved", ahead=True),
    "says-nothing": Mark(),
    "severe": Mark(severity="severe"),
    "moderate": Mark(severity="moderate"),
    "mild": Mark(severity="mild"),
}
_STAGE: Final = ("words", "condition", "severity")


def read_speech(shelf: Shelf) -> tuple[frozenset[str], frozenset[str], Phrases[Mark], frozenset[str]]:
    """Words that deny, those of them that deny only what follows, words that mark, and words that add nothing."""
    page = shelf.words
    if page is None:
        return frozenset(), frozenset(), Phrases(()), frozenset()
    marks = [(phrase, mark) for key, mark in _ALL.items() for phrase in page.words(key)]
    for node in page.each("stages"):
        fields = Fields(node, page.noted, _STAGE, "a stage")
        fields.require(*_STAGE)
        mark = Mark(severity=fields.text("severity"), condition=fields.text("condition"))
        marks += [(phrase, mark) for phrase in fields.words("words")]
    ahead = frozenset(page.words("not-what-follows"))
    return frozenset(page.words("not-of-the-patient")) | ahead, ahead, Phrases(marks), frozenset(page.words("fillers"))
