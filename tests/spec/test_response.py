"""CDS Hooks, "CDS Service Response": rows R1-R14 and the extension row X1 of the checklist."""

# ruff: noqa: N802 - the names carry the checklist's ids as they are written there
from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from cds.cards.card import Reviewed
from tests.bodies import ORDER, SELECT, SIGN, bundle, order, order_select, order_sign
from tests.spec.walk import empties

INDICATORS = {"info", "warning", "critical"}


def cards(client: TestClient, body: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.post(SIGN, json=body or order_sign()).json()["cards"]
    assert found
    return found


def suggestions(client: TestClient) -> list[dict[str, Any]]:
    found = [suggestion for card in cards(client) for suggestion in card.get("suggestions", [])]
    assert found
    return found


def actions(client: TestClient) -> list[dict[str, Any]]:
    return [action for suggestion in suggestions(client) for action in suggestion["actions"]]


def test_R1_success_is_200_with_cards(canned: TestClient) -> None:
    response = canned.post(SIGN, json=order_sign())
    assert response.status_code == 200
    assert set(response.json()) <= {"cards", "extension"}


def test_R1_no_advice_is_exactly_an_empty_list(canned: TestClient, canned_service: Any) -> None:
    canned_service.reviewed = replace(canned_service.reviewed, cards=())
    assert canned.post(SIGN, json=order_sign()).content == b'{"cards":[]}'


@pytest.mark.parametrize(("length", "sent"), [(138, 138), (139, 139), (140, 139), (141, 139), (400, 139)])
def test_R2_summary_is_under_140_characters(canned: TestClient, canned_service: Any, length: int, sent: int) -> None:
    card = replace(canned_service.reviewed.cards[0], summary="x" * length)
    canned_service.reviewed = Reviewed((card,))
    (found,) = cards(canned)
    assert len(found["summary"]) == sent
    assert found["summary"].endswith("…") == (length >= 140)


def test_R2_a_summary_of_many_words_is_cut_between_two_of_them(canned: TestClient, canned_service: Any) -> None:
    words = "Paracetamol-\U0001f48a naïve wörds " * 10
    card = replace(canned_service.reviewed.cards[0], summary=words)
    canned_service.reviewed = Reviewed((card,))
    (found,) = cards(canned)
    assert len(found["summary"]) < 140
    assert found["summary"][:-1] in words
    assert words[len(found["summary"]) - 1] == " "


def test_R3_the_detail_is_sent_as_it_was_written(canned: TestClient) -> None:
    assert cards(canned)[0]["detail"] == "**Above** the maximum."
    assert "detail" not in cards(canned)[1]


def test_R4_every_card_has_one_of_the_three_indicators(canned: TestClient) -> None:
    assert {card["indicator"] for card in cards(canned)} <= INDICATORS


def test_R5_every_card_names_its_source_and_a_topic(canned: TestClient) -> None:
    for card in cards(canned):
        source = card["source"]
        assert source["label"]
        assert re.match(r"https?://", source.get("url", "https://"))
        topic = source["topic"]
        assert set(topic) == {"code", "system", "display"}
        assert len(topic["code"]) <= 100
        assert re.match(r"[a-z]+:", topic["system"])


def test_R6_cards_and_suggestions_have_uuids_that_never_repeat(canned: TestClient) -> None:
    found = []
    for _ in range(2):
        for card in cards(canned):
            found += [card["uuid"], *(suggestion["uuid"] for suggestion in card.get("suggestions", []))]
    assert all(str(UUID(uuid)) == uuid for uuid in found)
    assert len(set(found)) == len(found)


def test_R7_suggestions_come_with_a_selection_behaviour_and_only_they(canned: TestClient) -> None:
    for card in cards(canned):
        assert ("suggestions" in card) == ("selectionBehavior" in card)
        assert card.get("selectionBehavior", "at-most-one") == "at-most-one"


def test_R8_at_most_one_suggestion_of_a_card_is_recommended(canned: TestClient) -> None:
    for card in cards(canned):
        recommended = [s["isRecommended"] for s in card.get("suggestions", []) if "isRecommended" in s]
        assert recommended in ([], [True])


def test_R9_every_suggestion_has_a_label_and_actions(canned: TestClient) -> None:
    for suggestion in suggestions(canned):
        assert suggestion["label"]
        assert suggestion["actions"]
        assert "actionSelectionBehavior" not in suggestion


def test_R10_every_action_has_a_type_and_a_description(canned: TestClient) -> None:
    for action in actions(canned):
        assert action["type"] in ("create", "update", "delete")
        assert action["description"]


def test_R10_an_update_holds_the_whole_resource(canned: TestClient) -> None:
    sent = order(note=[{"text": "kept"}], priority="routine")
    body = order_sign(sent)
    found = [
        action
        for card in cards(canned, body)
        for suggestion in card.get("suggestions", [])
        for action in suggestion["actions"]
        if action["type"] == "update"
    ]
    assert found
    for action in found:
        resource = action["resource"]
        assert f"{resource['resourceType']}/{resource['id']}" == ORDER
        assert sent.keys() <= resource.keys()
        assert resource["note"] == [{"text": "kept"}]


def test_R10_a_delete_names_a_draft_and_holds_no_resource(canned: TestClient) -> None:
    deletes = [action for action in actions(canned) if action["type"] == "delete"]
    assert deletes
    for action in deletes:
        assert action["resourceId"] == ORDER
        assert "resource" not in action


def test_R10_a_create_holds_the_new_resource(canned: TestClient) -> None:
    creates = [action for action in actions(canned) if action["type"] == "create"]
    assert creates
    for action in creates:
        assert action["resource"]["resourceType"]
        assert action["resource"]["subject"] == {"reference": "Patient/p-1"}


def test_R11_every_override_reason_is_a_whole_coding(canned: TestClient) -> None:
    reasons = [reason for card in cards(canned) for reason in card.get("overrideReasons", [])]
    assert reasons
    assert all(set(reason) == {"code", "system", "display"} for reason in reasons)


def test_R12_no_safety_card_is_only_a_link_to_an_app(canned: TestClient) -> None:
    for card in cards(canned):
        for link in card.get("links", []):
            assert link["type"] == "absolute"
            assert link["url"].startswith("https://")
            assert not link.get("autolaunchable")


def test_R13_nothing_is_done_behind_the_prescribers_back(canned: TestClient) -> None:
    assert "systemActions" not in canned.post(SIGN, json=order_sign()).json()


def test_R14_an_order_that_would_not_change_is_not_sent_back(canned: TestClient) -> None:
    sent = order()
    for action in actions(canned):
        if action["type"] == "update":
            assert action["resource"] != sent


def test_X1_extensions_are_objects_and_say_which_statement_spoke(canned: TestClient) -> None:
    answer = canned.post(SIGN, json=order_sign()).json()
    assert isinstance(answer["extension"], dict)
    told = [card["extension"]["org.medication-order-cds.findings"] for card in answer["cards"]]
    assert told[0] == [{"statement": "examplamine.daily.limit", "rule": "E1", "level": "critical", "orders": [ORDER]}]
    assert told[1][0]["reason"] == "the weight is not known"


def test_X1_the_report_tells_what_was_checked_and_what_was_not(canned: TestClient) -> None:
    review = canned.post(SIGN, json=order_sign()).json()["extension"]["org.medication-order-cds.review"]
    assert review["knowledge"] == "k-0123456789ab"
    (report,) = review["orders"]
    assert report == {
        "order": ORDER,
        "drug": "Examplamine",
        "covered": True,
        "checked": ["examplamine.daily.limit", "examplamine.bolus", "examplamine.route"],
        "fired": ["examplamine.daily.limit"],
        "clear": ["examplamine.route"],
        "notAssessed": [{"statement": "examplamine.bolus", "reason": "the weight is not known"}],
    }


def test_X1_a_client_that_asks_gets_the_report_without_cards_too(canned: TestClient, canned_service: Any) -> None:
    canned_service.reviewed = replace(canned_service.reviewed, cards=())
    body = order_sign(extension={"org.medication-order-cds.report": True})
    answer = canned.post(SIGN, json=body).json()
    assert answer["cards"] == []
    assert answer["extension"]["org.medication-order-cds.review"]["orders"]


def test_X1_the_report_is_left_out_where_there_is_no_order(canned: TestClient, canned_service: Any) -> None:
    canned_service.reviewed = Reviewed(())
    body = order_sign(extension={"org.medication-order-cds.report": True})
    assert canned.post(SIGN, json=body).content == b'{"cards":[]}'


def test_figures_come_back_as_they_were_written(canned: TestClient) -> None:
    text = json.dumps(order_sign(order(dispenseRequest={"quantity": {"value": 123456}}))).replace("123456", "0.10")
    response = canned.post(SIGN, content=text, headers={"content-type": "application/json"})
    assert '"value":0.10}' in response.text


def test_order_select_judges_the_selected_orders_beside_the_others(canned: TestClient, canned_service: Any) -> None:
    other = order(id="order-2")
    canned.post(SELECT, json=order_select(order(), other))
    drafts, _ = canned_service.asked[-1]
    assert drafts.selected == frozenset({ORDER})
    assert {draft.reference for draft in drafts.orders} == {ORDER, "MedicationRequest/order-2"}


def test_order_select_with_nothing_selected_says_nothing(canned: TestClient, canned_service: Any) -> None:
    response = canned.post(SELECT, json=order_select(selections=[]))
    assert response.content == b'{"cards":[]}'
    assert canned_service.asked == []


def test_a_selection_that_points_to_no_draft_is_no_reason_to_check_less(
    canned: TestClient, canned_service: Any
) -> None:
    canned.post(SELECT, json=order_select(selections=["MedicationRequest/somewhere-else"]))
    drafts, _ = canned_service.asked[-1]
    assert drafts.selected == frozenset()


def test_an_order_that_is_no_medication_is_passed_over(canned: TestClient, canned_service: Any) -> None:
    body = order_sign()
    body["context"]["draftOrders"] = bundle(
        {"resourceType": "NutritionOrder", "id": "n-1"},
        {"resourceType": "ServiceRequest", "id": "s-1"},
        order(),
    )
    assert canned.post(SIGN, json=body).status_code == 200
    drafts, _ = canned_service.asked[-1]
    assert [draft.reference for draft in drafts.orders] == [ORDER]


def test_nothing_in_any_card_is_empty(canned: TestClient) -> None:
    assert list(empties(cards(canned))) == []
