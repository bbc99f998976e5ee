"""The audit trail: entries that each carry a digest of the one before, so that none can be changed unseen.

Each writer (a worker process) appends to a chain of its own, so that several write to one database without waiting
for each other. A chain that was closed in order is taken up again by the next writer; one whose writer died stays
as it is. The first entry a writer makes tells the heads of all other chains at that moment: so a whole chain, or the
end of one, cannot be removed either without a later entry telling of it. What nothing can show from inside is the
removal of the very last entries together with the head: ``cds audit heads`` prints the heads to be kept elsewhere.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import msgspec
from sqlalchemy import Connection, insert, select, update

from cds.store.keyed import Key
from cds.store.tables import CHAINS, ENTRIES

OPENED: Final = "opened"
DECISION: Final = "decision"
FEEDBACK: Final = "feedback"
PRUNED: Final = "pruned"

BEGINNING: Final = ""
"""What stands for the digest before the first entry."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it was written. ``body`` is JSON, byte for byte what the digest was made of."""

    chain: str
    number: int
    kind: str
    at: str
    body: str


def digest(before: str, entry: Entry, key: Key | None) -> str:
    """The digest of an entry upon the one before it; keyed where there is a lasting key."""
    parts = (before, entry.chain, str(entry.number), entry.kind, entry.at, entry.body)
    data = "\n".join(parts).encode()
    return key.digest(data) if key else hashlib.sha256(data).hexdigest()


def written(body: dict[str, Any]) -> str:
    """A body as JSON with sorted keys, so that the same always gives the same bytes."""
    return msgspec.json.encode(body, order="sorted").decode()


class Chain:
    """A writer's chain. The head is read anew in each transaction, so a transaction that failed leaves no trace."""

    def __init__(self, key: Key) -> None:
        self.owner = str(uuid4())
        self.key = key if key.lasting else None
        self.id = ""

    def open(self, connection: Connection, at: str, program: str) -> None:
        """Take up a chain that no writer has, or begin one; and tell of all others."""
        free = select(CHAINS.c.id).where(CHAINS.c.owner.is_(None), CHAINS.c.key == self._key_name)
        free = free.order_by(CHAINS.c.id).limit(1).with_for_update(skip_locked=True)
        self.id = connection.execute(free).scalar() or ""
        if self.id:
            connection.execute(update(CHAINS).where(CHAINS.c.id == self.id).values(owner=self.owner))
        else:
            self.id = str(uuid4())
            connection.execute(
                insert(CHAINS).values(
                    id=self.id, owner=self.owner, key=self._key_name, base_number=0, base_digest=BEGINNING,
                    head_number=0, head_digest=BEGINNING,
                )
            )  # fmt: skip
        others = [list(head) for head in heads(connection) if head[0] != self.id]
        link = Link(connection, self)
        link.append(OPENED, at, {"program": program, "heads": others})
        link.close()

    def release(self, connection: Connection) -> None:
        """Leave the chain to the next writer."""
        connection.execute(update(CHAINS).where(CHAINS.c.id == self.id).values(owner=None))

    @property
    def _key_name(self) -> str:
        return self.key.name if self.key else ""


class Link:
    """Appending within one transaction: the head is read once, and all is written at once by ``close``."""

    def __init__(self, connection: Connection, chain: Chain) -> None:
        self.chain = chain.id
        self._connection = connection
        self._chain = chain
        row = connection.execute(
            select(CHAINS.c.head_number, CHAINS.c.head_digest).where(CHAINS.c.id == chain.id)
        ).one()
        self._number, self._digest = row
        self._entries: list[dict[str, object]] = []

    def append(self, kind: str, at: str, body: dict[str, Any]) -> int:
        """Add one entry; its number."""
        entry = Entry(self._chain.id, self._number + 1, kind, at, written(body))
        self._number, self._digest = entry.number, digest(self._digest, entry, self._chain.key)
        self._entries.append(
            {
                "chain": entry.chain,
                "number": entry.number,
                "kind": kind,
                "at": at,
                "body": entry.body,
                "digest": self._digest,
            }
        )
        return entry.number

    def close(self) -> None:
        """Write the entries and the new head."""
        if self._entries:
            self._connection.execute(insert(ENTRIES), self._entries)
        self._connection.execute(
            update(CHAINS)
            .where(CHAINS.c.id == self._chain.id)
            .values(head_number=self._number, head_digest=self._digest)
        )


def heads(connection: Connection) -> list[tuple[str, int, str]]:
    """The last entry of every chain: chain, number, digest."""
    rows = connection.execute(select(CHAINS.c.id, CHAINS.c.head_number, CHAINS.c.head_digest).order_by(CHAINS.c.id))
    return [(row.id, row.head_number, row.head_digest) for row in rows]
