"""A FHIR server that other people wrote, started and ended here. `make fhir-server` installs it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
NODE = shutil.which("node")
INSTALLED = bool(NODE and (HERE / "node_modules").is_dir())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without the server its tests are left out, with a line that says so."""
    for item in items:
        if HERE in item.path.parents and not INSTALLED:
            item.add_marker(pytest.mark.skip(reason="the FHIR server is not installed: make fhir-server"))


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server with nothing on it; it ends when its standard input is closed."""
    started = subprocess.Popen(
        [str(NODE), "server.mjs"], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with started:
        assert started.stdout
        assert started.stdin
        port = started.stdout.readline().strip()
        yield f"http://127.0.0.1:{port}"
        started.stdin.close()
        started.wait(timeout=10)
