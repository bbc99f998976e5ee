"""The simulated month, once for all tests of the report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from cds.report.figures import Report
from cds.report.gather import Period, gather
from cds.store.database import Database
from cds.store.keyed import Key
from tests.unit.report.simulation import DAYS, START, PutIn, simulate

SECRET = "a secret of thirty-two characters"


@dataclass
class Month:
    database: Database
    put_in: PutIn
    report: Report


def period() -> Period:
    return Period(START.date(), (START + timedelta(days=DAYS - 1)).date())


@pytest.fixture(scope="session")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    database = Database(str(tmp_path_factory.mktemp("report") / "cds.sqlite"))
    database.upgrade()
    put_in = simulate(database, Key(SECRET))
    yield Month(database, put_in, gather(database, period()))
    database.close()
