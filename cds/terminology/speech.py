"""What the words around a condition's name say of it: whose it is, how sure, whether it is over, and how severe.

Some words deny everything in the text, some what follows them in the sentence or what they end ("pregnant, no
complications" is pregnant), some what is in their clause, or in the clause before where they are one by themselves
("glaucoma: negative"). A text is parted into sentences (at ``;``, ``.`` and line ends) and these into clauses (at
commas, colons, dashes with space around them, parentheses, "and" and "with"). Which words mean what stands in
``knowledge/terminology/words.yaml``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from cds.terminology.model import Recognised
from cds.terminology.tables import ConditionTables, Mark
from cds.terminology.words import Match, Token, tokens

_SENTENCE: Final = re.compile(r"[;\n]|\.(?=\s|$)")
_CLAUSE: Final = re.compile(r"[,:()\[\]]|\s[-\u2013\u2014]\s|[&+]")
_JOINERS: Final = frozenset({"and", "with"})
LONGEST: Final = 200
"""Words of a text that are read one by one. No diagnosis is longer; of a longer text only its names are taken."""

_DOUBT: Final = "?"
_WORST: Final = "severe"
_RANK: Final = {"": 0, "mild": 1, "moderate": 2, _WORST: 3}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a token stands: its sentence and its clause, counted through the text."""

    sentence: int
    clause: int


@dataclass(slots=True)
class _Denials:
    """What is denied in a text: everything, whole clauses and sentences, and what follows a word in its sentence."""

    everything: bool = False
    clauses: set[int] = field(default_factory=set)
    sentences: set[int] = field(default_factory=set)
    ahead: dict[int, int] = field(default_factory=dict)

    def hold_for(self, at: int, place: _Place) -> bool:
        """Whether they deny what stands there."""
        return (
            self.everything
            or place.clause in self.clauses
            or place.sentence in self.sentences
            or self.ahead.get(place.sentence, at) < at
        )


class Saying:
    """One text, with the conditions that it names."""

    def __init__(self, text: str, found: tuple[Token, ...], named: list[Match[tuple[Recognised, ...]]],
                 tables: ConditionTables) -> None:  # fmt: skip
        self._found = found
        self._tables = tables
        self._places = list(_places(text, found))
        self._doubted = _DOUBT in text
        self._named = named
        self._taken = {at for match in named for at in range(match.first, match.last + 1)}
        self._marks = [mark for mark in tables.marks.find(found) if not self._overlaps(mark)]
        self._taken |= {at for mark in self._marks for at in range(mark.first, mark.last + 1)}
        self._guards = {at for at, token in enumerate(found) if at not in self._taken and token.word in tables.guards}
        self._naming = sorted({self._places[match.first].clause for match in named})
        self._alone = self._clauses_alone()
        self._denials = self._denied()

    def conditions(self) -> Iterator[Recognised]:
        """The conditions that the text says of the patient, each with what it says of them."""
        for match in self._named:
            if not self._denials.hold_for(match.first, self._places[match.first]):
                yield from (self._marked(match, one) for one in match.value)

    def _overlaps(self, mark: Match[Mark]) -> bool:
        return any(at in self._taken for at in range(mark.first, mark.last + 1))

    def _denied(self) -> _Denials:
        found = _Denials()
        for at in sorted(self._guards):
            word, here = self._found[at].word, self._places[at]
            ahead, beside = word in self._tables.guards_ahead, word in self._tables.guards_beside
            found.everything = found.everything or not (ahead or beside)
            if beside:
                found.clauses |= {here.clause, self._target(here.clause)}
            if ahead:
                found.ahead.setdefault(here.sentence, at)
                if at + 1 == len(self._found) or self._places[at + 1].sentence != here.sentence:
                    found.sentences.add(here.sentence)
        return found

    def _marked(self, match: Match[tuple[Recognised, ...]], one: Recognised) -> Recognised:
        """The condition with the marks that reach it; of two severities the worse counts. What a past thing before it
        may or may not be listed with ("history of infarct, glaucoma") is not sure.
        """
        one = replace(one, doubtful=one.doubtful or self._doubted)
        for mark in self._marks:
            said = mark.value
            if said.condition not in ("", one.condition):
                continue
            if self._reaches(mark, match):
                one = replace(
                    one,
                    severity=worse(one.severity, said.severity),
                    doubtful=one.doubtful or said.doubtful,
                    course=one.course or said.course,
                    history=one.history or said.ahead,
                )
            elif said.ahead and self._before(mark, match):
                one = replace(one, doubtful=True)
        return one

    def _before(self, mark: Match[Mark], match: Match[tuple[Recognised, ...]]) -> bool:
        return mark.first < match.first and self._places[mark.first].sentence == self._places[match.first].sentence

    def _reaches(self, mark: Match[Mark], match: Match[tuple[Recognised, ...]]) -> bool:
        """A word reaches the conditions of its clause, what is past only those after it. Where it is a clause by
        itself ("heart failure, severe") it reaches the clause before.
        """
        said, here = self._places[mark.first].clause, self._places[match.first].clause
        if said == here:
            return not mark.value.ahead or mark.first < match.first
        return here == self._target(said)

    def _clauses_alone(self) -> frozenset[int]:
        """The clauses that hold nothing but words that mark or deny, and such as add nothing to them."""
        others = {
            self._places[at].clause
            for at, token in enumerate(self._found)
            if not (at in self._taken or at in self._guards or token.word.isdigit()
                    or token.word in self._tables.fillers)
        }  # fmt: skip
        return frozenset(place.clause for place in self._places) - others

    def _target(self, clause: int) -> int:
        """The clause that a clause of marks alone speaks of: the last before it that names a condition, or else the
        first after it. Any other clause speaks of itself.
        """
        at = bisect_left(self._naming, clause)
        if clause not in self._alone or self._naming[at : at + 1] == [clause]:
            return clause
        return self._naming[max(at - 1, 0)]


def severities(texts: Iterable[str], recognised: Recognised, tables: ConditionTables) -> Recognised:
    """A coded condition with the severity that the words beside the code give. They can make it worse and never
    milder, and neither doubtful nor past: the record has fields for that. Less than severe counts only where the text
    begins with it, for "cirrhosis, mild ascites" is no mild cirrhosis.
    """
    for text in texts:
        found = tokens(text)
        marks = tables.marks.find(found)
        if any(mark.value.course for mark in marks):
            continue
        begins = bool(marks) and marks[0].first == 0
        for mark in marks:
            if mark.value.severity != _WORST and not begins:
                continue
            denied = mark.first and found[mark.first - 1].word in tables.guards
            if not denied and mark.value.condition in ("", recognised.condition):
                severity = worse(recognised.severity, mark.value.severity)
                recognised = replace(recognised, severity=severity)
    return recognised


def worse(one: str, other: str) -> str:
    """The worse of two severities."""
    return max(one, other, key=lambda severity: _RANK[severity])


def _places(text: str, found: tuple[Token, ...]) -> Iterator[_Place]:
    sentence = clause = end = 0
    for token in found:
        between = text[end : token.start]
        if _SENTENCE.search(between):
            sentence, clause = sentence + 1, clause + 1
        elif _CLAUSE.search(between) or token.word in _JOINERS:
            clause += 1
        end = token.end
        yield _Place(sentence, clause)
