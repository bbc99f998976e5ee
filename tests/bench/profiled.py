"""Where the time of an answer goes, by room and by function, without a server: ``python -m tests.bench.profiled``.

The profiler makes calls dearer than they are, so the shares of rooms with many small functions are somewhat too high.
"""

from __future__ import annotations

import cProfile
import pstats
from collections import Counter
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from cds.hooks import request, strict
from cds.hooks.answer import answered
from cds.operations.settling import settle
from cds.service import build
from cds.settings import Settings
from tests.bench import bodies

TIMES: Final = 200
_TOP: Final = 12


def main() -> None:
    """Profile a clean and a typical order."""
    service = build(Settings())
    settle()
    for call in (bodies.clean(), bodies.typical()):
        profiler = cProfile.Profile()
        for number in range(TIMES + 1):
            if number == 1:  # the first fills caches
                profiler.enable()
            asked = request.read(call.body, "order-sign")
            strict.write(answered(asked, service, datetime.now(UTC), uuid4).body)
        profiler.disable()
        _tell(call.name, pstats.Stats(profiler))


def _tell(name: str, stats: pstats.Stats) -> None:
    rooms: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    for (file, _, function), (_, _, own, _, _) in stats.stats.items():  # type: ignore[attr-defined]
        path = file.partition("/cds/")[2]
        rooms["/".join(path.split("/")[:2]) if path else "Python itself"] += own
        functions[f"{path or file.rpartition('/')[2]}:{function}"] += own
    whole = sum(rooms.values())
    print(f"\n{name}: {whole / TIMES * 1000:.2f} ms under the profiler")
    for title, found in (("by room", rooms), ("by function", functions)):
        print(f"  {title}")
        for what, own in found.most_common(_TOP):
            print(f"    {own / whole:5.1%}  {what}")


if __name__ == "__main__":
    main()
