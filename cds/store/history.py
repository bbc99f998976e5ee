"""What was decided and said over a time, read back as plain values."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

from cds.store.tables import CARDS, DECISIONS, FEEDBACK, FIRED, NOT_CHECKED
from cds.store.write import SEPARATOR


@dataclass(frozen=True, slots=True)
class Answer:
    """One answered hook. ``orders`` is how many draft orders it was about."""

    id: str
    at: str
    patient: str
    setting: str
    orders: int
    milliseconds: int
    knowledge: str


@dataclass(frozen=True, slots=True)
class Card:
    """One card that was shown."""

    uuid: str
    decision: str
    level: str
    topic: str


@dataclass(frozen=True, slots=True)
class Said:
    """One statement that held; ``card`` is empty when it was withheld."""

    decision: str
    card: str
    statement: str
    level: str
    drugs: tuple[str, ...]
    withheld: str


@dataclass(frozen=True, slots=True)
class History:
    """Everything of one hook within a time. ``outcomes`` is the last word on each card: outcome and reason."""

    answers: dict[str, Answer]
    cards: tuple[Card, ...]
    said: tuple[Said, ...]
    not_checked: Counter[str]
    outcomes: dict[str, tuple[str, str]]


def history(connection: Connection, since: str, until: str, hook: str) -> History:
    """Read what happened from ``since`` up to but not including ``until`` (stamps)."""

    def of_decisions(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
        return query.where(DECISIONS.c.at >= since, DECISIONS.c.at < until, DECISIONS.c.hook == hook)

    answers = of_decisions(select(*(DECISIONS.c[name] for name in Answer.__dataclass_fields__)))
    cards = of_decisions(select(CARDS).join(DECISIONS, DECISIONS.c.id == CARDS.c.decision))
    said = of_decisions(select(FIRED).join(DECISIONS, DECISIONS.c.id == FIRED.c.decision))
    lacking = of_decisions(
        select(NOT_CHECKED.c.lack, func.count().label("times")).join(
            DECISIONS, DECISIONS.c.id == NOT_CHECKED.c.decision
        )
    ).group_by(NOT_CHECKED.c.lack)
    outcomes = of_decisions(
        select(FEEDBACK.c.card, FEEDBACK.c.outcome, FEEDBACK.c.reason)
        .join(CARDS, CARDS.c.uuid == FEEDBACK.c.card)
        .join(DECISIONS, DECISIONS.c.id == CARDS.c.decision)
    )
    return History(
        {row.id: Answer(*row) for row in connection.execute(answers.order_by(DECISIONS.c.at, DECISIONS.c.id))},
        tuple(Card(row.uuid, row.decision, row.level, row.topic) for row in connection.execute(cards)),
        tuple(
            Said(row.decision, row.card, row.statement, row.level, tuple(row.drugs.split(SEPARATOR)), row.withheld)
            for row in connection.execute(said.order_by(FIRED.c.decision, FIRED.c.place))
        ),
        Counter({row.lack: row.times for row in connection.execute(lacking)}),
        {
            row.card: (row.outcome, row.reason)
            for row in connection.execute(outcomes.order_by(FEEDBACK.c.outcome_at, FEEDBACK.c.number))
        },
    )


@dataclass(frozen=True, slots=True)
class Traffic:
    """How many orders there were over a time, and how often each statement held (shown or withheld)."""

    orders: int
    held: Counter[str]


def traffic(connection: Connection, since: str, until: str, hook: str) -> Traffic:
    """Count what happened from ``since`` up to but not including ``until``."""
    within = (DECISIONS.c.at >= since, DECISIONS.c.at < until, DECISIONS.c.hook == hook)
    orders = connection.execute(select(func.coalesce(func.sum(DECISIONS.c.orders), 0)).where(*within)).scalar_one()
    held = (
        select(FIRED.c.statement, func.count().label("times"))
        .join(DECISIONS, DECISIONS.c.id == FIRED.c.decision)
        .where(*within)
        .group_by(FIRED.c.statement)
    )
    return Traffic(int(orders), Counter({row.statement: row.times for row in connection.execute(held)}))
