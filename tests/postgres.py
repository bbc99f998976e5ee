"""A real PostgreSQL on this machine, where one is installed: on a free port, in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, text

from tests.serving import free_port

FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
WHY_NOT = "PostgreSQL is not installed here (apt-get install postgresql): its half of the tests did not run"
PASSWORD = "pg-sentinel-password"


def as_user(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root, so it runs as the first user there is that owns nothing here."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "nobody")
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


@dataclass
class Postgres:
    """The server. ``folder`` is its own."""

    folder: Path
    port: int
    user: list[str]

    @property
    def address(self) -> str:
        return f"postgresql://cds@127.0.0.1:{self.port}"

    def tool(self, name: str, *arguments: object) -> None:
        subprocess.run(
            [*self.user, FOLDERS[0] / name, *map(str, arguments)],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder,
        )  # fmt: skip

    def start(self) -> None:
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={self.folder} -c fsync=off"
        )
        self.tool(
            "pg_ctl", "-D", self.folder / "data", "-o", options, "-w", "-t", "30", "-l", self.folder / "log", "start"
        )

    def stop(self, mode: str = "immediate") -> None:
        self.tool("pg_ctl", "-D", self.folder / "data", "-m", mode, "stop")

    def database(self, *options: str) -> str:
        """The address of a new, empty database."""
        name = f"t{uuid4().hex}"
        self.run(f"CREATE DATABASE {name} {' '.join(options)}")
        return f"{self.address}/{name}"

    def run(self, *statements: str) -> None:
        """Carry out statements, each on its own."""
        url = f"{self.address.replace('postgresql:', 'postgresql+psycopg:')}/postgres"
        engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"password": PASSWORD})
        with engine.connect() as connection:
            for one in statements:
                connection.execute(text(one))
        engine.dispose()


@contextmanager
def postgres(authentication: str = "trust") -> Iterator[Postgres]:
    """A server that lives as long as the block. ``authentication``: how callers are recognised."""
    with tempfile.TemporaryDirectory(prefix="cds-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        server = Postgres(folder, free_port(), as_user(folder))
        secret = folder / "password"
        secret.write_text(PASSWORD, encoding="ascii")
        if server.user:
            shutil.chown(secret, "nobody")
        server.tool(
            "initdb", "-D", folder / "data", "-U", "cds", "-A", authentication, f"--pwfile={secret}", "--no-sync",
            "-E", "UTF8",
        )  # fmt: skip
        server.start()
        try:
            yield server
        finally:
            if (folder / "data" / "postmaster.pid").exists():
                server.stop()
