"""Whole requests as clients send them: any part of a record, in any order, with any one thing in it broken. The answer
is never an error, and a finding that goes is never gone without a word.
"""

from __future__ import annotations

import copy
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from tests.bodies import SIGN, VIEW, found, order_sign, patient

FINDINGS = "org.medication-order-cds.findings"
SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
RXNORM, UCUM = "http://www.nlm.nih.gov/research/umls/rxnorm", "http://unitsofmeasure.org"
SUBJECT = {"reference": "Patient/p-1"}
TODAY = datetime.now(UTC).date()
LATELY = (TODAY - timedelta(days=10)).isoformat()
WIRE = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


def coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def condition(name: str, code: str) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "id": name,
        "subject": SUBJECT,
        "clinicalStatus": coded("http://terminology.hl7.org/CodeSystem/condition-clinical", "active"),
        "verificationStatus": coded("http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed"),
        "code": coded(SNOMED, code),
        "onsetDateTime": LATELY,
    }


def observed(name: str, code: dict[str, Any], **value: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": name,
        "status": "final",
        "subject": SUBJECT,
        "code": code,
        "effectiveDateTime": LATELY,
        **value,
    }


def measured(value: int, unit: str) -> dict[str, Any]:
    return {"valueQuantity": {"value": value, "unit": unit, "system": UCUM, "code": unit}}


def medicine(name: str, code: str, mg: int, times: int = 1, **changes: Any) -> dict[str, Any]:
    dose = {"value": mg, "unit": "mg", "system": UCUM, "code": "mg"}
    return {
        "resourceType": "MedicationRequest",
        "id": name,
        "status": "active",
        "intent": "order",
        "subject": SUBJECT,
        "medicationCodeableConcept": coded(RXNORM, code),
        "dosageInstruction": [
            {
                "route": coded(SNOMED, "26643006"),
                "timing": {"repeat": {"frequency": times, "period": 1, "periodUnit": "d"}},
                "doseAndRate": [{"doseQuantity": dose}],
            }
        ],
        **changes,
    }


AMITRIPTYLINE, PREGABALIN, KETAMINE, PHENELZINE, OXYCODONE = "704", "187832", "6130", "8123", "7804"
RECORD: list[tuple[str, dict[str, Any]]] = [
    ("conditions", condition("pregnant", "77386006")),
    ("conditions", condition("glaucoma", "23986001")),
    ("conditions", condition("infarct", "22298006")),
    ("allergies", {"resourceType": "AllergyIntolerance", "id": "allergy", "patient": SUBJECT,
                   "clinicalStatus": coded("x", "active"), "code": coded(RXNORM, PREGABALIN)}),
    ("medications", medicine("phenelzine", PHENELZINE, 15)),
    ("medications", medicine("oxycodone", OXYCODONE, 10)),
    ("medications", medicine("amitriptyline", AMITRIPTYLINE, 75)),
    ("statements", medicine("pregabalin", PREGABALIN, 600, resourceType="MedicationStatement", dosage=[])),
    ("weight", observed("weight", coded(LOINC, "29463-7"), **measured(70, "kg"))),
    ("renal", observed("egfr", coded(LOINC, "98979-8"), **measured(25, "mL/min/{1.73_m2}"))),
    ("pregnancy", observed("nursing", coded(LOINC, "63895-7"), valueCodeableConcept=coded(SNOMED, "373066001"))),
]  # fmt: skip
KEYS = ("conditions", "allergies", "medications", "statements", "weight", "renal", "pregnancy")
DRAFTS = [
    medicine("d-1", AMITRIPTYLINE, 100, status="draft"),
    medicine("d-2", PREGABALIN, 300, 3, status="draft"),
    medicine("d-3", KETAMINE, 30, 3, status="draft"),
]
MALFORMED: list[Any] = [None, True, [], {}, "", "\x00", "?", [[]], {"x": 1}, [17]]
"""Values that are wrong in every place where one can be put."""

Part = tuple[str, Any]
PARTS = st.lists(st.sampled_from(range(len(RECORD))), unique=True).map(lambda places: [RECORD[one] for one in places])


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place within a resource."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*([path] if path else []), *(place for key, item in inner for place in places(item, (*path, key)))]


def broken(resource: dict[str, Any], path: tuple[Any, ...], value: Any) -> Any:
    changed = copy.deepcopy(resource)
    here: Any = changed
    for name in path[:-1]:
        here = here[name]
    here[path[-1]] = value
    return changed


def body(parts: list[Part], drafts: list[Any] = DRAFTS) -> dict[str, Any]:
    """The request with these parts of the record; a list of which nothing is here was looked at and is empty."""
    lists = {key: found(*(resource for one, resource in parts if one == key)) for key in KEYS}
    person = patient(gender="female", birthDate="1990-02-03")
    return order_sign(*drafts, prefetch={"patient": person, **lists})


def said(client: TestClient, request: dict[str, Any], path: str = SIGN) -> tuple[set[Any], set[Any]]:
    """What is told: findings of a warning or more, and what was not checked."""
    answer = client.post(path, json=request)
    assert answer.status_code == 200, answer.text
    assert "internal error" not in answer.text
    findings: set[Any] = set()
    missed: set[Any] = set()
    for card in answer.json()["cards"]:
        told = card.get("extension", {}).get(FINDINGS, [])
        findings |= {(one["statement"], one["level"]) for one in told if "reason" not in one}
        missed |= {(one["rule"], one["reason"]) for one in told if "reason" in one}
        missed |= {card["summary"]} if not told else set()
    return findings, missed


def is_silent(before: tuple[set[Any], set[Any]], after: tuple[set[Any], set[Any]]) -> set[Any]:
    """The findings of a warning or more that went without a word: nothing else is told in their place."""
    lost = {one for one in before[0] - after[0] if one[1] != "info"}
    return set() if after[0] - before[0] or after[1] - before[1] else lost


@WIRE
@given(parts=PARTS, seed=st.integers(0, 99))
def test_any_part_of_a_record_is_answered_alike_in_any_order(client: TestClient, parts: list[Part], seed: int) -> None:
    drawn = random.Random(seed)  # noqa: S311 - nothing secret
    shuffled, drafts = drawn.sample(parts, len(parts)), drawn.sample(DRAFTS, len(DRAFTS))
    assert said(client, body(shuffled, drafts)) == said(client, body(parts))


@WIRE
@given(data=st.data(), parts=PARTS.filter(bool))
def test_a_part_of_which_one_thing_is_broken_is_still_read_or_missed_in_words(
    client: TestClient, data: st.DataObject, parts: list[Part]
) -> None:
    number = data.draw(st.integers(0, len(parts) - 1))
    key, resource = parts[number]
    path = data.draw(st.sampled_from(places(resource)))
    value = data.draw(st.sampled_from(MALFORMED))
    changed = [*parts[:number], (key, broken(resource, path, value)), *parts[number + 1 :]]
    assert not is_silent(said(client, body(parts)), said(client, body(changed))), (resource["id"], path, value)


@WIRE
@given(data=st.data(), parts=PARTS.filter(bool))
def test_a_part_that_is_no_resource_at_all_is_missed_in_words(
    client: TestClient, data: st.DataObject, parts: list[Part]
) -> None:
    number = data.draw(st.integers(0, len(parts) - 1))
    changed = [*parts[:number], (parts[number][0], data.draw(st.sampled_from(MALFORMED))), *parts[number + 1 :]]
    assert not is_silent(said(client, body(parts)), said(client, body(changed)))


@WIRE
@given(data=st.data(), parts=PARTS)
def test_a_draft_of_which_one_thing_is_broken_is_still_judged_or_missed_in_words(
    client: TestClient, data: st.DataObject, parts: list[Part]
) -> None:
    number = data.draw(st.integers(0, len(DRAFTS) - 1))
    path = data.draw(st.sampled_from(places(DRAFTS[number])))
    value = data.draw(st.sampled_from(MALFORMED))
    drafts = [*DRAFTS[:number], broken(DRAFTS[number], path, value), *DRAFTS[number + 1 :]]
    assert not is_silent(said(client, body(parts)), said(client, body(parts, drafts))), (number, path, value)


@WIRE
@given(data=st.data(), parts=PARTS.filter(bool))
def test_at_patient_view_too_a_broken_part_is_read_or_missed_in_words(
    client: TestClient, data: st.DataObject, parts: list[Part]
) -> None:
    def view(listed: list[Part]) -> tuple[set[Any], set[Any]]:
        return said(client, body(listed) | {"hook": "patient-view"}, VIEW)

    number = data.draw(st.integers(0, len(parts) - 1))
    key, resource = parts[number]
    path, value = data.draw(st.sampled_from(places(resource))), data.draw(st.sampled_from(MALFORMED))
    changed = [*parts[:number], (key, broken(resource, path, value)), *parts[number + 1 :]]
    assert not is_silent(view(parts), view(changed)), (resource["id"], path, value)


def test_the_whole_record_brings_what_this_file_is_about(client: TestClient) -> None:
    findings, missed = said(client, body(RECORD))
    assert len([one for one in findings if one[1] == "critical"]) >= 8
    assert {statement for statement, _ in findings} >= {
        "amitriptyline.mao-inhibitor", "pregabalin.allergy", "pregabalin.renal-impairment", "ketamine.pregnancy",
        "amitriptyline.breastfeeding", "pregabalin.opioids",
    }  # fmt: skip
    assert missed <= {("N3", "the dose could not be read"), ("N5", "the dose of another order of the same drug")}
