"""What was measured as a table, as JSON, and as a picture."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from tests.bench.measure import CONNECTIONS, FLOOR, Subject
from tests.bench.svg import bars

RESULTS: Final = Path(__file__).parent / "results"
PERCENTILES: Final = (0.50, 0.95, 0.99)


class Row(msgspec.Struct):
    """One row: CPU in milliseconds per request, the ratio of it to the raw floor, and latencies in milliseconds by
    connections (p50, p95, p99).
    """

    name: str
    requests: int
    cpu: float
    ratio: float
    latency: dict[int, tuple[float, float, float]]
    tail: float | None
    memory: float
    wrong: int
    first_wrong: str = ""


def rows(subjects: Sequence[Subject]) -> list[Row]:
    """The rows of all subjects. ``tail``: p99 at most connections, to the floor's."""
    (floor,) = [one for one in subjects if one.name == FLOOR]
    most = CONNECTIONS[-1]
    return [
        Row(
            one.name,
            sum(len(found) for found in one.latency.values()),
            round(one.cpu_ms(), 4),
            round(one.cpu_ms() / floor.cpu_ms(), 2),
            {
                number: (*(round(one.percentile(number, share), 3) for share in PERCENTILES),)  # type: ignore[misc]
                for number in one.connections
            },
            round(one.percentile(most, 0.99) / floor.percentile(most, 0.99), 2) if most in one.connections else None,
            round(one.server.memory(), 1),
            one.wrong,
            one.first_wrong,
        )
        for one in subjects
    ]


def table(found: Sequence[Row]) -> str:
    """The rows as text."""
    head = f"{'':40} {'CPU ms':>7} {'ratio':>6}   " + "   ".join(f"{f'c={n}: p50/p95/p99 ms':>24}" for n in CONNECTIONS)
    lines = [f"{head}   {'p99':>5} {'MB':>5}  wrong"]
    for row in found:
        latencies = "   ".join(f"{'/'.join(f'{one:.2f}' for one in row.latency.get(n, ())):>24}" for n in CONNECTIONS)
        tail = "" if row.tail is None else f"{row.tail:.2f}"
        start = f"{row.name[:40]:40} {row.cpu:7.3f} {row.ratio:6.2f}   {latencies}"
        lines.append(f"{start}   {tail:>5} {row.memory:5.0f}  {row.wrong} of {row.requests}")
    return "\n".join(lines)


def write(found: Sequence[Row]) -> None:
    """Keep the newest run: ``results/bench.json`` and ``results/bench.svg``."""
    RESULTS.mkdir(exist_ok=True)
    told = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        "rows": found,
    }
    (RESULTS / "bench.json").write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n")
    picture = bars([(row.name, row.cpu, f"{row.cpu:.2f} ms, {row.ratio:.1f} x") for row in found], "CPU per request")
    (RESULTS / "bench.svg").write_text(picture, encoding="utf-8")
