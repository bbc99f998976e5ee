"""``cds audit verify``: reads the whole audit trail and tells of every place where it is not what was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Table, select

from cds.store.chain import DECISION, FEEDBACK, OPENED, PRUNED, Entry, digest
from cds.store.decision import Decision
from cds.store.keyed import Key
from cds.store.tables import CARDS, CHAINS, DECISIONS, ENTRIES, FIRED, NOT_CHECKED
from cds.store.tables import FEEDBACK as REPORTS
from cds.store.write import card_rows, decision_row, fired_rows, not_checked_rows

_BATCH = 500
Head = tuple[str, int, str]


@dataclass(slots=True)
class Verified:
    """What the verification found: how much was read, and every fault in words."""

    chains: int = 0
    entries: int = 0
    decisions: int = 0
    reports: int = 0
    faults: list[str] = field(default_factory=list)


def verify(connection: Connection, key: Key | None = None, witnessed: tuple[Head, ...] = ()) -> Verified:
    """Check every chain, every entry and every row made from one. ``key`` is the configured key, for chains whose
    digests are keyed. ``witnessed`` are heads that were kept elsewhere.
    """
    found = Verified()
    claims = [*witnessed, *_claimed(connection)]
    bases = _bases(connection)
    wanted: dict[str, dict[int, set[str]]] = {}
    for chain, number, claimed in claims:
        wanted.setdefault(chain, {}).setdefault(number, set()).add(claimed)
    for row in connection.execute(select(CHAINS).order_by(CHAINS.c.id)).all():
        found.chains += 1
        _chain(connection, row, key, wanted.pop(row.id, {}), found)
        if row.base_number and (row.id, row.base_number, row.base_digest) not in bases:
            found.faults.append(f"{row.id}: entries up to {row.base_number} are missing, and no pruning tells of it")
    found.faults += [f"{chain}: the whole chain is missing" for chain in wanted]
    _strays(connection, found)
    return found


def _claimed(connection: Connection) -> Iterator[Head]:
    """What writers said, when they began, of the chains beside theirs."""
    for body in connection.execute(select(ENTRIES.c.body).where(ENTRIES.c.kind == OPENED)).scalars():
        yield from _decoded(body).heads


def _bases(connection: Connection) -> set[Head]:
    return {
        (chain, number, seen)
        for body in connection.execute(select(ENTRIES.c.body).where(ENTRIES.c.kind == PRUNED)).scalars()
        for chain, number, seen in _decoded(body).bases
    }


class _Told(msgspec.Struct):
    """What the entries say of chains: as they were seen, and as they begin after a pruning."""

    heads: list[Head] = []
    bases: list[Head] = []


def _decoded(body: str) -> _Told:
    try:
        return msgspec.json.decode(body, type=_Told)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return _Told()


def _chain(
    connection: Connection, row: Row[Any], key: Key | None, claims: dict[int, set[str]], found: Verified
) -> None:
    """One chain from its base to its head."""
    if row.key and (key is None or key.name != row.key):
        found.faults.append(f"{row.id}: its digests were made with another key than the configured one")
        return
    used = key if row.key else None
    number, before = row.base_number, row.base_digest
    claims = {place: seen for place, seen in claims.items() if place > number or (place == number and place)}
    _compare(row.id, number, before, claims, found)
    rows = connection.execute(select(ENTRIES).where(ENTRIES.c.chain == row.id).order_by(ENTRIES.c.number))
    for batch in rows.partitions(_BATCH):
        for line in batch:
            entry = Entry(line.chain, line.number, line.kind, line.at, line.body)
            number += 1
            if entry.number != number:
                found.faults.append(f"{row.id}: entries {number} to {entry.number - 1} are missing")
                number = entry.number
            elif digest(before, entry, used) != line.digest:
                found.faults.append(f"{row.id}, entry {number}: it is not what was written, or not in its place")
            before = line.digest
            _compare(row.id, number, before, claims, found)
            found.entries += 1
        _rows(connection, row.id, batch, found)
    if (number, before) != (row.head_number, row.head_digest):
        found.faults.append(f"{row.id}: it ends at entry {number}, and its head is entry {row.head_number}")
    found.faults += [f"{row.id}: entry {place}, which was seen before, is missing" for place in sorted(claims)]


def _compare(chain: str, number: int, present: str, claims: dict[int, set[str]], found: Verified) -> None:
    seen = claims.pop(number, None)
    if seen and seen != {present}:
        found.faults.append(f"{chain}, entry {number}: another digest was seen here before")


# --- the rows made from the entries ---------------------------------------------------------------------------


def _rows(connection: Connection, chain: str, batch: Sequence[Row[Any]], found: Verified) -> None:
    """Whether the tables that are searched say what the entries say."""
    numbers = [line.number for line in batch]
    decisions = {
        row.number: dict(row._mapping)
        for row in connection.execute(
            select(DECISIONS).where(DECISIONS.c.chain == chain, DECISIONS.c.number.in_(numbers))
        )
    }
    ids = [row["id"] for row in decisions.values()]
    parts = {table: _by_decision(connection, table, ids) for table in (CARDS, FIRED, NOT_CHECKED)}
    reports = {
        row.number: row
        for row in connection.execute(select(REPORTS).where(REPORTS.c.chain == chain, REPORTS.c.number.in_(numbers)))
    }
    for line in batch:
        if line.kind == DECISION:
            found.decisions += 1
            if not _decision_fits(line.body, chain, line.number, decisions.get(line.number), parts):
                found.faults.append(f"{chain}, entry {line.number}: the rows of this decision say something else")
        elif line.kind == FEEDBACK:
            found.reports += 1
            if not _report_fits(line.body, reports.get(line.number)):
                found.faults.append(f"{chain}, entry {line.number}: the row of this feedback says something else")


def _by_decision(connection: Connection, table: Table, ids: list[str]) -> dict[str, list[dict[str, object]]]:
    rows: dict[str, list[dict[str, object]]] = {}
    for row in connection.execute(select(table).where(table.c.decision.in_(ids))):
        rows.setdefault(row.decision, []).append(dict(row._mapping))
    return rows


def _decision_fits(
    body: str,
    chain: str,
    number: int,
    present: dict[str, object] | None,
    parts: dict[Table, dict[str, list[dict[str, object]]]],
) -> bool:
    try:
        decision = msgspec.json.decode(body, type=Decision)
    except (msgspec.DecodeError, msgspec.ValidationError):
        return False  # the digest does not fit either
    expected = {
        CARDS: card_rows(decision),
        FIRED: fired_rows(decision),
        NOT_CHECKED: not_checked_rows(decision),
    }
    if present != {"chain": chain, "number": number, **decision_row(decision)}:
        return False
    return all(
        sorted(parts[table].get(decision.id, []), key=repr) == sorted(_ordered(table, rows), key=repr)
        for table, rows in expected.items()
    )


def _ordered(table: Table, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{column.name: row[column.name] for column in table.columns} for row in rows]


def _report_fits(body: str, present: Row[Any] | None) -> bool:
    if present is None:
        return False
    try:
        said = msgspec.json.decode(body, type=dict[str, object])
    except msgspec.DecodeError:
        return False
    names = ("client", "card", "outcome", "outcome_at", "reason")
    return all(said.get(name, "") == present._mapping[name] for name in names)


def _strays(connection: Connection, found: Verified) -> None:
    """Rows that no entry accounts for."""
    for table, kind, what in ((DECISIONS, DECISION, "decision"), (REPORTS, FEEDBACK, "feedback")):
        joined = table.outerjoin(
            ENTRIES,
            (ENTRIES.c.chain == table.c.chain) & (ENTRIES.c.number == table.c.number) & (ENTRIES.c.kind == kind),
        )
        query = select(table.c.chain, table.c.number).select_from(joined).where(ENTRIES.c.number.is_(None))
        found.faults += [
            f"{row.chain}, entry {row.number}: there is a row of {what} and no entry"
            for row in connection.execute(query)
        ]
