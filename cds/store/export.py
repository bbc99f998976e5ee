"""The decisions of a time as flat rows, one for each answered hook, for a spreadsheet or a data frame."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TextIO

import msgspec
from sqlalchemy import Connection, select

from cds.errors import StoreError
from cds.store.chain import DECISION
from cds.store.decision import Decision, OrderedDrug
from cds.store.tables import ENTRIES, FEEDBACK

_BATCH: Final = 500
COLUMNS: Final = (
    "at", "id", "hook", "service", "client", "instance", "program", "knowledge", "policy", "patient", "encounter",
    "setting", "orders", "drugs", "cards", "levels", "shown", "withheld", "not_checked", "accepted", "overridden",
    "milliseconds", "fetching",
)  # fmt: skip
_NUMBERS: Final = frozenset({"orders", "cards", "accepted", "overridden", "milliseconds", "fetching"})


def decisions(connection: Connection, since: str, until: str) -> Iterator[Decision]:
    """Every decision from ``since`` up to but not including ``until`` (stamps), as it stands in the audit trail."""
    query = select(ENTRIES.c.body).where(ENTRIES.c.kind == DECISION, ENTRIES.c.at >= since, ENTRIES.c.at < until)
    rows = connection.execution_options(yield_per=_BATCH).execute(query.order_by(ENTRIES.c.at, ENTRIES.c.chain))
    for body in rows.scalars():
        yield msgspec.json.decode(body, type=Decision)


def rows(connection: Connection, since: str, until: str) -> Iterator[dict[str, str | int]]:
    """The rows, with what was said of the cards."""
    query = select(FEEDBACK.c.card, FEEDBACK.c.outcome).order_by(FEEDBACK.c.outcome_at)
    outcomes = {row.card: row.outcome for row in connection.execute(query)}
    for decision in decisions(connection, since, until):
        yield _row(decision, outcomes)


def _row(decision: Decision, outcomes: dict[str, str]) -> dict[str, str | int]:
    answered = [outcomes.get(card.uuid, "") for card in decision.cards]
    named = {name: getattr(decision, name) for name in COLUMNS if hasattr(decision, name)}
    return named | {
        "orders": len(decision.orders),
        "drugs": " ".join(_drug(order) for order in decision.orders),
        "cards": len(decision.cards),
        "levels": " ".join(card.level for card in decision.cards),
        "shown": " ".join(f"{one.statement}={one.level}" for one in decision.fired if one.card),
        "withheld": " ".join(f"{one.statement}={one.withheld}" for one in decision.fired if one.withheld),
        "not_checked": " ".join(f"{one.lack}:{one.part}" if one.part else one.lack for one in decision.not_checked),
        "accepted": answered.count("accepted"),
        "overridden": answered.count("overridden"),
    }


def _drug(order: OrderedDrug) -> str:
    """``ingredient+ingredient[rxnorm,rxnorm]``; a drug we have no slug for is its codes alone."""
    codes = f"[{','.join(order.rxnorm)}]" if order.rxnorm else ""
    return "+".join(order.ingredients) + codes or "-"


def as_csv(connection: Connection, since: str, until: str, to: TextIO) -> int:
    """Write the rows as CSV; how many."""
    writer = csv.DictWriter(to, COLUMNS, lineterminator="\n")
    writer.writeheader()
    count = 0
    for count, row in enumerate(rows(connection, since, until), 1):  # noqa: B007 - the count is the answer
        writer.writerow(row)
    return count


def as_parquet(connection: Connection, since: str, until: str, to: Path) -> int:
    """Write the rows as a Parquet file; how many. Needs pyarrow (the extra ``parquet``)."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - optional
        from pyarrow import parquet  # noqa: PLC0415 - optional
    except ImportError:
        raise StoreError("Parquet needs pyarrow: install medication-order-cds[parquet], or export as csv") from None
    schema = pa.schema([(name, pa.int64() if name in _NUMBERS else pa.string()) for name in COLUMNS])
    count = 0
    with parquet.ParquetWriter(to, schema) as writer:
        batch: list[dict[str, Any]] = []
        for row in rows(connection, since, until):
            batch.append({name: row.get(name, "") for name in COLUMNS})
            count += 1
            if len(batch) == _BATCH:
                writer.write_table(pa.Table.from_pylist(batch, schema))
                batch = []
        writer.write_table(pa.Table.from_pylist(batch, schema))
    return count
