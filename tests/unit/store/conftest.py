"""Both databases: an SQLite file for each test, and a real PostgreSQL on this machine where one is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cds.store.database import Database
from cds.store.keyed import Key
from tests.postgres import Postgres
from tests.unit.store.records import SECRET


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database is: of each kind in turn."""
    if request.param == "sqlite":
        return str(tmp_path / "cds.sqlite")
    server: Postgres = request.getfixturevalue("postgresql")
    return server.database()


@pytest.fixture
def database(location: str) -> Iterator[Database]:
    """A database with our tables and nothing in them."""
    made = Database(location)
    made.upgrade()
    yield made
    made.close()


@pytest.fixture
def key() -> Key:
    return Key(SECRET)
