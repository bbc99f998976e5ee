"""Directions cut into numbers, words and marks."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

LONGEST: Final = 500
"""Longer texts are not read: directions are short."""

_FRACTIONS: Final[dict[str, Decimal]] = {
    "\N{VULGAR FRACTION ONE HALF}": Decimal("0.5"),
    "\N{VULGAR FRACTION ONE QUARTER}": Decimal("0.25"),
    "\N{VULGAR FRACTION THREE QUARTERS}": Decimal("0.75"),
}
_DASHES: Final = "-\N{EN DASH}\N{EM DASH}\N{NON-BREAKING HYPHEN}"
_MARKS: Final = "/(),;.:%"
_TIMES: Final = "\N{MULTIPLICATION SIGN}"
_THOUSAND: Final = 3


@dataclass(frozen=True, slots=True)
class Token:
    """A number with its value, a word, or a mark. ``glued``: no space stands before it. ``start`` is its place."""

    text: str
    lower: str
    start: int
    value: Decimal | None = None
    glued: bool = False


def tokens(text: str) -> list[Token] | None:
    """The tokens, or None when the text is too long, holds an invisible or unknown character, or a number whose
    comma can be read in two ways.
    """
    if len(text) > LONGEST:
        return None
    found: list[Token] = []
    place = 0
    while place < len(text):
        letter = text[place]
        if letter.isspace():
            place += 1
            continue
        end = _end(text, place)
        if end is None or (letter.isdigit() and _has_thousands(text, end)):
            return None
        found.append(_token(text, place, end))
        place = end
    return found


def _end(text: str, place: int) -> int | None:
    """Where the token that starts here ends."""
    letter = text[place]
    if letter in "0123456789" or (letter == "." and text[place + 1 : place + 2] in tuple("0123456789")):
        return _end_of_number(text, place)
    if letter in _FRACTIONS or letter in _DASHES or letter in _MARKS or letter == _TIMES:
        return place + 1
    if letter.isalpha() and unicodedata.category(letter) != "Lm":
        return _end_of_word(text, place)
    return None


def _end_of_number(text: str, place: int) -> int:
    while place < len(text) and text[place] in "0123456789":
        place += 1
    if text[place : place + 1] == "." and text[place + 1 : place + 2] in tuple("0123456789"):
        place += 1
        while place < len(text) and text[place] in "0123456789":
            place += 1
    return place


def _has_thousands(text: str, end: int) -> bool:
    """Whether a comma and a digit follow: 1,000 is a thousand here and one elsewhere."""
    return text[end : end + 1] == "," and text[end + 1 : end + 2] in tuple("0123456789")


def _end_of_word(text: str, place: int) -> int:
    """A run of letters; single letters with dots (b.i.d.) are one word."""
    end = place
    while end < len(text) and text[end].isalpha():
        end += 1
    if end - place > 1:
        return end
    dotted = end
    while text[dotted : dotted + 1] == "." and text[dotted + 1 : dotted + 2].isalpha():
        if text[dotted + 2 : dotted + 3].isalpha():
            break
        dotted += 2
    if dotted > end and text[dotted : dotted + 1] == ".":
        dotted += 1
    return dotted


def _token(text: str, start: int, end: int) -> Token:
    written = text[start:end]
    glued = start > 0 and not text[start - 1].isspace()
    if written in _FRACTIONS:
        return Token(written, written, start, _FRACTIONS[written], glued)
    if written[0] in "0123456789." and written != ".":
        return Token(written, written, start, Decimal(written), glued)
    if written in _DASHES:
        return Token("-", "-", start, None, glued)
    if written == _TIMES:
        return Token("x", "x", start, None, glued)
    plain = written.replace(".", "") if written != "." else written
    return Token(plain, plain.lower(), start, None, glued)
