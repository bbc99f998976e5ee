"""The audit finds every row that was changed, removed or put elsewhere, whichever table it stands in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from cds.store import feedback
from cds.store.chain import heads
from cds.store.database import Database
from cds.store.keyed import Key
from cds.store.moments import moment
from cds.store.prune import prune
from cds.store.verify import Verified, verify
from tests.unit.store.records import NOON, decision, empty, ledger, said


def check(database: Database, key: Key | None, witnessed: tuple[tuple[str, int, str], ...] = ()) -> Verified:
    with database.reading() as connection:
        return verify(connection, key, witnessed)


@pytest.fixture
def filled(database: Database, key: Key, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Two chains: one of a writer that is still at work, one closed in order."""
    monkeypatch.setattr(feedback, "moment", lambda: NOON + timedelta(hours=1))
    with ledger(database, key) as first:
        for number in range(5):
            first.record(decision(f"d{number}"))
        first.take([said("d1")]).result(5)
        with ledger(database, key) as second:
            for number in range(5, 9):
                second.record(decision(f"d{number}"))
            second.record(empty())
    return database


def test_an_untouched_trail_has_no_fault(filled: Database, key: Key) -> None:
    found = check(filled, key)
    assert found.faults == []
    assert (found.chains, found.decisions, found.reports) == (2, 10, 1)


TAMPERING = {
    "a level in the trail": "UPDATE entry SET body = replace(body, 'critical', 'info') WHERE number = 3",
    "a moment in the trail": "UPDATE entry SET at = '2026-11-24T11:00:00.000Z' WHERE number = 3",
    "an entry removed": "DELETE FROM entry WHERE number = 3",
    "the last entry removed": "DELETE FROM entry WHERE number = (SELECT max(number) FROM entry)",
    "a decision removed": "DELETE FROM decision WHERE number = 3",
    "a decision of another moment": "UPDATE decision SET at = '2026-11-24T11:00:00.000Z' WHERE number = 3",
    "a decision of another client": "UPDATE decision SET client = 'x' WHERE number = 3",
    "a decision added": (
        "INSERT INTO decision SELECT 'new', chain, 999, at, hook, service, client, knowledge, policy, patient, "
        "encounter, setting, orders, milliseconds FROM decision WHERE number = 3 LIMIT 1"
    ),
    "a card made quieter": "UPDATE card SET level = 'info'",
    "a card removed": "DELETE FROM card",
    "a statement removed": "DELETE FROM fired WHERE place = 1",
    "a statement withheld": "UPDATE fired SET withheld = 'overridden'",
    "what was not checked removed": "DELETE FROM not_checked",
    "feedback turned round": "UPDATE feedback SET outcome = 'accepted'",
    "feedback removed": "DELETE FROM feedback",
    "feedback in the trail": "UPDATE entry SET body = replace(body, 'BENEFIT', 'INTENT') WHERE kind = 'feedback'",
    "the head": "UPDATE chain SET head_number = head_number - 1",
    "the base": "UPDATE chain SET base_number = 2, base_digest = (SELECT max(digest) FROM entry WHERE number = 2)",
}


@pytest.mark.parametrize("statement", TAMPERING.values(), ids=TAMPERING.keys())
def test_what_was_tampered_with_is_found(filled: Database, key: Key, statement: str) -> None:
    with filled.writing() as connection:
        connection.execute(text(statement))
    assert check(filled, key).faults


def test_two_entries_that_changed_places_are_found(filled: Database, key: Key) -> None:
    with filled.writing() as connection:
        for old, new in ((3, 900), (4, 3), (900, 4)):
            connection.execute(text("UPDATE entry SET number = :new WHERE number = :old"), {"old": old, "new": new})
    assert sum("not in its place" in fault for fault in check(filled, key).faults) >= 2


def test_the_end_of_a_chain_that_a_later_writer_saw_cannot_be_removed(filled: Database, key: Key) -> None:
    with ledger(filled, key) as later:
        later.record(empty("later"))
    with filled.writing() as connection:
        seen = min(heads(connection), key=lambda head: head[1])
        chain, number, _ = seen
        before = connection.execute(
            text("SELECT digest FROM entry WHERE chain = :c AND number = :n"), {"c": chain, "n": number - 1}
        ).scalar_one()
        for statement in (
            "DELETE FROM decision WHERE chain = :c AND number = :n",
            "DELETE FROM feedback WHERE chain = :c AND number = :n",
            "DELETE FROM entry WHERE chain = :c AND number = :n",
            "UPDATE chain SET head_number = :n - 1, head_digest = :before WHERE id = :c",
        ):
            values = {"c": chain, "n": number} | ({"before": before} if "before" in statement else {})
            connection.execute(text(statement), values)
    assert any("seen before, is missing" in fault for fault in check(filled, key, (seen,)).faults)


def test_a_whole_chain_that_another_writer_saw_cannot_be_removed(filled: Database, key: Key) -> None:
    with ledger(filled, key) as later:
        later.record(empty("later"))
    with filled.writing() as connection:
        gone = {"c": min(heads(connection), key=lambda head: head[1])[0]}
        for table in ("decision", "feedback", "entry"):
            connection.execute(text(f"DELETE FROM {table} WHERE chain = :c"), gone)  # noqa: S608 - our own names
        connection.execute(text("DELETE FROM chain WHERE id = :c"), gone)
    assert any("chain is missing" in fault for fault in check(filled, key).faults)


def test_heads_kept_elsewhere_show_what_was_removed_at_the_very_end(filled: Database, key: Key) -> None:
    with filled.reading() as connection:
        kept = tuple(heads(connection))
    assert check(filled, key, kept).faults == []
    changed = tuple((chain, number, "0" * 64) for chain, number, _ in kept)
    assert len(check(filled, key, changed).faults) == 2
    assert check(filled, key, (("gone", 1, "0" * 64),)).faults == ["gone: the whole chain is missing"]


@pytest.mark.parametrize("other", [None, Key("another secret of thirty-two chars.")])
def test_without_its_key_a_keyed_chain_cannot_be_checked_nor_forged(filled: Database, other: Key | None) -> None:
    faults = check(filled, other).faults
    assert sum("another key" in fault for fault in faults) == 2


def test_without_a_lasting_key_the_chain_is_plain_and_can_be_checked_by_anyone(database: Database) -> None:
    with ledger(database, Key()) as memory:
        memory.record(decision())
    assert check(database, None).faults == []


def test_a_chain_that_was_closed_is_taken_up_and_one_that_was_not_is_left(database: Database, key: Key) -> None:
    for number in range(3):
        with ledger(database, key) as memory:
            memory.record(decision(f"d{number}"))
    assert check(database, key).chains == 1


@pytest.mark.parametrize("again", [False, True])
def test_pruning_removes_what_is_old_and_the_trail_still_holds(filled: Database, key: Key, again: bool) -> None:
    days = (moment() - NOON).days
    assert prune(filled, key, max(days, 0) + 400).decisions == 0
    with ledger(filled, key) as memory:
        memory.record(empty("new", at=moment() + timedelta(days=2)))
    if again:
        prune(filled, key, -1)
        with ledger(filled, key) as memory:
            memory.record(empty("newer", at=moment() + timedelta(days=2)))
    removed = prune(filled, key, -1)
    found = check(filled, key)
    assert found.faults == []
    assert found.decisions == (2 if again else 1)
    assert again or (removed.decisions, removed.reports) == (10, 1)


def test_a_pruning_that_nobody_told_of_is_found(filled: Database, key: Key) -> None:
    prune(filled, key, -1)
    with filled.writing() as connection:
        connection.execute(text("DELETE FROM entry WHERE kind = 'pruned'"))
    faults = check(filled, key).faults
    assert any("no pruning tells of it" in fault for fault in faults)
