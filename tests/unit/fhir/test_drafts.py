"""The draft Bundle as real clients send it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from cds.clinical.chart import Category
from cds.fhir.reading import read
from tests.unit.fhir.shapes import AS_OF, amount, bundle, every, order, rated, reading, recorded

DAILY = rated({"doseQuantity": amount(25)}, timing=every(1))


def test_a_bundle_needs_no_type_and_other_entries_are_left_alone() -> None:
    drafts = reading(
        order(DAILY), {"resourceType": "NutritionOrder", "id": "n"}, {"resourceType": "Medication", "id": "m"}, {}
    ).drafts
    assert [one.reference for one in drafts.orders] == ["MedicationRequest/order-1"]
    assert drafts.services == ()


def test_an_order_without_an_id_gets_a_stable_reference_and_a_note() -> None:
    nameless = order(DAILY)
    del nameless["id"]
    found = reading(order(DAILY), nameless)
    assert [one.reference for one in found.drafts.orders] == ["MedicationRequest/order-1", "MedicationRequest/draft-2"]
    assert "draft-2" in found.notes[0]
    assert found.resources["MedicationRequest/draft-2"] is nameless


def test_the_same_order_twice_is_one_and_two_orders_of_one_id_are_two() -> None:
    assert len(reading(order(DAILY), order(DAILY)).drafts.orders) == 1
    assert len(reading(order(DAILY), order()).drafts.orders) == 2


def test_an_order_of_another_patient_is_not_read_and_is_a_gap() -> None:
    found = reading(order(DAILY, subject={"reference": "Patient/another"}))
    assert found.drafts.orders == ()
    assert [gap.reason for gap in found.chart.gaps if gap.category is Category.MEDICINES] == [
        "a draft order belongs to another patient"
    ]


@pytest.mark.parametrize(
    "selection",
    ["MedicationRequest/order-1", "order-1", "https://ehr.example.org/fhir/MedicationRequest/order-1", "urn:uuid:1"],
)
def test_selections_find_their_order_however_they_name_it(selection: str) -> None:
    drafts = {"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:1", "resource": order(DAILY)}]}
    found = reading(draftOrders=drafts, selections=[selection]).drafts
    assert found.selected == {"MedicationRequest/order-1"}


@pytest.mark.parametrize(
    "drafts",
    [None, {}, "x", 5, [], {"resourceType": "Bundle"}, bundle(), {"resourceType": "Bundle", "entry": [5, None, {}]}],
)
def test_drafts_that_are_not_there_are_none(drafts: Any) -> None:
    assert reading(draftOrders=drafts).drafts.orders == ()


@pytest.mark.parametrize(
    ("name", "release", "dose", "per_day"),
    [
        ("sandbox-order-sign.json", "r4", "2 pills", 2),
        ("sandbox-order-select.json", "r4", "2 pills", 3),
        ("sandbox-order-sign-stu3.json", "stu3", "1 pill", 1),
        ("sandbox-order-sign-dstu2.json", "dstu2", "1 pill", 1),
        ("epic-shaped-order-sign.json", "r4", "150 mg", 2),
    ],
)
def test_the_bodies_of_real_clients_are_read_whole(name: str, release: str, dose: str, per_day: int) -> None:
    body = recorded(name)
    before = json.dumps(body, default=str)
    found = read(body["context"], body["prefetch"], AS_OF)
    (one,) = found.drafts.orders
    (instruction,) = one.instructions
    assert instruction.dose is not None
    assert (str(instruction.dose[0]), instruction.timing.per_day) == (dose, (per_day, per_day))
    assert (one.unread, instruction.unread, one.live) == ((), (), True)
    assert one.medication.concept.codings
    assert found.releases == {one.reference: release}
    assert json.dumps(body, default=str) == before


def test_the_sandboxs_record_is_read_without_a_gap() -> None:
    body = recorded("sandbox-order-sign.json")
    chart = read(body["context"], body["prefetch"], AS_OF).chart
    assert len(chart.conditions) == 2
    assert [one.concept.text for one in chart.allergies] == ["Amoxicillin"]
    assert (chart.medicines, chart.gaps) == ((), ())


@pytest.mark.parametrize("name", ["sandbox-order-select-nomed.json", "sandbox-order-sign-reclick-nocontext.json"])
def test_hollow_and_stripped_calls_are_read_without_complaint(name: str) -> None:
    body = recorded(name)
    found = read(body["context"], body["prefetch"], AS_OF)
    assert all(not one.medication.concept and not one.unread for one in found.drafts.orders)


def test_what_is_read_is_never_changed() -> None:
    context = {"patientId": "p-1", "draftOrders": bundle(order(DAILY))}
    prefetch = {"medications": bundle(order(DAILY, id="2", status="active"))}
    before = copy.deepcopy((context, prefetch))
    read(context, prefetch, AS_OF)
    assert (context, prefetch) == before
