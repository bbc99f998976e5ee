"""The client of the test sheet: discovery, then one order-sign call for each case, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

from cds.errors import CdsError
from cds.selftest import wire

HOOK: Final = "order-sign"
SECONDS: Final = 30
MOST_BYTES: Final = 5_000_000

Send = Callable[[bytes], dict[str, Any]]
"""Sends a request and gives the answer; CdsError when none can be had."""


@dataclass(frozen=True, slots=True)
class Listed:
    """The service under test, as it lists itself."""

    url: str
    id: str
    title: str
    templates: Mapping[str, str]


@contextmanager
def connected(url: str, service: str = "") -> Iterator[tuple[Listed, Send]]:
    """Find the order-sign service at an address and keep a connection to it. CdsError when there is none."""
    base = url.rstrip("/").removesuffix("/cds-services")
    # Neither a proxy of the environment nor a redirect decides where the cases go.
    with httpx.Client(timeout=SECONDS, trust_env=False, follow_redirects=False) as client:
        listed = _discover(client, base, service)

        def send(body: bytes) -> dict[str, Any]:
            headers = {"content-type": "application/json", "accept": "application/json"}
            address = f"{base}/cds-services/{listed.id}"
            answer = _object(client, client.build_request("POST", address, content=body, headers=headers))
            return _with_cards(answer)

        yield listed, send


def _discover(client: httpx.Client, base: str, wanted: str) -> Listed:
    try:
        request = client.build_request("GET", f"{base}/cds-services", headers={"accept": "application/json"})
    except httpx.InvalidURL as error:
        raise CdsError(f"{base} is not an address.") from error
    services = _object(client, request).get("services")
    rows = [row for row in services if isinstance(row, dict)] if isinstance(services, list) else []
    fitting = [row for row in rows if row.get("hook") == HOOK and wanted in {"", row.get("id")}]
    if not fitting:
        named = f"'{wanted}' of hook {HOOK}" if wanted else f"of hook {HOOK}"
        raise CdsError(f"The address {base} lists no service {named}.")
    row = fitting[0]
    templates = row.get("prefetch")
    return Listed(
        base,
        str(row.get("id", "")),
        str(row.get("title") or row.get("id", "")),
        {str(key): str(value) for key, value in templates.items()} if isinstance(templates, dict) else {},
    )


def _object(client: httpx.Client, request: httpx.Request) -> dict[str, Any]:
    try:
        response = client.send(request, stream=True)
        try:
            content = _content(response)
        finally:
            response.close()
    except (httpx.HTTPError, httpx.StreamError) as error:
        raise CdsError(f"No answer from {request.url} ({type(error).__name__}).") from error
    if response.status_code != httpx.codes.OK:
        raise CdsError(f"{request.url} answered with status {response.status_code}.")
    try:
        answer = wire.read(content.decode())
    except (ValueError, RecursionError) as error:
        raise CdsError(f"The answer of {request.url} is not JSON.") from error
    if not isinstance(answer, dict):
        raise CdsError(f"The answer of {request.url} is not an object.")
    return answer


def _content(response: httpx.Response) -> bytes:
    content = b""
    for piece in response.iter_bytes():
        content += piece
        if len(content) > MOST_BYTES:
            raise CdsError(f"The answer of {response.request.url} is over {MOST_BYTES} bytes.")
    return content


def _with_cards(answer: dict[str, Any]) -> dict[str, Any]:
    cards = answer.get("cards")
    if not isinstance(cards, list) or not all(isinstance(card, dict) for card in cards):
        raise CdsError("The answer holds no list of cards.")
    return answer
