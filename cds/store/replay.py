"""The memory of used tokens that all processes of a deployment share.

It is no record: it holds fingerprints for an hour and is made when it is needed, so it is no part of the migrations.
Beside an SQLite file it has a file of its own, so that neither a locked nor a full record of decisions keeps
callers from being recognised.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sqlalchemy import Column, Float, MetaData, String, Table, delete, insert, select

from cds.errors import StoreError
from cds.store.database import Database
from cds.trust.replay import fingerprint

FORGET_SECONDS: Final = 60.0
_METADATA: Final = MetaData()
USED: Final = Table(
    "used_token",
    _METADATA,
    Column("token", String(64), primary_key=True),
    Column("until", Float, nullable=False, index=True),
)


def beside(location: str) -> str:
    """Where the memory is kept, for a deployment whose database is at ``location``."""
    if "://" in location:
        return location
    path = Path(location).expanduser()
    return str(path.with_name(f"{path.stem}-tokens{path.suffix or '.sqlite'}"))


class InDatabase:
    """See ``cds.trust.replay.Replay``. ``location`` as for ``Database``."""

    def __init__(self, location: str, password: str = "", *, now: Callable[[], float] = time.time) -> None:
        self._database = Database(location, password)
        self._now = now
        self._made = False
        self._forgot_at = float("-inf")

    async def is_first(self, issuer: str, token_id: str, until: float) -> bool:
        """Whether this token was not used before. StoreError when that cannot be told."""
        return await asyncio.to_thread(self._is_first, fingerprint(issuer, token_id), until)

    def close(self) -> None:
        """Give back all connections."""
        self._database.close()

    def _is_first(self, token: str, until: float) -> bool:
        self._make()
        now = self._now()
        try:
            with self._database.writing() as connection:
                if now - self._forgot_at > FORGET_SECONDS:
                    connection.execute(delete(USED).where(USED.c.until <= now))
                    self._forgot_at = now
                connection.execute(insert(USED).values(token=token, until=until))
        except StoreError as error:
            if error.lasting and self._was_used(token):
                return False
            raise
        return True

    def _was_used(self, token: str) -> bool:
        with self._database.reading() as connection:
            return connection.execute(select(USED.c.token).where(USED.c.token == token)).first() is not None

    def _make(self) -> None:
        """Make the table. Another process may be making it at the same moment."""
        if self._made:
            return
        for last in (False, True):
            try:
                with self._database.writing() as connection:
                    _METADATA.create_all(connection)
                break
            except StoreError:
                if last:
                    raise
        self._made = True
