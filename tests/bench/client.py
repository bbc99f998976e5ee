"""Holds the load generator's process, and sends bursts through it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import TracebackType

import msgspec

from tests.bench.load import Burst, Result

_ROOT = Path(__file__).resolve().parents[2]


class Load:
    """The generator, kept running so that its own start is no part of a measurement."""

    def __enter__(self) -> Load:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.load"], cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)

    def send(self, burst: Burst) -> Result:
        """Send one burst and wait for what came of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(msgspec.json.encode(burst) + b"\n")
        self._process.stdin.flush()
        return msgspec.json.decode(self._process.stdout.readline(), type=Result)

    def ask(self, burst: Burst) -> bytes:
        """Send one request of a burst and give its answer."""
        result = self.send(msgspec.structs.replace(burst, connections=1, requests=1, said=None))
        if result.wrong:
            message = f"the server answered {result.first_wrong}"
            raise SystemExit(message)
        return result.last.encode()
