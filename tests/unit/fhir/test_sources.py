"""What was looked at and what was not: absent, null, empty, failed, another patient's, and incomplete are different."""

from __future__ import annotations

from typing import Any

import pytest

from cds.clinical.chart import Category
from cds.errors import FhirUnavailable
from cds.fhir.reading import read
from tests.unit.fhir.shapes import AS_OF, MINE, PATIENT, bundle, outcome, reading

THEIRS = {"reference": "Patient/another"}
PERSON = {"resourceType": "Patient", "id": PATIENT, "birthDate": "1970-05-01"}
RESOURCES: dict[str, dict[str, Any]] = {
    "patient": PERSON,
    "conditions": {"resourceType": "Condition", "id": "c", "subject": MINE, "code": {"text": "psoriasis"}},
    "allergies": {"resourceType": "AllergyIntolerance", "id": "a", "patient": MINE, "code": {"text": "examplamine"}},
    "medications": {
        "resourceType": "MedicationRequest",
        "id": "m",
        "status": "active",
        "subject": MINE,
        "medicationCodeableConcept": {"text": "examplamine"},
    },
    "weight": {
        "resourceType": "Observation",
        "id": "o",
        "status": "final",
        "subject": MINE,
        "code": {"text": "weight"},
        "valueQuantity": {"value": 70, "unit": "kg"},
    },
}
CATEGORIES = {
    "patient": Category.PATIENT,
    "conditions": Category.CONDITIONS,
    "allergies": Category.ALLERGIES,
    "medications": Category.MEDICINES,
    "weight": Category.WEIGHT,
    "renal": Category.RENAL,
}
FULL: dict[str, Any] = {key: bundle(resource) for key, resource in RESOURCES.items()} | {"renal": bundle()}
EPIC_EMPTY = {
    "resourceType": "Bundle",
    "total": 0,
    "entry": [{"resource": outcome("warning"), "search": {"mode": "outcome"}}],
}


def gaps(**changes: Any) -> dict[Category, str]:
    """The gaps of a full prefetch with these keys changed (``...`` takes one out)."""
    prefetch = {key: value for key, value in {**FULL, **changes}.items() if value is not ...}
    return {gap.category: gap.reason for gap in reading(prefetch=prefetch).chart.gaps}


def test_a_full_answer_leaves_no_gap() -> None:
    assert gaps() == {}


@pytest.mark.parametrize("key", [key for key in CATEGORIES if key != "patient"])
@pytest.mark.parametrize("value", [None, bundle(), {"resourceType": "Bundle", "total": 0}, EPIC_EMPTY, []])
def test_null_and_every_kind_of_empty_search_were_looked_at(key: str, value: Any) -> None:
    assert gaps(**{key: value}) == {}


@pytest.mark.parametrize("key", CATEGORIES)
def test_an_absent_key_was_not_looked_at(key: str) -> None:
    assert CATEGORIES[key] in gaps(**{key: ...})


@pytest.mark.parametrize("key", CATEGORIES)
@pytest.mark.parametrize(
    "value",
    [
        outcome("error"),
        outcome("information"),
        bundle(outcome("error")),
        bundle(outcome("fatal")),
        bundle({"resourceType": "OperationOutcome"}),
        FhirUnavailable("the record system answered 503"),
        "nothing",
        5,
        {},
        True,
    ],
)
def test_an_error_in_the_place_of_data_is_a_gap(key: str, value: Any) -> None:
    assert CATEGORIES[key] in gaps(**{key: value})


def test_the_reason_of_a_failed_fetch_is_kept() -> None:
    found = gaps(allergies=FhirUnavailable("the record system answered 503"))
    assert found == {Category.ALLERGIES: "the record system answered 503"}


@pytest.mark.parametrize("value", [None, bundle(), EPIC_EMPTY])
def test_a_patient_who_is_not_there_is_a_gap(value: Any) -> None:
    assert gaps(patient=value) == {Category.PATIENT: "the record system knows no such patient"}


@pytest.mark.parametrize("key", [key for key in CATEGORIES if key != "renal"])
def test_another_patients_resource_is_not_read_and_is_a_gap(key: str) -> None:
    theirs = RESOURCES[key] | ({"id": "another"} if key == "patient" else {"subject": THEIRS, "patient": THEIRS})
    found = reading(prefetch={**FULL, key: bundle(theirs)}).chart
    reasons = {gap.category: gap.reason for gap in found.gaps if gap.category is not Category.PREGNANCY}
    assert reasons == {CATEGORIES[key]: "belongs to another patient"}
    assert not [
        one for one in (*found.conditions, *found.allergies, *found.medicines, *found.observations) if key in str(one)
    ]


def test_beside_another_patients_resource_ones_own_is_read() -> None:
    mine = RESOURCES["conditions"]
    found = reading(prefetch={**FULL, "conditions": bundle(mine, mine | {"id": "d", "subject": THEIRS})}).chart
    assert [one.reference for one in found.conditions] == ["Condition/c"]
    assert Category.CONDITIONS in {gap.category for gap in found.gaps}


@pytest.mark.parametrize(
    "subject",
    [
        {"reference": f"Patient/{PATIENT}"},
        {"reference": f"https://ehr.example.org/fhir/Patient/{PATIENT}"},
        {"reference": f"Patient/{PATIENT}/_history/3"},
        {"reference": PATIENT},
        {"display": "A. Person"},
        None,
    ],
)
def test_ones_own_resource_is_known_by_any_way_to_refer_to_the_patient(subject: Any) -> None:
    assert gaps(conditions=bundle(RESOURCES["conditions"] | {"subject": subject})) == {}


def test_a_list_with_further_pages_is_read_and_said_to_be_incomplete() -> None:
    page = bundle(RESOURCES["conditions"], link=[{"relation": "self", "url": "x"}, {"relation": "next", "url": "y"}])
    found = reading(prefetch={**FULL, "conditions": page}).chart
    assert len(found.conditions) == 1
    assert "incomplete" in {gap.category: gap.reason for gap in found.gaps}[Category.CONDITIONS]


def test_without_any_prefetch_everything_the_checks_need_is_a_gap() -> None:
    found = {gap.category for gap in reading().chart.gaps}
    assert found >= {Category.PATIENT, Category.CONDITIONS, Category.ALLERGIES, Category.MEDICINES, Category.WEIGHT}
    assert Category.ENCOUNTER not in found


def test_an_encounter_that_is_missing_is_normal() -> None:
    assert gaps(encounter=outcome("error")) == {}


@pytest.mark.parametrize(
    ("key", "category"),
    [
        ("problems", Category.CONDITIONS),
        ("problemList", Category.CONDITIONS),
        ("-problem_list", Category.CONDITIONS),
        ("allergyIntolerances", Category.ALLERGIES),
        ("meds", Category.MEDICINES),
        ("medicationRequests", Category.MEDICINES),
        ("currentMedications", Category.MEDICINES),
        ("egfr", Category.RENAL),
        ("bodyWeight", Category.WEIGHT),
        ("vitals", Category.WEIGHT),
        ("observations", Category.WEIGHT),
        ("observations", Category.RENAL),
    ],
)
def test_an_empty_answer_is_understood_by_its_key(key: str, category: Category) -> None:
    assert category not in {gap.category for gap in reading(prefetch={key: bundle()}).chart.gaps}
    assert category in {gap.category for gap in reading(prefetch={"unheard": bundle()}).chart.gaps}


@pytest.mark.parametrize("key", RESOURCES)
def test_an_answer_is_understood_by_what_is_in_it_whatever_its_key(key: str) -> None:
    loinc = {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]}
    resource = RESOURCES[key] | ({"code": loinc} if key == "weight" else {})
    found = {gap.category for gap in reading(prefetch={"item 7": bundle(resource)}).chart.gaps}
    assert CATEGORIES[key] not in found


def test_medicines_are_available_when_either_list_was_answered() -> None:
    stated = {"resourceType": "MedicationStatement", "id": "s", "status": "active", "subject": MINE}
    statements = bundle(stated | {"medicationCodeableConcept": {"text": "examplamine"}})
    assert Category.MEDICINES not in gaps(statements=outcome("error"))
    assert Category.MEDICINES not in gaps(medications=..., statements=statements)
    assert Category.MEDICINES in gaps(medications=outcome("error"), statements=statements)
    # That nothing is stated does not tell that nothing was ordered.
    assert Category.MEDICINES in gaps(medications=..., statements=bundle())


def test_pregnancy_is_available_with_the_conditions_or_its_own_key() -> None:
    assert Category.PREGNANCY in gaps(conditions=...)
    assert Category.PREGNANCY not in gaps(conditions=..., pregnancy=bundle())
    assert Category.PREGNANCY not in gaps(pregnancy=...)
    assert Category.PREGNANCY in gaps(pregnancy=outcome("error"))


def test_weight_is_available_when_any_search_for_it_was_answered() -> None:
    assert Category.WEIGHT not in gaps(weight=outcome("error"), vitals=bundle())


def test_what_the_client_sent_goes_before_what_was_fetched() -> None:
    context = {"patientId": PATIENT}
    fetched = {"conditions": FhirUnavailable("down"), "weight": bundle()}
    found = read(context, {"conditions": bundle()}, AS_OF, fetched).chart
    missing = {gap.category for gap in found.gaps}
    assert Category.CONDITIONS not in missing
    assert Category.WEIGHT not in missing


def test_a_medicine_that_is_also_a_draft_is_read_for_what_it_was() -> None:
    resource = RESOURCES["medications"]
    found = reading(resource, prefetch={"medications": bundle(resource, resource | {"id": "n"})}).chart
    assert [one.reference for one in found.medicines] == ["MedicationRequest/m", "MedicationRequest/n"]


def test_without_a_patient_id_nothing_can_be_told_apart_and_all_is_read() -> None:
    found = read({}, {"conditions": bundle(RESOURCES["conditions"] | {"subject": THEIRS})}, AS_OF).chart
    assert len(found.conditions) == 1
