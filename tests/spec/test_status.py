"""CDS Hooks, "HTTP Status Codes": rows H1-H4 of the checklist."""

# ruff: noqa: N802 - the names carry the checklist's ids as they are written there
from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import Message

from cds.hooks import body as body_module
from tests.bodies import SIGN, order_sign
from tests.spec.walk import assert_outcome

JSON = {"content-type": "application/json"}
LIMIT = 2 * 1024 * 1024


class _Breaks:
    """Knowledge that cannot be looked at."""

    def __getattr__(self, name: str) -> Any:
        raise ValueError("SENTINEL Smith")


def test_H1_no_advice_is_200_and_never_204(canned: TestClient, canned_service: Any) -> None:
    canned_service.reviewed = type(canned_service.reviewed)(())
    assert canned.post(SIGN, json=order_sign()).status_code == 200


def test_H2_data_that_cannot_be_had_is_answered_with_200_because_a_412_shows_nothing(
    canned: TestClient,
) -> None:
    assert canned.post(SIGN, json=order_sign(prefetch={})).status_code == 200


def test_H3_H4_an_unknown_address_is_404(canned: TestClient) -> None:
    for path in ("/nowhere", "/cds-services/x/y/z", "/docs", "/redoc"):
        assert_outcome(canned.get(path), 404)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", SIGN), ("POST", "/cds-services"), ("DELETE", SIGN), ("GET", f"{SIGN}/feedback")],
)
def test_H3_H4_the_wrong_method_is_405_and_told_which_is_right(canned: TestClient, method: str, path: str) -> None:
    response = canned.request(method, path)
    assert_outcome(response, 405)
    assert response.headers["allow"] in ("GET", "POST")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
def test_H3_H4_a_body_that_does_not_say_it_is_json_is_415(canned: TestClient, kind: str) -> None:
    assert_outcome(canned.post(SIGN, content=b"{}", headers={"content-type": kind} if kind else {}), 415)


def test_H3_H4_another_charset_is_415(canned: TestClient) -> None:
    headers = {"content-type": "application/json; charset=iso-8859-1"}
    assert_outcome(canned.post(SIGN, content=b"{}", headers=headers), 415)


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip"])
def test_H3_H4_a_compressed_body_is_415(canned: TestClient, encoding: str) -> None:
    headers = {**JSON, "content-encoding": encoding}
    assert_outcome(canned.post(SIGN, content=b"{}", headers=headers), 415)


def test_H3_H4_a_body_that_announces_too_much_is_413(canned: TestClient) -> None:
    assert_outcome(canned.post(SIGN, content=b"x" * (LIMIT + 1), headers=JSON), 413)


@pytest.mark.parametrize("length", ["-1", "1e3", "٣", "two", "9" * 400])
def test_H3_H4_a_length_that_is_no_number_or_too_large_is_refused(canned: TestClient, length: str) -> None:
    headers = [("content-type", "application/json"), ("content-length", length.encode())]
    response = canned.post(SIGN, content=b"{}", headers=headers)  # type: ignore[arg-type] - bytes go as they are
    assert_outcome(response, 413 if length.startswith("9") else 400)


def test_H3_H4_a_body_that_grows_too_large_is_413(canned: TestClient) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b" " * 65536

    assert_outcome(canned.post(SIGN, content=endless(), headers=JSON), 413)


def test_H3_a_body_of_just_the_limit_is_read(canned: TestClient) -> None:
    assert_outcome(canned.post(SIGN, content=b" " * LIMIT, headers=JSON), 400)


def test_H3_H4_a_body_that_does_not_come_is_408(canned: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body_module, "BODY_SECONDS", 0.05)
    sent: list[Message] = []

    async def never() -> Message:
        await asyncio.sleep(10)
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "path": SIGN, "raw_path": SIGN.encode(), "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"content-type", b"application/json")], "root_path": "", "scheme": "http",  # noqa: E501
        "http_version": "1.1", "server": ("testserver", 80), "client": ("testclient", 1),
    }  # fmt: skip
    asyncio.run(canned.app(scope, never, send))
    assert sent[0]["status"] == 408
    assert b"OperationOutcome" in sent[1]["body"]


def test_H3_H4_an_error_nobody_expected_is_500_without_its_text(
    canned: TestClient, canned_service: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    canned_service.knowledge = _Breaks()
    response = canned.get("/cds-services")
    assert_outcome(response, 500)
    logged = "".join(capfd.readouterr())
    assert "ValueError" in logged
    assert "SENTINEL" not in logged + response.text


def test_H3_a_review_that_breaks_down_is_told_on_a_card_because_a_500_is_shown_to_nobody(
    canned: TestClient, canned_service: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    canned_service.error = ValueError("SENTINEL Smith")
    response = canned.post(SIGN, json=order_sign())
    assert response.status_code == 200
    (card,) = response.json()["cards"]
    assert "NOT checked" in card["summary"]
    logged = "".join(capfd.readouterr())
    assert "ValueError" in logged
    assert "SENTINEL" not in logged + response.text


def test_the_operator_is_told_life_readiness_and_versions(canned: TestClient) -> None:
    assert canned.get("/livez").json() == {"status": "live"}
    assert canned.get("/readyz").json() == {"status": "ready", "knowledge": "k-0123456789ab"}
    assert canned.get("/version").json() == {
        "version": "0.1.0",
        "cdsHooks": "2.0.1",
        "knowledge": "k-0123456789ab",
        "policy": "default 1",
    }


def test_the_front_page_tells_a_person_what_this_is(canned: TestClient) -> None:
    response = canned.get("/")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    for told in ("Medication order checks", "k-0123456789ab", "default 1", "Draft", "/integrators"):
        assert told in response.text
    assert "default-src 'none'" in response.headers["content-security-policy"]


def test_the_page_for_integrators_names_the_address_and_what_is_covered(canned: TestClient) -> None:
    page = canned.get("/integrators").text
    assert "/cds-services" in page
    assert "Examplamine" in page


def test_the_machine_readable_description_names_the_addresses(canned: TestClient) -> None:
    paths = canned.get("/openapi.json").json()["paths"]
    assert {
        "/cds-services",
        "/cds-services/{service_id}",
        "/cds-services/{service_id}/feedback",
    } <= paths.keys()
