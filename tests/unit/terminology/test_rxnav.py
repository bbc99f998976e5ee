"""Codes asked of a service shaped like RxNav, played by a function."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cds.clinical.code import NDC, RXNORM, SNOMED
from cds.terminology import rxnav
from cds.terminology.rxnav import RxNav
from cds.terminology.rxnorm import Drug, Part

BASE = "https://rxnav.example.org/REST"
Answer = Callable[[httpx.Request], httpx.Response]


def history(name: str = "zorvane 5 MG Oral Tablet", *, status: str = "Active", tty: str = "SCD", **more: Any) -> Any:
    found: dict[str, Any] = {
        "metaData": {"status": status},
        "attributes": {"rxcui": "1", "name": name, "tty": tty, "isMultipleIngredient": "NO"},
        "definitionalFeatures": {
            "ingredientAndStrength": [
                {
                    "baseRxcui": "1001",
                    "baseName": "zorvane",
                    "numeratorValue": "5",
                    "numeratorUnit": "MG",
                    "denominatorValue": "1",
                    "denominatorUnit": "1",
                }
            ],
            "doseFormConcept": [{"doseFormRxcui": "2001", "doseFormName": "Oral Tablet"}],
        },
    }
    return {"rxcuiStatusHistory": found | more}


DRUG = Drug("zorvane 5 MG Oral Tablet", "Oral Tablet", (Part("1001", "zorvane", "5 mg", "1"),))
PLAIN = (RXNORM, "4001")


def said(body: bytes, status: int = 200) -> httpx.Response:
    """An answer as it comes from the network: not read yet."""
    return httpx.Response(status, stream=httpx.ByteStream(body))


class Played:
    """A service that answers these bodies by path, and keeps what it was asked."""

    def __init__(self, bodies: dict[str, Any], status: int = 200) -> None:
        self.bodies = bodies
        self.status = status
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path = request.url.raw_path.decode().removeprefix("/REST")
        if path not in self.bodies:
            return httpx.Response(404)
        return said(json.dumps(self.bodies[path]).encode(), self.status)

    @property
    def paths(self) -> list[str]:
        return [request.url.raw_path.decode().removeprefix("/REST") for request in self.asked]


def source(played: Any, **options: Any) -> RxNav:
    return RxNav(BASE + "/", transport=httpx.MockTransport(played), **options)


def ask(nav: RxNav, *keys: tuple[str, str]) -> dict[tuple[str, str], Drug]:
    return asyncio.run(nav.drugs(keys))


def test_a_product_is_made_out_by_one_question() -> None:
    played = Played({"/rxcui/4001/historystatus.json": history()})
    assert ask(source(played), PLAIN) == {PLAIN: DRUG}
    assert played.paths == ["/rxcui/4001/historystatus.json"]


def test_nothing_but_the_code_is_sent() -> None:
    played = Played({"/rxcui/4001/historystatus.json": history()})
    ask(source(played), PLAIN, (RXNORM, "Smith, J"), (SNOMED, "372726002"), (RXNORM, "1/../x"), ("", "5"))
    (request,) = played.asked
    assert str(request.url) == f"{BASE}/rxcui/4001/historystatus.json"
    assert request.content == b""
    assert set(request.headers) == {"accept", "accept-encoding", "connection", "host", "user-agent"}


@pytest.mark.parametrize(
    ("answer", "parts"),
    [
        pytest.param(history(status="Obsolete"), DRUG.parts, id="obsolete"),
        pytest.param(history(definitionalFeatures={
            "ingredientAndStrength": {"baseRxcui": 1001, "baseName": "zorvane", "numeratorValue": "50",
                                      "numeratorUnit": "MG", "denominatorValue": "1", "denominatorUnit": "ML"}}),
            (Part("1001", "zorvane", "50 mg", "1 mL"),), id="one ingredient that is no list"),
        pytest.param(history(definitionalFeatures={
            "ingredientAndStrength": [{"baseRxcui": "1001", "baseName": "zorvane", "numeratorValue": "50",
                                       "numeratorUnit": "MG", "denominatorValue": "2", "denominatorUnit": "ML"}]}),
            (Part("1001", "zorvane"),), id="a strength per two"),
        pytest.param(history(definitionalFeatures=None, derivedConcepts={
            "ingredientConcept": [{"ingredientRxcui": "1001", "ingredientName": "zorvane"}]}),
            (Part("1001", "zorvane"),), id="only derived ingredients"),
        pytest.param(history("zorvane", tty="IN", definitionalFeatures={}),
            (Part("4001", "zorvane"),), id="an ingredient"),
    ],
)  # fmt: skip
def test_histories_of_other_shapes_are_read(answer: Any, parts: tuple[Part, ...]) -> None:
    played = Played({"/rxcui/4001/historystatus.json": answer})
    assert ask(source(played), PLAIN)[PLAIN].parts == parts


def test_a_combination_of_which_one_ingredient_is_told_is_looked_up_whole() -> None:
    attributes = {"name": "a / b", "tty": "SCD", "isMultipleIngredient": "YES"}
    related = {"allRelatedGroup": {"conceptGroup": [
        {"tty": "BN", "conceptProperties": [{"rxcui": "1005", "name": "Zorvanex", "tty": "BN"}]},
        {"tty": "IN", "conceptProperties": [{"rxcui": "1001", "name": "zorvane"},
                                            {"rxcui": "1003", "name": "quelline"}]},
        {"tty": "PIN"},
    ]}}  # fmt: skip
    played = Played(
        {
            "/rxcui/4001/historystatus.json": history(attributes=attributes),
            "/rxcui/4001/allrelated.json": related,
        }
    )
    assert ask(source(played), PLAIN)[PLAIN].parts == (Part("1001", "zorvane"), Part("1003", "quelline"))


@pytest.mark.parametrize(
    ("group", "name"), [("remappedConcept", "remappedRxCui"), ("quantifiedConcept", "quantifiedRxcui")]
)
def test_a_retired_code_is_followed_once(group: str, name: str) -> None:
    gone = history(status="Remapped", definitionalFeatures={}, derivedConcepts={group: [{name: "4002"}]})
    played = Played({"/rxcui/4001/historystatus.json": gone, "/rxcui/4002/historystatus.json": history()})
    assert ask(source(played), PLAIN) == {PLAIN: DRUG}
    both = Played({"/rxcui/4001/historystatus.json": gone, "/rxcui/4002/historystatus.json": history(
        status="Remapped", definitionalFeatures={}, derivedConcepts={group: [{name: "4001"}]})})  # fmt: skip
    assert ask(source(both), PLAIN) == {}


def test_an_ndc_is_asked_for_by_its_eleven_digits() -> None:
    listed = {"ndcPropertyList": {"ndcProperty": [{"ndcItem": "x", "rxcui": "4001"}, {"rxcui": "4001"}]}}
    played = Played({"/ndcproperties.json?id=00095190002": listed, "/rxcui/4001/historystatus.json": history()})
    key = (NDC, "00095-1900-02")
    assert ask(source(played), key) == {key: DRUG}


def test_an_ndc_of_several_products_stays_unknown() -> None:
    listed = {"ndcPropertyList": {"ndcProperty": [{"rxcui": "4001"}, {"rxcui": "4002"}]}}
    played = Played({"/ndcproperties.json?id=00095190002": listed, "/rxcui/4001/historystatus.json": history()})
    assert ask(source(played), (NDC, "00095190002")) == {}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda _: httpx.Response(500), id="an error"),
        pytest.param(lambda _: httpx.Response(302, headers={"location": "https://other.example.org"}), id="a redirect"),
        pytest.param(lambda _: said(b"{"), id="no JSON"),
        pytest.param(lambda _: said(b"[" * 100_000), id="JSON without end"),
        pytest.param(lambda _: said(b"[]"), id="a list"),
        pytest.param(lambda _: said(b"\xff"), id="no text"),
        pytest.param(lambda _: said(b" " * (rxnav.LARGEST_ANSWER + 1)), id="too large"),
        pytest.param(lambda _: httpx.Response(200, headers={"content-encoding": "br"}, stream=httpx.ByteStream(b"{}")),
                     id="compressed"),
    ],
)  # fmt: skip
def test_a_service_that_fails_leaves_codes_unknown_and_is_asked_again(answer: Answer) -> None:
    asked: list[str] = []

    def failing(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return answer(request)

    nav = source(failing)
    assert ask(nav, PLAIN) == {}
    assert ask(nav, PLAIN) == {}
    assert len(asked) == 2
    assert all(url.startswith(BASE) for url in asked)


@pytest.mark.parametrize("answer", [{}, {"rxcuiStatusHistory": None}, {"rxcuiStatusHistory": {"attributes": "x"}},
                                    history(status="Unknown"), history("")])  # fmt: skip
def test_an_answer_that_tells_nothing_is_kept_as_unknown(answer: Any) -> None:
    played = Played({"/rxcui/4001/historystatus.json": answer})
    nav = source(played)
    assert ask(nav, PLAIN) == {}
    assert ask(nav, PLAIN) == {}
    assert len(played.asked) == 1


def test_answers_are_kept_for_a_day_and_unknown_codes_for_an_hour() -> None:
    now = [0.0]
    played = Played({"/rxcui/4001/historystatus.json": history()})
    nav = source(played, clock=lambda: now[0])
    keys = (PLAIN, (RXNORM, "4009"))
    for moment, asked in ((0.0, 2), (3599.0, 2), (3601.0, 3), (24 * 3600.0 - 1, 4), (24 * 3600.0 + 1, 5)):
        now[0] = moment
        assert ask(nav, *keys) == {PLAIN: DRUG}
        assert len(played.asked) == asked


def test_no_more_answers_are_kept_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rxnav, "MOST_KEPT", 3)
    played = Played({})
    nav = source(played)
    for number in range(1, 6):
        ask(nav, (RXNORM, str(number)))
    ask(nav, (RXNORM, "5"))
    assert len(played.asked) == 5
    ask(nav, (RXNORM, "1"))
    assert len(played.asked) == 6


def test_no_more_codes_are_asked_for_one_request_than_the_public_service_allows() -> None:
    played = Played({})
    ask(source(played), *((RXNORM, str(number)) for number in range(1, 100)))
    assert len(played.asked) == rxnav.MOST_CODES


def test_a_service_that_is_down_is_left_alone_for_a_while() -> None:
    now = [0.0]
    played = Played({"/rxcui/4001/historystatus.json": history()}, status=503)
    nav = source(played, clock=lambda: now[0])
    for _ in range(10):
        ask(nav, PLAIN)
    assert len(played.asked) == rxnav.FAILURES
    played.status = 200
    now[0] = rxnav.PAUSE_SECONDS + 1
    assert ask(nav, PLAIN) == {PLAIN: DRUG}


def test_what_does_not_come_in_time_is_unknown_and_what_comes_is_used() -> None:
    async def slow(request: httpx.Request) -> httpx.Response:
        if "4002" in str(request.url):
            await asyncio.sleep(5)
        return said(json.dumps(history()).encode())

    nav = source(slow, deadline=0.1)
    assert ask(nav, PLAIN, (RXNORM, "4002")) == {PLAIN: DRUG}


def test_no_proxy_of_the_machine_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    made: list[dict[str, Any]] = []
    plain = httpx.AsyncClient

    def watched(**options: Any) -> httpx.AsyncClient:
        made.append(options)
        return plain(**options)

    monkeypatch.setattr(httpx, "AsyncClient", watched)
    ask(source(Played({})), PLAIN)
    assert made[0]["trust_env"] is False
    assert made[0]["follow_redirects"] is False
