"""The database is made by its migrations and by nothing else, and is the same in both kinds."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, text

from cds.errors import StoreError
from cds.store.database import Database, newest
from cds.store.tables import CHAINS, METADATA

CHAIN = {"key": "", "base_number": 0, "base_digest": "", "head_number": 0, "head_digest": ""}


def write_twice(database: Database, chain: str) -> None:
    with database.writing() as connection:
        for _ in range(2):
            connection.execute(insert(CHAINS).values({**CHAIN, "id": chain}))


def test_the_migrations_make_the_tables_that_the_program_writes(database: Database) -> None:
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_an_upgrade_can_be_repeated(location: str) -> None:
    database = Database(location)
    assert not database.is_current()
    assert database.revision() == ""
    assert [database.upgrade(), database.upgrade()] == [newest()] * 2
    assert database.is_current()
    database.close()


def test_what_fails_halfway_leaves_nothing(database: Database) -> None:
    with pytest.raises(StoreError):
        write_twice(database, "c")
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM chain")).scalar() == 0


def test_an_error_names_its_kind_and_quotes_no_value(database: Database) -> None:
    with pytest.raises(StoreError) as caught:
        write_twice(database, "SENTINEL")
    assert "SENTINEL" not in str(caught.value)
    assert caught.value.lasting
    assert caught.value.__cause__ is None


def test_an_acknowledged_write_survives_a_power_cut(tmp_path: object) -> None:
    database = Database(f"{tmp_path}/cds.sqlite")
    with database.reading() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    database.close()


@pytest.mark.parametrize("address", ["mysql://host/name", "://x", "http://host/name"])
def test_another_kind_of_database_is_refused_in_words(address: str) -> None:
    with pytest.raises(StoreError, match="address"):
        Database(address)


def test_a_password_is_not_shown(location: str) -> None:
    assert "SENTINEL" not in repr(Database("postgresql://cds:SENTINEL@127.0.0.1/x").engine)
