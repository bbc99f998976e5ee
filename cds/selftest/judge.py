"""Whether an answer is right, from its findings where the service tells them, else from its cards alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from cds.knowledge.model import Level
from cds.selftest.answers import AMBIENT, FINDINGS, REVIEW, Said, offered, on_card
from cds.selftest.question import Question, Thing


class Way(StrEnum):
    """How an answer was judged."""

    FINDINGS = "findings"
    CARDS = "cards"


@dataclass(frozen=True, slots=True)
class Verdict:
    """``passed`` None: it could not be judged this way. ``alerted``: some card interrupts."""

    question: Question
    way: Way
    missed: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    alerted: bool = False
    judged: bool = True
    error: str = ""
    seconds: float = 0.0

    @property
    def passed(self) -> bool | None:
        """Right, wrong, or (None) not to be judged."""
        if self.error:
            return False
        return not (self.missed or self.wrong) if self.judged else None


LOUD: Final = frozenset({Level.WARNING, Level.CRITICAL})
INDICATORS: Final = {str(level): level for level in Level}


def way_of(answer: dict[str, Any]) -> Way | None:
    """How this answer can be judged; None when it holds nothing that tells."""
    extension = answer.get("extension")
    if isinstance(extension, dict) and REVIEW in extension:
        return Way.FINDINGS
    cards = answer["cards"]
    if not cards:
        return None
    told = all(isinstance(card.get("extension"), dict) and FINDINGS in card["extension"] for card in cards)
    return Way.FINDINGS if told else Way.CARDS


def judge(question: Question, answer: dict[str, Any], way: Way) -> Verdict:
    """The verdict on one answer."""
    alerted = any(_level(card) in LOUD for card in answer["cards"])
    missed, wrong = (_by_findings if way is Way.FINDINGS else _by_cards)(question, answer)
    judged = way is Way.FINDINGS or question.must or question.clean
    return Verdict(question, way, tuple(missed), tuple(wrong), alerted, judged)


def failed(question: Question, way: Way, error: str) -> Verdict:
    """The verdict when no usable answer came."""
    return Verdict(question, way, error=error)


def _by_findings(question: Question, answer: dict[str, Any]) -> tuple[list[str], list[str]]:
    said = [(one, card) for card in answer["cards"] for one in on_card(card)]
    missed = [str(thing) for thing in question.wanted if not any(_is(one, card, thing) for one, card in said)]
    right = (*question.wanted, *question.allowed)
    wrong = [
        f"{one.rule} {one.level} ({one.statement or 'not assessed'})"
        for one, _ in said
        if any(_named(one, thing) for thing in question.unwanted)
        or (Level(one.level) in LOUD and str(one) not in AMBIENT and not any(_named(one, thing) for thing in right))
    ]
    return missed, list(dict.fromkeys(wrong))


def _named(one: Said, thing: Thing) -> bool:
    of_statement = one.statement == thing.label and (not thing.rules or one.rule in thing.rules)
    return (of_statement or one.rule == thing.label) and Level(one.level) in thing.levels


def _is(one: Said, card: dict[str, Any], thing: Thing) -> bool:
    return _named(one, thing) and thing.saying in _text(card) and (not thing.offers or thing.offers in offered(card))


def _by_cards(question: Question, answer: dict[str, Any]) -> tuple[list[str], list[str]]:
    """A card at or above the level that names the drug or the problem is right; a loud card on a clean order is not."""
    cards = [(_level(card), str(card.get("summary", "")).lower()) for card in answer["cards"]]
    loudest = question.loudest
    missed, wrong = [], []
    if question.must and loudest is not None:
        named = [level for level, summary in cards if level and any(_begins(summary, name) for name in question.names)]
        if not any(level.rank >= loudest.rank for level in named):
            missed = [f"a card at {loudest} that names the drug or the problem"]
    elif question.clean:
        wrong = [f"{level}: {summary}" for level, summary in cards if level in LOUD]
    return missed, wrong


def _begins(summary: str, name: str) -> bool:
    return f" {name}" in f" {summary}"


def _level(card: dict[str, Any]) -> Level | None:
    return INDICATORS.get(str(card.get("indicator")))


def _text(card: dict[str, Any]) -> str:
    return f"{card.get('summary', '')}\n{card.get('detail', '')}"
