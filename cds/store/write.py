"""Writing decisions: their entries in the chain, and the rows that make them quick to find."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, insert

from cds.store.chain import DECISION, Link
from cds.store.decision import Decision
from cds.store.tables import CARDS, DECISIONS, FIRED, NOT_CHECKED

SEPARATOR = "+"


def write(connection: Connection, link: Link, decisions: Sequence[Decision]) -> None:
    """Add decisions to the transaction: one statement for each table, however many they are."""
    numbers = [link.append(DECISION, one.at, one.body()) for one in decisions]
    for table, rows in (
        (
            DECISIONS,
            [
                {"chain": link.chain, "number": number, **decision_row(one)}
                for number, one in zip(numbers, decisions, strict=True)
            ],
        ),
        (CARDS, [row for one in decisions for row in card_rows(one)]),
        (FIRED, [row for one in decisions for row in fired_rows(one)]),
        (NOT_CHECKED, [row for one in decisions for row in not_checked_rows(one)]),
    ):
        if rows:
            connection.execute(insert(table), rows)


def decision_row(decision: Decision) -> dict[str, object]:
    """The row of the decision itself."""
    names = (
        "id", "at", "hook", "service", "client", "knowledge", "policy", "patient", "encounter", "setting",
        "milliseconds",
    )  # fmt: skip
    return {**{name: getattr(decision, name) for name in names}, "orders": len(decision.orders)}


def card_rows(decision: Decision) -> list[dict[str, object]]:
    """One row for each card."""
    return [
        {"uuid": card.uuid, "decision": decision.id, "level": card.level, "topic": card.topic}
        for card in decision.cards
    ]


def fired_rows(decision: Decision) -> list[dict[str, object]]:
    """One row for each statement that held."""
    return [
        {
            "decision": decision.id,
            "place": place,
            "card": fired.card,
            "statement": fired.statement,
            "rule": fired.rule,
            "level": fired.level,
            "drugs": SEPARATOR.join(fired.drugs),
            "finding": fired.finding,
            "withheld": fired.withheld,
        }
        for place, fired in enumerate(decision.fired)
    ]


def not_checked_rows(decision: Decision) -> list[dict[str, object]]:
    """One row for each thing that could not be checked."""
    return [
        {"decision": decision.id, "place": place, "lack": one.lack, "part": one.part}
        for place, one in enumerate(decision.not_checked)
    ]
