"""CDS Hooks, "Calling a CDS Service": rows Q1-Q9 of the checklist, and what may not be guessed in a body."""

# ruff: noqa: N802 - the names carry the checklist's ids as they are written there
from __future__ import annotations

import json
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.bodies import SELECT, SIGN, order_select, order_sign, with_value, without
from tests.spec.walk import assert_outcome

GRANT = {
    "access_token": "TOK-sentinel",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/Observation.rs",
    "subject": "cds-service",
    "patient": "p-1",
}
AUTHORIZED = order_sign(fhirServer="https://ehr.example.org/fhir", fhirAuthorization=GRANT)
JSON = {"content-type": "application/json"}


def test_a_whole_and_right_call_is_answered(canned: TestClient) -> None:
    assert canned.post(SIGN, json=order_sign()).status_code == 200
    assert canned.post(SELECT, json=order_select()).status_code == 200
    assert canned.post(SIGN, json=AUTHORIZED).status_code == 200


def test_Q1_a_service_refuses_the_call_of_another_hook(canned: TestClient) -> None:
    assert_outcome(canned.post(SIGN, json=order_select()), 400, "hook")
    assert_outcome(canned.post(SELECT, json=order_sign()), 400, "hook")
    assert_outcome(canned.post(SIGN, json=order_sign(hook="patient-view")), 400, "hook")


@pytest.mark.parametrize("missing", ["hook", "hookInstance", "context", "context.patientId", "context.draftOrders"])
def test_Q1_Q2_Q3_what_is_required_is_missed_by_name(canned: TestClient, missing: str) -> None:
    assert_outcome(canned.post(SIGN, json=without(order_sign(), missing)), 400, missing)


@pytest.mark.parametrize("null", ["hook", "hookInstance", "context", "context.patientId", "context.draftOrders"])
def test_Q3_null_is_as_good_as_missing(canned: TestClient, null: str) -> None:
    assert_outcome(canned.post(SIGN, json=with_value(order_sign(), null, None)), 400, null)


def test_Q3_order_select_needs_its_selections(canned: TestClient) -> None:
    assert_outcome(canned.post(SELECT, json=without(order_select(), "context.selections")), 400, "context.selections")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("hook", 7),
        ("hookInstance", "not-a-uuid"),
        ("hookInstance", ""),
        ("context", []),
        ("context.patientId", ""),
        ("context.patientId", 12),
        ("context.draftOrders", []),
        ("context.draftOrders", {"resourceType": "Patient"}),
        ("prefetch", []),
        ("fhirServer", 5),
    ],
)
def test_Q_a_value_of_the_wrong_kind_is_named_by_its_place(canned: TestClient, path: str, value: Any) -> None:
    assert_outcome(canned.post(SIGN, json=with_value(order_sign(), path, value)), 400, path)


@pytest.mark.parametrize(
    ("entries", "where"),
    [({}, "context.draftOrders.entry"), ([{"resource": "a text"}], "context.draftOrders.entry[0].resource")],
)
def test_Q_a_bundle_of_the_wrong_shape_is_named_by_its_place(canned: TestClient, entries: Any, where: str) -> None:
    body = order_sign()
    body["context"]["draftOrders"]["entry"] = entries
    assert_outcome(canned.post(SIGN, json=body), 400, where)


@pytest.mark.parametrize("bundle", [{}, {"entry": []}, {"entry": None}, {"entry": [{"fullUrl": "x"}]}])
def test_Q_a_bundle_without_orders_is_no_error(canned: TestClient, bundle: Any) -> None:
    assert canned.post(SIGN, json=with_value(order_sign(), "context.draftOrders", bundle)).status_code == 200


def test_Q_an_entry_that_is_no_object_is_named_by_its_number(canned: TestClient) -> None:
    body = order_sign()
    body["context"]["draftOrders"]["entry"].append("a text")
    assert_outcome(canned.post(SIGN, json=body), 400, "context.draftOrders.entry[1]")


@pytest.mark.parametrize(
    "instance",
    ["c232ab00-9414-11ec-b3c8-9f68deced846", "D1577C69-DFBE-44AD-BA6D-3E05E953B2EA"],
    ids=["version 1", "upper case"],
)
def test_Q2_any_version_of_uuid_is_taken(canned: TestClient, instance: str) -> None:
    assert canned.post(SIGN, json=order_sign(hookInstance=instance)).status_code == 200


def test_Q4_a_grant_needs_the_server_it_is_for(canned: TestClient) -> None:
    assert_outcome(canned.post(SIGN, json=without(AUTHORIZED, "fhirServer")), 400, "fhirServer")


@pytest.mark.parametrize("member", ["access_token", "token_type", "expires_in", "scope", "subject"])
def test_Q5_a_grant_is_taken_whole_or_not_at_all(canned: TestClient, member: str) -> None:
    path = f"fhirAuthorization.{member}"
    assert_outcome(canned.post(SIGN, json=without(AUTHORIZED, path)), 400, path)


@pytest.mark.parametrize(
    ("member", "value"),
    [("token_type", "MAC"), ("expires_in", "300"), ("expires_in", True), ("expires_in", -1)],
)
def test_Q5_a_grant_that_reads_otherwise_is_refused(canned: TestClient, member: str, value: Any) -> None:
    path = f"fhirAuthorization.{member}"
    assert_outcome(canned.post(SIGN, json=with_value(AUTHORIZED, path, value)), 400, path)


def test_Q6_the_token_is_in_no_answer_and_in_no_log(
    canned: TestClient, canned_service: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    good = canned.post(SIGN, json=AUTHORIZED)
    bad = canned.post(SIGN, json=with_value(AUTHORIZED, "context.draftOrders", []))
    canned_service.error = ValueError("TOK-sentinel")
    broken = canned.post(SIGN, json=AUTHORIZED)
    assert [good.status_code, bad.status_code, broken.status_code] == [200, 400, 200]
    logged = "".join(capfd.readouterr())
    assert "review failed" in logged
    assert "TOK-sentinel" not in logged + good.text + bad.text + broken.text


def test_Q7_an_address_without_a_grant_is_not_called(canned: TestClient) -> None:
    answer = canned.post(SIGN, json=order_sign(fhirServer="http://127.0.0.1:1/fhir"))
    assert answer.status_code == 200


def test_Q8_what_is_not_known_is_tolerated(canned: TestClient) -> None:
    body = order_sign(extension={"com.example": {"a": 1}}, somethingNew=[1, 2])
    body["context"]["internal.example"] = True
    assert canned.post(SIGN, json=body).status_code == 200


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/json; charset=utf-8",
        "Application/JSON;charset=UTF-8",
        "application/fhir+json",
        "application/json+fhir",
    ],
)
def test_Q9_json_is_taken_under_each_of_its_names(canned: TestClient, kind: str) -> None:
    response = canned.post(SIGN, content=json.dumps(order_sign()), headers={"content-type": kind})
    assert response.status_code == 200


def test_Q9_a_byte_order_mark_does_no_harm(canned: TestClient) -> None:
    body = b"\xef\xbb\xbf" + json.dumps(order_sign()).encode()
    assert canned.post(SIGN, content=body, headers=JSON).status_code == 200


DOSE = '"value": 2,'


@pytest.mark.parametrize(
    "changed",
    [
        '"value": NaN,',
        '"value": Infinity,',
        '"value": -Infinity,',
        '"value": 1e999,',
        '"value": 1e-999,',
        '"value": ' + "9" * 400 + ",",
        '"value": 2, "value": 500,',
        '"value": 02,',
        '"value": 2,,',
        '"value": 2, // two',
        '"value": 2, "comment": "\\ud800",',
    ],
)
def test_a_figure_that_could_be_read_in_two_ways_is_refused(canned: TestClient, changed: str) -> None:
    text = json.dumps(order_sign())
    assert DOSE in text
    response = canned.post(SIGN, content=text.replace(DOSE, changed), headers=JSON)
    assert_outcome(response, 400)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"text"',
        b"null",
        b"12",
        b"{",
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"a":' * 5000,
        b"[" * 101 + b"]" * 101,
    ],
    ids=[
        "nothing",
        "list",
        "text",
        "null",
        "number",
        "half",
        "not UTF-8",
        "deep lists",
        "deep objects",
        "101 levels",
    ],
)
def test_a_body_that_is_no_json_object_is_refused(canned: TestClient, body: bytes) -> None:
    assert_outcome(canned.post(SIGN, content=body, headers=JSON), 400)


def test_a_hundred_levels_of_nesting_are_read(canned: TestClient) -> None:
    nested: Any = 1
    for _ in range(98):
        nested = [nested]
    assert canned.post(SIGN, json=order_sign(extension={"x": nested})).status_code == 200


def test_a_refusal_quotes_no_value_of_the_request(canned: TestClient) -> None:
    for path in ("hook", "hookInstance", "context", "context.draftOrders", "prefetch"):
        response = canned.post(SIGN, json=with_value(order_sign(), path, "SENTINEL"))
        assert response.status_code == 400
        assert "SENTINEL" not in response.text
