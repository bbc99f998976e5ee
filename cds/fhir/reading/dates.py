"""Dates and moments, whole or partial (``2026``, ``2026-11``, ``2026-11-22``, ``2026-11-22T13:42:31Z``)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final, NamedTuple

_DECEMBER: Final = 12
_YEAR, _MONTH, _DAY = 4, 7, 10
_LONGEST_MONTH: Final = 31
_TOLD_APART: Final = timedelta(days=400)


class Days(NamedTuple):
    """The earliest and the latest day a written date can mean."""

    earliest: date
    latest: date


def days(value: object) -> Days | None:
    """The days a date or dateTime can mean, or None when it is not one."""
    if not isinstance(value, str):
        return None
    written = value.partition("T")[0].strip()
    if not written.isascii() or not written.replace("-", "").isdigit():
        return None
    try:
        if len(written) == _DAY:
            day = date.fromisoformat(written)
            return Days(day, day)
        if len(written) == _MONTH:
            start = date.fromisoformat(f"{written}-01")
            after = date(start.year + start.month // _DECEMBER, start.month % _DECEMBER + 1, 1)
            return Days(start, after - timedelta(days=1))
        if len(written) == _YEAR:
            return Days(date(int(written), 1, 1), date(int(written), _DECEMBER, 31))
    except ValueError:
        return None
    return None


def moment(value: object, zone: tzinfo | None) -> datetime | None:
    """The moment meant, in the earliest reading of a partial date. Without a zone it is taken in ``zone``."""
    if not isinstance(value, str):
        return None
    if "T" in value:
        try:
            exact = datetime.fromisoformat(value.strip())
        except ValueError:
            return None
        return exact if exact.tzinfo is not None else exact.replace(tzinfo=zone)
    found = days(value)
    return None if found is None else datetime.combine(found.earliest, time.min, tzinfo=zone)


def onset(value: object, today: date) -> date | None:
    """The day a condition began. Of a month the latest day that is not in the future: a recent event is not taken
    for an old one. A bare year within the last 400 days says too little and is not read.
    """
    found = days(value)
    if found is None:
        return None
    latest = min(found.latest, today) if found.earliest <= today else found.earliest
    a_year = (found.latest - found.earliest).days > _LONGEST_MONTH
    return None if a_year and today - latest < _TOLD_APART else latest


def day(value: object) -> date | None:
    """The day of a date, in the earliest reading of a partial one."""
    found = days(value)
    return None if found is None else found.earliest
