"""``make bench-soak``: minutes at 70 % of what the service can do, workers on all cores, and its memory watched."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Final

import msgspec

from tests.bench import bodies, servers
from tests.bench.__main__ import SECRET
from tests.bench.client import Load
from tests.bench.load import Burst
from tests.bench.report import RESULTS

SHARE: Final = 0.7
CONNECTIONS: Final = 16
SLICES: Final = 20
_PROBE_SECONDS: Final = 5.0
_MOST_GROWTH: Final = 1.05


def main() -> int:
    """Find the capacity, then hold 70 % of it. The exit status is 1 when memory grew or an answer was wrong."""
    parser = argparse.ArgumentParser(prog="make bench-soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0)
    asked = parser.parse_args()
    workers = os.cpu_count() or 1
    with tempfile.TemporaryDirectory(prefix="cds-soak-") as folder, Load() as load:
        environ = {"CDS_DATABASE": str(Path(folder) / "decisions.sqlite"), "CDS_HASH_KEY": SECRET}
        server = servers.start_ours("soak", environ, workers)
        try:
            call = bodies.typical()
            found = load.ask(Burst(server.port, call.path, call.body.decode()))
            assert found
            probe = load.send(_burst(server, call, requests=10**6, seconds=_PROBE_SECONDS))
            rate = SHARE * len(probe.milliseconds) / probe.seconds
            rows = [_slice(load, server, call, rate, asked.minutes * 60 / SLICES) for _ in range(SLICES)]
        finally:
            server.end()
    # The first quarter fills caches and pools; from then on nothing may grow.
    settled, last = rows[SLICES // 4][1], rows[-1][1]
    flat = last <= settled * _MOST_GROWTH
    wrong = sum(row[3] for row in rows)
    told = {
        "minutes": asked.minutes, "workers": workers, "rate": round(rate, 1), "flat": flat, "wrong": wrong,
        "memory MB": [row[1] for row in rows], "p99 ms": [row[2] for row in rows],
    }  # fmt: skip
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "soak.json").write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n")
    print(f"{workers} workers, {rate:.0f} requests/s for {asked.minutes:g} minutes: {wrong} answers wrong")
    print(f"memory of the largest process: {settled} MB after a quarter, {last} MB at the end")
    return 0 if flat and not wrong else 1


def _burst(server: servers.Server, call: bodies.Call, requests: int, seconds: float, rate: float = 0.0) -> Burst:
    return Burst(server.port, call.path, call.body.decode(), CONNECTIONS, requests, seconds, rate=rate)


def _slice(
    load: Load, server: servers.Server, call: bodies.Call, rate: float, seconds: float
) -> tuple[float, float, float, int]:
    result = load.send(_burst(server, call, int(rate * seconds), seconds, rate))
    ordered = sorted(result.milliseconds)
    return result.seconds, round(server.memory(), 1), round(ordered[int(len(ordered) * 0.99) - 1], 2), result.wrong


if __name__ == "__main__":
    sys.exit(main())
