"""Interleaved measuring: every subject has its turn in each round, so that a noisy minute is noisy for all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from tests.bench.bodies import Call
from tests.bench.client import Load
from tests.bench.load import Burst, Result
from tests.bench.servers import Server

CONNECTIONS: Final = (1, 8, 32)
FLOOR: Final = "raw ASGI floor"
_WARM: Final = 60


@dataclass
class Subject:
    """One row of the table: a call, sent to a server. ``path`` in place of the call's own, for the floors."""

    name: str
    server: Server
    call: Call
    path: str = ""
    tokens: Callable[[int], list[str]] | None = None
    said: list[tuple[str, str]] | None = None
    connections: tuple[int, ...] = CONNECTIONS
    # By number of connections: CPU milliseconds per request of each round, and all latencies.
    cpu: dict[int, list[float]] = field(default_factory=dict)
    latency: dict[int, list[float]] = field(default_factory=dict)
    wrong: int = 0
    first_wrong: str = ""

    def burst(self, connections: int, requests: int) -> Burst:
        """A burst of this subject."""
        tokens = self.tokens(requests) if self.tokens else None
        body = self.call.body.decode()
        return Burst(
            self.server.port, self.path or self.call.path, body, connections, requests, 60.0, self.said, tokens=tokens
        )

    def turn(self, load: Load, connections: int, requests: int) -> Result:
        """One burst, with the processor time it cost."""
        before = self.server.cpu()
        result = load.send(self.burst(connections, requests))
        used = self.server.cpu() - before
        self.cpu.setdefault(connections, []).append(used * 1000 / max(len(result.milliseconds), 1))
        self.latency.setdefault(connections, []).extend(result.milliseconds)
        self.wrong += result.wrong
        self.first_wrong = self.first_wrong or result.first_wrong
        return result

    def cpu_ms(self) -> float:
        """CPU per request: the median over all rounds and numbers of connections."""
        return median(value for rounds in self.cpu.values() for value in rounds)

    def percentile(self, connections: int, share: float) -> float:
        """A percentile of the latency in milliseconds."""
        ordered = sorted(self.latency[connections])
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def interleaved(load: Load, subjects: Sequence[Subject], rounds: int, seconds: float) -> None:
    """Measure all subjects in ``rounds`` rounds that take about ``seconds`` together."""
    paces: list[float] = []
    for subject in subjects:
        result = load.send(subject.burst(1, _WARM))
        paces.append(median(result.milliseconds) / 1000)
    turn = seconds / (rounds * len(subjects) * len(CONNECTIONS))
    for _ in range(rounds):
        for connections in CONNECTIONS:
            for subject, pace in zip(subjects, paces, strict=True):
                if connections not in subject.connections:
                    continue
                subject.turn(load, connections, max(int(turn / pace), connections * 2, 20))
