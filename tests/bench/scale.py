"""``make bench-scale``: whether size costs: of the knowledge, and of the order with what the patient takes already.

Knowledge: a formulary of 2,000 drugs, 100,000 interactions and 20,000 dose statements is made up (see ``generate``),
started cold and warm, and sent the same orders as the shipped knowledge, in turns. Order: drafts and active orders up
to 1,000, each size several times, with a straight line laid through them.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import msgspec

from cds.hooks import request
from cds.hooks.answer import answered
from cds.operations.settling import settle
from cds.service import Service, build
from cds.settings import Settings
from tests.bench import bodies, servers
from tests.bench.client import Load
from tests.bench.generate import generate
from tests.bench.measure import Subject, interleaved
from tests.bench.report import RESULTS
from tests.bench.svg import points

ACTIVE: Final = (0, 50, 100, 200, 400, 600, 800, 1000)
DRAFTS: Final = (1, 2, 5, 10, 20, 40, 60, 80, 100)
_TIMES: Final = 5
_SECONDS: Final = 24.0


def main() -> None:
    """Measure both and keep the results."""
    RESULTS.mkdir(exist_ok=True)
    told = {"knowledge": _knowledge(), "order": _order(build(Settings()))}
    (RESULTS / "scale.json").write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n")


# --- in knowledge ---------------------------------------------------------------------------------------------


def _knowledge() -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="cds-scale-") as temporary:
        folder = generate(Path(temporary) / "knowledge")
        environ = {"CDS_KNOWLEDGE": str(folder), "CDS_CACHE": str(Path(temporary) / "cache")}
        cold = servers.start_ours("cold", environ)
        cold.end()
        large, shipped = servers.start_ours("warm", environ), servers.start_ours("shipped")
        try:
            with Load() as load:
                subjects = [
                    Subject(f"{call.name}, {name}", server, call)
                    for call in (bodies.clean(), bodies.typical())
                    for name, server in (("shipped", shipped), ("large", large))
                ]
                interleaved(load, subjects, 4, _SECONDS)
            clean, clean_large, typical, typical_large = (subject.cpu_ms() for subject in subjects)
            found = {
                "cold start, s": cold.started,
                "warm start, s": large.started,
                "start with the shipped knowledge, s": shipped.started,
                "memory of a worker, MB": large.memory(),
                "memory with the shipped knowledge, MB": shipped.memory(),
                "CPU of a clean order, to that with the shipped knowledge": clean_large / clean,
                "CPU of a typical order, to that with the shipped knowledge": typical_large / typical,
            }
        finally:
            large.end()
            shipped.end()
    for name, value in found.items():
        print(f"{name:62} {value:8.2f}")
    return {name: round(value, 3) for name, value in found.items()}


# --- in the order ---------------------------------------------------------------------------------------------


def _order(service: Service) -> dict[str, list[tuple[int, float]]]:
    settle()
    series = {
        "one draft, more and more active orders": [(1 + active, _cost(service, 1, active)) for active in ACTIVE],
        "more and more drafts, nothing active": [(drafts, _cost(service, drafts, 0)) for drafts in DRAFTS],
        "100 drafts, more and more active orders": [
            (100 + active, _cost(service, 100, active)) for active in ACTIVE if active <= 900
        ],
    }
    for name, found in series.items():
        slope, off = _line(found)
        print(f"{name}: {slope * 1000:.0f} microseconds for each; at most {off:.0%} of the largest off the line")
    picture = points(list(series.items()), "CPU by drafts and active orders", "drafts and active orders", "ms")
    (RESULTS / "scale.svg").write_text(picture, encoding="utf-8")
    return series


def _cost(service: Service, drafts: int, active: int) -> float:
    """CPU in milliseconds of one answer, from its bytes: the least of several, for others use the machine too."""
    body, now = bodies.drafts_and_active(drafts, active).body, datetime.now(UTC)
    costs: list[float] = []
    for _ in range(_TIMES):
        begun = time.process_time()
        answered(request.read(body, "order-sign"), service, now, uuid4)
        costs.append((time.process_time() - begun) * 1000)
    return round(min(costs), 3)


def _line(found: Sequence[tuple[int, float]]) -> tuple[float, float]:
    """The slope of the best straight line, and the farthest point from it as a share of the largest value."""
    count = len(found)
    mean_x, mean_y = (sum(row[axis] for row in found) / count for axis in (0, 1))
    slope = sum((x - mean_x) * (y - mean_y) for x, y in found) / sum((x - mean_x) ** 2 for x, _ in found)
    off = max(abs(y - mean_y - slope * (x - mean_x)) for x, y in found)
    return slope, off / max(y for _, y in found)


if __name__ == "__main__":
    main()
