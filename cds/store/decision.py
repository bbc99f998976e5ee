"""What is kept of one answered hook: codes, versions and times. No name, no text, no identifier of a patient.

The patient and the encounter are keyed hashes (see ``keyed``); an order is its place in the request and codes; why
something was not checked is a label of ours. Nothing here can hold a word from the record.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class OrderedDrug:
    """One draft order: its place among the drafts (from 1), our slugs of its ingredients, and RxNorm codes."""

    place: int
    ingredients: tuple[str, ...] = ()
    rxnorm: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ShownCard:
    """One card of the answer: its uuid, how loud it was, and its topic."""

    uuid: str
    level: str
    topic: str


@dataclass(frozen=True, slots=True)
class Fired:
    """One statement that held. ``card`` is the uuid of the card that said it, empty when it was withheld.

    ``drugs`` are slugs of all ingredients it speaks of. ``finding`` is a keyed hash that is equal when the same was
    found for the same order of the same encounter. ``withheld`` is why it was not shown again, or empty.
    """

    statement: str
    rule: str
    level: str
    card: str = ""
    drugs: tuple[str, ...] = ()
    finding: str = ""
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class NotChecked:
    """One thing that could not be checked for the order at ``place``: which lack, and which part of the record."""

    place: int
    lack: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """One answered hook. ``at`` is UTC as ``2026-11-24T10:00:00.000Z``; ``milliseconds`` the whole answer took,
    ``fetching`` of them waiting for the client's FHIR server.
    """

    id: str
    at: str
    hook: str
    service: str
    instance: str
    knowledge: str
    policy: str
    program: str
    client: str = ""
    patient: str = ""
    encounter: str = ""
    setting: str = ""
    orders: tuple[OrderedDrug, ...] = ()
    cards: tuple[ShownCard, ...] = ()
    fired: tuple[Fired, ...] = ()
    not_checked: tuple[NotChecked, ...] = ()
    milliseconds: int = 0
    fetching: int = 0

    def body(self) -> dict[str, Any]:
        """Everything, as the chain keeps it. What is empty is left out."""
        return {one.name: value for one in fields(self) if (value := getattr(self, one.name)) not in ("", ())}
