"""The service as it is run: a process of its own, reached over a socket."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

START_SECONDS = 40.0
_PROGRAM = "import sys; from cds.cli import main; sys.exit(main(sys.argv[1:]))"


@dataclass
class Served:
    """A running service."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def memory(self) -> int:
        """Resident bytes."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def raw(self, data: bytes, seconds: float = 10.0) -> bytes:
        """Send bytes as they are; what comes until the other side closes or ``seconds`` have passed."""
        with self.connect() as connection:
            connection.settimeout(seconds)
            got = b""
            try:
                connection.sendall(data)
                while part := connection.recv(65536):
                    got += part
            except OSError:
                pass
            return got


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def start(
    folder: Path,
    *options: str,
    port: int = 0,
    ready: bool = True,
    program: str = _PROGRAM,
    stdin: int | None = None,
    **environ: str,
) -> Served:
    """Start the service with its state in ``folder``; settings are given in small letters without ``CDS_``.

    A ``program`` that is spoken to over ``stdin`` answers over its standard output.
    """
    port = port or free_port()
    settings = {f"CDS_{name.upper()}": value for name, value in environ.items()}
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CDS_")}
    log = folder / "service.log"
    with log.open("ab") as sink:
        process = subprocess.Popen(
            [sys.executable, "-c", program, "serve", "--port", str(port), *options],
            env={**clean, "HOME": str(folder), "CDS_DATABASE": str(folder / "cds.sqlite"), **settings},
            stdin=stdin, stdout=sink if stdin is None else subprocess.PIPE, stderr=sink,
            start_new_session=True,  # so that its workers can be ended with it
        )  # fmt: skip
    served = Served(process, port, log)
    if ready:
        wait_until_ready(served, int(options[options.index("--workers") + 1]) if "--workers" in options else 1)
    return served


def wait_until_ready(served: Served, workers: int = 1) -> None:
    """Wait until it answers, and until every worker has started: one that starts later reads what is there then."""
    until = time.monotonic() + START_SECONDS
    while workers > 1 and served.said().count("Application startup complete") < workers and time.monotonic() < until:
        time.sleep(0.05)
    while time.monotonic() < until:
        if served.process.poll() is not None:
            raise AssertionError(f"the service ended: {served.said()}")
        try:
            if httpx.get(f"{served.url}/readyz", trust_env=False, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    raise AssertionError(f"the service did not start: {served.said()}")


def stop(served: Served, seconds: float = 15.0) -> int:
    """Ask the service to end; its exit status."""
    if served.process.poll() is None:
        served.process.send_signal(signal.SIGTERM)
    try:
        return served.process.wait(seconds)
    except subprocess.TimeoutExpired:
        served.process.kill()
        served.process.wait()
        raise


def end(served: Served) -> None:
    """End the service at once, with its workers, which would otherwise outlive it."""
    with suppress(ProcessLookupError):
        os.killpg(served.process.pid, signal.SIGKILL)
    served.process.wait()


@contextmanager
def serving(folder: Path, *options: str, **environ: str) -> Iterator[Served]:
    """A running service for a test or several."""
    served = start(folder, *options, **environ)
    try:
        yield served
    finally:
        end(served)
