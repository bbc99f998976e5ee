"""A site's overlay: statements that one hospital lowers, switches off or narrows, each with who, why and until when.

An entry is bound to the content of its statement. When the statement changes beneath it (a knowledge upgrade), or
when its time is over, the entry is no longer applied, so the statement speaks in full, and the entry is named until
somebody has looked at it again. Nothing of it touches the knowledge files.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from cds.errors import Fault, KnowledgeError
from cds.knowledge.content import content_of
from cds.knowledge.criteria import Criteria, Not
from cds.knowledge.fields import Fields, Noted
from cds.knowledge.model import Drug, Knowledge, Level, Statement
from cds.knowledge.read_criteria import read_criteria
from cds.knowledge.strict import parse
from cds.knowledge.vocabulary import SLUG, Vocabulary

LONGEST: Final = timedelta(days=366)
"""An entry is looked at again once a year at least."""

_KEYS: Final = (
    "statement", "content", "change", "to", "only", "except", "author", "reviewer", "reason", "date", "expires",
)  # fmt: skip


class Change(StrEnum):
    """What an entry does to its statement."""

    OFF = "off"
    LOWER = "lower"
    NARROW = "narrow"


class State(StrEnum):
    """Whether an entry is applied, and if not, why."""

    APPLIED = "applied"
    CHANGED = "changed"
    GONE = "gone"
    EXPIRED = "expired"
    AHEAD = "ahead"


IN_WORDS: Final = {
    State.APPLIED: "is applied",
    State.CHANGED: "is NOT applied: the statement has changed since, so it needs a new review",
    State.GONE: "is NOT applied: there is no such statement any more",
    State.EXPIRED: "is NOT applied: its time is over",
    State.AHEAD: "is not applied yet",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as written. ``only`` and ``unless`` narrow: the statement speaks only where the first holds, and not
    where the second does.
    """

    statement: str
    content: str
    change: Change
    author: str
    reason: str
    begins: date
    expires: date
    reviewer: str = ""
    to: Level | None = None
    only: Criteria = ()
    unless: Criteria = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Overlay:
    """The file: its name and version, which are shown on cards, a digest of it, and its entries."""

    name: str
    version: str
    digest: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Overlaid:
    """Knowledge with an overlay over it. ``turns`` is the next day on which an entry begins or ends."""

    knowledge: Knowledge
    states: tuple[tuple[Entry, State], ...] = ()
    turns: date | None = None


def read_overlay(path: Path, knowledge: Knowledge, vocabulary: Vocabulary) -> Overlay:
    """Read a file. KnowledgeError holds all its faults."""
    faults: list[Fault] = []
    try:
        data = path.read_bytes()
    except OSError as error:
        raise KnowledgeError([Fault(path.name, 0, f"the file cannot be opened ({error.strerror})")]) from None
    node, found = parse(data, path.name)
    faults += found
    if node is None:
        raise KnowledgeError(faults)
    noted = Noted(path.name, faults)
    top = Fields(node, noted, ("overlay", "version", "entries"), "an overlay")
    top.require("overlay", "version", "entries")
    name = top.text("overlay")
    if name and not SLUG.fullmatch(name):
        top.fault("overlay", f"'{name}' is not a name such as st-elsewhere")
    entries: list[Entry] = []
    for each in top.each("entries", empty=True):
        entry = _entry(Fields(each, noted, _KEYS, "an entry"), noted, vocabulary)
        if entry is None:
            continue
        if any(entry.statement == other.statement for other in entries):
            noted.at(each, f"'{entry.statement}' has an entry already")
        _check_reviewer(entry, knowledge, noted)
        entries.append(entry)
    if faults:
        raise KnowledgeError(faults)
    return Overlay(name, top.text("version"), hashlib.sha256(data).hexdigest()[:8], tuple(entries))


def _entry(fields: Fields, noted: Noted, vocabulary: Vocabulary) -> Entry | None:
    before = len(noted.faults)
    fields.require("statement", "content", "change", "author", "reason", "date", "expires")
    change = fields.choice("change", Change, "a change")
    begins, expires = fields.day("date"), fields.day("expires")
    level = fields.choice("to", Level, "a level")
    if begins and expires and not begins < expires <= begins + LONGEST:
        fields.fault("expires", "it must be after 'date', and a year after it at the latest")
    if change is Change.LOWER and level is None:
        fields.fault("change", "to lower needs 'to', the level it is lowered to")
    if change is Change.NARROW and "only" not in fields and "except" not in fields:
        fields.fault("change", "to narrow needs 'only' or 'except', as 'applies' is written in a statement")
    for key, needed in (("to", Change.LOWER), ("only", Change.NARROW), ("except", Change.NARROW)):
        if key in fields and change is not needed:
            fields.fault(key, f"'{key}' goes with 'change: {needed}'")
    criteria = {
        key: read_criteria(node, noted, vocabulary, key)
        for key in ("only", "except")
        if (node := fields.raw(key)) is not None
    }
    if len(noted.faults) > before or change is None or begins is None or expires is None:
        return None
    return Entry(
        fields.text("statement"), fields.text("content"), change, fields.text("author"), fields.text("reason"), begins,
        expires, fields.text("reviewer"), level, criteria.get("only", ()), criteria.get("except", ()), fields.line,
    )  # fmt: skip


def _check_reviewer(entry: Entry, knowledge: Knowledge, noted: Noted) -> None:
    """What takes a critical card away is never one person's decision."""
    statement = knowledge.statements.get(entry.statement)
    if statement is None or not any(tier.level is Level.CRITICAL for tier in statement.tiers):
        return
    if entry.to is Level.CRITICAL:
        return
    if not entry.reviewer or entry.reviewer.casefold() == entry.author.casefold():
        noted.at(entry.line, f"'{entry.statement}' can be critical: it needs a 'reviewer' other than the author")


def state_of(entry: Entry, knowledge: Knowledge, today: date) -> State:
    """Whether an entry is applied on a day."""
    statement = knowledge.statements.get(entry.statement)
    if statement is None:
        return State.GONE
    if content_of(statement) != entry.content:
        return State.CHANGED
    if today >= entry.expires:
        return State.EXPIRED
    return State.AHEAD if today < entry.begins else State.APPLIED


def apply(overlay: Overlay, knowledge: Knowledge, today: date) -> Overlaid:
    """The knowledge as this site has it on a day. Cards and records show the overlay beside the policy."""
    states = tuple((entry, state_of(entry, knowledge, today)) for entry in overlay.entries)
    chosen = {entry.statement: entry for entry, state in states if state is State.APPLIED}
    drugs = tuple(_drug(drug, chosen, overlay) for drug in knowledge.drugs)
    version = f"{knowledge.policy.version}, overlay {overlay.name} {overlay.version} ({overlay.digest})"
    days = [day for entry in overlay.entries for day in (entry.begins, entry.expires) if day > today]
    changed = replace(knowledge, drugs=drugs, policy=replace(knowledge.policy, version=version))
    return Overlaid(changed, states, min(days, default=None))


def _drug(drug: Drug, chosen: dict[str, Entry], overlay: Overlay) -> Drug:
    if not any(statement.id in chosen for statement in drug.statements):
        return drug
    statements = (
        changed(statement, chosen[statement.id], overlay.name) if statement.id in chosen else statement
        for statement in drug.statements
    )
    return replace(drug, statements=tuple(statements))


def changed(statement: Statement, entry: Entry, site: str) -> Statement:
    """A statement with one entry applied; what was done to it is said where the card tells what is not the source's."""
    said = f"{site}: {_said(entry)} by {entry.author}, {entry.begins.isoformat()}: {entry.reason}"
    outside = " ".join(part for part in (statement.outside, said) if part)
    if entry.change is Change.OFF:
        return replace(statement, tiers=(), outside=outside)
    if entry.change is Change.LOWER and entry.to is not None:
        level = entry.to
        tiers = tuple(replace(one, level=level) if one.level.rank > level.rank else one for one in statement.tiers)
        return replace(statement, tiers=tiers, outside=outside)
    narrower: Criteria = (*statement.applies, *entry.only, *((Not(entry.unless),) if entry.unless else ()))
    return replace(statement, applies=narrower, outside=outside)


def _said(entry: Entry) -> str:
    return {
        Change.OFF: "switched off",
        Change.LOWER: f"lowered to {entry.to}",
        Change.NARROW: "narrowed",
    }[entry.change]


def draft(statement: Statement, today: date) -> str:
    """An entry to be filled in, as text."""
    levels = ", ".join(tier.level for tier in statement.tiers) or "none: it never speaks"
    critical = any(tier.level is Level.CRITICAL for tier in statement.tiers)
    return "\n".join(
        (
            f"  # {statement.says}",
            f"  # its levels: {levels}",
            f"  - statement: {statement.id}",
            f"    content: {content_of(statement)}",
            "    change: lower  # lower (with 'to'), off, or narrow (with 'only' or 'except')",
            "    to: info",
            "    author: ",
            *(["    reviewer:  # needed: another person than the author"] if critical else []),
            "    reason: ",
            f'    date: "{today.isoformat()}"',
            f'    expires: "{(today + timedelta(days=182)).isoformat()}"',
        )
    )
