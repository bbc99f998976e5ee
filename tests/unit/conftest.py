"""A real PostgreSQL on this machine, where one is installed, for the tests that have to hold on both databases."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
WHY_NOT = "PostgreSQL is not installed here (apt-get install postgresql): its half of the tests did not run"


def as_user(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root, so it runs as the first user there is that owns nothing here."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "nobody")
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server that lives as long as the tests, on a port of this machine alone."""
    if not FOLDERS:
        pytest.skip(WHY_NOT)
    tools, port = FOLDERS[0], free_port()
    with tempfile.TemporaryDirectory(prefix="cds-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        user = as_user(folder)
        data = folder / "data"
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
        subprocess.run(
            [*user, tools / "initdb", "-D", data, "-U", "cds", "-A", "trust", "--no-sync", "-E", "UTF8"],
            check=True, **quiet,
        )  # fmt: skip
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
        start = [*user, tools / "pg_ctl", "-D", data, "-o", options, "-w", "-t", "30", "-l", folder / "log", "start"]
        subprocess.run(start, check=True, **quiet)
        try:
            yield f"postgresql://cds@127.0.0.1:{port}"
        finally:
            subprocess.run([*user, tools / "pg_ctl", "-D", data, "-m", "immediate", "stop"], check=True, **quiet)


def empty_database(server: str) -> str:
    """The address of a new database on the server, with nothing in it."""
    name = f"t{uuid4().hex}"
    engine = create_engine(
        f"{server.replace('postgresql:', 'postgresql+psycopg:')}/postgres", isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return f"{server}/{name}"
