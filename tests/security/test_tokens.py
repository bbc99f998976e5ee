"""T1-T4 and T34: who calls is told by a token that nobody else can make, use twice, or use to make us call."""

# ruff: noqa: N802 - the names carry the ids of the threats
from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections.abc import Callable, Iterator
from hashlib import sha384
from pathlib import Path
from statistics import median
from typing import Any, cast

import httpx
import pytest
from starlette.testclient import TestClient

from cds.app import create_app
from cds.errors import AuthError, StoreError
from cds.settings import Settings
from cds.store.replay import InDatabase
from cds.trust.client import Client
from cds.trust.keys import COOLDOWN, Keys
from cds.trust.replay import InMemory
from cds.trust.trust import Trust
from tests import tokens
from tests.bodies import SIGN, order_sign
from tests.tokens import ISSUER, JKU, bearer, claims, ec_key, header, part, rsa_key, signed, token

OTHER = ec_key("stranger")
PEM = ec_key().as_pem(private=False)


def _hmac(secret: bytes, head: dict[str, Any]) -> str:
    text = f"{part(head)}.{part(claims(SIGN))}"
    return f"{text}.{part(hmac.new(secret, text.encode(), sha384).digest())}"


def _now() -> int:
    return int(time.time())


def _raw(payload: str) -> str:
    return signed(header(), payload.encode())


def _payload(**changes: Any) -> dict[str, Any]:
    return claims(SIGN, **changes)


FORGED: dict[str, Callable[[], str]] = {
    "no algorithm": lambda: f"{part(header(alg='none'))}.{part(_payload())}.",
    "no algorithm, signed": lambda: signed(header(alg="none"), _payload()),
    "no algorithm in odd letters": lambda: signed(header(alg="nOnE"), _payload()),
    "the public key as a secret": lambda: _hmac(PEM, header(alg="HS384")),
    "the public key as a secret of HS256": lambda: _hmac(PEM, header(alg="HS256")),
    "another algorithm of the same key": lambda: signed(header(alg="ES256"), _payload()),
    "the other key's algorithm": lambda: signed(header(alg="RS384"), _payload()),
    "another key": lambda: signed(header(), _payload(), OTHER),
    "a key of its own": lambda: signed(header(jwk=OTHER.as_dict(private=False)), _payload(), OTHER),
    "a certificate of its own": lambda: signed(header(x5c=["AAAA"]), _payload()),
    "an unknown critical member": lambda: signed(header(crit=["exp"]), _payload()),
    "no key name": lambda: signed(header(kid=None), _payload()),
    "an unknown key name": lambda: signed(header(kid="elsewhere"), _payload()),
    "a key name that is a path": lambda: signed(header(kid="../../k"), _payload()),
    "a key name that is a number": lambda: signed(header(kid=1), _payload()),
    "no type": lambda: signed(header(typ=None), _payload()),
    "another type": lambda: signed(header(typ="at+jwt"), _payload()),
    "another audience": lambda: token(SIGN, aud="https://elsewhere.example.org" + SIGN),
    "more than the audience": lambda: token(SIGN, aud=tokens.BASE_URL + SIGN + "x"),
    "the audience of another service": lambda: token(SIGN, aud=tokens.BASE_URL + "/cds-services"),
    "audiences without ours": lambda: token(SIGN, aud=["a", "b"]),
    "an audience that is no text": lambda: token(SIGN, aud=[{"a": 1}]),
    "no audience": lambda: token(SIGN, aud=None),
    "another issuer": lambda: token(SIGN, iss="https://elsewhere.example.org"),
    "no issuer": lambda: token(SIGN, iss=None),
    "ended": lambda: token(SIGN, iat=_now() - 400, exp=_now() - 100),
    "no end": lambda: token(SIGN, exp=None),
    "an end that is a text": lambda: token(SIGN, exp=str(_now() + 300)),
    "an end that is no number": lambda: _raw(json.dumps(_payload()).replace(str(_payload()["exp"]), "NaN")),
    "an end that is infinite": lambda: _raw(json.dumps(_payload(exp=float("inf")))),
    "an end that is true": lambda: token(SIGN, exp=True),
    "ten years": lambda: token(SIGN, exp=_now() + 10 * 365 * 86400),
    "an hour and a second": lambda: token(SIGN, iat=_now(), exp=_now() + 3601),
    "ended before it began": lambda: token(SIGN, iat=_now() + 30, exp=_now() + 20),
    "no beginning": lambda: token(SIGN, iat=None),
    "from the future": lambda: token(SIGN, iat=_now() + 600, exp=_now() + 900),
    "not yet": lambda: token(SIGN, nbf=_now() + 600),
    "no id": lambda: token(SIGN, jti=None),
    "an empty id": lambda: token(SIGN, jti=""),
    "an id of 257 characters": lambda: token(SIGN, jti="x" * 257),
    "an id of six thousand characters": lambda: token(SIGN, jti="x" * 6_000),
    "an id that is a number": lambda: token(SIGN, jti=7),
    "a tenant that is an object": lambda: token(SIGN, tenant={"a": 1}),
    "a tenant of two lines": lambda: token(SIGN, tenant="a\nb"),
    "two issuers": lambda: _raw(json.dumps(_payload())[:-1] + f', "iss": "{ISSUER}"}}'),
    "claims that are a list": lambda: signed(header(), b"[]"),
    "claims that are no JSON": lambda: signed(header(), b"\xff\xfe"),
    "a header that is no JSON": lambda: f"{part(b'no')}.{part(_payload())}.{part(b's')}",
    "one dot": lambda: token(SIGN).rpartition(".")[0],
    "no dot": lambda: "abc",
    "four dots": lambda: token(SIGN) + ".a.b",
    "nine thousand bytes": lambda: "a" * 9_000,
    "letters that are none": lambda: "é.é.é",
    "a signature of nothing": lambda: token(SIGN).rpartition(".")[0] + "." + part(b"\x00" * 96),
    "a signature cut short": lambda: token(SIGN)[:-10],
}  # fmt: skip


def assert_refused(response: httpx.Response) -> None:
    assert response.status_code == 401
    # The same words for whatever was wrong.
    assert response.json() == {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": "error", "code": "login", "details": {"text": "The caller is not known."}}],
    }
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("name", FORGED)
def test_T1_a_forged_token_is_refused_and_nothing_is_told(
    known: TestClient, canned_service: Any, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    forged = FORGED[name]().encode("utf-8", "replace")
    assert_refused(known.post(SIGN, json=order_sign(), headers={b"authorization": b"Bearer " + forged}))  # type: ignore[arg-type]
    logged = "".join(capfd.readouterr())
    assert logged.count("refused") == 1
    assert forged.decode("utf-8")[:60] not in logged
    assert canned_service.asked == []


def test_T1_a_token_of_a_hundred_thousand_bytes_is_not_even_looked_at(known: TestClient) -> None:
    assert known.post(SIGN, json=order_sign(), headers={"authorization": "Bearer " + "a" * 100_000}).status_code == 431


@pytest.mark.parametrize(
    ("moments", "changes"),
    [
        ({}, {}),
        ({}, {"aud": [tokens.BASE_URL + SIGN, "https://elsewhere.example.org"]}),
        ({}, {"tenant": "ward-7", "sub": "client-7"}),
        ({"iat": 0, "exp": 900}, {}),
        ({"iat": 0, "exp": 3600}, {}),
        ({"nbf": -300}, {}),
        ({"iat": 30, "exp": 330}, {}),
        ({"iat": -3000, "exp": 600}, {}),
        ({"iat": -330, "exp": -30}, {}),
    ],
)
def test_T1_a_good_token_is_accepted(known: TestClient, moments: dict[str, int], changes: dict[str, Any]) -> None:
    now = int(time.time())
    headers = bearer(SIGN, **{name: now + seconds for name, seconds in moments.items()}, **changes)
    assert known.post(SIGN, json=order_sign(), headers=headers).status_code == 200


def test_T1_both_recommended_algorithms_are_accepted(known: TestClient) -> None:
    by_rsa = signed(header(alg="RS384", kid="rsa-1"), claims(SIGN), rsa_key())
    headers = {"authorization": f"Bearer {by_rsa}"}
    assert known.post(SIGN, json=order_sign(), headers=headers).status_code == 200


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic dTpw", "bearer  x.y.z", "Token a.b.c"])
def test_T1_a_header_that_holds_no_token_is_refused(known: TestClient, value: str) -> None:
    assert_refused(known.post(SIGN, json=order_sign(), headers={"authorization": value}))


def test_T1_two_tokens_in_one_request_are_refused_before_either_is_believed(known: TestClient) -> None:
    headers = [("authorization", f"Bearer {token(SIGN)}"), ("authorization", f"Bearer {token(SIGN)}")]
    assert known.post(SIGN, json=order_sign(), headers=headers).status_code == 400


def test_T1_refusals_take_about_equally_long_whatever_is_wrong(known: TestClient) -> None:
    def took(make: Callable[[], str]) -> float:
        times = []
        for _ in range(15):
            headers = {"authorization": f"Bearer {make()}"}
            begun = time.perf_counter()
            known.post(SIGN, content=b"{}", headers=headers)
            times.append(time.perf_counter() - begun)
        return median(times)

    took(FORGED["another key"])
    unknown, wrong, late = (took(FORGED[name]) for name in ("an unknown key name", "another key", "ended"))
    assert max(unknown, wrong, late) - min(unknown, wrong, late) < 0.005


def test_T1_the_caller_is_known_before_a_byte_of_the_body_is_read(known: TestClient) -> None:
    def never() -> Iterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    assert_refused(known.post(SIGN, content=never(), headers={"content-type": "application/json"}))


# --- T2: replay ---------------------------------------------------------------------------------------------------


def test_T2_a_token_is_good_for_one_call(known: TestClient) -> None:
    headers = bearer(SIGN)
    assert known.post(SIGN, json=order_sign(), headers=headers).status_code == 200
    assert_refused(known.post(SIGN, json=order_sign(), headers=headers))


def test_T2_a_token_used_at_one_process_is_refused_at_another(tmp_path: Path, canned_service: Any) -> None:
    settings = Settings(
        clients=tokens.clients_file(tmp_path), base_url=tokens.BASE_URL, database=str(tmp_path / "cds.sqlite")
    )
    first, second = (create_app(settings, cast(Any, canned_service)) for _ in range(2))
    headers = bearer(SIGN)
    with TestClient(first) as one:
        assert one.post(SIGN, json=order_sign(), headers=headers).status_code == 200
    with TestClient(second) as other:
        assert_refused(other.post(SIGN, json=order_sign(), headers=headers))
        assert other.post(SIGN, json=order_sign(), headers=bearer(SIGN)).status_code == 200


async def _races(memories: list[Any]) -> list[bool]:
    until = time.time() + 300
    return list(await asyncio.gather(*(one.is_first(ISSUER, "j", until) for one in memories for _ in range(10))))


def test_T2_of_twenty_uses_at_the_same_moment_one_is_first(tmp_path: Path) -> None:
    memories = [InDatabase(str(tmp_path / "tokens.sqlite")) for _ in range(2)]
    assert sorted(asyncio.run(_races(memories))) == [False] * 19 + [True]
    for memory in memories:
        memory.close()
    assert sorted(asyncio.run(_races([InMemory()]))) == [False] * 9 + [True]


@pytest.mark.parametrize("kind", ["memory", "database"])
def test_T2_the_same_id_of_another_issuer_is_another_token(tmp_path: Path, kind: str) -> None:
    memory = InMemory() if kind == "memory" else InDatabase(str(tmp_path / "tokens.sqlite"))
    until = time.time() + 300

    async def both() -> list[bool]:
        return [await memory.is_first(issuer, "j", until) for issuer in ("a", "b", "a")]

    assert asyncio.run(both()) == [True, True, False]
    if isinstance(memory, InDatabase):
        memory.close()


def test_T2_when_used_tokens_cannot_be_remembered_nobody_is_let_in(tmp_path: Path, canned_service: Any) -> None:
    (tmp_path / "cds-tokens.sqlite").write_bytes(b"this is no database" * 100)
    settings = Settings(
        clients=tokens.clients_file(tmp_path), base_url=tokens.BASE_URL, database=str(tmp_path / "cds.sqlite")
    )
    with TestClient(create_app(settings, cast(Any, canned_service))) as client:
        response = client.post(SIGN, json=order_sign(), headers=bearer(SIGN))
    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert canned_service.asked == []


def test_T2_a_full_memory_refuses_rather_than_forgets() -> None:
    now = [1000.0]
    memory = InMemory(lambda: now[0], most=2)

    async def use(name: str) -> bool:
        return await memory.is_first(ISSUER, name, now[0] + 10)

    assert [asyncio.run(use("a")), asyncio.run(use("b"))] == [True, True]
    with pytest.raises(StoreError):
        asyncio.run(use("c"))
    assert asyncio.run(use("a")) is False
    now[0] += 11
    assert asyncio.run(use("c")) is True


# --- T3 and T4: keys ----------------------------------------------------------------------------------------------


class _Spy(httpx.AsyncBaseTransport):
    """Counts what is fetched. ``answer`` gives the key set."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self.urls: list[str] = []
        self._answer = answer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.urls.append(str(request.url))
        return self._answer(request)


def _keys(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, stream=httpx.ByteStream(tokens.key_set()))


def _trust(spy: _Spy) -> Trust:
    client = Client("north", ISSUER, JKU, key_addresses=frozenset({JKU}))
    return Trust([client], tokens.BASE_URL, transport=spy)


def _refusal(trust: Trust, text: str) -> str:
    with pytest.raises(AuthError) as refused:
        asyncio.run(trust.caller(f"Bearer {text}", SIGN))
    return refused.value.reason


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/", "https://evil.example.org/jwks.json", JKU + "/../other.json", JKU + "?x",
        JKU.replace("https://", "https://x@"), JKU + "@evil.example.org", JKU.replace("https", "http"), JKU + "#",
        "file:///etc/passwd", "https://ehr.north.example.org/other.json",
    ],
)  # fmt: skip
def test_T3_keys_are_fetched_from_the_configured_address_and_from_no_other(address: str) -> None:
    spy = _Spy(_keys)
    assert _refusal(_trust(spy), signed(header(jku=address), claims(SIGN))) == "key address"
    assert spy.urls == []


def test_T3_the_configured_address_may_be_named(known: TestClient) -> None:
    spy = _Spy(_keys)
    caller = asyncio.run(_trust(spy).caller(f"Bearer {signed(header(jku=JKU), claims(SIGN))}", SIGN))
    assert caller.name == "north"
    assert spy.urls == [JKU]


def test_T3_a_redirect_of_the_key_address_is_not_followed() -> None:
    spy = _Spy(lambda _: httpx.Response(302, headers={"location": "https://evil.example.org/jwks.json"}))
    assert _refusal(_trust(spy), token(SIGN)) == "key"
    assert spy.urls == [JKU]


@pytest.mark.parametrize("body", [b"", b"{}", b'{"keys":[]}', b"<html>", b"x" * 300_000, b"[" * 100_000])
def test_T3_an_address_that_gives_no_keys_lets_nobody_in(body: bytes) -> None:
    assert _refusal(_trust(_Spy(lambda _: httpx.Response(200, stream=httpx.ByteStream(body)))), token(SIGN)) == "key"


def test_T3_a_secret_or_symmetric_key_in_a_set_is_never_used() -> None:
    secret = json.dumps({"keys": [ec_key().as_dict(private=True)]}).encode()
    symmetric = json.dumps({"keys": [{"kty": "oct", "k": "AAAA", "kid": "ec-1"}]}).encode()
    for body in (secret, symmetric):
        spy = _Spy(lambda _, body=body: httpx.Response(200, stream=httpx.ByteStream(body)))
        assert _refusal(_trust(spy), token(SIGN)) == "key"


def test_T4_a_thousand_unknown_key_names_cause_one_fetch_in_each_cooldown() -> None:
    spy = _Spy(_keys)
    trust = _trust(spy)

    async def flood() -> None:
        for number in range(1000):
            try:
                await trust.caller(f"Bearer {signed(header(kid=f'k{number}'), claims(SIGN))}", SIGN)
            except AuthError:
                continue
            raise AssertionError

    asyncio.run(flood())
    assert len(spy.urls) == 1


def test_T4_after_the_cooldown_keys_are_looked_at_again_and_old_ones_expire() -> None:
    now = [0.0]
    sets = [tokens.key_set(ec_key("old")), tokens.key_set(ec_key("new"))]
    read: list[int] = []

    async def load() -> bytes:
        read.append(1)
        return sets[min(len(read), 2) - 1]

    keys = Keys(load, lambda: now[0])

    async def find(name: str) -> bool:
        return await keys.find(name) is not None

    assert asyncio.run(find("old"))
    now[0] = COOLDOWN - 1
    assert not asyncio.run(find("new"))
    now[0] = COOLDOWN + 1
    assert asyncio.run(find("new"))
    assert not asyncio.run(find("old"))
    assert len(read) == 2


def test_T4_many_callers_at_once_cause_one_fetch_and_all_wait_for_it() -> None:
    class Slow(_Spy):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(0.05)
            return await super().handle_async_request(request)

    spy = Slow(_keys)
    trust = _trust(spy)

    async def together() -> None:
        calls = [trust.caller(f"Bearer {token(SIGN)}", SIGN) for _ in range(50)]
        assert {caller.name for caller in await asyncio.gather(*calls)} == {"north"}

    asyncio.run(together())
    assert len(spy.urls) == 1


# --- T34: enumeration ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", [SIGN, f"{SIGN}/feedback", "/cds-services/unknown", "/cds-services/x/y/z"])
def test_T34_a_stranger_is_told_the_same_whatever_is_there(known: TestClient, method: str, path: str) -> None:
    assert_refused(known.request(method, path))


@pytest.mark.parametrize("path", ["http://testserver//cds-services//medication-order-sign", f"{SIGN}/"])
def test_T34_no_way_of_writing_the_path_leads_around_the_door(known: TestClient, path: str) -> None:
    assert_refused(known.post(path, json=order_sign()))


def test_T34_a_known_caller_is_told_that_a_service_is_unknown(known: TestClient) -> None:
    path = "/cds-services/unknown"
    assert known.post(path, json=order_sign(), headers=bearer(path)).status_code == 404


def test_T34_discovery_is_open_and_tells_of_no_caller(known: TestClient) -> None:
    response = known.get("/cds-services")
    assert response.status_code == 200
    assert "north" not in response.text
    assert "Demonstration" not in response.text


def test_T34_feedback_takes_the_address_of_the_service_or_its_own(known: TestClient) -> None:
    body = {"feedback": [{"card": "c", "outcome": "overridden", "outcomeTimestamp": "2026-11-24T10:00:00Z"}]}
    path = f"{SIGN}/feedback"
    for aud in (SIGN, path):
        headers = bearer(path, aud=tokens.BASE_URL + aud)
        assert known.post(path, json=body, headers=headers).status_code == 200
    assert_refused(known.post(SIGN, json=order_sign(), headers=bearer(SIGN, aud=tokens.BASE_URL + path)))
