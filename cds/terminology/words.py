"""Finding known phrases in free text, word by word and never inside a word.

A text becomes tokens: runs of letters and runs of digits, case folded. A phrase matches consecutive tokens, the
longest phrase first. Two tokens are *joined* when a hyphen and no space stands between them: a phrase joined to
something unknown (``nor-`` before a name) is another word and is reported as such, not as a match.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_TOKEN: Final = re.compile(r"[^\W\d_]+|\d+")
_JOINT: Final = re.compile(r"[()+]*[-\u2010\u2011][()+]*")


@dataclass(frozen=True, slots=True)
class Token:
    """One word or number of a text. ``joined``: a hyphen ties it to the token before."""

    word: str
    start: int
    end: int
    joined: bool


def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of a text, in order."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        gap = text[found[-1].end : match.start()] if found else " "
        found.append(Token(match.group().casefold(), match.start(), match.end(), bool(_JOINT.fullmatch(gap))))
    return tuple(found)


def words(text: str) -> tuple[str, ...]:
    """The words of a phrase, case folded."""
    return tuple(token.word for token in tokens(text))


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """A phrase found: what it stands for, and where (token and character positions)."""

    value: T
    first: int
    last: int
    start: int
    end: int


class Phrases(Generic[T]):
    """Phrases and what each stands for."""

    def __init__(self, entries: Iterable[tuple[str, T]] | Mapping[tuple[str, ...], T]) -> None:
        if isinstance(entries, Mapping):
            self._known = dict(entries)
        else:
            self._known = {words(phrase): value for phrase, value in entries}
        self._known.pop((), None)
        longest: dict[str, int] = {}
        for phrase in self._known:
            longest[phrase[0]] = max(longest.get(phrase[0], 0), len(phrase))
        self._longest = longest

    @property
    def known(self) -> Mapping[tuple[str, ...], T]:
        """Every phrase as its words, and what it stands for."""
        return self._known

    def __contains__(self, phrase: str) -> bool:
        return words(phrase) in self._known

    def whole(self, text: str) -> T | None:
        """What the whole text stands for, if it is exactly one phrase."""
        return self._known.get(words(text))

    def find(self, found: tuple[Token, ...]) -> list[Match[T]]:
        """Every phrase in a text, longest first from the left, without overlap."""
        matches: list[Match[T]] = []
        at = 0
        while at < len(found):
            match = self._at(found, at)
            if match is None:
                at += 1
            else:
                matches.append(match)
                at = match.last + 1
        return matches

    def _at(self, found: tuple[Token, ...], at: int) -> Match[T] | None:
        for size in range(min(self._longest.get(found[at].word, 0), len(found) - at), 0, -1):
            phrase = tuple(token.word for token in found[at : at + size])
            if phrase in self._known:
                last = at + size - 1
                return Match(self._known[phrase], at, last, found[at].start, found[last].end)
        return None


def fenced(matches: list[Match[T]], found: tuple[Token, ...]) -> tuple[list[Match[T]], list[Match[T]]]:
    """Part the matches that stand by themselves from those a hyphen ties to an unknown word."""
    covered = {at for match in matches for at in range(match.first, match.last + 1)}
    free: list[Match[T]] = []
    tied: list[Match[T]] = []
    for match in matches:
        before = found[match.first].joined and match.first - 1 not in covered
        after = match.last + 1 < len(found) and found[match.last + 1].joined and match.last + 1 not in covered
        (tied if before or after else free).append(match)
    return free, tied
