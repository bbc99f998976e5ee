"""True, false, or not known, and why not: the logic that never takes "not known" for "no"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Truth(StrEnum):
    """Kleene's three values."""

    TRUE = "true"
    FALSE = "false"
    UNKNOWN = "unknown"


class Lack(StrEnum):
    """What was lacking for a check, by the label of the clinical reading (section 2.3)."""

    WEIGHT = "N1"
    USE = "N2"
    ORDER = "N3"
    AGE = "N4"
    RECORD = "N5"
    USE_NOT_COVERED = "N7"
    FAILED = "fault"


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that was lacking, in words for a card; never a value from the record."""

    lack: Lack
    words: str


@dataclass(frozen=True)
class Fact:
    """Something found on the way to an answer: a value for a placeholder, a line of arithmetic, another order.

    ``values`` fill the placeholders of a card's text. ``shown`` is a line for the card's detail. ``others`` are
    (reference, ingredient) of the other orders a criterion found.
    """

    values: tuple[tuple[str, str], ...] = ()
    shown: str = ""
    others: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """A truth with what was lacking and what was found."""

    truth: Truth
    missing: tuple[Missing, ...] = ()
    facts: tuple[Fact, ...] = field(default=())

    @property
    def holds(self) -> bool:
        """Whether it is true."""
        return self.truth is Truth.TRUE


TRUE = Answer(Truth.TRUE)
FALSE = Answer(Truth.FALSE)


def known(holds: bool, *facts: Fact) -> Answer:
    """True or false, with what was found."""
    return Answer(Truth.TRUE, (), facts) if holds else FALSE


def unknown(lack: Lack, words: str) -> Answer:
    """Not known, for this reason."""
    return Answer(Truth.UNKNOWN, (Missing(lack, words),))


def all_of(answers: Iterable[Answer]) -> Answer:
    """False if any is false; else not known if any is not known; else true, with all that was found."""
    facts: tuple[Fact, ...] = ()
    missing: tuple[Missing, ...] = ()
    for answer in answers:
        if answer.truth is Truth.FALSE:
            return FALSE
        facts += answer.facts
        missing += answer.missing
    if missing:
        return Answer(Truth.UNKNOWN, tuple(dict.fromkeys(missing)), facts)
    return Answer(Truth.TRUE, (), facts) if facts else TRUE


def any_of(answers: Sequence[Answer]) -> Answer:
    """True if any is true; else not known if any is not known; else false."""
    for answer in answers:
        if answer.holds:
            return answer
    missing = _distinct(answers)
    return Answer(Truth.UNKNOWN, missing) if missing else FALSE


def negated(answer: Answer) -> Answer:
    """The opposite; not known stays not known."""
    if answer.truth is Truth.UNKNOWN:
        return answer
    return FALSE if answer.holds else TRUE


def _distinct(answers: Iterable[Answer]) -> tuple[Missing, ...]:
    return tuple(dict.fromkeys(missing for answer in answers for missing in answer.missing))
