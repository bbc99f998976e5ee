"""Changes are written back in the client's own release, into a copy of the client's whole resource."""

from __future__ import annotations

import copy
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from cds.clinical.change import Change, ChangeDose, ChangeDuration, ChangeRate, CreateService, DeleteOrder, StateUse
from cds.clinical.code import SNOMED, Coding, Concept
from cds.clinical.quantity import quantity
from cds.fhir.editing import action, actions
from tests.unit.fhir.shapes import amount, drafted, dstu2, every, order, r5, rated, reading, recorded, stu3, typed

ORDER = "MedicationRequest/order-1"
OLD_ORDER = "MedicationOrder/order-1"
PAIN = Concept((Coding(SNOMED, "274663001", "Acute pain"),), "Acute pain")
WEIGH = Concept((Coding(SNOMED, "27113001", "Body weight"),))
TWICE = {
    "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnits": "d", "boundsPeriod": {"start": "2026-11-22"}}}
}


def updated(resource: dict[str, Any], change: Change) -> dict[str, Any]:
    """The order after the change; the client's own is checked to be as it was."""
    before = copy.deepcopy(resource)
    written = action(reading(resource), change)
    assert resource == before
    assert written is not None
    assert written["type"] == "update"
    assert written["description"]
    found = written["resource"]
    assert isinstance(found, dict)
    assert found["id"] == resource["id"]
    return found


def again(resource: dict[str, Any]) -> str:
    """What our own reading makes of a written order: dose, rate, times a day."""
    (one, *_) = drafted(resource).instructions
    assert not one.unread
    pairs = [str(pair[0]) for pair in (one.dose, one.rate) if pair]
    return " ".join([*pairs, *([str(one.timing.per_day[0])] if one.timing.per_day else [])])


@pytest.mark.parametrize(
    ("resource", "reference"),
    [
        (dstu2({"doseQuantity": amount(150), **TWICE}), OLD_ORDER),
        (stu3({"doseQuantity": amount(150), "timing": every(2)}), ORDER),
        (order(rated({"doseQuantity": amount(150)}, timing=every(2))), ORDER),
        (order(rated({"doseRange": {"low": amount(100), "high": amount(150)}}, timing=every(2))), ORDER),
        (r5(rated({"doseQuantity": amount(150)}, timing=every(2))), ORDER),
    ],
)
def test_a_dose_changes_in_the_place_its_release_has_it(resource: dict[str, Any], reference: str) -> None:
    changed = updated(resource, ChangeDose(reference, quantity("62.5 mg")))
    assert again(changed) == "62.5 mg 2"
    (dosage,) = changed["dosageInstruction"]
    place = dosage["doseAndRate"][0] if "doseAndRate" in dosage else dosage
    assert place["doseQuantity"] == {
        "value": Decimal("62.5"),
        "unit": "mg",
        "system": "http://unitsofmeasure.org",
        "code": "mg",
    }
    assert {key: value for key, value in changed.items() if key != "dosageInstruction"} == {
        key: value for key, value in resource.items() if key != "dosageInstruction"
    }


def test_other_ways_to_say_the_old_dose_are_dropped() -> None:
    body = recorded("epic-shaped-order-sign.json")
    resource = body["context"]["draftOrders"]["entry"][0]["resource"] | {"subject": {"reference": "Patient/p-1"}}
    changed = updated(resource, ChangeDose("MedicationRequest/eRX.1-aaaa", quantity("75 mg")))
    (entry,) = changed["dosageInstruction"][0]["doseAndRate"]
    assert entry["type"]["text"] == "ordered"
    assert entry["doseQuantity"]["value"] == 75
    assert changed["requester"] == resource["requester"]


def test_an_amount_to_give_that_is_no_longer_one_loses_that_name() -> None:
    changed = updated(
        order(rated(typed("admin-amount", doseQuantity=amount(2, "{tbl}")))), ChangeDose(ORDER, quantity("1 {tbl}"))
    )
    (entry,) = changed["dosageInstruction"][0]["doseAndRate"]
    assert "type" not in entry


def test_a_rate_in_an_entry_of_its_own_stays_with_the_dose() -> None:
    resource = order(rated({"doseQuantity": amount(500)}, {"rateQuantity": amount(10, "mg/h")}))
    assert again(updated(resource, ChangeDose(ORDER, quantity("250 mg")))) == "250 mg 10 mg/h"


@pytest.mark.parametrize(
    ("per_day", "repeat"),
    [
        (Fraction(3), {"frequency": 3, "period": 1, "periodUnit": "d"}),
        (Fraction(1, 2), {"frequency": 1, "period": 2, "periodUnit": "d"}),
    ],
)
def test_a_new_frequency_takes_the_place_of_every_other_statement_of_it(
    per_day: Fraction, repeat: dict[str, Any]
) -> None:
    timing = every(1, 12, "h", frequencyMax=2, when=["HS"], boundsPeriod={"start": "2026-11-22"}) | {
        "code": {"text": "Every 12 hours"}
    }
    changed = updated(
        order(rated({"doseQuantity": amount(150)}, timing=timing)), ChangeDose(ORDER, quantity("25 mg"), per_day)
    )
    assert changed["dosageInstruction"][0]["timing"] == {"repeat": repeat | {"boundsPeriod": {"start": "2026-11-22"}}}


def test_dstu2_keeps_its_own_word_for_the_unit_of_a_period() -> None:
    changed = updated(
        dstu2({"doseQuantity": amount(150), **TWICE}), ChangeDose(OLD_ORDER, quantity("25 mg"), Fraction(3))
    )
    assert changed["dosageInstruction"][0]["timing"]["repeat"]["periodUnits"] == "d"
    assert "periodUnit" not in changed["dosageInstruction"][0]["timing"]["repeat"]


def test_the_timing_is_made_where_there_was_none() -> None:
    assert (
        again(updated(order(rated({"doseQuantity": amount(150)})), ChangeDose(ORDER, quantity("25 mg"), Fraction(1))))
        == "25 mg 1"
    )


@pytest.mark.parametrize(
    ("resource", "reference", "member"),
    [
        (order(rated({"rateQuantity": amount(35, "mg/h")})), ORDER, "rateQuantity"),
        (order(rated({"rateRatio": {"numerator": amount(35), "denominator": amount(1, "h")}})), ORDER, "rateRatio"),
        (order(rated({"rateRange": {"low": amount(35, "mg/h"), "high": amount(40, "mg/h")}})), ORDER, "rateQuantity"),
        (order(rated({"doseQuantity": amount(35, "mg/h")})), ORDER, "rateQuantity"),
        (stu3({"rateQuantity": amount(35, "mg/h")}), ORDER, "rateQuantity"),
        (dstu2({"rateRatio": {"numerator": amount(35), "denominator": amount(1, "h")}}), OLD_ORDER, "rateRatio"),
    ],
)
def test_a_rate_changes_in_the_way_the_order_writes_it(resource: dict[str, Any], reference: str, member: str) -> None:
    changed = updated(resource, ChangeRate(reference, quantity("17.5 mg/h")))
    (dosage,) = changed["dosageInstruction"]
    place = dosage["doseAndRate"][0] if "doseAndRate" in dosage else dosage
    assert {name for name in place if name.startswith(("rate", "dose"))} == {member}
    assert again(changed) == "17.5 mg/h"


def test_a_rate_per_kilogram_is_a_ratio_too() -> None:
    resource = order(rated({"rateRatio": {"numerator": amount("0.5", "mg/kg"), "denominator": amount(1, "h")}}))
    ratio = updated(resource, ChangeRate(ORDER, quantity("0.25 mg/kg/h")))["dosageInstruction"][0]["doseAndRate"][0][
        "rateRatio"
    ]
    assert (ratio["numerator"]["code"], ratio["denominator"]["code"]) == ("mg/kg", "h")


@pytest.mark.parametrize(
    "resource",
    [
        order(rated({"doseQuantity": amount(35)}, timing=every(1, duration=10, durationMax=20, durationUnit="s"))),
        order(rated({"doseQuantity": amount(35)})),
    ],
)
def test_the_time_of_one_administration_is_its_duration(resource: dict[str, Any]) -> None:
    repeat = updated(resource, ChangeDuration(ORDER, quantity("60 s")))["dosageInstruction"][0]["timing"]["repeat"]
    assert (repeat["duration"], repeat["durationUnit"]) == (60, "s")
    assert "durationMax" not in repeat


def test_a_duration_that_is_no_time_cannot_be_written() -> None:
    assert action(reading(order(rated({"doseQuantity": amount(35)}))), ChangeDuration(ORDER, quantity("60 mg"))) is None


def test_directions_in_words_are_written_anew() -> None:
    resource = order(
        rated(
            {"doseQuantity": amount(150)},
            timing=every(2),
            text="150 mg twice daily",
            patientInstruction="Swallow whole",
            route={"text": "Oral"},
        ),
        text={"status": "generated", "div": "<div>150 mg</div>"},
        renderedDosageInstruction="150 mg twice daily",
    )
    changed = updated(resource, ChangeDose(ORDER, quantity("75 mg")))
    (dosage,) = changed["dosageInstruction"]
    assert dosage["text"] == "75 mg twice daily"
    assert dosage["patientInstruction"] == "Swallow whole"
    assert not {"text", "renderedDosageInstruction"} & changed.keys()


def test_directions_in_a_medications_text_become_an_instruction() -> None:
    resource = order(medicationCodeableConcept={"text": "Examplamine 100 mg at night"})
    del resource["dosageInstruction"]
    changed = updated(resource, ChangeDose(ORDER, quantity("50 mg"), Fraction(1)))
    assert changed["medicationCodeableConcept"]["text"] == "Examplamine"
    assert again(changed) == "50 mg 1"


def test_only_the_instruction_that_is_meant_is_changed() -> None:
    resource = order(rated({"doseQuantity": amount(25)}), rated({"doseQuantity": amount(150)}))
    changed = updated(resource, ChangeDose(ORDER, quantity("75 mg"), instruction=1))
    assert [one["doseAndRate"][0]["doseQuantity"]["value"] for one in changed["dosageInstruction"]] == [25, 75]


@pytest.mark.parametrize(
    ("resource", "reference", "member"),
    [
        (order(), ORDER, "reasonCode"),
        (order(reasonCode=[{"text": "x"}]), ORDER, "reasonCode"),
        (order(reasonCode={"text": "x"}), ORDER, "reasonCode"),
        (order(reasonReference=[{"display": "x"}]), ORDER, "reasonCode"),
        (r5(reason=[{"concept": {"text": "x"}}]), ORDER, "reason"),
        (dstu2(), OLD_ORDER, "reasonCodeableConcept"),
        (dstu2(reasonReference={"display": "x"}), OLD_ORDER, "reasonCodeableConcept"),
    ],
)
def test_a_stated_reason_takes_the_place_of_any_other(resource: dict[str, Any], reference: str, member: str) -> None:
    changed = updated(resource, StateUse(reference, PAIN))
    assert member in changed
    assert drafted(changed).reasons == (PAIN,)


def test_a_delete_names_the_order_and_holds_no_resource() -> None:
    assert action(reading(order()), DeleteOrder(ORDER)) == {
        "type": "delete",
        "description": "Remove the order",
        "resourceId": ORDER,
    }


@pytest.mark.parametrize(
    ("resource", "kind", "members"),
    [
        (order(), "ServiceRequest", {"status", "intent", "code", "subject", "resourceType"}),
        (r5(), "ServiceRequest", {"status", "intent", "code", "subject", "resourceType"}),
        (
            stu3({"doseQuantity": amount(1)}),
            "ProcedureRequest",
            {"status", "intent", "code", "subject", "resourceType"},
        ),
        (dstu2(), "ProcedureRequest", {"status", "code", "subject", "resourceType"}),
    ],
)
def test_a_service_is_requested_in_the_release_of_the_drafts(
    resource: dict[str, Any], kind: str, members: set[str]
) -> None:
    written = action(reading(resource), CreateService(WEIGH), "Weigh the patient")
    assert written is not None
    created = written["resource"]
    assert isinstance(created, dict)
    assert written["description"] == "Weigh the patient"
    assert (created["resourceType"], created["status"], created["subject"]) == (
        kind,
        "draft",
        {"reference": "Patient/p-1"},
    )
    assert created.keys() == members
    assert [one.concept for one in reading(created).drafts.services] == [WEIGH]


@pytest.mark.parametrize(
    "change",
    [
        ChangeDose("MedicationRequest/gone", quantity("1 mg")),
        DeleteOrder("MedicationRequest/gone"),
        StateUse("MedicationRequest/gone", PAIN),
        ChangeDose(ORDER, quantity("1 mg"), instruction=5),
    ],
)
def test_a_change_to_what_is_not_there_is_not_written(change: Change) -> None:
    assert action(reading(order(rated({"doseQuantity": amount(25)}))), change) is None


def test_an_order_without_an_id_cannot_be_named_and_is_not_changed() -> None:
    nameless = order()
    del nameless["id"]
    assert action(reading(nameless), DeleteOrder("MedicationRequest/draft-1")) is None


def test_several_changes_of_one_order_make_one_update() -> None:
    found = actions(
        reading(order(rated({"doseQuantity": amount(25)}))),
        [ChangeDose(ORDER, quantity("10 mg")), StateUse(ORDER, PAIN), DeleteOrder(ORDER)],
    )
    assert found is not None
    assert [one["type"] for one in found] == ["update", "delete"]
    assert found[0]["description"] == "Change the dose to 10 mg; State the reason: Acute pain"
    resource = found[0]["resource"]
    assert isinstance(resource, dict)
    assert (again(resource), len(resource["reasonCode"])) == ("10 mg", 1)


def test_one_change_that_cannot_be_written_takes_the_others_with_it() -> None:
    assert actions(reading(order()), [StateUse(ORDER, PAIN), DeleteOrder("MedicationRequest/gone")]) is None


def test_nothing_empty_goes_out_though_the_client_sent_it() -> None:
    resource = order(
        note=[],
        priorPrescription=None,
        groupIdentifier={},
        instantiatesUri=["x", None],
        _instantiatesUri=[None, {"id": "y"}],
        supportingInformation=[{}, {"display": ""}],
    )
    changed = updated(resource, StateUse(ORDER, PAIN))
    assert not {"note", "priorPrescription", "groupIdentifier", "supportingInformation"} & changed.keys()
    assert (changed["instantiatesUri"], changed["_instantiatesUri"]) == (["x", None], [None, {"id": "y"}])


@pytest.mark.parametrize(
    ("value", "written"),
    [("100 mg", 100), ("62.50 mg", Decimal("62.5")), ("1E+2 mg", 100), ("0.0003 mg", Decimal("0.0003"))],
)
def test_values_go_out_as_plain_exact_numbers(value: str, written: Any) -> None:
    changed = updated(order(rated({"doseQuantity": amount(25)})), ChangeDose(ORDER, quantity(value)))
    found = changed["dosageInstruction"][0]["doseAndRate"][0]["doseQuantity"]["value"]
    assert (found, str(found), type(found)) == (written, str(written), type(written))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (ChangeDose(ORDER, quantity("75 mg"), Fraction(2)), "Change to 75 mg, twice a day"),
        (ChangeDose(ORDER, quantity("75 mg"), Fraction(1, 2)), "Change to 75 mg, every 2 days"),
        (ChangeRate(ORDER, quantity("10 mg/h")), "Change the rate to 10 mg/h"),
        (ChangeDuration(ORDER, quantity("60 s")), "Give over 60 s"),
        (CreateService(WEIGH), "Order: Body weight"),
    ],
)
def test_a_change_without_words_of_its_own_says_what_it_does(change: Change, words: str) -> None:
    given = {"rateQuantity": amount(25, "mg/h")} if isinstance(change, ChangeRate) else {"doseQuantity": amount(25)}
    written = action(reading(order(rated(given))), change)
    assert written is not None
    assert written["description"] == words
