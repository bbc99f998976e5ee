"""Browser clients and versions: rows C1 and V1 of the checklist, and the headers that keep an answer safe."""

# ruff: noqa: N802 - the names carry the checklist's ids as they are written there
from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from cds.app import create_app
from cds.service import Service
from cds.settings import Settings
from tests.bodies import SIGN, order_sign

ORIGIN = "https://sandbox.cds-hooks.org"
PATHS = [("/cds-services", "GET"), (SIGN, "POST"), (f"{SIGN}/feedback", "POST")]


@pytest.fixture
def listed(canned_service: Any) -> Iterator[TestClient]:
    """The application as a hospital sets it: one browser origin."""
    settings = Settings(cors_origins=(ORIGIN,))
    with TestClient(create_app(settings, cast(Service, canned_service))) as client:
        yield client


@pytest.mark.parametrize(("path", "method"), PATHS)
def test_C1_the_preflight_of_every_address_is_answered(canned: TestClient, path: str, method: str) -> None:
    response = canned.options(
        path,
        headers={
            "origin": ORIGIN,
            "access-control-request-method": method,
            "access-control-request-headers": "authorization,content-type",
        },
    )
    assert response.is_success
    assert response.headers["access-control-allow-origin"] == "*"
    assert method in response.headers["access-control-allow-methods"]
    assert {"authorization", "content-type"} <= set(response.headers["access-control-allow-headers"].split(", "))


def test_C1_every_answer_can_be_read_by_a_browser_client(canned: TestClient, canned_service: Any) -> None:
    responses = [
        canned.get("/cds-services", headers={"origin": ORIGIN}),
        canned.post(SIGN, json=order_sign(), headers={"origin": ORIGIN}),
        canned.post(SIGN, json={}, headers={"origin": ORIGIN}),
        canned.get("/nowhere", headers={"origin": ORIGIN}),
        canned.get(SIGN, headers={"origin": ORIGIN}),
        canned.post(SIGN, content=b"{}", headers={"origin": ORIGIN}),
    ]
    canned_service.knowledge = object()
    responses.append(canned.get("/cds-services", headers={"origin": ORIGIN}))
    assert [response.status_code for response in responses] == [200, 200, 400, 404, 405, 415, 500]
    assert all(response.headers["access-control-allow-origin"] == "*" for response in responses)


def test_C1_any_origin_is_never_combined_with_credentials(canned: TestClient) -> None:
    response = canned.get("/cds-services", headers={"origin": ORIGIN})
    assert "access-control-allow-credentials" not in response.headers


def test_C1_a_listed_origin_is_allowed_and_another_is_not(listed: TestClient) -> None:
    allowed = listed.get("/cds-services", headers={"origin": ORIGIN})
    refused = listed.get("/cds-services", headers={"origin": "https://elsewhere.example.org"})
    assert allowed.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-origin" not in refused.headers
    assert allowed.headers["vary"] == refused.headers["vary"] == "Origin"


def test_no_answer_is_cached_sniffed_or_framed(canned: TestClient, canned_service: Any) -> None:
    canned_service.error = RuntimeError()
    for response in (
        canned.get("/cds-services"),
        canned.get("/nowhere"),
        canned.post(SIGN, json=order_sign()),
    ):
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["content-security-policy"].startswith("default-src 'none'")


def test_V1_a_field_of_a_later_version_is_tolerated(canned: TestClient) -> None:
    body = order_sign()
    body["context"]["aFieldOfVersionTwo"] = {"a": ["b"]}
    assert canned.post(SIGN, json=body).status_code == 200
