"""Conditions, allergies, observations, the patient and the encounter, in the shapes of all releases."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cds.clinical.chart import Allergy, Certainty, Chart, Condition, Course, Observation, Sex
from tests.unit.fhir.shapes import MINE, amount, bundle, reading

SNOMED = "http://snomed.info/sct"


def chart(*resources: dict[str, Any], key: str = "record", **context: Any) -> Chart:
    return reading(prefetch={key: bundle(*resources)}, **context).chart


def coded(code: str) -> dict[str, Any]:
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-clinical", "code": code}]}


def condition(**changes: Any) -> Condition | None:
    resource = {"resourceType": "Condition", "id": "c1", "code": {"text": "psoriasis"}, "subject": MINE, **changes}
    found = chart(resource).conditions
    return found[0] if found else None


@pytest.mark.parametrize(
    ("status", "course"),
    [
        ("active", Course.ACTIVE),
        ("recurrence", Course.ACTIVE),
        ("relapse", Course.ACTIVE),
        ("unknown", Course.ACTIVE),
        ("remission", Course.REMISSION),
        ("inactive", Course.RESOLVED),
        ("resolved", Course.RESOLVED),
    ],
)
def test_the_course_follows_the_status_in_every_shape(status: str, course: Course) -> None:
    for written in (status, coded(status), {"text": status.title()}):
        found = condition(clinicalStatus=written)
        assert found is not None
        assert found.course is course


def test_a_condition_without_a_status_is_taken_as_active_and_confirmed() -> None:
    found = condition()
    assert found is not None
    assert (found.course, found.certainty) == (Course.ACTIVE, Certainty.CONFIRMED)


@pytest.mark.parametrize(
    ("changes", "course", "ended"),
    [
        ({"abatementDateTime": "2026-08-24"}, Course.RESOLVED, date(2026, 8, 24)),
        ({"abatementDateTime": "2026"}, Course.RESOLVED, date(2026, 1, 1)),
        ({"abatementDateTime": "2027-08-24"}, Course.ACTIVE, None),
        ({"abatementDate": "2026-08-24"}, Course.RESOLVED, date(2026, 8, 24)),
        ({"abatementPeriod": {"end": "2026-08-24"}}, Course.RESOLVED, date(2026, 8, 24)),
        ({"abatementBoolean": True}, Course.RESOLVED, None),
        ({"abatementBoolean": False}, Course.ACTIVE, None),
        ({"abatementString": "last summer"}, Course.RESOLVED, None),
        ({"abatementBoolean": True, "clinicalStatus": "remission"}, Course.REMISSION, None),
    ],
)
def test_what_has_abated_is_over_whatever_its_status(
    changes: dict[str, Any], course: Course, ended: date | None
) -> None:
    found = condition(**{"clinicalStatus": "active", **changes})
    assert found is not None
    assert (found.course, found.ended) == (course, ended)


@pytest.mark.parametrize(
    ("status", "certainty"),
    [
        ("confirmed", Certainty.CONFIRMED),
        ("unknown", Certainty.CONFIRMED),
        ("provisional", Certainty.UNCONFIRMED),
        ("differential", Certainty.UNCONFIRMED),
        ("unconfirmed", Certainty.UNCONFIRMED),
        ("refuted", Certainty.REFUTED),
    ],
)
def test_certainty_follows_the_verification(status: str, certainty: Certainty) -> None:
    for written in (status, coded(status)):
        found = condition(verificationStatus=written)
        assert found is not None
        assert found.certainty is certainty


@pytest.mark.parametrize(
    "changes",
    [{"verificationStatus": "entered-in-error"}, {"verificationStatus": coded("entered-in-error")}, {"code": {}}],
)
def test_an_entry_made_in_error_or_without_a_name_is_not_read(changes: dict[str, Any]) -> None:
    assert condition(**changes) is None


@pytest.mark.parametrize(
    ("severity", "word"),
    [
        ({"coding": [{"system": SNOMED, "code": "24484000"}]}, "severe"),
        ({"coding": [{"system": SNOMED, "code": "6736007"}]}, "moderate"),
        ({"coding": [{"system": SNOMED, "code": "255604002"}]}, "mild"),
        ({"text": "Severe"}, "severe"),
        ({"text": "quite bad"}, ""),
        (None, ""),
    ],
)
def test_severity_is_one_of_three_words_or_none(severity: Any, word: str) -> None:
    found = condition(severity=severity)
    assert found is not None
    assert found.severity == word


@pytest.mark.parametrize(
    ("changes", "onset"),
    [
        ({"onsetDateTime": "2026-11-03"}, date(2026, 11, 3)),
        ({"onsetDateTime": "2026-11-03T10:00:00Z"}, date(2026, 11, 3)),
        ({"onsetPeriod": {"start": "2026-11-03"}}, date(2026, 11, 3)),
        ({"onsetDateTime": "2026-10"}, date(2026, 10, 31)),
        ({"onsetDateTime": "2026-11"}, date(2026, 11, 24)),
        ({"onsetDateTime": "2026"}, None),
        ({"onsetDateTime": "2025"}, None),
        ({"onsetDateTime": "2020"}, date(2020, 12, 31)),
        ({"onsetString": "in spring"}, None),
        ({"onsetDateTime": "2026-13-40"}, None),
        ({}, None),
    ],
)
def test_onset_of_a_partial_date_is_never_taken_for_older_than_it_may_be(
    changes: dict[str, Any], onset: date | None
) -> None:
    found = condition(**changes)
    assert found is not None
    assert found.onset == onset


@pytest.mark.parametrize("name", ["recordedDate", "assertedDate", "dateRecorded"])
def test_the_day_it_was_written_down_is_kept(name: str) -> None:
    found = condition(**{name: "2026-11-03"})
    assert found is not None
    assert found.recorded == date(2026, 11, 3)


# --- allergies -----------------------------------------------------------------------------------------------


def allergies(**changes: Any) -> list[Allergy]:
    resource = {
        "resourceType": "AllergyIntolerance",
        "id": "a1",
        "code": {"text": "examplamine"},
        "patient": MINE,
        **changes,
    }
    return list(chart(resource).allergies)


@pytest.mark.parametrize(
    ("changes", "certainty", "active", "intolerance"),
    [
        ({}, Certainty.CONFIRMED, True, False),
        (
            {"clinicalStatus": coded("active"), "verificationStatus": coded("confirmed")},
            Certainty.CONFIRMED,
            True,
            False,
        ),
        ({"clinicalStatus": "resolved"}, Certainty.CONFIRMED, False, False),
        ({"clinicalStatus": coded("inactive")}, Certainty.CONFIRMED, False, False),
        ({"verificationStatus": "unconfirmed"}, Certainty.UNCONFIRMED, True, False),
        ({"verificationStatus": coded("presumed")}, Certainty.UNCONFIRMED, True, False),
        ({"verificationStatus": coded("refuted")}, Certainty.REFUTED, True, False),
        ({"type": "intolerance"}, Certainty.CONFIRMED, True, True),
        ({"type": coded("intolerance")}, Certainty.CONFIRMED, True, True),
        ({"type": "allergy"}, Certainty.CONFIRMED, True, False),
        ({"status": "unconfirmed"}, Certainty.UNCONFIRMED, True, False),
        ({"status": "inactive"}, Certainty.CONFIRMED, False, False),
    ],
)
def test_an_allergy_in_the_shapes_of_all_releases(
    changes: dict[str, Any], certainty: Certainty, active: bool, intolerance: bool
) -> None:
    (found,) = allergies(**changes)
    assert (found.certainty, found.active, found.intolerance) == (certainty, active, intolerance)


@pytest.mark.parametrize(
    "changes", [{"verificationStatus": "entered-in-error"}, {"status": "entered-in-error"}, {"code": {}}]
)
def test_an_allergy_made_in_error_is_not_read(changes: dict[str, Any]) -> None:
    assert allergies(**changes) == []


def test_the_substances_of_reactions_are_allergies_too() -> None:
    found = allergies(reaction=[{"substance": {"text": "examplol"}}, {"substance": {"text": "examplamine"}}])
    assert [one.concept.text for one in found] == ["examplamine", "examplol"]
    assert [one.concept.text for one in allergies(code=None, substance={"text": "examplol"})] == ["examplol"]


@pytest.mark.parametrize(
    "code", [{"coding": [{"system": SNOMED, "code": "716186003"}]}, {"text": "NKDA"}, {"text": "No Known Allergies."}]
)
def test_no_known_allergy_is_an_answer_and_no_allergy(code: dict[str, Any]) -> None:
    found = reading(
        prefetch={
            "allergies": bundle({"resourceType": "AllergyIntolerance", "id": "a1", "code": code, "patient": MINE})
        }
    )
    assert found.chart.allergies == ()
    assert not [gap for gap in found.chart.gaps if gap.category == "allergies"]


# --- observations --------------------------------------------------------------------------------------------


def observations(*changes: dict[str, Any]) -> tuple[Observation, ...]:
    plain = {"resourceType": "Observation", "status": "final", "code": {"text": "body weight"}, "subject": MINE}
    return chart(*({**plain, "id": f"o{place}", **one} for place, one in enumerate(changes))).observations


@pytest.mark.parametrize(
    ("status", "read"),
    [
        ("final", True),
        ("amended", True),
        ("corrected", True),
        ("preliminary", False),
        ("entered-in-error", False),
        ("cancelled", False),
        ("registered", False),
        ("", False),
    ],
)
def test_only_observations_that_stand_are_read(status: str, read: bool) -> None:
    assert bool(observations({"status": status})) is read


@pytest.mark.parametrize(
    ("value", "quantity", "number", "words", "flag"),
    [
        ({"valueQuantity": amount(70, "kg", unit="kg")}, "70 kg", "70 kg", "", None),
        (
            {"valueQuantity": amount(15, "mL/min/{1.73_m2}", comparator="<")},
            "15 mL/min/1.73_m2",
            "<15 mL/min/{1.73_m2}",
            "",
            None,
        ),
        ({"valueQuantity": amount(70, "stone")}, "None", "70 stone", "", None),
        ({"valueQuantity": {"value": "70", "code": "kg"}}, "None", "70 kg", "", None),
        ({"valueCodeableConcept": {"text": "pregnant"}}, "None", "", "pregnant", None),
        ({"valueString": "pregnant"}, "None", "", "pregnant", None),
        ({"valueBoolean": True}, "None", "", "", True),
        ({"valueBoolean": False}, "None", "", "", False),
        ({"valueInteger": 3}, "None", "3", "", None),
        ({"valueDateTime": "2027-02-01"}, "None", "2027-02-01", "", None),
        ({}, "None", "", "", None),
    ],
)
def test_values_of_every_kind(value: dict[str, Any], quantity: str, number: str, words: str, flag: bool | None) -> None:
    (found,) = observations(value)
    assert str(found.quantity).replace("{", "").replace("}", "") == quantity
    assert (found.number, found.value.text, found.flag) == (number, words, flag)


def test_the_newest_observation_comes_first_and_the_undated_last() -> None:
    found = observations(
        {},
        {"effectiveDateTime": "2024-01-01"},
        {"effectivePeriod": {"end": "2026-11-24"}},
        {"issued": "2025-01-01T00:00:00Z"},
    )
    assert [one.when for one in found] == [date(2026, 11, 24), date(2025, 1, 1), date(2024, 1, 1), None]


# --- patient and encounter -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "earliest", "latest"),
    [
        ("1960-04-11", date(1960, 4, 11), date(1960, 4, 11)),
        ("1960-02", date(1960, 2, 1), date(1960, 2, 29)),
        ("1960-12", date(1960, 12, 1), date(1960, 12, 31)),
        ("1960", date(1960, 1, 1), date(1960, 12, 31)),
    ],
)
def test_a_partial_birth_date_is_the_days_it_can_be(written: str, earliest: date, latest: date) -> None:
    birth = chart({"resourceType": "Patient", "id": "p-1", "birthDate": written}).birth
    assert birth is not None
    assert (birth.earliest, birth.latest) == (earliest, latest)


@pytest.mark.parametrize("written", [None, "", "60", "1960-4-1", "1960-02-30", "0000", 1960, "1960/04/11", "١٩٦٠"])
def test_a_birth_date_that_is_none_is_not_read(written: Any) -> None:
    assert chart({"resourceType": "Patient", "id": "p-1", "birthDate": written}).birth is None


@pytest.mark.parametrize(
    ("gender", "sex"), [("female", Sex.FEMALE), ("Male", Sex.MALE), ("other", Sex.UNKNOWN), (None, Sex.UNKNOWN)]
)
def test_sex_is_administrative_gender(gender: Any, sex: Sex) -> None:
    assert chart({"resourceType": "Patient", "id": "p-1", "gender": gender}).sex is sex


@pytest.mark.parametrize("written", [{"code": "EMER"}, [{"coding": [{"code": "EMER"}]}], "EMER"])
def test_the_class_of_an_encounter_in_every_release(written: Any) -> None:
    encounter = chart({"resourceType": "Encounter", "id": "e1", "class": written}).encounter
    assert encounter is not None
    assert encounter.classes[0].words() == "EMER"


def test_an_encounter_without_a_class_is_an_encounter() -> None:
    encounter = chart({"resourceType": "Encounter", "id": "e1"}).encounter
    assert encounter is not None
    assert (encounter.classes, encounter.places) == ((), ())


def test_the_places_of_an_encounter_are_those_the_patient_is_in() -> None:
    resource = {
        "resourceType": "Encounter",
        "id": "e1",
        "serviceType": {"text": "anaesthesia"},
        "location": [
            {"location": {"reference": "Location/1", "display": "OR 3"}},
            {"location": {"display": "Ward 5"}, "status": "completed"},
        ],
    }
    location = {"resourceType": "Location", "id": "1", "name": "Operating room 3", "type": [{"text": "operating room"}]}
    encounter = chart(resource, location).encounter
    assert encounter is not None
    assert [place.text for place in encounter.places] == ["OR 3", "Operating room 3", "operating room"]
    assert [one.text for one in encounter.classes] == ["anaesthesia"]


def test_of_several_encounters_the_one_the_hook_names_is_taken() -> None:
    found = [{"resourceType": "Encounter", "id": name, "status": "in-progress"} for name in ("e1", "e2")]
    named = chart(*found, encounterId="e2").encounter
    assert named is not None
    assert named.reference == "Encounter/e2"
    assert chart(*found).encounter is None
    assert chart(found[0], found[1] | {"status": "finished"}).encounter is not None


def test_a_location_sent_alone_is_a_place() -> None:
    encounter = chart({"resourceType": "Location", "id": "1", "name": "Emergency department"}).encounter
    assert encounter is not None
    assert encounter.places[0].text == "Emergency department"


def test_a_resource_that_comes_twice_is_read_once() -> None:
    resource = {"resourceType": "Condition", "id": "c1", "code": {"text": "psoriasis"}}
    found = reading(prefetch={"problems": bundle(resource), "diagnoses": bundle(resource)}).chart.conditions
    assert len(found) == 1


def test_resources_without_ids_are_told_apart_by_their_place() -> None:
    resource = {"resourceType": "Condition", "code": {"text": "psoriasis"}}
    assert len({one.reference for one in chart(resource, resource).conditions}) == 2
