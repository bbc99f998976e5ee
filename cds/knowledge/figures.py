"""Figures in prose: which numbers a text states, in which unit, to compare a restatement with its passage."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final, NamedTuple


class Figure(NamedTuple):
    """A number and its unit as a UCUM code; the unit is empty where the text gives none."""

    value: Decimal
    unit: str

    def __str__(self) -> str:
        return f"{self.value:f} {self.unit}".strip()


_UNITS: Final = {
    "mg": "mg|milligrams?",
    "ug": "ug|mcg|\u03bcg|\u00b5g|micrograms?",
    "ng": "ng|nanograms?",
    "g": "g|grams?",
    "kg": "kg|kilograms?|kilos?",
    "mL": "ml|millilit(?:re|er)s?",
    "L": "l|lit(?:re|er)s?",
    "h": "h|hrs?|hours?",
    "min": "min|mins|minutes?",
    "s": "s|secs?|seconds?",
    "d": "d|days?",
    "wk": "wk|weeks?",
    "mo": "months?",
    "a": "years?",
    "%": "%|percent|per cent",
}
_BY_WORD: Final = re.compile(
    "|".join(f"(?P<u{index}>{words})" for index, words in enumerate(_UNITS.values())), re.IGNORECASE
)
_CODES: Final = tuple(_UNITS)
_ANY_UNIT: Final = "(?:" + "|".join(_UNITS.values()) + r")(?![a-z\u03bc\u00b5])"
_UNIT: Final = re.compile(
    rf"\s*-?\s*(?P<first>{_ANY_UNIT})"
    rf"(?P<more>(?:\s*/\s*{_ANY_UNIT}|\s+(?:per|an?|each|every)\s+{_ANY_UNIT})*)"
    r"(?P<daily>\s+(?:daily|hourly))?",
    re.IGNORECASE,
)
_TIMES_A_DAY: Final = re.compile(r"\s*(?:times|doses)?\s*(?:/|per|a|each)?\s*(?:day|daily)(?![a-z])", re.IGNORECASE)
_JOINS: Final = re.compile(r"\s*(?:-|\u2013|\u2212|to|or|and|,|/)\s*", re.IGNORECASE)
WORDS: Final = {
    "one": "1", "single": "1", "once": "1", "two": "2", "twice": "2", "three": "3", "four": "4", "five": "5",
    "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10", "twelve": "12", "half": "0.5",
}  # fmt: skip
# Behind these words a small number is counted; elsewhere "one" and "the two" are only a manner of speaking.
_MANNER: Final = frozenset({"one", "single", "once", "two", "half"})
_COUNTED: Final = re.compile(
    r"\s+(?:(?:divided|oral|separate|equal|published|case)\s+)*(?:doses?|times?|stud(?:y|ies)|reports?|cases?|trials?)\b",
    re.IGNORECASE,
)
# A digit inside a name (CYP2D6, alpha2) is no figure.
_NUMBER: Final = re.compile(
    r"(?<![A-Za-z0-9.])\d+(?:,\d{3})*(?:\.\d+)?(?![A-Z]\d)|\b(?:" + "|".join(WORDS) + r")\b", re.IGNORECASE
)
_SPOKEN: Final = re.compile(r"\b(?:" + "|".join(WORDS) + r")\b", re.IGNORECASE)
_REFERENCES: Final = re.compile(r"\s\d{1,2}(?:,\s*\d{1,2})*\s*$")


def without_references(line: str) -> str:
    """A line without the reference numbers that end it."""
    return _REFERENCES.sub("", line)


def figures(text: str) -> tuple[Figure, ...]:
    """All figures of a text in order; the unit of a range or list holds for each of its numbers."""
    found = list(_NUMBER.finditer(text))
    units: list[str] = [""] * len(found)
    for index in range(len(found) - 1, -1, -1):
        units[index] = _unit_after(text, found[index].end())
        joined = index + 1 < len(found) and _JOINS.fullmatch(text, found[index].end(), found[index + 1].start())
        if not units[index] and joined:
            units[index] = units[index + 1]
    return tuple(Figure(_value(match.group()), unit) for match, unit in zip(found, units, strict=True))


def printed(text: str) -> tuple[Figure, ...]:
    """The figures a card prints in digits; number words on a card are a manner of speaking."""
    return figures(_SPOKEN.sub(".", text))


def claims(text: str) -> tuple[Figure, ...]:
    """The figures a restatement claims: all of them, but small number words only where they count something."""
    kept = list(text)
    for match in _NUMBER.finditer(text):
        spoken = match.group().lower() in _MANNER and not _COUNTED.match(text, match.end())
        join = _JOINS.match(text, match.end())
        ranged = join and _NUMBER.match(text, join.end())
        if spoken and not ranged and not _unit_after(text, match.end()):
            kept[match.start() : match.end()] = "." * len(match.group())
    return figures("".join(kept))


def _value(text: str) -> Decimal:
    return Decimal(WORDS.get(text.lower(), text.replace(",", "")))


def _unit_after(text: str, start: int) -> str:
    match = _UNIT.match(text, start)
    if match is None:
        return "/d" if _TIMES_A_DAY.match(text, start) else ""
    parts = [match["first"], *re.split(r"\s*/\s*|\s+(?:per|an?|each|every)\s+", match["more"], flags=re.IGNORECASE)[1:]]
    codes = [_code(part) for part in parts]
    if match["daily"]:
        codes.append("d" if "daily" in match["daily"].lower() else "h")
    return "/".join(codes)


def _code(word: str) -> str:
    match = _BY_WORD.fullmatch(word)
    return _CODES[int(match.lastgroup[1:])] if match and match.lastgroup else word


def lacking(claimed: tuple[Figure, ...], stated: tuple[Figure, ...]) -> tuple[Figure, ...]:
    """Claimed figures that the passage does not state. A figure without a unit agrees with any unit."""
    return tuple(
        claim
        for claim in dict.fromkeys(claimed)
        if not any(
            claim.value == figure.value and (claim.unit == figure.unit or not claim.unit or not figure.unit)
            for figure in stated
        )
    )
