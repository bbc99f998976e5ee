"""How often: from numbers, times of day, codes and texts, and what cannot be read is said."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from cds.fhir.reading.timing import read_timing
from tests.unit.fhir.shapes import amount, every

GTS = "http://terminology.hl7.org/CodeSystem/v3-GTSAbbreviation"


def pair(low: int | str, high: int | str | None = None) -> tuple[Fraction, Fraction]:
    return Fraction(low), Fraction(low if high is None else high)


@pytest.mark.parametrize(
    ("repeat", "per_day"),
    [
        ({"frequency": 2, "period": 1, "periodUnit": "d"}, pair(2)),
        ({"frequency": 1, "period": 12, "periodUnit": "h"}, pair(2)),
        ({"frequency": 1, "period": 6, "periodMax": 8, "periodUnit": "h"}, pair(3, 4)),
        ({"frequency": 2, "frequencyMax": 3, "period": 1, "periodUnit": "d"}, pair(2, 3)),
        ({"frequency": 1, "period": 2, "periodUnit": "d"}, pair("1/2")),
        ({"frequency": 1, "period": 1, "periodUnit": "wk"}, pair("1/7")),
        ({"frequency": 1, "period": 1, "periodUnits": "d"}, pair(1)),
        ({"period": 8, "periodUnit": "h"}, pair(3)),
        ({"frequency": 1, "period": Decimal("1.5"), "periodUnit": "h"}, pair(16)),
        ({"frequency": 1, "period": 1, "periodUnit": "d", "when": ["HS"]}, pair(1)),
        ({"frequency": 1, "period": 1, "periodUnit": "d", "when": ["MORN", "NIGHT"]}, pair(1, 2)),
        ({"frequency": 1, "period": 1, "periodUnit": "d", "when": ["UNHEARD"]}, pair(1)),
        ({"when": ["HS"]}, pair(1)),
        ({"when": "HS"}, pair(1)),
        ({"when": ["MORN", "EVE"]}, pair(2)),
        ({"when": ["PC"]}, pair(3)),
        ({"timeOfDay": ["08:00:00", "20:00:00"]}, pair(2)),
        ({"dayOfWeek": ["mon", "wed"]}, pair(1)),
        ({"frequency": 1, "period": 1, "periodUnit": "d", "dayOfWeek": ["mon"]}, pair(1)),
        ({"frequency": 1, "period": 10, "periodUnit": "min", "count": 3}, pair(3)),
        ({"boundsPeriod": {"start": "2026-11-22"}}, None),
    ],
)
def test_repeat_says_how_often(repeat: dict[str, Any], per_day: tuple[Fraction, Fraction] | None) -> None:
    found = read_timing({"repeat": repeat})
    assert found.timing.per_day == per_day
    assert not found.timing.once
    assert not found.unread


@pytest.mark.parametrize(
    "repeat",
    [
        {"frequency": 2},
        {"frequency": 2, "period": 1},
        {"frequency": 2, "period": 1, "periodUnit": "mg"},
        {"frequency": 0, "period": 1, "periodUnit": "d"},
        {"frequency": -1, "period": 1, "periodUnit": "d"},
        {"frequency": "2", "period": 1, "periodUnit": "d"},
        {"frequency": True, "period": 1, "periodUnit": "d"},
        {"frequency": Decimal("1.5"), "period": 1, "periodUnit": "d"},
        {"frequency": Decimal("NaN"), "period": 1, "periodUnit": "d"},
        {"frequency": 3, "frequencyMax": 2, "period": 1, "periodUnit": "d"},
        {"frequency": 1, "period": 0, "periodUnit": "d"},
        {"frequency": 1, "period": "8", "periodUnit": "h"},
        {"frequency": 1, "period": Decimal("1E+30"), "periodUnit": "d"},
        {"frequency": 1, "period": 8, "periodMax": 6, "periodUnit": "h"},
        {"when": ["UNHEARD"]},
    ],
)
def test_a_frequency_that_cannot_be_read_is_said(repeat: dict[str, Any]) -> None:
    found = read_timing({"repeat": repeat})
    assert found.timing.per_day is None
    assert "how often" in found.unread[0]


def test_one_count_is_a_single_dose() -> None:
    found = read_timing({"repeat": {"count": 1}})
    assert (found.timing.once, found.timing.per_day) == (True, None)
    assert read_timing(every(1, count=1)).timing.once
    assert not read_timing(every(1, count=1, countMax=2)).timing.once


def test_one_moment_is_a_single_dose_and_several_are_counted_by_day() -> None:
    assert read_timing({"event": ["2026-11-24T08:00:00Z"]}).timing.once
    several = read_timing({"event": ["2026-11-24T08:00:00Z", "2026-11-24T20:00:00Z", "2026-11-25T08:00:00Z"]}).timing
    assert (several.per_day, several.over_days) == (pair(1, 2), 2)


@pytest.mark.parametrize(
    ("bounds", "length"),
    [
        ({"boundsDuration": amount(7, "d")}, Fraction(7)),
        ({"boundsDuration": amount(48, "h")}, Fraction(2)),
        ({"boundsRange": {"low": amount(5, "d"), "high": amount(7, "d")}}, Fraction(7)),
        ({"boundsPeriod": {"start": "2026-11-01", "end": "2026-11-07"}}, Fraction(7)),
        ({"boundsPeriod": {"start": "2026-11-01T08:00:00Z", "end": "2026-11-01T20:00:00Z"}}, Fraction(1, 2)),
        ({"boundsPeriod": {"start": "2026-11-01"}}, None),
        ({"boundsPeriod": {"start": "2026-11-07", "end": "2026-11-01"}}, None),
        ({"boundsPeriod": {"start": "2026-11-01T08:00:00", "end": "2026-11-01T20:00:00Z"}}, None),
        ({"boundsDuration": amount(7, "mg")}, None),
        ({"count": 10}, Fraction(5)),
    ],
)
def test_how_long_the_order_runs(bounds: dict[str, Any], length: Fraction | None) -> None:
    assert read_timing(every(2, **bounds)).timing.over_days == length


def test_how_long_one_administration_takes() -> None:
    found = read_timing(every(1, duration=60, durationUnit="s"))
    assert str(found.over) == "60 s"
    assert str(read_timing(every(1, duration=2, durationUnits="min")).over) == "2 min"


@pytest.mark.parametrize(
    "repeat",
    [
        {"duration": 60},
        {"duration": "60", "durationUnit": "s"},
        {"duration": 5, "durationMax": 9, "durationUnit": "min"},
    ],
)
def test_a_duration_that_cannot_be_read_is_said(repeat: dict[str, Any]) -> None:
    found = read_timing(every(1, **repeat))
    assert found.over is None
    assert "administration takes" in found.unread[0]


@pytest.mark.parametrize(
    ("code", "per_day"),
    [
        ({"coding": [{"system": GTS, "code": "BID"}]}, pair(2)),
        ({"coding": [{"system": GTS, "code": "QOD"}]}, pair("1/2")),
        ({"coding": [{"code": "Q8H"}]}, pair(3)),
        ({"coding": [{"system": "http://hl7.org/fhir/timing-abbreviation", "code": "QHS"}]}, pair(1)),
        ({"coding": [{"system": "http://snomed.info/sct", "code": "229799001"}]}, pair(2)),
        ({"coding": [{"system": "urn:oid:1.2.840.1", "code": "200", "display": "3 times daily"}]}, pair(3)),
        ({"text": "Every 12 hours"}, pair(2)),
        ({"text": "at bedtime"}, pair(1)),
    ],
)
def test_a_code_says_how_often_where_repeat_is_silent(code: dict[str, Any], per_day: tuple[Fraction, Fraction]) -> None:
    found = read_timing({"code": code})
    assert found.timing.per_day == per_day
    assert not found.unread


def test_a_code_that_agrees_with_repeat_is_no_second_opinion() -> None:
    found = read_timing(every(1, 12, "h") | {"code": {"text": "Every 12 hours"}})
    assert (found.timing.per_day, found.timing.text, found.unread) == (pair(2), "Every 12 hours", ())


def test_a_code_that_contradicts_repeat_makes_the_frequency_unread() -> None:
    found = read_timing(every(1) | {"code": {"text": "Every 6 hours"}})
    assert "disagree" in found.unread[0]


@pytest.mark.parametrize(
    "written", ["As directed", {"code": {"text": "As directed"}}, 5, [], {"code": {"coding": [{"code": "?"}]}}]
)
def test_a_timing_that_says_nothing_we_know_is_unread(written: Any) -> None:
    assert read_timing(written).unread


def test_no_timing_is_nothing_known_and_nothing_unread() -> None:
    assert read_timing(None).unread == ()
    assert read_timing({}).unread == ()
    assert read_timing({}).timing.per_day is None
