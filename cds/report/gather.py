"""From a database to a report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from cds.report.figures import Report, figures, quiet
from cds.store.database import Database
from cds.store.history import history, traffic
from cds.store.moments import start_of

LATELY: Final = timedelta(days=14)
"""The last days of a report, in which a statement may have gone quiet."""

HISTORY: Final = timedelta(days=365)
DAYS: Final = 30
SIGN: Final = "order-sign"


@dataclass(frozen=True, slots=True)
class Period:
    """From the first day to the last one, both within it."""

    first: date
    last: date

    @classmethod
    def until(cls, last: date, days: int = DAYS) -> Period:
        """The last ``days`` days."""
        return cls(last - timedelta(days=days - 1), last)


def gather(database: Database, period: Period, hook: str = SIGN) -> Report:
    """The report of a period. StoreError when the database cannot be read.

    Orders are counted where they are signed; while they are written the same order is sent many times.
    """
    since, until = start_of(period.first), start_of(period.last + timedelta(days=1))
    turn = period.last + timedelta(days=1) - LATELY
    with database.reading() as connection:
        report = figures(history(connection, since, until, hook), since, start_of(period.last))
        before = traffic(connection, start_of(turn - HISTORY), start_of(turn), hook)
        report.quiet = quiet(before, traffic(connection, start_of(turn), until, hook))
    return report
