"""Fetching is allowed little, trusts nothing and never raises."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from cds.errors import FhirUnavailable
from cds.fhir.client import LARGEST_ANSWER, fetch
from cds.fhir.prefetch import TEMPLATES

BASE = "https://ehr.example.org/fhir"
CONTEXT = {"patientId": "p-1", "encounterId": "e-1"}
ONE = {"conditions": "Condition?patient={{context.patientId}}"}
EMPTY: dict[str, Any] = {"resourceType": "Bundle", "entry": []}
Handler = Callable[[httpx.Request], httpx.Response] | Callable[[httpx.Request], Awaitable[httpx.Response]]


def fetched(
    handler: Handler, templates: dict[str, str] = ONE, context: dict[str, Any] = CONTEXT, deadline: float = 1.0
) -> dict[str, object]:
    transport = httpx.MockTransport(handler)  # type: ignore[arg-type]
    return asyncio.run(fetch(templates, BASE, "TOKEN", context, deadline, transport=transport))


class Wire(httpx.AsyncByteStream):
    """A body that comes in parts, as from a network."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self.body), 65_536):
            yield self.body[start : start + 65_536]


def sent(value: Any, **more: Any) -> httpx.Response:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return httpx.Response(200, stream=Wire(body), **more)


def answer(value: Any, **more: Any) -> Callable[[httpx.Request], httpx.Response]:
    return lambda request: sent(value, **more)


def reason(handler: Handler, **more: Any) -> str:
    found = fetched(handler, **more)["conditions"]
    assert isinstance(found, FhirUnavailable)
    return found.reason


def test_each_template_is_one_request_with_the_token_and_no_compression() -> None:
    asked: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return sent(EMPTY)

    found = fetched(handler, TEMPLATES)
    assert found.keys() == TEMPLATES.keys()
    assert {request.headers["authorization"] for request in asked} == {"Bearer TOKEN"}
    assert {request.headers["accept-encoding"] for request in asked} == {"identity"}
    urls = {str(request.url) for request in asked}
    assert f"{BASE}/Patient/p-1" in urls
    assert f"{BASE}/Condition?patient=Patient/p-1" in urls
    assert any("code=http://loinc.org%7C29463-7,http" in url for url in urls)


def test_a_template_whose_value_is_absent_is_left_out() -> None:
    assert fetched(answer(EMPTY), TEMPLATES, {"patientId": "p-1"}).keys() == TEMPLATES.keys() - {"encounter"}


@pytest.mark.parametrize("patient", ["p 1", "p/1", "../admin", "p?x=1", "p#1", "p%2f1", "", "é", "x" * 129, "a..b", 5])
def test_an_id_that_is_none_is_sent_nowhere(patient: Any) -> None:
    assert fetched(answer(EMPTY), context={"patientId": patient}) == {}


def test_numbers_stay_exact() -> None:
    found = fetched(answer(b'{"resourceType": "Observation", "value": 0.10}'))["conditions"]
    assert isinstance(found, dict)
    assert str(found["value"]) == "0.10"
    assert isinstance(found["value"], Decimal)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "refused"),
        (403, "refused"),
        (404, "404"),
        (429, "429"),
        (500, "500"),
        (503, "503"),
        (204, "204"),
        (302, "302"),
    ],
)
def test_any_other_status_is_no_data(status: int, words: str) -> None:
    assert words in reason(lambda request: httpx.Response(status, headers={"location": "https://evil.example.org/"}))


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"",
        b"[]",
        b'"x"',
        b"{}",
        b'{"resourceType": "Bundle"',
        b'{"resourceType": "Bundle", "total": NaN}',
        b'{"resourceType": "Bundle", "id": "1", "id": "2"}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"resourceType": 5}',
    ],
)
def test_an_answer_that_is_no_resource_is_no_data(body: bytes) -> None:
    assert "could not be read" in reason(answer(body))


def test_a_compressed_answer_is_not_opened() -> None:
    assert "could not be read" in reason(answer(EMPTY, headers={"content-encoding": "br"}))


def test_an_answer_is_read_up_to_a_limit() -> None:
    body = b'{"resourceType": "Bundle", "x": "' + b"x" * LARGEST_ANSWER + b'"}'
    assert "too large" in reason(answer(body))


def test_a_server_that_cannot_be_reached_is_said() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    assert "could not be reached" in reason(handler)


def test_everything_is_done_by_the_deadline_and_what_came_is_kept() -> None:
    async def handler(request: httpx.Request) -> httpx.Response:
        if "Condition" in str(request.url):
            await asyncio.sleep(5)
        return sent(EMPTY)

    found = fetched(handler, ONE | {"weight": "Observation?patient={{context.patientId}}"}, deadline=0.1)
    late = found["conditions"]
    assert isinstance(late, FhirUnavailable)
    assert "in time" in late.reason
    assert found["weight"] == EMPTY


def page(number: int, following: str) -> dict[str, Any]:
    resource = {"resourceType": "Condition", "id": str(number)}
    return {
        "resourceType": "Bundle",
        "link": [{"relation": "next", "url": following}],
        "entry": [{"resource": resource}],
    }


def test_further_pages_are_followed_up_to_a_limit_and_the_rest_is_left_to_be_said() -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return sent(page(len(asked), f"{BASE}?page={len(asked) + 1}"))

    found = fetched(handler)["conditions"]
    assert isinstance(found, dict)
    assert len(asked) == 3
    assert [entry["resource"]["id"] for entry in found["entry"]] == ["1", "2", "3"]
    assert found["link"][0]["relation"] == "next"


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example.org/fhir?page=2",
        "https://ehr.example.org/fhir.evil.org/x",
        "https://ehr.example.org/fhir@evil.org/",
        f"{BASE}/../admin",
        f"{BASE}/%2e%2e/admin",
        f"{BASE}/x\\y",
        "http://ehr.example.org/fhir?page=2",
        "/Condition?page=2",
        "",
    ],
)
def test_a_link_that_leads_elsewhere_is_not_followed(following: str) -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return sent(page(1, following))

    fetched(handler)
    assert len(asked) == 1


def test_a_page_that_fails_leaves_the_first_and_the_link() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(500) if "page=2" in str(request.url) else sent(page(1, f"{BASE}?page=2"))

    found = fetched(handler)["conditions"]
    assert isinstance(found, dict)
    assert len(found["entry"]) == 1
    assert found["link"]


def test_without_a_token_no_authorization_is_sent() -> None:
    seen: list[httpx.Headers] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return sent(EMPTY)

    asyncio.run(fetch(ONE, BASE, "", CONTEXT, 1.0, transport=httpx.MockTransport(handler)))
    assert "authorization" not in seen[0]


def test_nothing_to_fetch_is_nothing_fetched() -> None:
    assert fetched(answer(EMPTY), {}) == {}
