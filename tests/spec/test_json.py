"""CDS Hooks, "Use of JSON": rows G1-G4 of the checklist."""

# ruff: noqa: N802 - the names carry the checklist's ids as they are written there
from __future__ import annotations

import json

from starlette.testclient import TestClient

from tests.bodies import SELECT, SIGN, order_select, order_sign
from tests.spec.walk import empties


def answers(client: TestClient) -> list[object]:
    return [
        client.get("/cds-services").json(),
        client.post(SIGN, json=order_sign()).json(),
        client.post(SELECT, json=order_select()).json(),
        client.post(SIGN, json={}).json(),
        client.get("/nowhere").json(),
    ]


def test_G1_every_answer_is_json(canned: TestClient) -> None:
    for response in (
        canned.get("/cds-services"),
        canned.post(SIGN, json=order_sign()),
        canned.post(SIGN, json={}),
        canned.get("/nowhere"),
    ):
        assert response.headers["content-type"] == "application/json"
        json.loads(response.content)


def test_G2_G3_nothing_empty_is_sent(canned: TestClient) -> None:
    for answer in answers(canned):
        assert list(empties(answer)) == []


def test_G2_an_order_that_holds_empty_members_is_given_back_without_them(canned: TestClient) -> None:
    body = order_sign()
    resource = body["context"]["draftOrders"]["entry"][0]["resource"]
    resource |= {"note": [], "groupIdentifier": {}, "encounter": None, "performerType": {"text": ""}}
    answer = canned.post(SIGN, json=body).json()
    assert list(empties(answer)) == []
    assert any(action["type"] == "update" for action in actions(answer))


def test_G4_answers_have_no_comments_and_no_trailing_commas(canned: TestClient) -> None:
    text = canned.post(SIGN, json=order_sign()).text

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    json.loads(text, parse_constant=refuse)


def actions(answer: dict) -> list[dict]:  # type: ignore[type-arg] - JSON
    return [
        action
        for card in answer["cards"]
        for suggestion in card.get("suggestions", [])
        for action in suggestion["actions"]
    ]
