"""Decisions and feedback for tests. The drug does not exist."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_OID, uuid5

from cds.store.database import Database
from cds.store.decision import Decision, Fired, NotChecked, OrderedDrug, ShownCard
from cds.store.feedback import Comments, Said
from cds.store.keyed import Key
from cds.store.ledger import Ledger
from cds.store.moments import stamp

SECRET = "a secret of thirty-two characters"
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LIMIT = "examplamine.daily.limit"
PAIR = "examplamine.with-otheramine"


def uuid(name: str) -> str:
    return str(uuid5(NAMESPACE_OID, name))


def decision(name: str = "one", *, at: datetime = NOON, client: str = "", encounter: str = "e1") -> Decision:
    """A decision with a critical card of two statements, one finding withheld and one check not made."""
    card = uuid(f"{name} card")
    return Decision(
        id=uuid(name),
        at=stamp(at),
        hook="order-sign",
        service="medication-order-sign",
        instance=uuid(f"{name} instance"),
        knowledge="k-1",
        policy="default 1",
        program="0.1.0",
        client=client,
        patient="p1",
        encounter=encounter,
        setting="ward",
        orders=(OrderedDrug(1, ("examplamine",), ("1001",)), OrderedDrug(2)),
        cards=(ShownCard(card, "critical", "dose"),),
        fired=(
            Fired(LIMIT, "E1", "critical", card, ("examplamine",), "f1"),
            Fired(PAIR, "E2", "warning", card, ("examplamine", "otheramine"), "f2"),
            Fired("examplamine.note", "E3", "info", "", ("examplamine",), "f3", "overridden"),
        ),
        not_checked=(NotChecked(1, "N5", "allergies"),),
        milliseconds=12,
    )


def empty(name: str = "nothing", *, at: datetime = NOON) -> Decision:
    """A decision that showed nothing."""
    return Decision(
        uuid(name), stamp(at), "order-sign", "medication-order-sign", uuid(f"{name} i"), "k-1", "default 1", "0.1.0"
    )


def said(name: str = "one", outcome: str = "overridden", *, minutes: int = 1, comment: str = "") -> Said:
    """Feedback on the card of the decision of this name."""
    when = (NOON + timedelta(minutes=minutes)).isoformat()
    return Said(uuid(f"{name} card"), outcome, when, "BENEFIT" if outcome == "overridden" else "", (), comment)


@contextmanager
def ledger(database: Database, key: Key, comments: Comments | None = None) -> Iterator[Ledger]:
    """A ledger that writes; when the block ends, everything is written."""
    made = Ledger(database, key, comments or Comments())
    made.start()
    yield made
    made.close()
