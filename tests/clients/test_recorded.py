"""Bodies recorded from real clients, and one shaped like another's: each gets the answer that helps most."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.bodies import SELECT, SIGN, VIEW
from tests.spec.walk import assert_outcome, empties

BODIES = Path(__file__).parent / "bodies"
ANSWERED = [
    (SIGN, "sandbox-order-sign"),
    (SIGN, "sandbox-order-sign-stu3"),
    (SIGN, "sandbox-order-sign-dstu2"),
    (SIGN, "epic-shaped-order-sign"),
    (SELECT, "sandbox-order-select"),
    (SELECT, "sandbox-order-select-nomed"),
    (VIEW, "sandbox-patient-view"),
]


def post(client: TestClient, path: str, name: str) -> Any:
    body = (BODIES / f"{name}.json").read_bytes()
    return client.post(path, content=body, headers={"content-type": "application/json"})


def cards(client: TestClient, path: str, name: str) -> list[dict[str, Any]]:
    response = post(client, path, name)
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["cards"]
    return found


def test_every_recorded_body_is_tested() -> None:
    refused = {"sandbox-order-sign-reclick-nocontext"}
    assert {path.stem for path in BODIES.glob("*.json")} == {name for _, name in ANSWERED} | refused


@pytest.mark.parametrize(("path", "name"), ANSWERED, ids=[name for _, name in ANSWERED])
def test_a_recorded_call_is_answered_in_form(client: TestClient, path: str, name: str) -> None:
    response = post(client, path, name)
    assert response.status_code == 200, response.text
    assert list(empties(response.json())) == []
    for card in response.json()["cards"]:
        assert len(card["summary"]) < 140
        assert card["indicator"] in ("info", "warning", "critical")


@pytest.mark.parametrize(
    ("path", "name", "where"),
    [
        (SIGN, "sandbox-order-sign-reclick-nocontext", "context.draftOrders"),
        (SIGN, "sandbox-patient-view", "hook"),
        (SELECT, "sandbox-order-sign", "hook"),
    ],
)
def test_a_call_that_cannot_be_used_is_refused_with_the_place(
    client: TestClient, path: str, name: str, where: str
) -> None:
    assert_outcome(post(client, path, name), 400, where)


def test_a_hollow_order_gets_no_card(client: TestClient) -> None:
    assert post(client, SELECT, "sandbox-order-select-nomed").content == b'{"cards":[]}'


def test_two_tablets_of_150_mg_twice_a_day_are_600_mg_a_day_and_one_critical_card(client: TestClient) -> None:
    found = cards(client, SIGN, "sandbox-order-sign")
    dose = [card for card in found if card["source"]["topic"]["code"] == "dose"]
    assert [card["indicator"] for card in dose] == ["critical"]
    assert "600 mg/day" in dose[0]["summary"]
    assert dose[0]["suggestions"]
    assert [card["indicator"] for card in found if card["indicator"] == "critical"] == ["critical"]


def test_a_dose_that_is_written_three_times_counts_once(client: TestClient) -> None:
    dose = [card for card in cards(client, SIGN, "epic-shaped-order-sign") if card["source"]["topic"]["code"] == "dose"]
    assert [card["indicator"] for card in dose] == ["critical"]
    assert "300 mg/day" in dose[0]["summary"]


def test_an_update_gives_the_recorded_order_back_whole(client: TestClient) -> None:
    sent = json.loads((BODIES / "sandbox-order-sign.json").read_text())["context"]["draftOrders"]["entry"][0][
        "resource"
    ]
    updates = [
        action["resource"]
        for card in cards(client, SIGN, "sandbox-order-sign")
        for suggestion in card.get("suggestions", [])
        for action in suggestion["actions"]
        if action["type"] == "update"
    ]
    assert updates
    for resource in updates:
        assert resource["id"] == sent["id"]
        assert sent.keys() <= resource.keys()
        assert resource["category"] == sent["category"], "what is odd in the order stays as it was sent"
        assert resource["medicationCodeableConcept"] == sent["medicationCodeableConcept"]


@pytest.mark.bench
def test_a_recorded_call_is_answered_within_the_time_the_specification_names(client: TestClient) -> None:
    post(client, SIGN, "sandbox-order-sign")
    begun = time.perf_counter()
    post(client, SIGN, "sandbox-order-sign")
    assert time.perf_counter() - begun < 0.5
