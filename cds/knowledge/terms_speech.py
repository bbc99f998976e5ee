"""Reads what ``knowledge/terminology/words.yaml`` says of the words around a condition's name."""

from __future__ import annotations

from dataclasses import dataclass, field
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
SEVERITIES: Final = frozenset({"severe", "moderate", "mild"})
_STAGE: Final = ("words", "condition", "severity")


@dataclass(frozen=True, slots=True)
class Speech:
    """The words around a condition's name: that deny it, that mark it, and that add nothing."""

    guards: frozenset[str] = frozenset()
    guards_ahead: frozenset[str] = frozenset()
    guards_beside: frozenset[str] = frozenset()
    marks: Phrases[Mark] = field(default_factory=lambda: Phrases(()))
    fillers: frozenset[str] = frozenset()


def read_speech(shelf: Shelf) -> Speech:
    """What the table says; nothing, where the file could not be read. The conditions are named before."""
    page = shelf.words
    if page is None:
        return Speech()
    marks = [(phrase, mark) for key, mark in _ALL.items() for phrase in page.words(key)]
    for node in page.each("stages"):
        fields = Fields(node, page.noted, _STAGE, "a stage")
        fields.require(*_STAGE)
        if fields.text("severity") not in SEVERITIES:
            fields.fault("severity", f"'{fields.text('severity')}' is not a severity; use severe, moderate or mild")
        if fields.text("condition") not in shelf.names:
            fields.fault("condition", f"'{fields.text('condition')}' is not a condition")
        mark = Mark(severity=fields.text("severity"), condition=fields.text("condition"))
        marks += [(phrase, mark) for phrase in fields.words("words")]
    ahead, beside = frozenset(page.words("not-what-follows")), frozenset(page.words("not-beside"))
    whole = frozenset(page.words("not-of-the-patient"))
    return Speech(whole | ahead | beside, ahead, beside, Phrases(marks), frozenset(page.words("fillers")))
