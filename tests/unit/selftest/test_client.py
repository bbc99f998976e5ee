"""The client finds the service by discovery, and takes nothing on trust that comes back."""

from __future__ import annotations

from typing import Any

import pytest

from cds.errors import CdsError
from cds.selftest import client
from cds.selftest.client import connected
from tests.unit.selftest.other import ORDER_SIGN, cards, other_service

BOTH = [{"hook": "order-select", "id": "a"}, ORDER_SIGN, {**ORDER_SIGN, "id": "second", "prefetch": {"x": "Patient/1"}}]


def test_the_first_service_for_order_sign_is_taken() -> None:
    with other_service(lambda _: cards(), BOTH) as url, connected(url) as (listed, send):
        assert (listed.id, listed.title, listed.templates) == ("theirs", "Their check", {})
        assert send(b"{}") == {"cards": []}


def test_an_address_that_ends_in_cds_services_is_the_same_address() -> None:
    with other_service(lambda _: cards()) as url, connected(f"{url}/cds-services/") as (listed, _):
        assert listed.url == url


def test_a_service_can_be_named() -> None:
    with other_service(lambda _: cards(), BOTH) as url, connected(url, "second") as (listed, _):
        assert (listed.id, listed.templates) == ("second", {"x": "Patient/1"})


@pytest.mark.parametrize("services", [[], None, "x", [3], [{"hook": "order-select", "id": "a"}]])
def test_an_address_without_such_a_service_is_refused(services: Any) -> None:
    with (
        other_service(lambda _: cards(), services) as url,
        pytest.raises(CdsError, match="lists no service of hook order-sign"),
        connected(url),
    ):
        raise AssertionError


def test_a_name_that_is_not_listed_is_refused() -> None:
    with (
        other_service(lambda _: cards()) as url,
        pytest.raises(CdsError, match="no service 'nobody' of hook order-sign"),
        connected(url, "nobody"),
    ):
        raise AssertionError


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "is not an object"),
        (b"{}", "no list of cards"),
        (b'{"cards": {}}', "no list of cards"),
        (b'{"cards": [1]}', "no list of cards"),
    ],
)
def test_an_answer_that_is_no_answer_is_refused_in_words(body: bytes, words: str) -> None:
    with (
        other_service(lambda _: body) as url,
        connected(url) as (_, send),
        pytest.raises(CdsError, match=words),
    ):
        send(b"{}")


def test_another_status_is_refused() -> None:
    with (
        other_service(lambda _: cards(), status=500) as url,
        connected(url) as (_, send),
        pytest.raises(CdsError, match="status 500"),
    ):
        send(b"{}")


def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MOST_BYTES", 1000)
    with (
        other_service(lambda _: b'{"cards": []' + b" " * 2000 + b"}") as url,
        connected(url) as (_, send),
        pytest.raises(CdsError, match="over 1000 bytes"),
    ):
        send(b"{}")


@pytest.mark.parametrize(
    ("url", "words"), [("http://127.0.0.1:1", "No answer from"), ("http://127.0.0.1:port", "not an address")]
)
def test_an_address_where_nobody_answers_is_refused(url: str, words: str) -> None:
    with pytest.raises(CdsError, match=words), connected(url):
        raise AssertionError
