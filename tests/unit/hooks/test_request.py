"""A hook request as a value: what is kept, and what does not show."""

from __future__ import annotations

import json

import pytest

from cds.errors import RequestError
from cds.hooks.request import ORDER_SELECT, ORDER_SIGN, Secret, read
from tests.bodies import order_select, order_sign

GRANT = {
    "access_token": "TOK-sentinel",
    "token_type": "bearer",
    "expires_in": 300,
    "scope": "patient/*.rs",
    "subject": "s",
}


def test_a_request_keeps_what_the_review_needs() -> None:
    request = read(json.dumps(order_select(selections=["MedicationRequest/order-1"])).encode(), ORDER_SELECT)
    assert request.patient == "p-1"
    assert request.selections == ("MedicationRequest/order-1",)
    assert request.drafts["resourceType"] == "Bundle"
    assert request.prefetch is not None
    assert request.server == ""
    assert request.authorization is None
    assert not request.wants_report


@pytest.mark.parametrize("prefetch", [{"weight": None}, {}])
def test_a_null_in_prefetch_is_kept_apart_from_a_missing_key(prefetch: dict[str, None]) -> None:
    request = read(json.dumps(order_sign(prefetch=prefetch)).encode(), ORDER_SIGN)
    assert request.prefetch == prefetch


def test_a_missing_prefetch_is_an_empty_one() -> None:
    body = order_sign()
    del body["prefetch"]
    assert read(json.dumps(body).encode(), ORDER_SIGN).prefetch == {}


def test_neither_the_token_nor_the_patient_shows_when_a_request_is_printed() -> None:
    body = order_sign(fhirServer="https://ehr.example.org/fhir", fhirAuthorization=GRANT)
    request = read(json.dumps(body).encode(), ORDER_SIGN)
    assert request.authorization is not None
    assert request.authorization.token.reveal() == "TOK-sentinel"
    printed = f"{request} {request!r} {request.authorization} {Secret('TOK-sentinel')!r} {Secret('TOK-sentinel')}"
    assert "TOK-sentinel" not in printed
    assert "p-1" not in printed
    assert "***" in printed


def test_only_true_asks_for_the_report() -> None:
    for asked, wants in ((True, True), (False, False), ("true", False), (1, False)):
        body = order_sign(extension={"org.medication-order-cds.report": asked})
        assert read(json.dumps(body).encode(), ORDER_SIGN).wants_report is wants


def test_selections_are_read_for_order_select_alone() -> None:
    body = order_sign()
    body["context"]["selections"] = "not a list"
    assert read(json.dumps(body).encode(), ORDER_SIGN).selections == ()


@pytest.mark.parametrize(("selections", "where"), [("x", "context.selections"), ([1], "context.selections[0]"),
                                                   (["a/1", ""], "context.selections[1]")])  # fmt: skip
def test_selections_are_a_list_of_references(selections: object, where: str) -> None:
    body = order_select()
    body["context"]["selections"] = selections
    with pytest.raises(RequestError) as refused:
        read(json.dumps(body).encode(), ORDER_SELECT)
    assert refused.value.where == where
