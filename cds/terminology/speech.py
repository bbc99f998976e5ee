"""What the words around a condition's name say of it: whose it is, how sure, whether it is over, and how severe.

A text is parted into sentences (at ``;``, ``.`` and line ends) and these into clauses (at commas, colons, dashes with
space around them, parentheses, "and" and "with"). Which words mean what stands in ``knowledge/terminology/words.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from cds.terminology.model import Recognised
from cds.terminology.tables import ConditionTables, Mark
from cds.terminology.words import Match, Token, tokens

_SENTENCE: Final = re.compile(r"[;\n]|\.(?=\s|$)")
_CLAUSE: Final = re.compile(r"[,:()\[\]]|\s[-\u2013\u2014]\s|[&+]")
_JOINERS: Final = frozenset({"and", "with"})
_DOUBT: Final = "?"
_WORST: Final = "severe"
_RANK: Final = {"": 0, "mild": 1, "moderate": 2, _WORST: 3}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a token stands: its sentence and its clause, counted through the text."""

    sentence: int
    clause: int


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
        self._guards = [at for at, token in enumerate(found) if at not in self._taken and token.word in tables.guards]

    def conditions(self) -> Iterator[Recognised]:
        """The conditions that the text says of the patient, each with what it says of them."""
        for match in self._named:
            if not any(self._denied(at, match) for at in self._guards):
                yield from (self._marked(match, one) for one in match.value)

    def _overlaps(self, mark: Match[Mark]) -> bool:
        return any(at in self._taken for at in range(mark.first, mark.last + 1))

    def _denied(self, guard: int, match: Match[tuple[Recognised, ...]]) -> bool:
        """Whether a word denies a condition: some deny everything in the text, some what follows them in the sentence
        or what they end ("pregnant, no complications" is pregnant), some what is in their clause, or in the clause
        before where they are one by themselves ("glaucoma: negative").
        """
        word = self._found[guard].word
        ahead, beside = word in self._tables.guards_ahead, word in self._tables.guards_beside
        if not ahead and not beside:
            return True
        said, here = self._places[guard], self._places[match.first]
        if beside and (said.clause == here.clause or self._is_target(said.clause, here.clause)):
            return True
        last = guard + 1 == len(self._found) or self._places[guard + 1].sentence != said.sentence
        return ahead and said.sentence == here.sentence and (last or guard < match.first)

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
        return self._is_target(said, here)

    def _is_target(self, said: int, here: int) -> bool:
        return here == self._target(said) and self._alone(said)

    def _alone(self, clause: int) -> bool:
        """Whether a clause holds nothing but words that mark or deny, and such as add nothing to them."""
        return all(
            at in self._taken or at in self._guards or token.word.isdigit() or token.word in self._tables.fillers
            for at, token in enumerate(self._found)
            if self._places[at].clause == clause
        )

    def _target(self, clause: int) -> int | None:
        """The last clause before this one that names a condition, or else the first after it; none if it does so."""
        naming = sorted({self._places[match.first].clause for match in self._named})
        if clause in naming:
            return None
        before = [one for one in naming if one < clause]
        return before[-1] if before else next(iter(naming), None)


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
