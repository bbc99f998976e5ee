"""A database with decisions in it, named in the environment as an operator would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cds.store import feedback
from cds.store.database import Database
from cds.store.keyed import Key
from tests.unit.store.records import NOON, SECRET, decision, empty, ledger, said


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The SQLite file of the environment: two decisions of yesterday, and feedback on one."""
    path = tmp_path / "cds.sqlite"
    for name, value in (
        ("CDS_DATABASE", str(path)),
        ("CDS_HASH_KEY", SECRET),
        ("XDG_STATE_HOME", str(tmp_path / "state")),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(feedback, "moment", lambda: NOON + timedelta(hours=1))
    yesterday = datetime.now(UTC) - timedelta(days=1)
    database = Database(str(path))
    database.upgrade()
    with ledger(database, Key(SECRET)) as memory:
        memory.record(decision(at=yesterday))
        memory.record(empty(at=yesterday))
        memory.take([said()]).result(5)
    return path
