"""A card in our own words, before it is written on the CDS Hooks wire."""

from __future__ import annotations

from dataclasses import dataclass

from cds.clinical.change import Change
from cds.knowledge.model import Level
from cds.rules.finding import Finding


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One way out. ``label`` is the button, ``changes`` are made together."""

    label: str
    changes: tuple[Change, ...]
    recommended: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """One finding or missing check inside a card, for machines: which statement, which rule, how loud, on what.

    ``drugs`` are the ingredients a finding speaks of; ``found`` is the finding itself, where it is one.
    """

    statement: str
    rule: str
    level: Level
    orders: tuple[str, ...]
    reason: str = ""
    drugs: tuple[str, ...] = ()
    found: Finding | None = None

    @property
    def sameness(self) -> str:
        """How a finding is known again; empty for a missing check."""
        return self.found.sameness if self.found else ""


@dataclass(frozen=True, slots=True)
class Card:
    """What the prescriber sees.

    ``topic`` is the static slug of the advice (``source.topic``). ``detail`` is GitHub-flavoured markdown, already
    escaped. ``source`` is the label of the main document, ``source_url`` a page about it, if any.
    """

    summary: str
    level: Level
    topic: str
    topic_name: str
    source: str
    detail: str
    source_url: str = ""
    suggestions: tuple[Suggestion, ...] = ()
    override: tuple[tuple[str, str], ...] = ()
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderReport:
    """For one order, in machine-readable form: what was judged, what was found clear, what was not assessed."""

    order: str
    drug: str
    covered: bool
    checked: tuple[str, ...] = ()
    fired: tuple[str, ...] = ()
    clear: tuple[str, ...] = ()
    not_assessed: tuple[tuple[str, str], ...] = ()
    # The order's codes (system|code), where none of them is in the tables.
    unknown_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The answer to one review: the cards, a report on every order, and what was not shown again (with the reason)."""

    cards: tuple[Card, ...]
    orders: tuple[OrderReport, ...] = ()
    knowledge_version: str = ""
    policy: str = ""
    withheld: tuple[Told, ...] = ()
