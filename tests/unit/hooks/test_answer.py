"""One call from end to end: what is judged, what comes back, and what is said when not all could be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

import pytest

from cds.hooks.answer import MOST_ORDERS, answer, too_late
from cds.hooks.request import read
from cds.service import Service
from tests.bodies import ORDER, bundle, order, order_select, order_sign
from tests.canned import CannedService

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def answered(service: CannedService, body: dict[str, Any], fetched: Mapping[str, object] = {}) -> Any:
    request = read(json.dumps(body).encode(), body["hook"])
    return answer(request, cast(Service, service), NOW, uuid4, fetched)


def selected(service: CannedService, body: dict[str, Any]) -> frozenset[str]:
    answered(service, body)
    return service.asked[-1][0].selected


def test_the_moment_of_the_review_is_the_one_passed_in(canned_service: CannedService) -> None:
    answered(canned_service, order_sign())
    assert canned_service.asked[-1][1].as_of == NOW


def test_what_was_fetched_is_read_like_what_was_sent(canned_service: CannedService) -> None:
    condition = {
        "resourceType": "Condition",
        "id": "c-1",
        "subject": {"reference": "Patient/p-1"},
        "code": {"text": "x"},
    }
    fetched = {"conditions": {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": condition}]}}
    answered(canned_service, order_sign(), fetched)
    assert [found.reference for found in canned_service.asked[-1][1].conditions] == ["Condition/c-1"]


def test_at_order_sign_all_orders_are_judged_whatever_is_selected(canned_service: CannedService) -> None:
    body = order_sign()
    body["context"]["selections"] = ["MedicationRequest/order-1"]
    assert selected(canned_service, body) == frozenset()


@pytest.mark.parametrize(
    "selection",
    [ORDER, "https://ehr.example.org/fhir/MedicationRequest/order-1", "order-1", f"{ORDER}/_history/2"],
)
def test_a_selection_is_understood_however_it_is_written(canned_service: CannedService, selection: str) -> None:
    assert selected(canned_service, order_select(selections=[selection])) == {ORDER}


def test_a_selected_order_that_is_no_medication_leaves_the_medications_unjudged(canned_service: CannedService) -> None:
    body = order_select(selections=["NutritionOrder/n-1"])
    body["context"]["draftOrders"] = bundle(order(), {"resourceType": "NutritionOrder", "id": "n-1"})
    assert selected(canned_service, body) == {"NutritionOrder/n-1"}


def test_one_selection_that_points_to_nothing_is_enough_to_judge_all(canned_service: CannedService) -> None:
    assert selected(canned_service, order_select(selections=[ORDER, "MedicationRequest/gone"])) == frozenset()


@pytest.mark.parametrize(("orders", "judged"), [(MOST_ORDERS, MOST_ORDERS), (MOST_ORDERS + 1, MOST_ORDERS)])
def test_orders_beyond_the_limit_are_said_not_to_be_checked(
    canned_service: CannedService, orders: int, judged: int
) -> None:
    canned_service.reviewed = replace(canned_service.reviewed, cards=())
    body = order_sign(*(order(id=f"order-{number}") for number in range(orders)))
    cards = answered(canned_service, body)["cards"]
    assert len(canned_service.asked[-1][0].orders) == judged
    assert [card["summary"][:1] for card in cards] == ([] if orders == judged else ["1"])
    assert all("NOT checked" in card["summary"] for card in cards)


def test_the_answer_that_comes_too_late_is_one_card_that_says_so() -> None:
    (card,) = cast(Any, too_late(uuid4)["cards"])
    assert card["indicator"] == "warning"
    assert "NOT checked" in card["summary"]
    assert "suggestions" not in card
