"""Processes under measurement: started on loopback, warmed, and ended by their own number."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from tests.serving import free_port

READY_SECONDS: Final = 180.0
_CPU_OF_PROCESS: Final = 2

_OURS: Final = "import sys; from cds.cli import main; sys.exit(main())"
_ROOT: Final = Path(__file__).resolve().parents[2]


@dataclass
class Server:
    """One running server. ``started``: seconds until it answered."""

    name: str
    process: subprocess.Popen[bytes]
    port: int
    started: float

    @property
    def workers(self) -> list[int]:
        """The numbers of its processes, the parent first."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        return [self.process.pid, *map(int, listed.split())]

    def cpu(self) -> float:
        """Seconds of processor time that all its processes have used, to the nanosecond."""
        return sum(time.clock_gettime((~number << 3) | _CPU_OF_PROCESS) for number in self.workers)

    def memory(self) -> float:
        """Resident megabytes of the process that has most."""
        return max(_resident(number) for number in self.workers)

    def end(self) -> None:
        """Ask it to end, and see that it does."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)


def _resident(number: int) -> float:
    for line in Path(f"/proc/{number}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def start(name: str, command: Sequence[str], port: int, environ: Mapping[str, str], probe: str = "/livez") -> Server:
    """Start one and wait until it answers at ``probe``, whatever it answers."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=_ROOT, env={**os.environ, **environ}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    while time.perf_counter() - begun < READY_SECONDS:
        if process.poll() is not None:
            told = process.stderr.read().decode(errors="replace") if process.stderr else ""
            message = f"{name} did not start: {told[-800:]}"
            raise RuntimeError(message)
        try:
            httpx.get(f"http://127.0.0.1:{port}{probe}", trust_env=False, timeout=2)
        except httpx.HTTPError:
            time.sleep(0.02)
            continue
        return Server(name, process, port, time.perf_counter() - begun)
    process.kill()
    message = f"{name} did not answer within {READY_SECONDS:g} s"
    raise RuntimeError(message)


def start_floor(kind: str, sizes: Sequence[int]) -> Server:
    """``raw`` or ``fastapi`` (see ``floor``)."""
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.floor", kind, str(port), *map(str, sizes)]
    return start(kind, command, port, {}, "/")


def start_ours(name: str, environ: Mapping[str, str] | None = None, workers: int = 1) -> Server:
    """The service as it is installed: ``cds serve``, with nothing kept unless ``environ`` says so."""
    port = free_port()
    command = [sys.executable, "-c", _OURS, "serve", "--port", str(port), "--workers", str(workers)]
    settings = {"CDS_DATABASE": "none", **(environ or {})}
    return start(name, command, port, settings)
