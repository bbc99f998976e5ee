"""One row of the test sheet: what is asked, and what a right answer holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cds.knowledge.model import Level, Statement
from cds.knowledge.worked import NOTHING, Scene, WorkedCase
from cds.selftest.categories import Categories
from cds.selftest.vignettes import Vignette
from cds.selftest.words import Words

_LOUD: Final = frozenset({Level.WARNING, Level.CRITICAL})


@dataclass(frozen=True, slots=True)
class Thing:
    """Something an answer may say: a statement or a rule (``label``), at some levels, perhaps in certain words.

    ``offers``: the amount to which its card offers to change the order, where that is asked. ``rules``: those of the
    statement's tiers; under another rule the statement is named as one that could not be assessed.
    """

    label: str
    levels: frozenset[Level]
    saying: str = ""
    offers: str = ""
    rules: frozenset[str] = frozenset()

    def __str__(self) -> str:
        levels = "" if self.levels == frozenset(Level) else f" {'/'.join(sorted(self.levels))}"
        return f"{self.label}{levels}" + (f" ('… {self.saying} …')" if self.saying else "")


@dataclass(frozen=True, slots=True)
class Question:
    """A scene to send, and what is wanted of the answer.

    ``allowed`` may be said beside ``wanted``; any other warning is a false alert. ``names``: words by which another
    service's card may name the drug or the problem. ``clean``: nothing that interrupts is right here.
    """

    name: str
    sentence: str
    category: str
    scene: Scene
    wanted: tuple[Thing, ...]
    unwanted: tuple[Thing, ...]
    allowed: tuple[Thing, ...]
    names: frozenset[str]

    @property
    def loudest(self) -> Level | None:
        """The loudest level wanted; None when nothing is."""
        levels = [level for thing in self.wanted for level in thing.levels]
        return max(levels, key=lambda level: level.rank, default=None)

    @property
    def must(self) -> bool:
        """Whether the order has to be interrupted."""
        return self.loudest is not None and self.loudest.rank >= Level.WARNING.rank

    @property
    def clean(self) -> bool:
        """Whether no card that interrupts belongs here."""
        return not any(
            level.rank >= Level.WARNING.rank
            for thing in (*self.wanted, *self.allowed)
            if thing not in self.unwanted
            for level in thing.levels
        )


def of_case(case: WorkedCase, statements: Mapping[str, Statement], categories: Categories, words: Words) -> Question:
    """A worked case. ``statements`` tells the rule of each, by which its category is found."""

    def thing(label: str, levels: frozenset[Level], saying: str = "", offers: str = "") -> Thing:
        known = statements.get(label)
        return Thing(
            label, levels, saying, offers, frozenset(tier.rule for tier in known.tiers) if known else frozenset()
        )

    rule = statements[case.statement].rule if case.statement in statements else ""
    # That nothing is offered cannot be seen on a card which others share, so only an offer is looked for.
    offers = "" if case.offering == NOTHING else case.offering
    wanted = () if case.level is None else (thing(case.statement, frozenset({case.level}), case.saying, offers),)
    return Question(
        name=f"{case.statement}:{case.line}",
        sentence=case.name,
        category=case.category or categories.of([rule], wanted=case.level is not None),
        scene=case.scene,
        wanted=wanted,
        unwanted=(thing(case.statement, case.never),) if case.never else (),
        allowed=tuple(thing(other, _LOUD) for other in sorted(case.also)),
        names=_names(case.scene, words) | categories.problems([rule]),
    )


def of_vignette(case: Vignette, categories: Categories, words: Words) -> Question:
    """A vignette: it speaks of rules, not of statements."""
    rules = [word.partition(" ")[0] for word in _loudest_first(case.must)]
    said = tuple(map(_thing, case.must))
    return Question(
        name=case.name,
        sentence=f"{case.title}: {case.setup}",
        category=categories.of(rules, wanted=bool(rules)),
        scene=case.scene,
        wanted=said,
        unwanted=tuple(map(_thing, case.must_not)),
        allowed=tuple(_thing(one.finding) for one in case.also),
        names=_names(case.scene, words) | categories.problems(rules),
    )


def _thing(word: str) -> Thing:
    label, _, level = word.partition(" ")
    return Thing(label, frozenset({Level(level)}) if level else frozenset(Level))


def _loudest_first(musts: Iterable[str]) -> list[str]:
    return sorted(musts, key=lambda word: -Level(word.partition(" ")[2]).rank)


def _names(scene: Scene, words: Words) -> frozenset[str]:
    """Lower-case words a card may call the ordered drugs by."""
    found: set[str] = set()
    for order in scene.orders:
        made: dict[str, Any] = words["compounds"].get(order.get("drug", ""), order)
        for part in made.get("parts", [order]):
            drug = part.get("drug", "")
            entry = words["drugs"].get(drug, {})
            texts = [order.get("named", ""), drug, entry.get("display", "")]
            found |= {text.split()[0].lower() for text in texts if text}
    return frozenset(found)
