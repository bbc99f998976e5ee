"""Moments as texts of one length, in UTC: they sort as they follow each other, in every database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal


def moment() -> datetime:
    """Now."""
    return datetime.now(UTC)


def stamp(when: datetime, digits: Literal["milliseconds", "microseconds"] = "milliseconds") -> str:
    """``2026-11-24T10:00:00.000Z``."""
    return when.astimezone(UTC).isoformat(timespec=digits).replace("+00:00", "Z")


def days_before(when: datetime, days: int) -> str:
    """The stamp of the moment this many days earlier."""
    return stamp(when - timedelta(days=days))


def start_of(day: date) -> str:
    """The stamp of a day's first moment."""
    return stamp(datetime(day.year, day.month, day.day, tzinfo=UTC))
