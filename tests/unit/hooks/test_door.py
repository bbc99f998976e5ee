"""The outermost layer answers whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from cds.hooks.door import Door, plain_path

SCOPE = {"type": "http", "method": "GET", "path": "/", "headers": []}


async def nothing() -> Message:
    return {"type": "http.request"}


def through(app: Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]], scope: Scope) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(Door(app, ("*",))(dict(scope), nothing, send))
    return sent


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("/", "/"),
        ("", "/"),
        ("//", "/"),
        ("/cds-services", "/cds-services"),
        ("/cds-services/", "/cds-services"),
        ("//cds-services//id///feedback/", "/cds-services/id/feedback"),
    ],
)
def test_slashes_too_many_are_forgiven(typed: str, meant: str) -> None:
    assert plain_path(typed) == meant


def test_a_client_that_has_gone_gets_no_answer() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raise ClientDisconnect

    assert through(app, SCOPE) == []


def test_an_error_after_the_answer_has_begun_is_not_answered_twice(capsys: pytest.CaptureFixture[str]) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ValueError

    assert [message["type"] for message in through(app, SCOPE)] == ["http.response.start"]
    assert "request failed" in capsys.readouterr().out


def test_what_is_not_http_passes_through() -> None:
    seen = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["type"])

    through(app, {"type": "lifespan"})
    assert seen == ["lifespan"]
