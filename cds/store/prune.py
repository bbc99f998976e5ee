"""Removing what has been kept long enough, so that the audit can still tell that nothing else was removed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select, update

from cds import __version__
from cds.store.chain import PRUNED, Chain, Link
from cds.store.database import Database
from cds.store.keyed import Key
from cds.store.moments import days_before, moment, stamp
from cds.store.tables import CHAINS, DECISIONS, ENTRIES, FEEDBACK


@dataclass(frozen=True, slots=True)
class Pruned:
    """How much was removed."""

    decisions: int
    reports: int


def prune(database: Database, key: Key, days: int) -> Pruned:
    """Remove what is older than ``days``: the beginning of each chain, up to the first entry that is to be kept.

    What was removed is said in an entry of its own. Rows of decisions and feedback go with their entries.
    """
    now = moment()
    before = days_before(now, days)
    with database.writing() as connection:
        chain = Chain(key)
        chain.open(connection, stamp(now), __version__)
        removed = [_prune(connection, row.id, before) for row in connection.execute(select(CHAINS.c.id)).all()]
        bases = select(CHAINS.c.id, CHAINS.c.base_number, CHAINS.c.base_digest).where(CHAINS.c.base_number > 0)
        link = Link(connection, chain)
        rows = connection.execute(bases.order_by(CHAINS.c.id)).all()
        link.append(PRUNED, stamp(now), {"before": before, "bases": [list(row) for row in rows]})
        link.close()
        chain.release(connection)
    return Pruned(sum(row.decisions for row in removed), sum(row.reports for row in removed))


def _prune(connection: Connection, chain: str, before: str) -> Pruned:
    """Remove the beginning of one chain. The entries made just now are never among them."""
    of_chain = ENTRIES.c.chain == chain
    kept = connection.execute(select(func.min(ENTRIES.c.number)).where(of_chain, ENTRIES.c.at >= before)).scalar()
    last = select(func.max(ENTRIES.c.number)).where(of_chain)
    if kept is not None:
        last = last.where(ENTRIES.c.number < kept)
    number = connection.execute(last).scalar()
    if number is None:
        return Pruned(0, 0)
    base = connection.execute(select(ENTRIES.c.digest).where(of_chain, ENTRIES.c.number == number)).scalar_one()
    connection.execute(update(CHAINS).where(CHAINS.c.id == chain).values(base_number=number, base_digest=base))
    counts = [
        connection.execute(delete(table).where(table.c.chain == chain, table.c.number <= number)).rowcount
        for table in (DECISIONS, FEEDBACK, ENTRIES)
    ]
    return Pruned(counts[0], counts[1])
