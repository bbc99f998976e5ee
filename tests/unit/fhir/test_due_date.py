"""An estimated delivery date stands for a pregnancy, as long as that pregnancy can last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.bodies import VIEW, found, medicine, patient, patient_view

TODAY = datetime.now(UTC).date()


def observed(code: str, when: int, **value: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": f"o-{code}-{when}",
        "status": "final",
        "subject": {"reference": "Patient/p-1"},
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "effectiveDateTime": (TODAY + timedelta(days=when)).isoformat(),
        **value,
    }


def due(days: int, code: str = "11778-8", when: int = -30) -> dict[str, Any]:
    return observed(code, when, valueDateTime=(TODAY + timedelta(days=days)).isoformat())


def pregnant(client: TestClient, *observations: dict[str, Any]) -> bool:
    """Whether the patient counts as pregnant for what she takes."""
    body = patient_view(
        medicine("1", "pregabalin", 75, 2),
        patient=patient(gender="female", birthDate="1996-05-05"),
        pregnancy=found(*observations),
    )
    answer = client.post(VIEW, json=body)
    assert answer.status_code == 200
    return any("Pregnancy" in card["summary"] for card in answer.json()["cards"])


@pytest.mark.parametrize(
    ("days", "expected"), [(281, False), (280, True), (100, True), (0, True), (-14, True), (-15, False)]
)
@pytest.mark.parametrize("code", ["11778-8", "11779-6"])
def test_a_due_date_counts_from_forty_weeks_before_it_to_two_after_it(
    client: TestClient, days: int, expected: bool, code: str
) -> None:
    assert pregnant(client, due(days, code)) is expected


def test_a_newer_answer_that_she_is_not_pregnant_ends_it(client: TestClient) -> None:
    no = {"valueCodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": "60001007"}]}}
    assert not pregnant(client, due(100, when=-30), observed("82810-3", -2, **no))
    assert pregnant(client, due(100, when=-2), observed("82810-3", -30, **no))


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"valueDateTime": "0001-01-01"},
        {"valueDateTime": "9999-12-31"},
        {"valueDateTime": 7},
        {"valueString": "soon"},
        {"valueBoolean": True},
    ],
)
def test_a_due_date_that_is_none_says_nothing(client: TestClient, value: dict[str, Any]) -> None:
    assert not pregnant(client, observed("11778-8", -30, **value))


def test_a_date_under_another_code_says_nothing(client: TestClient) -> None:
    assert not pregnant(client, due(100, "82810-3"))
