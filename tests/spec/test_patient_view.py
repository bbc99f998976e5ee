"""`patient-view`: what the patient takes already is judged when the record is opened. Problems alone are said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.bodies import SIGN, VIEW, bundle, found, medicine, order, patient, patient_view, stated, without
from tests.spec.walk import empties

FINDINGS = "org.medication-order-cds.findings"
REVIEW = "org.medication-order-cds.review"
REPORT = {"org.medication-order-cds.report": True}
ERROR = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}


def answer(client: TestClient, body: dict[str, Any]) -> dict[str, Any]:
    response = client.post(VIEW, json=body)
    assert response.status_code == 200, response.text
    assert list(empties(response.json())) == []
    said: dict[str, Any] = response.json()
    return said


def cards(client: TestClient, *medicines: dict[str, Any], **prefetch: Any) -> list[tuple[str, str]]:
    """The level and the summary of each card."""
    said = answer(client, patient_view(*medicines, **prefetch))["cards"]
    return [(card["indicator"], card["summary"]) for card in said]


def condition(words: str) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": "c-1",
        "subject": {"reference": "Patient/p-1"},
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"text": words},
    }


# --- quiet where there is no problem --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "medicines",
    [
        [],
        [medicine("1", "amoxicillin", 500, 3)],
        [medicine("1", "amitriptyline", 25)],
        [medicine("1", "pregabalin", 300, 2)],
        [medicine("1", "amitriptyline", 400, status="stopped")],
        [medicine("1", "amitriptyline", 400, status="entered-in-error")],
        [medicine("1", "amitriptyline", 400, status="draft")],
    ],
    ids=["none", "uncovered", "usual", "highest", "stopped", "error", "draft"],
)
def test_a_record_without_a_problem_is_answered_by_no_card_and_nothing_else(
    client: TestClient, medicines: list[dict[str, Any]]
) -> None:
    assert client.post(VIEW, json=patient_view(*medicines)).content == b'{"cards":[]}'


def test_a_medicine_that_is_taken_is_not_judged_as_if_it_were_begun(client: TestClient) -> None:
    taken = medicine("1", "pregabalin", 150, 2)
    assert cards(client, taken) == []
    sign = {"hook": "order-sign"} | patient_view()
    sign["hook"] = "order-sign"
    sign["context"]["draftOrders"] = bundle(taken | {"status": "draft"})
    assert "starts at" in client.post(SIGN, json=sign).json()["cards"][0]["summary"]


def test_information_is_no_problem_and_is_told_beside_the_cards(client: TestClient) -> None:
    body = patient_view(medicine("1", "amitriptyline", 100))
    assert answer(client, body) == {"cards": []}
    review = answer(client, body | {"extension": REPORT})["extension"][REVIEW]
    assert [(told["level"], told["reason"]) for told in review["withheld"]] == [("info", "information")]


def test_what_is_clear_is_in_the_report_that_was_asked_for(client: TestClient) -> None:
    body = patient_view(medicine("1", "amitriptyline", 25), medicine("2", "amoxicillin", 500))
    review = answer(client, body | {"extension": REPORT})["extension"][REVIEW]
    covered = {report["order"]: report["covered"] for report in review["orders"]}
    assert covered == {"MedicationRequest/1": True, "MedicationRequest/2": False}
    assert "amitriptyline.mao-inhibitor" in review["orders"][0]["clear"]


# --- problems -------------------------------------------------------------------------------------------------


def test_two_medicines_that_must_not_meet_are_one_card(client: TestClient) -> None:
    ((level, summary),) = cards(client, medicine("1", "amitriptyline", 25), medicine("2", "phenelzine", 15))
    assert level == "critical"
    assert "phenelzine" in summary


def test_an_interaction_with_one_just_stopped_is_said(client: TestClient) -> None:
    def stopped(days: int) -> dict[str, Any]:
        when = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        return medicine("2", "phenelzine", 15, status="stopped", statusChanged=when)

    taken = medicine("1", "amitriptyline", 25)
    assert [level for level, _ in cards(client, taken, stopped(3))] == ["warning"]
    assert cards(client, taken, stopped(90)) == []


def test_a_dose_above_the_highest_is_said(client: TestClient) -> None:
    ((level, summary),) = cards(client, medicine("1", "pregabalin", 300, 3))
    assert (level, "900 mg/day" in summary) == ("critical", True)


def test_two_orders_of_one_drug_are_added_up_and_said_once(client: TestClient) -> None:
    ((level, summary),) = cards(client, medicine("1", "amitriptyline", 100), medicine("2", "amitriptyline", 75))
    assert level == "critical"
    assert "175 mg/day over 2 orders" in summary


def test_a_condition_is_held_against_what_is_taken(client: TestClient) -> None:
    ((level, summary),) = cards(client, medicine("1", "pregabalin", 75, 2), conditions=found(condition("pregnant")))
    assert level == "warning"
    assert "Pregnancy" in summary


def test_an_allergy_is_held_against_what_is_taken(client: TestClient) -> None:
    allergy = {
        "resourceType": "AllergyIntolerance",
        "id": "a-1",
        "patient": {"reference": "Patient/p-1"},
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"text": "pregabalin"},
    }
    ((level, _),) = cards(client, medicine("1", "pregabalin", 75, 2), allergies=found(allergy))
    assert level == "critical"


def test_cards_are_five_at_most_unless_more_are_critical(client: TestClient) -> None:
    everything = [
        medicine(str(number), name, mg, 2)
        for number, (name, mg) in enumerate(
            [("amitriptyline", 40), ("pregabalin", 100), ("oxycodone", 10), ("sertraline", 50), ("oxybutynin", 5),
             ("diazepam", 5), ("quinidine", 200), ("ketamine", 40), ("levothyroxine", 1), ("theophylline", 200)]
        )
    ]  # fmt: skip
    said = cards(client, *everything, conditions=found(condition("pregnant"), condition("severe liver disease")))
    loud = [level for level, _ in said if level == "critical"]
    assert 1 < len(said) <= max(5, len(loud) + 1)
    assert "info" not in {level for level, _ in said}


# --- no order is changed --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "medicines",
    [
        [medicine("1", "pregabalin", 300, 3)],
        [medicine("1", "amitriptyline", 25), medicine("2", "phenelzine", 15)],
        [medicine("1", "ketamine", 40, 3)],
        [medicine("1", "ketamine", 40, 3, dosageInstruction=[])],
    ],
    ids=["dose", "interaction", "no weight", "no dose"],
)
def test_nothing_that_is_taken_is_changed_or_stopped(client: TestClient, medicines: list[dict[str, Any]]) -> None:
    said = answer(client, patient_view(*medicines))
    assert said["cards"]
    assert "systemActions" not in said
    actions = [action for card in said["cards"] for way in card.get("suggestions", []) for action in way["actions"]]
    assert {action["type"] for action in actions} <= {"create"}
    assert {action["resource"]["resourceType"] for action in actions} <= {"ServiceRequest"}


def test_a_measurement_is_requested_in_the_release_of_the_record(client: TestClient) -> None:
    old = {
        "resourceType": "MedicationOrder",
        "id": "1",
        "status": "active",
        "patient": {"reference": "Patient/p-1"},
        "medicationCodeableConcept": {"text": "ketamine"},
        "dosageInstruction": [
            {
                "route": {"text": "oral"},
                "timing": {"repeat": {"frequency": 3, "period": 1, "periodUnits": "d"}},
                "doseQuantity": {"value": 40, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"},
            }
        ],
    }
    (card,) = answer(client, patient_view(old))["cards"]
    (action,) = card["suggestions"][0]["actions"]
    assert action["resource"]["resourceType"] == "ProcedureRequest"


# --- told once ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "again",
    [
        stated("9", "Amitriptyline", 100),
        stated("9", "amitriptyline"),
        stated("9", "amitriptyline", 100, basedOn=[{"reference": "MedicationRequest/1"}]),
    ],
    ids=["same directions", "no directions", "based on it"],
)
def test_an_order_that_is_stated_as_well_is_taken_once(client: TestClient, again: dict[str, Any]) -> None:
    assert cards(client, medicine("1", "amitriptyline", 100), statements=found(again)) == []


def test_a_statement_of_another_dose_is_counted(client: TestClient) -> None:
    ((_, summary),) = cards(
        client, medicine("1", "amitriptyline", 100), statements=found(stated("9", "amitriptyline", 75))
    )
    assert "over 2 orders" in summary


def test_the_same_medicine_in_two_lists_is_one(client: TestClient) -> None:
    once = medicine("1", "amitriptyline", 100)
    assert cards(client, once, homeMedications=found(once)) == []


def test_of_a_chain_of_orders_the_last_counts(client: TestClient) -> None:
    later = medicine("2", "amitriptyline", 100, priorPrescription={"reference": "MedicationRequest/1"})
    assert cards(client, medicine("1", "amitriptyline", 100), later) == []


def test_of_two_orders_that_replace_each_other_one_is_judged(client: TestClient) -> None:
    one = medicine("1", "amitriptyline", 200, priorPrescription={"reference": "MedicationRequest/2"})
    two = medicine("2", "amitriptyline", 200, priorPrescription={"reference": "MedicationRequest/1"})
    ((level, summary),) = cards(client, one, two)
    assert level == "critical"
    assert "200 mg/day" in summary


# --- never a silent pass --------------------------------------------------------------------------------------


OTHERS = found(medicine("1", "pregabalin", 900, subject={"reference": "Patient/p-2"}))


@pytest.mark.parametrize("value", ["absent", ERROR, OTHERS], ids=["absent", "error", "another patient's"])
def test_without_the_list_of_medicines_that_it_was_not_checked_is_said_once(client: TestClient, value: Any) -> None:
    body = patient_view(medications=value)
    if value == "absent":
        body = without(without(body, "prefetch.medications"), "prefetch.statements")
    ((level, summary),) = [(card["indicator"], card["summary"]) for card in answer(client, body)["cards"]]
    assert (level, "NOT checked" in summary) == ("warning", True)


def test_a_list_of_which_a_page_is_missing_is_judged_and_said_to_be_incomplete_once(client: TestClient) -> None:
    page = found(medicine("1", "amitriptyline", 200)) | {"link": [{"relation": "next", "url": "https://x.test/2"}]}
    said = cards(client, medications=page)
    assert [level for level, _ in said] == ["critical", "warning"]
    assert "medicines" in said[1][1]


@pytest.mark.parametrize(("key", "words"), [("allergies", "allergies"), ("conditions", "conditions")])
def test_a_part_that_is_missing_is_said_where_a_medicine_needs_it(client: TestClient, key: str, words: str) -> None:
    body = without(patient_view(medicine("1", "pregabalin", 75, 2)), f"prefetch.{key}")
    (card,) = answer(client, body)["cards"]
    assert card["summary"] == f"Safety checks incomplete: {words} could not be read."
    uncovered = without(patient_view(medicine("1", "amoxicillin", 500)), f"prefetch.{key}")
    assert answer(client, uncovered) == {"cards": []}


def test_a_dose_that_cannot_be_read_is_said(client: TestClient) -> None:
    ((level, summary),) = cards(client, medicine("1", "amitriptyline"))
    assert level == "warning"
    assert "Dose check not done" in summary


# --- the wire -------------------------------------------------------------------------------------------------


def test_drafts_that_a_client_sends_all_the_same_are_not_judged(client: TestClient) -> None:
    body = patient_view(medicine("1", "amitriptyline", 25))
    body["context"]["draftOrders"] = bundle(order(medicationCodeableConcept={"text": "phenelzine"}))
    body["context"]["selections"] = "not a list"
    assert answer(client, body) == {"cards": []}


def test_a_practitioner_a_patient_or_a_related_person_may_be_the_user(client: TestClient) -> None:
    for user in ("PractitionerRole/1", "Patient/p-1", "RelatedPerson/7"):
        body = patient_view()
        body["context"]["userId"] = user
        assert answer(client, body) == {"cards": []}


def test_it_is_discovered_with_the_same_prefetch(client: TestClient) -> None:
    listed = {one["hook"]: one for one in client.get("/cds-services").json()["services"]}
    assert listed["patient-view"]["id"] == "medication-patient-view"
    assert listed["patient-view"]["prefetch"] == listed["order-sign"]["prefetch"]


def test_feedback_on_its_cards_is_taken(client: TestClient) -> None:
    (card,) = answer(client, patient_view(medicine("1", "pregabalin", 300, 3)))["cards"]
    report = {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": "2026-11-24T10:00:00Z"}
    assert client.post(f"{VIEW}/feedback", json={"feedback": [report]}).status_code == 200


def test_an_order_sign_body_is_refused_here(client: TestClient) -> None:
    body = patient_view() | {"hook": "order-sign"}
    assert client.post(VIEW, json=body).status_code == 400


@pytest.mark.parametrize("born", [{}, {"birthDate": "2020-01-01"}, {"birthDate": None}])
def test_any_age_is_answered(client: TestClient, born: dict[str, Any]) -> None:
    answer(client, patient_view(medicine("1", "amitriptyline", 25), patient=patient(**born)))
