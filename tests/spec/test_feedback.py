"""CDS Hooks, "Feedback": rows F1-F7 of the checklist."""

# ruff: noqa: N802 - the names carry the checklist's ids as they are written there
from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from cds.hooks.routes import Endpoints
from tests.bodies import SIGN, with_value, without
from tests.spec.walk import assert_outcome

FEEDBACK = f"{SIGN}/feedback"
CARD = "9368d37b-283f-44a0-93ea-547cebab93ed"
ACCEPTED = {
    "card": CARD,
    "outcome": "accepted",
    "acceptedSuggestions": [{"id": "f6b95768-b1c8-40dc-8385-bf3504b82ffb"}],
    "outcomeTimestamp": "2026-12-11T06:44:58Z",
}
REASON = {"code": "BENEFIT", "system": "urn:medication-order-cds:override-reason"}
OVERRIDDEN = {
    "card": CARD,
    "outcome": "overridden",
    "overrideReason": {"reason": {**REASON, "display": "Benefit"}, "userComment": "SENTINEL Smith"},
    "outcomeTimestamp": "2026-12-11T06:44:58.123Z",
}
EPIC = {
    "card": CARD,
    "outcome": "overridden",
    "overrideReasons": {"reason": REASON, "userComment": "SENTINEL Smith"},
    "outcomeTimestamp": "2026-12-11T06:44:58Z",
}
EPIC_EXTENSION = {
    "card": CARD,
    "outcome": "overridden",
    "overrideReasons": {
        "userComment": "SENTINEL Smith",
        "extension": {
            "com.epic.cdshooks.feedback.overrideReason.reasonCategory": "1",
            "com.epic.cdshooks.feedback.overrideReason.reasonDisplay": "Benefit outweighs risk",
            "com.epic.cdshooks.feedback.overrideReason.reasonTitle": "Benefit",
        },
    },
    "outcomeTimestamp": "2026-12-11T06:44:58Z",
}
SANDBOX = {
    "card": CARD,
    "outcome": "overridden",
    "outcomeTimestamp": "2026-11-22T10:00:00.000Z",
    "overrideReason": {"reason": REASON},
}
BARE = {"card": CARD, "outcome": "overridden", "outcomeTimestamp": "2026-11-22T10:00:00.000Z"}


def send(client: TestClient, *items: Any) -> Any:
    return client.post(FEEDBACK, json={"feedback": list(items)})


def counts(client: TestClient) -> dict[tuple[str, str, str], int]:
    endpoints: Endpoints = client.app.state.endpoints  # type: ignore[attr-defined]
    return dict(endpoints.tally.counts)


@pytest.mark.parametrize("item", [ACCEPTED, OVERRIDDEN, EPIC, EPIC_EXTENSION, SANDBOX, BARE])
def test_F3_F7_every_form_that_clients_send_is_taken(canned: TestClient, item: dict[str, Any]) -> None:
    response = send(canned, item)
    assert response.status_code == 200
    assert response.content == b""
    assert sum(counts(canned).values()) == 1


@pytest.mark.parametrize("member", ["card", "outcome", "outcomeTimestamp"])
def test_F1_what_is_required_is_missed_by_name(canned: TestClient, member: str) -> None:
    assert_outcome(send(canned, ACCEPTED, without(ACCEPTED, member)), 400, f"feedback[1].{member}")


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("card", ""),
        ("card", 5),
        ("outcome", "ignored"),
        ("outcomeTimestamp", "yesterday"),
        ("outcomeTimestamp", "2026-13-11T06:44:58Z"),
        ("outcomeTimestamp", "2026-12-11T06:44:58"),
    ],
)
def test_F1_a_value_of_the_wrong_kind_is_named_by_its_place(canned: TestClient, member: str, value: Any) -> None:
    assert_outcome(send(canned, with_value(ACCEPTED, member, value)), 400, f"feedback[0].{member}")


def test_F2_an_accepted_card_names_what_was_accepted(canned: TestClient) -> None:
    place = "feedback[0].acceptedSuggestions"
    assert_outcome(send(canned, without(ACCEPTED, "acceptedSuggestions")), 400, place)
    assert_outcome(send(canned, with_value(ACCEPTED, "acceptedSuggestions", [])), 400, place)
    assert_outcome(send(canned, with_value(ACCEPTED, "acceptedSuggestions", [{}])), 400, f"{place}[0].id")


def test_F3_an_override_reason_holds_something(canned: TestClient) -> None:
    assert_outcome(send(canned, with_value(OVERRIDDEN, "overrideReason", {})), 400, "feedback[0].overrideReason")
    comment_only = with_value(OVERRIDDEN, "overrideReason", {"userComment": "SENTINEL"})
    assert send(canned, comment_only).status_code == 200


@pytest.mark.parametrize("member", ["code", "system"])
def test_F3_a_reason_is_a_coding(canned: TestClient, member: str) -> None:
    item = without(OVERRIDDEN, f"overrideReason.reason.{member}")
    assert_outcome(send(canned, item), 400, f"feedback[0].overrideReason.reason.{member}")


def test_F3_a_reason_of_ours_is_counted_under_its_code_and_another_as_other(canned: TestClient) -> None:
    send(canned, OVERRIDDEN, with_value(OVERRIDDEN, "overrideReason.reason.code", "their own"), BARE)
    service = "medication-order-sign"
    assert counts(canned) == {
        (service, "overridden", "BENEFIT"): 1,
        (service, "overridden", "other"): 1,
        (service, "overridden", ""): 1,
    }


def test_F4_the_same_report_twice_counts_once(canned: TestClient) -> None:
    assert [send(canned, ACCEPTED, ACCEPTED).status_code, send(canned, ACCEPTED).status_code] == [200, 200]
    assert sum(counts(canned).values()) == 1


def test_F4_many_cards_of_many_calls_come_in_one_report(canned: TestClient) -> None:
    items = [{**BARE, "card": f"00000000-0000-4000-8000-{number:012}"} for number in range(50)]
    assert send(canned, *items).status_code == 200
    assert sum(counts(canned).values()) == 50


def test_F4_one_faulty_report_means_that_none_of_the_batch_is_counted(canned: TestClient) -> None:
    assert send(canned, ACCEPTED, {}).status_code == 400
    assert counts(canned) == {}


@pytest.mark.parametrize("body", [{}, {"feedback": {}}, {"feedback": []}, []])
def test_a_body_without_reports_is_refused(canned: TestClient, body: Any) -> None:
    assert_outcome(canned.post(FEEDBACK, json=body), 400, "feedback")


def test_what_a_person_wrote_is_kept_nowhere(canned: TestClient, capfd: pytest.CaptureFixture[str]) -> None:
    send(canned, OVERRIDDEN, EPIC, EPIC_EXTENSION)
    endpoints: Endpoints = canned.app.state.endpoints  # type: ignore[attr-defined]
    assert "SENTINEL" not in repr(endpoints.tally)
    assert "SENTINEL" not in "".join(capfd.readouterr())
