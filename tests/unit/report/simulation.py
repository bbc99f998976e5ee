"""A month of 10,000 orders in a hospital that does not exist, with prescribers whose habits are known.

What is put in is counted here, beside the making and not from the database, so that a report can be held against it.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from cds.store.chain import Chain, Link
from cds.store.database import Database
from cds.store.decision import Decision, Fired, NotChecked, OrderedDrug, ShownCard
from cds.store.feedback import Comments, Said, take
from cds.store.keyed import Key
from cds.store.moments import stamp
from cds.store.write import write

ORDERS: Final = 10_000
START: Final = datetime(2026, 10, 1, tzinfo=UTC)
DAYS: Final = 31
BEFORE: Final = 21
"""Days of history before the month, for what goes quiet."""

SETTINGS: Final = ("ward", "emergency", "intensive-care", "ambulatory")
PATIENTS: Final = 1500


@dataclass(frozen=True)
class Habit:
    """A statement: how often it fires, how prescribers answer its card, and why they override it."""

    level: str
    fires: float
    answered: float
    overridden: float
    reasons: tuple[str, ...]
    drugs: tuple[str, ...] = ("examplamine",)
    silent_from: int = DAYS
    """Day of the month from which it no longer fires."""


HABITS: Final = {
    "examplamine.daily.limit": Habit("critical", 0.02, 0.95, 0.15, ("BENEFIT",)),
    "examplamine.with-otheramine": Habit(
        "warning", 0.06, 0.80, 0.70, ("MONITOR", "BENEFIT", ""), ("examplamine", "otheramine")
    ),
    "examplamine.elderly": Habit("warning", 0.04, 0.80, 0.92, ("TOLERATED", "TOLERATED", "BENEFIT")),
    "examplamine.monitoring": Habit("info", 0.05, 0.30, 0.50, ("", "MONITOR")),
    "examplamine.renal": Habit("warning", 0.03, 0.75, 0.40, ("RECORD",), silent_from=17),
}


@dataclass
class PutIn:
    """What the simulation put in, by its own count."""

    orders: int = 0
    calls: int = 0
    cards: int = 0
    levels: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    settings: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    statements: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    reasons: Counter[str] = field(default_factory=Counter)
    patients: Counter[tuple[str, str]] = field(default_factory=Counter)
    unchecked: int = 0

    @property
    def again(self) -> int:
        """Cards shown again to the same patient for the same statement."""
        return sum(number - 1 for number in self.patients.values())


def simulate(database: Database, key: Key, seed: int = 11) -> PutIn:
    """Fill a database with the history and the month; what the month holds."""
    chance, put_in = random.Random(seed), PutIn()  # noqa: S311 - a simulation that can be repeated
    chain = Chain(key)
    with database.writing() as connection:
        chain.open(connection, stamp(START - timedelta(days=BEFORE)), "0.1.0")
    reports: list[Said] = []
    for day in range(-BEFORE, DAYS):
        share = ORDERS // DAYS + (0 <= day < ORDERS % DAYS)
        with database.writing() as connection:
            link, made = Link(connection, chain), []
            for _ in range(share):
                counted = put_in if day >= 0 else PutIn()
                decision, said = _order(chance, day, counted)
                made.append(decision)
                reports += said
            write(connection, link, made)
            link.close()
    with database.writing() as connection:
        link = Link(connection, chain)
        take(connection, link, reports, "", Comments())
        link.close()
    return put_in


def _order(chance: random.Random, day: int, put_in: PutIn) -> tuple[Decision, list[Said]]:
    """One call with one order."""
    at = START + timedelta(days=day, seconds=chance.randrange(86400))
    setting, patient = chance.choice(SETTINGS), f"{chance.randrange(PATIENTS):032x}"
    cards, fired, reports = [], [], []
    for name, habit in HABITS.items():
        if chance.random() >= habit.fires or day >= habit.silent_from:
            continue
        card = _uuid(chance)
        cards.append(ShownCard(card, habit.level, "dose"))
        fired.append(Fired(name, "E1", habit.level, card, habit.drugs))
        outcome, reason = _answer(chance, habit)
        put_in.cards += 1
        put_in.levels[habit.level][outcome] += 1
        put_in.settings[setting][outcome] += 1
        put_in.statements[name][outcome] += 1
        put_in.patients[patient, name] += 1
        if outcome == "overridden":
            put_in.reasons[reason or "none given"] += 1
        if outcome:
            reports.append(Said(card, outcome, (at + timedelta(minutes=1)).isoformat(), reason))
    unchecked = chance.random() < 0.01
    put_in.unchecked += unchecked
    put_in.orders += 1
    put_in.calls += 1
    decision = Decision(
        id=_uuid(chance), at=stamp(at), hook="order-sign", service="medication-order-sign", instance=_uuid(chance),
        knowledge="k-1", policy="default 1", program="0.1.0", patient=patient, setting=setting,
        orders=(OrderedDrug(1, ("examplamine",)),), cards=tuple(cards), fired=tuple(fired),
        not_checked=(NotChecked(1, "N1"),) if unchecked else (), milliseconds=chance.randrange(3, 30),
    )  # fmt: skip
    return decision, reports


def _answer(chance: random.Random, habit: Habit) -> tuple[str, str]:
    if chance.random() >= habit.answered:
        return "", ""
    if chance.random() < habit.overridden:
        return "overridden", chance.choice(habit.reasons)
    return "accepted", ""


def _uuid(chance: random.Random) -> str:
    return str(UUID(int=chance.getrandbits(128), version=4))
