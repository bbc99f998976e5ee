"""The newest issue of signed knowledge that was ever loaded, so that an older one is noticed.

Like the memory of tokens it is made when it is needed, and is beside the record of decisions, not in it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import Column, MetaData, String, Table, insert, select, update

from cds.store.database import Database
from cds.store.replay import beside

_METADATA: Final = MetaData()
NEWEST: Final = Table(
    "signed_knowledge",
    _METADATA,
    Column("key", String(64), primary_key=True),
    Column("issued", String(40), nullable=False),
)


class Issues:
    """Which issue of each key was the newest. ``location`` as for ``Database``."""

    def __init__(self, location: str, password: str = "") -> None:
        self._location, self._password = beside(location), password

    def newest(self, key: str, issued: datetime) -> datetime:
        """The newest issue of this key, this one counted. StoreError when that cannot be told."""
        database = Database(self._location, self._password)
        try:
            with database.writing() as connection:
                _METADATA.create_all(connection)
                found = connection.execute(select(NEWEST.c.issued).where(NEWEST.c.key == key)).scalar()
                before = datetime.fromisoformat(found) if found else None
                if before is not None and before >= issued:
                    return before
                row = {"key": key, "issued": issued.isoformat()}
                change = insert(NEWEST) if before is None else update(NEWEST).where(NEWEST.c.key == key)
                connection.execute(change.values(row))
            return issued
        finally:
            database.close()
