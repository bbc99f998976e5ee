"""Orders in every release: what, why, when, which state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from cds.fhir.reading.releases import release_of
from tests.unit.fhir.shapes import AS_OF, amount, drafted, dstu2, every, on_record, order, r5, rated, reading, stu3

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
DAILY = rated({"doseQuantity": amount(25)}, timing=every(1))
OLD = {"doseQuantity": amount(25), "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnits": "d"}}}
PAIN = {"text": "acute pain"}


@pytest.mark.parametrize(
    ("resource", "release"),
    [
        (dstu2(OLD), "dstu2"),
        (order(OLD), "dstu2"),
        (order(OLD, resourceType="MedicationStatement", patient={}), "dstu2"),
        (stu3({"doseQuantity": amount(25)}), "stu3"),
        (order(DAILY), "r4"),
        (order(), "r4"),
        (r5(DAILY), "r5"),
        ({"resourceType": "MedicationUsage"}, "r5"),
        ({"resourceType": "MedicationStatement", "taken": "y"}, "stu3"),
        ({"resourceType": "MedicationStatement", "subject": {}, "wasNotTaken": False}, "dstu2"),
        ({"resourceType": "MedicationAdministration", "subject": {}, "dosage": {"rateQuantity": {}}}, "r4"),
        ({"resourceType": "ProcedureRequest", "intent": "order"}, "stu3"),
        ({"resourceType": "ProcedureRequest"}, "dstu2"),
        ({"resourceType": "ServiceRequest", "code": {"text": "x"}}, "r4"),
        ({"resourceType": "ServiceRequest", "code": {"concept": {"text": "x"}}}, "r5"),
    ],
)
def test_the_release_is_told_from_the_resources_own_shape(resource: dict[str, Any], release: str) -> None:
    assert release_of(resource).name == release


@pytest.mark.parametrize("resource", [dstu2(OLD), stu3(OLD | {"timing": every(1)}), order(DAILY), r5(DAILY)])
def test_the_same_order_reads_the_same_in_every_release(resource: dict[str, Any]) -> None:
    found = drafted(resource)
    (instruction,) = found.instructions
    assert found.medication.concept.text == "examplamine"
    assert instruction.dose is not None
    assert str(instruction.dose[0]) == "25 mg"
    assert instruction.timing.per_day == (1, 1)
    assert (found.draft, found.live, found.unread) == (True, True, ())


@pytest.mark.parametrize(
    "resource",
    [
        order(reasonCode=[PAIN]),
        order(reasonCode=PAIN),
        order(reasonReference=[{"display": "acute pain"}]),
        dstu2(reasonCodeableConcept=PAIN),
        dstu2(reasonReference={"display": "acute pain"}),
        r5(reason=[{"concept": PAIN}]),
        r5(reason=[{"reference": {"display": "acute pain"}}]),
        order({"asNeededCodeableConcept": PAIN}),
    ],
)
def test_the_reason_is_found_wherever_the_release_has_it(resource: dict[str, Any]) -> None:
    assert [reason.text for reason in drafted(resource).reasons] == ["acute pain"]


def test_a_reason_that_points_to_a_condition_is_that_condition() -> None:
    condition = {"resourceType": "Condition", "id": "c1", "code": PAIN}
    found = drafted(order(reasonReference=[{"reference": "Condition/c1"}]), prefetch={"conditions": condition})
    assert found.reasons[0].text == "acute pain"


def test_a_stated_reason_goes_before_what_it_is_needed_for() -> None:
    found = drafted(order({"asNeededCodeableConcept": PAIN}, reasonCode=[{"text": "migraine"}]))
    assert [reason.text for reason in found.reasons] == ["migraine"]


@pytest.mark.parametrize(
    "category", [{"coding": [{"code": "community"}]}, [{"coding": [{"code": "Community"}]}], [{"text": "community"}]]
)
def test_category_is_an_object_or_a_list(category: Any) -> None:
    assert drafted(order(category=category)).category == ("community",)


@pytest.mark.parametrize(
    ("changes", "live", "stopping"),
    [
        ({"status": "draft"}, True, False),
        ({"status": "active"}, True, False),
        ({"status": "on-hold"}, True, False),
        ({"status": "cancelled"}, False, False),
        ({"status": "entered-in-error"}, False, False),
        ({"status": "completed"}, False, False),
        ({"status": "stopped"}, False, True),
        ({"doNotPerform": True}, False, False),
        ({"doNotPerform": True, "status": "stopped"}, False, False),
        ({"doNotPerform": False}, True, False),
    ],
)
def test_a_draft_is_live_unless_it_is_negated_or_over(changes: dict[str, Any], live: bool, stopping: bool) -> None:
    found = drafted(order(DAILY, **changes))
    assert (found.live, found.stopping) == (live, stopping)


@pytest.mark.parametrize(
    ("changes", "replaces"),
    [
        ({"priorPrescription": {"reference": "MedicationRequest/old"}}, "MedicationRequest/old"),
        (
            {"priorPrescription": {"reference": "https://ehr.example.org/fhir/MedicationRequest/old/_history/2"}},
            "MedicationRequest/old",
        ),
        ({"basedOn": [{"reference": "CarePlan/1"}, {"reference": "MedicationRequest/plan"}]}, "MedicationRequest/plan"),
        ({"priorPrescription": {"display": "the old one"}}, ""),
        ({}, ""),
    ],
)
def test_what_an_order_replaces_is_known_by_its_plain_reference(changes: dict[str, Any], replaces: str) -> None:
    assert drafted(order(**changes)).replaces == replaces


def test_an_order_that_is_still_empty_is_read_without_complaint() -> None:
    resource = order()
    del resource["medicationCodeableConcept"], resource["dosageInstruction"]
    found = drafted(resource)
    assert not found.medication.concept
    assert (found.instructions, found.unread) == ((), ())


def test_directions_in_the_medications_own_text_are_read() -> None:
    found = on_record(order(status="active", medicationCodeableConcept={"text": "Elavil 100 mg at night"}))
    assert found is not None
    (instruction,) = found.instructions
    assert instruction.dose is not None
    assert (str(instruction.dose[0]), instruction.timing.per_day, instruction.from_text) == ("100 mg", (1, 1), True)


def test_a_products_name_is_not_taken_for_directions() -> None:
    assert drafted(order(medicationCodeableConcept={"text": "Examplamine 25 MG Oral Tablet"})).instructions == ()


def test_every_instruction_keeps_its_place() -> None:
    found = drafted(order(DAILY, 5, DAILY))  # type: ignore[arg-type]
    assert [bool(one.unread) for one in found.instructions] == [False, True, False]


# --- the medication ------------------------------------------------------------------------------------------

PRODUCT = {
    "resourceType": "Medication",
    "id": "m1",
    "code": {"coding": [{"system": "urn:oid:2.16.840.1.113883.6.88", "code": "856773"}]},
    "form": {"text": "Tablet"},
    "ingredient": [
        {
            "itemCodeableConcept": {"text": "examplamine"},
            "strength": {"numerator": amount(150), "denominator": amount(1, "{tbl}")},
        }
    ],
}


def referring(reference: dict[str, Any], **changes: Any) -> dict[str, Any]:
    resource = order(medicationReference=reference, **changes)
    del resource["medicationCodeableConcept"]
    return resource


@pytest.mark.parametrize(
    ("resource", "drafts", "prefetch"),
    [
        (referring({"reference": "Medication/m1"}), [PRODUCT], {}),
        (referring({"reference": "https://ehr.example.org/fhir/Medication/m1"}), [PRODUCT], {}),
        (
            referring({"reference": "Medication/m1"}),
            [],
            {"medications": {"resourceType": "Bundle", "entry": [{"resource": PRODUCT}]}},
        ),
        (referring({"reference": "#m1"}, contained=[PRODUCT]), [], {}),
        (
            referring({"reference": "urn:uuid:1"}),
            [],
            {"x": {"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:1", "resource": PRODUCT}]}},
        ),
        (r5(medication={"reference": {"reference": "Medication/m1"}}), [PRODUCT], {}),
    ],
)
def test_a_referred_medication_is_found_wherever_it_was_sent(
    resource: dict[str, Any], drafts: list[dict[str, Any]], prefetch: dict[str, Any]
) -> None:
    medication = drafted(resource, *drafts, prefetch=prefetch).medication
    assert medication.concept.codings[0].system == RXNORM
    assert medication.form.text == "Tablet"
    strength = medication.ingredients[0].strength
    assert strength is not None
    assert (str(strength.amount), str(strength.per)) == ("150 mg", "1 tablet")


def test_a_reference_with_only_a_display_is_known_by_its_words() -> None:
    found = drafted(referring({"display": "AMITRIPTYLINE 25 MG PO TABS"}))
    assert found.medication.concept.text == "AMITRIPTYLINE 25 MG PO TABS"
    assert not found.unread


def test_a_reference_that_leads_nowhere_is_said() -> None:
    assert "not sent" in drafted(referring({"reference": "Medication/gone"})).unread[0]


@pytest.mark.parametrize(
    "strength",
    [
        {"numerator": amount(150), "denominator": amount(150)},
        {"numerator": {"value": 15, "unit": "MG/5ML"}, "denominator": amount(1)},
        {"numerator": amount(0), "denominator": amount(1, "mL")},
        {},
    ],
)
def test_a_strength_that_says_nothing_is_left_out(strength: dict[str, Any]) -> None:
    product = PRODUCT | {"ingredient": [{"itemCodeableConcept": {"text": "examplamine"}, "strength": strength}]}
    (ingredient,) = drafted(referring({"reference": "Medication/m1"}), product).medication.ingredients
    assert ingredient.strength is None


STRENGTH = {"numerator": amount(500), "denominator": amount(500, "mL")}


@pytest.mark.parametrize(
    "product",
    [
        {
            "product": {
                "form": {"text": "Bag"},
                "ingredient": [{"item": {"reference": "Substance/s1"}, "amount": STRENGTH}],
            }
        },
        {"form": {"text": "Bag"}, "ingredient": [{"itemReference": {"reference": "Substance/s1"}, "amount": STRENGTH}]},
        {"form": {"text": "Bag"}, "ingredient": [{"itemReference": {"reference": "#s1"}, "strength": STRENGTH}]},
        {"form": {"text": "Bag"}, "ingredient": [{"itemReference": {"display": "examplamine"}, "strength": STRENGTH}]},
        {
            "doseForm": {"text": "Bag"},
            "ingredient": [{"item": {"concept": {"text": "examplamine"}}, "strengthRatio": STRENGTH}],
        },
        {
            "doseForm": {"text": "Bag"},
            "ingredient": [{"item": {"reference": {"reference": "Substance/s1"}}, "strengthRatio": STRENGTH}],
        },
    ],
)
def test_ingredients_are_read_in_every_release(product: dict[str, Any]) -> None:
    substance = {"resourceType": "Substance", "id": "s1", "code": {"text": "examplamine"}}
    medication = {"resourceType": "Medication", "id": "m1", **product}
    resource = referring({"reference": "Medication/m1"}, contained=[substance])
    found = drafted(resource, medication, substance).medication
    assert found.form.text == "Bag"
    assert found.ingredients[0].concept.text == "examplamine"
    assert found.ingredients[0].strength is not None


@pytest.mark.parametrize(
    "written",
    [{"amount": {"numerator": amount(500, "mL"), "denominator": amount(1)}}, {"totalVolume": amount(500, "mL")}],
)
def test_the_size_of_a_bag_is_read(written: dict[str, Any]) -> None:
    found = drafted(referring({"reference": "Medication/m1"}), PRODUCT | written).medication
    assert str(found.amount) == "500 mL"


# --- on record -----------------------------------------------------------------------------------------------


def statement(**changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationStatement",
        "id": "s1",
        "status": "active",
        "subject": {"reference": "Patient/p-1"},
        "medicationCodeableConcept": {"text": "examplamine"},
        **changes,
    }


@pytest.mark.parametrize(
    ("resource", "current"),
    [
        (order(status="active"), True),
        (order(status="on-hold"), True),
        (order(status="unknown"), True),
        (order(status="completed"), False),
        (order(status="stopped"), False),
        (statement(), True),
        (statement(status="intended"), True),
        (statement(effectivePeriod={"start": "2026-01-01", "end": "2026-02-01"}), False),
        (statement(effectivePeriod={"start": "2026-01-01", "end": "2027-02-01"}), True),
        (statement(status="completed"), False),
        (statement(resourceType="MedicationUsage", status="recorded", medication={"concept": {"text": "x"}}), True),
        (statement(status="recorded", adherence={"code": {"coding": [{"code": "not-taking"}]}}), False),
        (statement(status="recorded", adherence={"code": {"coding": [{"code": "taking"}]}}), True),
        (statement(resourceType="MedicationAdministration", status="in-progress"), True),
        (statement(resourceType="MedicationAdministration", status="completed"), False),
    ],
)
def test_what_is_taken_now_is_current(resource: dict[str, Any], current: bool) -> None:
    found = on_record(resource)
    assert found is not None
    assert (found.current, found.draft) == (current, False)


@pytest.mark.parametrize(
    "resource",
    [
        order(status="entered-in-error"),
        order(status="cancelled"),
        order(status="draft"),
        order(status="active", doNotPerform=True),
        order(status="active", intent="proposal"),
        statement(status="not-taken"),
        statement(taken="n"),
        statement(wasNotTaken=True),
        statement(resourceType="MedicationAdministration", status="not-done"),
        statement(status="entered-in-error"),
    ],
)
def test_what_was_never_taken_is_not_on_record(resource: dict[str, Any]) -> None:
    assert on_record(resource) is None


def bounded(**period: str) -> dict[str, Any]:
    return rated(timing={"repeat": {"boundsPeriod": period}})


def given(**changes: Any) -> dict[str, Any]:
    return statement(resourceType="MedicationAdministration", **changes)


EIGHT = datetime(2026, 11, 24, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("resource", "started"),
    [
        (order(status="active", authoredOn="2026-11-24T08:00:00Z"), EIGHT),
        (order(status="active", authoredOn="2026-11-24T08:00:00"), EIGHT),
        (statement(effectiveDateTime="2026-11-24T10:00:00+02:00"), EIGHT),
        (dstu2(status="active", dateWritten="2026-11"), datetime(2026, 11, 1, tzinfo=UTC)),
        (statement(effectivePeriod={"start": "2026"}), datetime(2026, 1, 1, tzinfo=UTC)),
        (
            order(bounded(start="2026-10-01"), status="active", authoredOn="2026-11-01"),
            datetime(2026, 10, 1, tzinfo=UTC),
        ),
        (order(status="active", authoredOn="soon"), None),
        (order(status="active", authoredOn=20261124), None),
    ],
)
def test_when_use_began(resource: dict[str, Any], started: datetime | None) -> None:
    found = on_record(resource)
    assert found is not None
    assert found.started == started


@pytest.mark.parametrize(
    ("resource", "tells_of"),
    [
        (statement(derivedFrom=[{"reference": "MedicationRequest/1"}]), ("MedicationRequest/1",)),
        (
            statement(basedOn=[{"reference": "CarePlan/1"}, {"reference": "MedicationRequest/1"}]),
            ("MedicationRequest/1",),
        ),
        (given(status="in-progress", request={"reference": "MedicationRequest/1"}), ("MedicationRequest/1",)),
        (statement(derivedFrom=[{"display": "the patient"}]), ()),
        (order(status="active", basedOn=[{"reference": "MedicationRequest/1"}]), ()),
    ],
)
def test_what_a_statement_reports_on_is_known(resource: dict[str, Any], tells_of: tuple[str, ...]) -> None:
    found = on_record(resource)
    assert found is not None
    assert found.tells_of == tells_of


THEN = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("resource", "ended"),
    [
        (statement(status="stopped", effectivePeriod={"end": "2026-11-21"}), THEN),
        (dstu2(status="stopped", dateEnded="2026-11-21"), THEN),
        (r5(status="stopped", statusChanged="2026-11-21"), THEN),
        (r5(status="active", statusChanged="2026-11-21"), None),
        (order(bounded(end="2026-11-21"), status="stopped"), THEN),
        (order(status="completed", dispenseRequest={"validityPeriod": {"end": "2026-11-21"}}), THEN),
        (given(status="completed", effectiveDateTime="2026-11-24T08:00:00Z"), EIGHT),
        (order(bounded(end="2027-11-21"), status="stopped"), None),
        (order(status="stopped"), None),
        (statement(effectivePeriod={"end": "2027-01-01"}), None),
    ],
)
def test_when_use_ended_is_kept_for_what_is_over(resource: dict[str, Any], ended: datetime | None) -> None:
    found = on_record(resource)
    assert found is not None
    assert found.ended == ended


@pytest.mark.parametrize(
    ("resource", "over_by"),
    [
        (order(status="stopped", meta={"lastUpdated": "2026-11-21T00:00:00Z"}), THEN),
        (statement(status="completed", dateAsserted="2026-11-21"), THEN),
        (statement(status="completed", effectiveDateTime="2026-11-21", meta={"lastUpdated": "2026-11-24"}), THEN),
        (order(status="stopped", meta={"lastUpdated": "2027-11-21T00:00:00Z"}), None),
        (order(status="stopped", authoredOn="2026-11-21"), None),
        (order(status="active", meta={"lastUpdated": "2026-11-21T00:00:00Z"}), None),
        (order(bounded(end="2026-11-20"), status="stopped", meta={"lastUpdated": "2026-11-21"}), None),
    ],
)
def test_an_end_without_a_date_came_before_it_was_written_down(
    resource: dict[str, Any], over_by: datetime | None
) -> None:
    found = on_record(resource)
    assert found is not None
    assert found.over_by == over_by


def test_an_administration_has_its_dose_in_one_object() -> None:
    dosed = {"dose": amount(10), "rateQuantity": amount(5, "mg/h")}
    found = on_record(given(status="in-progress", dosage=dosed))
    assert found is not None
    (instruction,) = found.instructions
    assert instruction.dose is not None
    assert instruction.rate is not None


# --- beside the medicines ------------------------------------------------------------------------------------

ECG = {"text": "electrocardiogram"}


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "ServiceRequest", "id": "1", "code": ECG},
        {"resourceType": "ServiceRequest", "id": "1", "code": {"concept": ECG}},
        {"resourceType": "ProcedureRequest", "id": "1", "code": ECG},
        {"resourceType": "DiagnosticOrder", "id": "1", "item": [{"code": ECG}]},
        {"resourceType": "DeviceRequest", "id": "1", "codeCodeableConcept": ECG},
        {"resourceType": "DeviceRequest", "id": "1", "codeReference": {"display": "electrocardiogram"}},
        {"resourceType": "DeviceUseStatement", "id": "1", "device": {"concept": ECG}},
    ],
)
def test_services_and_devices_stand_beside_the_orders(resource: dict[str, Any]) -> None:
    drafts = reading(order(), resource).drafts
    assert [service.concept.text for service in drafts.services] == ["electrocardiogram"]
    assert (drafts.services[0].draft, drafts.services[0].current) == (True, True)
    on_chart = reading(prefetch={"services": resource | {"status": "active"}}).chart.services
    assert [(service.draft, service.current) for service in on_chart] == [(False, True)]


@pytest.mark.parametrize("changes", [{"doNotPerform": True}, {"status": "entered-in-error"}, {"code": {}}])
def test_a_service_that_is_negated_or_says_nothing_is_none(changes: dict[str, Any]) -> None:
    resource = {"resourceType": "ServiceRequest", "id": "1", "status": "active", "code": ECG, **changes}
    assert reading(resource).drafts.services == ()


def test_a_service_that_is_over_is_not_current() -> None:
    resource = {"resourceType": "ServiceRequest", "id": "1", "status": "completed", "code": ECG}
    assert not reading(prefetch={"services": resource}).chart.services[0].current


def test_the_moment_of_the_review_is_the_charts() -> None:
    assert reading().chart.as_of == AS_OF
