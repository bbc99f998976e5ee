"""Opening the database: an SQLite file beside the service, or PostgreSQL by address for several machines."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, SQLAlchemyError, StatementError

from cds.errors import StoreError

MIGRATIONS: Final = Path(__file__).resolve().parent / "migrations"
BUSY_MILLISECONDS: Final = 1000
"""How long a writer waits for another one; feedback is answered by 503 after that."""

_READING: Final = {"cds_reading": True}
_POSTGRESQL: Final = ("postgresql", "postgres", "postgresql+psycopg")


class Database:
    """One database. ``location`` is the path of an SQLite file, or an address as ``postgresql://user@host/name``."""

    def __init__(self, location: str, password: str = "") -> None:
        self.url = _url(location)
        if password and self.url.get_backend_name() != "sqlite":
            self.url = self.url.set(password=password)
        self.embedded = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite(self.url) if self.embedded else _postgresql(self.url)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that may write. StoreError when it could not be carried out; then nothing was kept."""
        with _told("the database cannot be written"), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads, and sees one state of the database throughout."""
        with _told("the database cannot be read"), self.engine.connect().execution_options(**_READING) as connection:
            yield connection

    def upgrade(self) -> str:
        """Bring the tables to the newest revision; its name. Does nothing when they are there already."""
        with _told("the database cannot be upgraded"):
            self._make_folder()
            with self.engine.begin() as connection:
                command.upgrade(_migrations(connection), "head")
            return self.revision()

    def _make_folder(self) -> None:
        """The folder of an SQLite file, for this user alone."""
        if self.embedded:
            Path(self.url.database or "").parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def revision(self) -> str:
        """The revision the tables are at; empty when there are none."""
        with self.reading() as connection:
            return MigrationContext.configure(connection).get_current_revision() or ""

    def is_current(self) -> bool:
        """Whether the tables are those this program writes."""
        return self.revision() == newest()

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


def newest() -> str:
    """The newest revision of the tables."""
    return ScriptDirectory.from_config(_migrations()).get_current_head() or ""


def _migrations(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    # Alembic tells its steps at this level; a command line that wants them asks for them.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return config


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Database errors become StoreError by their kind alone: their text quotes the values that were to be written."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(what, _kind(error), lasting=_is_lasting(error)) from None
    except OSError as error:
        raise StoreError(what, type(error).__name__) from None


def _kind(error: SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None)
    return type(cause or error).__name__


def _is_lasting(error: SQLAlchemyError) -> bool:
    """Whether the same would fail again: what is written is at fault, and not the database or the way to it."""
    if isinstance(error, IntegrityError | DataError):
        return True
    return isinstance(error, StatementError) and not isinstance(error, DBAPIError)


def _url(location: str) -> URL:
    if "://" not in location:
        return URL.create("sqlite", database=str(Path(location).expanduser()))
    try:
        url = make_url(location)
    except ArgumentError:
        raise StoreError("the database's address cannot be read", "address") from None
    if url.drivername in _POSTGRESQL:
        return url.set(drivername="postgresql+psycopg")
    raise StoreError("the database must be an SQLite file or a postgresql:// address", "address")


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def opened(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        # FULL: what was acknowledged survives a power cut. WAL: readers and the writer do not wait for each other.
        for pragma in (
            f"busy_timeout={BUSY_MILLISECONDS}", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON",
            "secure_delete=ON",
        ):  # fmt: skip
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        reading = connection.get_execution_options().get("cds_reading")
        connection.exec_driver_sql("BEGIN DEFERRED" if reading else "BEGIN IMMEDIATE")

    return engine


def _postgresql(url: URL) -> Engine:
    return create_engine(
        url,
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=3,
        pool_timeout=2,
        connect_args={"connect_timeout": 2, "options": "-c statement_timeout=10000 -c lock_timeout=2000"},
    )
