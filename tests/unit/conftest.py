"""A real PostgreSQL on this machine, where one is installed, for the tests that have to hold on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.postgres import FOLDERS, WHY_NOT, Postgres, postgres


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgres]:
    """A PostgreSQL server that lives as long as the tests, on a port of this machine alone."""
    if not FOLDERS:
        pytest.skip(WHY_NOT)
    with postgres() as server:
        yield server
