"""T5-T10, T15 and T16: we call only where we were told to, and what answers there can neither lead us away nor hold
us up.
"""

# ruff: noqa: N802 - the names carry the ids of the threats
from __future__ import annotations

import asyncio
import json
import time
import tracemalloc
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any, cast

import httpcore
import httpx
import pytest
from starlette.testclient import TestClient

from cds.app import create_app
from cds.fhir.client import fetch
from cds.hooks.gather import NOT_LISTED
from cds.hooks.request import read
from cds.settings import Settings
from cds.trust.addresses import VettedNetwork, may_reach
from cds.trust.transport import VettedTransport
from tests import tokens
from tests.bodies import SIGN, order_sign
from tests.standin import StandIn, stand_in

TOKEN = "TOK-5b1d-sentinel"
GRANT = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "s"}
BUDGET = 0.6
SLACK = 0.4
"""For a busy machine; the promise itself is measured in tests/faults."""


@pytest.fixture
def ehr(fhir: StandIn, real_service: Any) -> Iterator[TestClient]:
    """The whole application, allowed to read from the server on this computer."""
    settings = Settings(fhir_servers=frozenset({fhir.base}), budget=BUDGET)
    with TestClient(create_app(settings, real_service)) as client:
        yield client


def ask(client: TestClient, server: str, **changes: Any) -> httpx.Response:
    body = order_sign(**{"fhirServer": server, "fhirAuthorization": GRANT, "prefetch": {}, **changes})
    return cast(httpx.Response, client.post(SIGN, json=body))


def hostile(base: str) -> list[str]:
    """Every way of writing an address that is not the one that is listed."""
    host = base.removeprefix("http://").removesuffix("/fhir")
    return [
        f"http://ehr@{host}/fhir", f"http://{host}@evil.example.org/fhir", f"http://{host}\\@evil.example.org/fhir",
        f"{base}/../admin", f"{base}%2f..%2fadmin", f"{base}//", f"{base}?x=1", f"{base}#x", f"{base}x", base[:-1],
        base.replace("http", "https"), base.replace("127.0.0.1", "localhost"), base.replace("127.0.0.1", "127.1"),
        base.replace("127.0.0.1", "2130706433"), base.replace("127.0.0.1", "0x7f000001"),
        base.replace("127.0.0.1", "0177.0.0.1"), base.replace("127.0.0.1", "[::ffff:127.0.0.1]"), f" {base}",
        base.upper(), "http://169.254.169.254/latest", "file:///etc/passwd", "gopher://x/", "http://еhr.example.org/fhir",
    ]  # fmt: skip


def test_T5_an_address_that_differs_in_any_letter_is_not_called_and_a_card_says_so(
    ehr: TestClient, fhir: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[str] = []

    async def spy(*arguments: Any, **options: Any) -> Any:
        connected.append("connected")
        raise httpcore.ConnectError

    monkeypatch.setattr(VettedNetwork, "connect_tcp", spy)
    for server in hostile(fhir.base):
        response = ask(ehr, server)
        assert response.status_code == 200, server
        assert TOKEN not in response.text
    assert connected == []
    assert fhir.connections == 0


def test_T5_the_reason_is_told_on_the_card(ehr: TestClient, fhir: StandIn) -> None:
    drug = {"text": "ketamine", "coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "6130"}]}
    order = order_sign()["context"]["draftOrders"]["entry"][0]["resource"] | {"medicationCodeableConcept": drug}
    body = order_sign(order, fhirServer="https://evil.example.org", fhirAuthorization=GRANT, prefetch={})
    cards = ehr.post(SIGN, json=body).json()["cards"]
    assert any(NOT_LISTED in json.dumps(card) for card in cards)


def test_T5_a_client_reads_from_its_own_servers_and_not_from_anothers(
    tmp_path: Path, fhir: StandIn, canned_service: Any
) -> None:
    path = tokens.clients_file(tmp_path, fhir=fhir.base)
    (tmp_path / "south.json").write_bytes(tokens.key_set(tokens.ec_key("south")))
    path.write_text(
        path.read_text(encoding="utf-8")
        + "  - name: south\n    issuer: https://south.example.org\n    keys: south.json\n",
        encoding="utf-8",
    )
    app = create_app(Settings(clients=path, base_url=tokens.BASE_URL), canned_service)
    south = tokens.signed(
        tokens.header(kid="south"), tokens.claims(SIGN, iss="https://south.example.org"), tokens.ec_key("south")
    )
    body = order_sign(fhirServer=fhir.base, fhirAuthorization=GRANT, prefetch={})
    with TestClient(app) as client:
        assert client.post(SIGN, json=body, headers={"authorization": f"Bearer {south}"}).status_code == 200
        assert fhir.asked == []
        assert client.post(SIGN, json=body, headers=tokens.bearer(SIGN)).status_code == 200
    assert "AllergyIntolerance" in fhir.kinds()


@pytest.mark.parametrize("fault", ["redirect", "redirect home", "redirect file"])
def test_T6_a_redirect_is_not_followed(ehr: TestClient, fhir: StandIn, fault: str) -> None:
    fhir.fault = fault
    with stand_in() as elsewhere:
        response = ask(ehr, fhir.base)
        assert elsewhere.asked == []
    assert response.status_code == 200
    assert "elsewhere" not in fhir.kinds()
    assert len(fhir.asked) == 10


# --- T7 and T8: addresses -----------------------------------------------------------------------------------------


class _Network(httpcore.AsyncNetworkBackend):
    """Notes where it is asked to connect, and connects to nothing."""

    def __init__(self) -> None:
        self.to: list[str] = []

    async def connect_tcp(self, host: str, *rest: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        self.to.append(host)
        raise httpcore.ConnectError


def _connect(answers: list[list[str]], networks: tuple[str, ...]) -> list[str]:
    network = _Network()

    async def resolver(host: str, port: int) -> list[str]:
        return answers.pop(0)

    async def run() -> None:
        vetted = VettedNetwork([ip_network(one) for one in networks], resolver, network)
        while answers:
            with pytest.raises(httpcore.ConnectError):
                await vetted.connect_tcp("fhir.example.org", 443)

    asyncio.run(run())
    return network.to


def test_T7_a_name_that_comes_to_mean_another_address_is_refused_at_the_second_connection() -> None:
    assert _connect([["10.0.0.5"], ["169.254.169.254"]], ("10.0.0.0/8",)) == ["10.0.0.5"]


def test_T7_one_foreign_address_among_good_ones_condemns_the_name() -> None:
    assert _connect([["10.0.0.5", "127.0.0.1"]], ("10.0.0.0/8",)) == []


def test_T7_the_connection_goes_to_the_address_that_was_looked_at_and_not_to_the_name() -> None:
    assert _connect([["10.0.0.5", "10.0.0.6"]], ("10.0.0.0/8",)) == ["10.0.0.5", "10.0.0.6"]


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "::ffff:169.254.169.254", "0.0.0.0", "224.0.0.1", "255.255.255.255", "fe80::1",  # noqa: S104
        "fe80::1%eth0",
        "ff02::1", "::", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "fd00:ec2::254", "100.100.100.200",
        "168.63.129.16", "not an address", "",
    ],
)  # fmt: skip
def test_T7_some_addresses_are_never_reached_whatever_is_allowed(address: str) -> None:
    assert not may_reach(address)
    assert not may_reach(address, [ip_network("0.0.0.0/0"), ip_network("::/0")])


@pytest.mark.parametrize(
    ("address", "reached"),
    [("10.20.1.1", True), ("::ffff:10.20.1.1", True), ("10.21.0.1", False), ("127.0.0.1", False), ("8.8.8.8", False),
     ("100.64.0.1", False), ("fd12::1", True), ("fd13::1", False)],
)  # fmt: skip
def test_T7_only_the_clients_networks_are_reached(address: str, reached: bool) -> None:
    assert may_reach(address, [ip_network("10.20.0.0/16"), ip_network("fd12::/32")]) is reached


def test_T8_a_proxy_of_the_environment_is_not_used(
    ehr: TestClient, fhir: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login SENTINEL password SENTINEL", encoding="utf-8")
    with stand_in() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert ask(ehr, fhir.base).status_code == 200
        assert proxy.connections == 0
    assert fhir.asked
    assert {one.headers["authorization"] for one in fhir.asked} == {f"Bearer {TOKEN}"}


# --- T9: the token ------------------------------------------------------------------------------------------------

PATHS: dict[str, dict[str, Any]] = {
    "all is well": {},
    "the patient is another": {"fhirAuthorization": GRANT | {"patient": "p-2"}},
    "it has run out": {"fhirAuthorization": GRANT | {"expires_in": 0}},
    "half a grant": {"fhirAuthorization": {"access_token": TOKEN}},
    "another type": {"fhirAuthorization": GRANT | {"token_type": TOKEN}},
    "it is where it does not belong": {"hook": TOKEN},
    "it is a key": {"fhirAuthorization": GRANT | {TOKEN: {TOKEN: [TOKEN]}}},
    "no draft orders": {"context": {"patientId": TOKEN}},
    "as the instance": {"hookInstance": TOKEN},
}


@pytest.mark.parametrize("fault", ["", "401", "500", "slow", "html", "redirect", "big header", "truncated"])
def test_T9_the_token_goes_to_the_listed_server_and_into_no_answer_and_no_log(
    ehr: TestClient, fhir: StandIn, fault: str, capfd: pytest.CaptureFixture[str]
) -> None:
    fhir.fault = fault
    told = ""
    for changes in PATHS.values():
        told += ask(ehr, fhir.base, **changes).text
        told += ask(ehr, "https://evil.example.org", **changes).text
    told += ehr.post(SIGN, content=json.dumps(order_sign(fhirAuthorization=GRANT))[:-1].encode()).text
    assert TOKEN not in told + "".join(capfd.readouterr())


def test_T9_a_token_prints_as_stars(fhir: StandIn) -> None:
    asked = read(json.dumps(order_sign(fhirServer=fhir.base, fhirAuthorization=GRANT)).encode(), "order-sign")
    assert TOKEN not in f"{asked!r} {asked.authorization!r} {asked.authorization}"


# --- T10, T15, T16: what answers ----------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["slow", "silence", "drip headers", "drip body"])
def test_T10_a_server_that_answers_for_ever_is_given_up_at_the_budget(
    ehr: TestClient, fhir: StandIn, fault: str
) -> None:
    ask(ehr, fhir.base)
    fhir.fault = fault
    begun = time.perf_counter()
    response = ask(ehr, fhir.base)
    assert time.perf_counter() - begun < BUDGET + SLACK
    assert response.status_code == 200


def _size(server: StandIn, fault: str) -> tuple[Any, int]:
    """What fetching one template gives, and how far memory rose."""
    server.fault = fault

    async def run() -> Any:
        templates = {"conditions": "Condition?patient={{context.patientId}}"}
        return await fetch(templates, server.base, TOKEN, {"patientId": "p-1"}, 5.0, transport=VettedTransport())

    tracemalloc.start()
    try:
        return asyncio.run(run())["conditions"], tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_T15_a_compressed_answer_is_refused_before_it_is_inflated(fhir: StandIn) -> None:
    value, peak = _size(fhir, "gzip")
    assert isinstance(value, Exception)
    assert peak < 10_000_000
    assert fhir.asked[0].headers["accept-encoding"] == "identity"


def test_T15_an_answer_without_end_is_cut_at_the_limit(fhir: StandIn) -> None:
    value, peak = _size(fhir, "huge")
    assert "too large" in str(value)
    assert peak < 10_000_000


def test_T16_a_giant_header_is_not_read_to_its_end(fhir: StandIn) -> None:
    value, peak = _size(fhir, "big header")
    assert isinstance(value, Exception)
    assert peak < 10_000_000
