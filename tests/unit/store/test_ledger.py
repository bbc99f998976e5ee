"""Decisions are written behind the answer and never lost silently; feedback is kept once, by whom it concerns."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import event, func, select, text

from cds.errors import SettingsError, StoreError
from cds.store import feedback
from cds.store import ledger as ledger_module
from cds.store.database import Database
from cds.store.feedback import Comments, Said, Taken
from cds.store.keyed import Key
from cds.store.ledger import NOT_RECORDED, Ledger
from cds.store.tables import CARDS, DECISIONS, ENTRIES, FEEDBACK, FIRED, NOT_CHECKED
from tests.unit.store.records import NOON, decision, empty, ledger, said, uuid


def count(database: Database, table: object) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type]


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Feedback is judged as of an hour after noon."""
    monkeypatch.setattr(feedback, "moment", lambda: NOON + timedelta(hours=1))


def test_a_decision_is_kept_whole_and_an_empty_one_too(database: Database, key: Key) -> None:
    with ledger(database, key) as memory:
        memory.record(decision())
        memory.record(empty())
    counts = [count(database, table) for table in (DECISIONS, CARDS, FIRED, NOT_CHECKED)]
    assert counts == [2, 1, 3, 1]


def test_nothing_of_the_patient_is_in_the_database(database: Database, key: Key) -> None:
    with ledger(database, key) as memory:
        memory.record(replace(decision(), patient=key.of("", "SENTINEL-patient")))
    with database.reading() as connection:
        assert "SENTINEL" not in str(connection.execute(select(ENTRIES.c.body)).scalars().all())


def test_the_same_report_twice_is_kept_once(database: Database, key: Key) -> None:
    with ledger(database, key) as memory:
        memory.record(decision())
        first = memory.take([said(), said()]).result(5)
        zoned = replace(said(), when="2026-11-24T13:01:00.000+01:00")
        again = memory.take([said(), zoned]).result(5)
    assert first == Taken(kept=1, again=1)
    assert again == Taken(again=2)
    assert count(database, FEEDBACK) == 1


def test_feedback_follows_the_decision_it_speaks_of(database: Database, key: Key) -> None:
    with ledger(database, key) as memory:
        for number in range(200):
            memory.record(decision(f"d{number}"))
        assert memory.take([said("d199")]).result(10) == Taken(kept=1)


@pytest.mark.parametrize(
    ("client", "report", "taken"),
    [
        ("theirs", said(), Taken(kept=1)),
        ("another", said(), Taken(unknown=1)),
        ("theirs", said("never shown"), Taken(unknown=1)),
        ("theirs", said(minutes=60 * 24), Taken(ahead=1)),
        ("theirs", said(minutes=65), Taken(kept=1)),
    ],
)
def test_feedback_that_cannot_be_true_is_kept_nowhere(
    database: Database, key: Key, client: str, report: Said, taken: Taken
) -> None:
    with ledger(database, key) as memory:
        memory.record(decision(client="theirs"))
        assert memory.take([report], client).result(5) == taken
    assert count(database, FEEDBACK) == taken.kept


def test_a_comment_is_dropped_unless_there_is_a_key_to_encrypt_it(database: Database, key: Key) -> None:
    cipher = Comments(Fernet.generate_key().decode())
    with ledger(database, key) as memory:
        memory.record(decision())
        memory.take([said(comment="SENTINEL")]).result(5)
    with ledger(database, key, cipher) as memory:
        memory.take([said(minutes=2, comment="SENTINEL" + "x" * 9999)]).result(5)
    with database.reading() as connection:
        dropped, kept = connection.execute(select(FEEDBACK.c.comment).order_by(FEEDBACK.c.outcome_at)).scalars()
    assert dropped is None
    assert "SENTINEL" not in kept
    assert cipher.read(kept) == ("SENTINEL" + "x" * 9999)[:2000]


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(SettingsError, match="CDS_COMMENT_KEY"):
        Comments("too short")


def test_what_was_overridden_is_known_by_encounter_and_by_the_last_word(database: Database, key: Key) -> None:
    with ledger(database, key) as memory:
        for name in ("kept", "taken back", "elsewhere"):
            memory.record(decision(name, encounter="other" if name == "elsewhere" else "here"))
        memory.take([said("taken back"), said("taken back", "accepted", minutes=2)]).result(5)
        assert memory.overridden("here") == frozenset()
        memory.take([said("kept", minutes=3)]).result(5)
        assert memory.overridden("here") == {"f1", "f2"}
        assert memory.overridden("other") == frozenset()


def test_while_the_database_is_away_decisions_wait_and_the_service_says_so(
    tmp_path: Path, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "PAUSE_SECONDS", (0.01,))
    (tmp_path / "later").touch()
    database = Database(str(tmp_path / "later" / "cds.sqlite"))
    with ledger(database, key) as memory:
        memory.record(decision())
        wait_for(lambda: memory.problem == NOT_RECORDED)
        with pytest.raises(StoreError):
            memory.take([said()]).result(5)
        (tmp_path / "later").unlink()
        wait_for(lambda: memory.problem == "")
    assert memory.lost == 0
    assert count(database, DECISIONS) == 1


def test_a_full_disk_does_not_lose_a_decision(tmp_path: Path, key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "PAUSE_SECONDS", (0.01,))
    database = Database(str(tmp_path / "cds.sqlite"))
    database.upgrade()
    with database.reading() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()

    def limit(number: int) -> None:
        database.close()  # the limit holds for one connection, so the pool begins anew
        monkeypatch.setattr(database, "engine", Database(str(tmp_path / "cds.sqlite")).engine)
        event.listen(database.engine, "connect", lambda one, _: one.execute(f"PRAGMA max_page_count={number}"))

    limit(pages + 2)
    with ledger(database, key) as memory:
        for number in range(50):
            memory.record(decision(f"d{number}"))
        wait_for(lambda: memory.problem == NOT_RECORDED)
        limit(1_000_000)
        wait_for(lambda: memory.problem == "")
    assert count(database, DECISIONS) == 50
    assert memory.lost == 0


def test_when_too_many_wait_the_loss_is_counted(tmp_path: Path, key: Key) -> None:
    memory = Ledger(Database(str(tmp_path / "nowhere" / "x.sqlite")), key, Comments(), waiting=3)
    for number in range(5):
        memory.record(decision(f"d{number}"))
    assert memory.lost == 2
    memory.close(0)
    assert memory.lost == 5


def test_one_decision_that_cannot_be_written_does_not_hold_up_the_others(database: Database, key: Key) -> None:
    with ledger(database, key) as memory:
        for name in ("a", "a", "b", "a", "c"):
            memory.record(decision(name))
    assert count(database, DECISIONS) == 3
    assert memory.lost == 2


def test_what_nobody_waits_for_any_more_is_kept_all_the_same(database: Database, key: Key) -> None:
    with ledger(database, key) as memory:
        memory.record(decision())
        assert not memory.take([said()]).cancel()
    assert count(database, FEEDBACK) == 1


def test_a_record_that_cannot_be_put_into_words_is_lost_alone_and_counted(database: Database, key: Key) -> None:
    with ledger(database, key) as memory:
        memory.record(decision("a"))
        memory.record(replace(decision("b"), orders=object()))  # type: ignore[arg-type]
        memory.record(decision("c"))
    assert count(database, DECISIONS) == 2
    assert memory.lost == 1


def test_a_locked_database_refuses_feedback_within_the_time_it_may_take(tmp_path: Path, key: Key) -> None:
    database = Database(str(tmp_path / "cds.sqlite"))
    database.upgrade()
    with ledger(database, key) as memory:
        memory.record(decision())
        wait_for(lambda: count(database, DECISIONS) == 1)
        with Database(str(tmp_path / "cds.sqlite")).writing():
            begun = time.monotonic()
            with pytest.raises(StoreError):
                memory.take([said()]).result(5)
            assert 0.8 < time.monotonic() - begun < 2.5
        assert memory.take([said()]).result(5) == Taken(kept=1)


def test_a_key_recognises_and_betrays_nothing() -> None:
    one, same, other = Key("k" * 32), Key("k" * 32), Key("l" * 32)
    assert one.of("a", "bc") == same.of("a", "bc")
    assert one.of("a", "bc") != one.of("ab", "c")
    assert one.of("a") != other.of("a")
    assert "k" * 32 not in repr(one)
    assert Key().of("a") != Key().of("a")
    assert uuid("x") != uuid("y")
