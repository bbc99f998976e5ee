"""What of a record was not had or could not be read is said where an order needs it; once, and no louder than it is."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.bodies import SELECT, SIGN, bundle, found, medicine, order_sign, patient_view, without

REVIEW = "org.medication-order-cds.review"
REPORT = {"org.medication-order-cds.report": True}
ERROR = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
TAKEN = medicine("taken", "pregabalin", 75, 2)
DRAFT = medicine(
    "draft", "pregabalin", 75, 2, status="draft", priorPrescription={"reference": "MedicationRequest/taken"}
)
SUBJECT = {"reference": "Patient/p-1"}


def body(*drafts: dict[str, Any], **prefetch: Any) -> dict[str, Any]:
    """An order that carries on what is taken, and a record that holds nothing else."""
    whole = patient_view(TAKEN, **prefetch)["prefetch"]
    return order_sign(*(drafts or (DRAFT,)), prefetch=whole, extension=REPORT)


def summaries(client: TestClient, request: dict[str, Any], path: str = SIGN) -> list[str]:
    response = client.post(path, json=request)
    assert response.status_code == 200, response.text
    return [card["summary"] for card in response.json()["cards"]]


def not_assessed(client: TestClient, request: dict[str, Any]) -> list[str]:
    (report,) = client.post(SIGN, json=request).json()["extension"][REVIEW]["orders"]
    return [one["reason"] for one in report.get("notAssessed", [])]


def test_a_whole_record_leaves_nothing_unsaid(client: TestClient) -> None:
    assert summaries(client, body()) == []
    assert not_assessed(client, body()) == []


# --- renal function -------------------------------------------------------------------------------------------


def test_renal_results_that_failed_to_come_are_said(client: TestClient) -> None:
    failed = body(renal=ERROR)
    assert summaries(client, failed) == ["Safety checks incomplete: renal function could not be read."]
    assert not_assessed(client, failed) == ["renal function"]


def test_renal_results_that_a_client_never_sends_are_told_in_the_report_alone(client: TestClient) -> None:
    unsent = without(body(), "prefetch.renal")
    assert summaries(client, unsent) == []
    assert not_assessed(client, unsent) == ["renal function"]


def test_beside_something_else_that_is_missing_they_are_named_on_its_card(client: TestClient) -> None:
    unsent = without(without(body(), "prefetch.renal"), "prefetch.allergies")
    assert summaries(client, unsent) == ["Safety checks incomplete: renal function and allergies could not be read."]


@pytest.mark.parametrize("value", [ERROR, "absent"], ids=["failed", "never sent"])
def test_at_the_start_of_the_drug_an_unknown_renal_function_is_said_once(client: TestClient, value: Any) -> None:
    start = body(medicine("draft", "pregabalin", 25, 2, status="draft"), medications=found(), renal=value)
    request = without(start, "prefetch.renal") if value == "absent" else start
    said = client.post(SIGN, json=request).text.lower().split('"extension"')[0]
    (summary,) = summaries(client, request)
    assert "renal function" in summary.lower()
    assert said.count('"summary"') == 1


def test_a_renal_impairment_on_the_problem_list_is_known_without_any_result(client: TestClient) -> None:
    kidney = {
        "resourceType": "Condition",
        "id": "c-1",
        "subject": SUBJECT,
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "709044004"}]},
    }
    (summary,) = summaries(client, body(conditions=found(kidney), renal=ERROR))
    assert "could not be read" not in summary


# --- entries that cannot be read ------------------------------------------------------------------------------


def entry(kind: str, **said: Any) -> dict[str, Any]:
    return {"resourceType": kind, "id": "odd", "subject": SUBJECT, "patient": SUBJECT, **said}


LOCAL = {"coding": [{"code": "4711"}]}


@pytest.mark.parametrize(
    ("key", "odd", "part"),
    [
        ("conditions", entry("Condition"), "conditions"),
        ("conditions", entry("Condition", code=LOCAL), "conditions"),
        ("conditions", entry("Condition", code={"text": "-"}), "conditions"),
        ("allergies", entry("AllergyIntolerance"), "allergies"),
        ("allergies", entry("AllergyIntolerance", code={"coding": []}), "allergies"),
        ("medications", entry("MedicationRequest", status="active"), "medicines"),
        ("medications", entry("MedicationRequest", medicationReference={"reference": "Medication/7"}), "medicines"),
        ("statements", entry("MedicationStatement", medicationCodeableConcept=LOCAL), "medicines"),
        ("renal", entry("Observation", status="final"), "renal function"),
        ("renal", entry("Observation", status="final", code={"coding": [
            {"system": "http://loinc.org", "code": "98979-8"}]}, valueQuantity={"value": "25", "unit": "mL/min"}),
         "renal function"),
        ("conditions", {"id": "odd"}, "conditions"),
        ("allergies", {}, "allergies"),
        ("medications", {"resourceType": 7}, "medicines"),
    ],
)  # fmt: skip
def test_an_entry_that_does_not_say_what_it_is_makes_its_list_incomplete(
    client: TestClient, key: str, odd: dict[str, Any], part: str
) -> None:
    others = [TAKEN] if key == "medications" else []
    assert summaries(client, body(**{key: found(*others, odd)})) == [
        f"Safety checks incomplete: {part} could not be read."
    ]


@pytest.mark.parametrize(
    ("key", "odd"),
    [
        ("conditions", entry("Condition", verificationStatus={"coding": [{"code": "entered-in-error"}]})),
        ("allergies", entry("AllergyIntolerance", status="entered-in-error")),
        ("medications", entry("MedicationRequest", status="stopped")),
        ("medications", entry("MedicationRequest", status="entered-in-error")),
        ("renal", entry("Observation", status="preliminary")),
        ("renal", entry("Observation", status="final", dataAbsentReason={"text": "not done"},
                        code={"coding": [{"system": "http://loinc.org", "code": "98979-8"}]})),
        ("renal", entry("Observation", status="final", code={"text": "colour of urine"})),
        ("conditions", entry("Condition", code={"text": "psoriasis"})),
        ("allergies", entry("AllergyIntolerance", code={"text": "No known allergies"})),
    ],
)  # fmt: skip
def test_an_entry_that_does_not_count_leaves_nothing_open(client: TestClient, key: str, odd: dict[str, Any]) -> None:
    others = [TAKEN] if key == "medications" else []
    assert summaries(client, body(**{key: found(*others, odd)})) == []


def test_a_medicine_of_a_status_that_nobody_knows_is_taken(client: TestClient) -> None:
    odd = medicine("odd", "oxycodone", 10, status="ongoing")
    (summary,) = summaries(client, body(medications=found(TAKEN, odd)))
    assert "oxycodone" in summary


# --- drafts ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "odd",
    [
        {"id": "odd"},
        {"resourceType": "\x00", "id": "odd"},
        entry("MedicationRequest", status="draft"),
        entry("MedicationRequest", status="draft", medicationReference={"reference": "https://x.test/Medication/7"}),
        entry("MedicationRequest", status="draft", medicationCodeableConcept=LOCAL),
    ],
)
def test_a_draft_that_does_not_say_what_is_ordered_was_not_checked(client: TestClient, odd: dict[str, Any]) -> None:
    (summary,) = summaries(client, body(DRAFT, odd))
    assert "NOT checked" in summary
    writing = body(DRAFT, odd) | {"hook": "order-select"}
    writing["context"]["selections"] = ["MedicationRequest/draft"]
    assert summaries(client, writing, SELECT) == [], "while it is written it need not say so yet"


def test_other_kinds_of_orders_are_no_medicines_and_not_missed(client: TestClient) -> None:
    others = [
        entry(kind, status="draft") for kind in ("ServiceRequest", "NutritionOrder", "DeviceRequest", "Medication")
    ]
    assert summaries(client, body(DRAFT, *others)) == []
    assert bundle(*others)["entry"]
