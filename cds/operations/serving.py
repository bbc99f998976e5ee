"""What surrounds a serving process: settings that its workers share, its number in a file, and the operations address.

The operations address is answered by the parent process, so that one scrape tells of all workers.
"""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from cds.operations import places
from cds.settings import Settings

if TYPE_CHECKING:
    from cds.report.words import Words

Handler = Callable[[int, FrameType | None], object] | int
_MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
_ONCE = "once:"


def prepared(settings: Settings, workers: int, environ: MutableMapping[str, str] = os.environ) -> Settings:
    """The settings with everything decided; with several workers ``environ`` is such that they decide the same.

    Has to come before the metrics are imported: with several workers they are kept in files.
    """
    settings = places.located(settings)
    if workers > 1:
        environ["CDS_DATABASE"] = settings.database or places.NOWHERE
        environ["CDS_HOST"], environ["CDS_PORT"] = settings.host, str(settings.port)
        if not settings.hash_key:
            environ["CDS_HASH_KEY"] = f"{_ONCE}{secrets.token_hex(32)}"
            settings = replace(settings, hash_key=environ["CDS_HASH_KEY"])
        folder = tempfile.mkdtemp(prefix="cds-metrics-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        environ[_MULTIPROCESS] = folder
    return settings


class Workers(Multiprocess):
    """uvicorn's worker processes. SIGHUP is passed on to them: each loads anew by itself, as a single one does, and
    tells at ``/readyz`` when it could not. uvicorn would replace them, and give that up without a word.
    """

    def handle_hup(self) -> None:
        """Have each worker load anew. One that is only starting ends by the signal, and another is started."""
        for worker in self.processes:
            if worker.pid is not None and worker.process.is_alive():
                os.kill(worker.pid, signal.SIGHUP)


def run(app: ASGIApp | str, **options: Any) -> None:
    """Serve until told to stop, in this process or in several, each of which then makes its own application.
    ``options`` are uvicorn's.
    """
    config = uvicorn.Config(app, **options)
    if config.workers == 1:
        server = uvicorn.Server(config)
        with suppress(KeyboardInterrupt):
            server.run()
        if not server.started:
            sys.exit(STARTUP_FAILURE)
        return
    socket = config.bind_socket()
    try:
        Workers(config, sockets=[socket]).run()
    finally:
        socket.close()


@contextmanager
def beside(settings: Settings, words: Callable[[], Words]) -> Iterator[None]:
    """While the service runs: its number is in a file, and the operations address is answered. ``words`` is
    what the report calls things.
    """
    before = _end_in_order()
    file = places.process_file(settings.port)
    written = _write_number(file)
    server = _operations(settings, words)
    try:
        yield
    finally:
        if server is not None:
            server.should_exit = True
        if written:
            file.unlink(missing_ok=True)
        if before is not None:
            signal.signal(signal.SIGTERM, before)


def _end_in_order() -> Handler | None:
    """End by SIGTERM like any other end, with status 0 and with what was begun put in order. What was done before."""

    def ended(_number: int, _frame: FrameType | None) -> None:
        sys.exit(0)

    if threading.current_thread() is not threading.main_thread():
        return None
    return signal.signal(signal.SIGTERM, ended)


def _write_number(file: Path) -> bool:
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_text(f"{os.getpid()}\n", encoding="ascii")
    except OSError:  # a file system that cannot be written: `cds reload --pid` still works
        return False
    return True


def _operations(settings: Settings, words: Callable[[], Words]) -> uvicorn.Server | None:
    """The server of metrics and reports, running in a thread; None when no address was named."""
    if settings.metrics is None:
        return None
    # Here and not above: with several workers the metrics must not be imported before ``prepared``.
    from cds.operations.pages import Reports, operations_app  # noqa: PLC0415
    from cds.store.database import Database  # noqa: PLC0415

    database = Database(settings.database, settings.database_password) if settings.database else None
    app = operations_app(Reports(lambda: database, words))
    host, port = settings.metrics
    config = uvicorn.Config(app, host=host, port=port, access_log=False, log_level="warning", server_header=False)
    server = uvicorn.Server(config)
    threading.Thread(target=server.run, name="operations", daemon=True).start()
    return server
