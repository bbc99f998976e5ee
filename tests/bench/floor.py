"""The floors: servers that read the same body and write an answer of the same size, and do nothing in between.

``raw``: an ASGI function on uvicorn. ``fastapi``: a FastAPI endpoint. Both parse with msgspec into plain values, which
is the least any service in Python does that looks at what it was sent.
"""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import uvicorn
from fastapi import FastAPI, Request, Response

Message = dict[str, Any]


def answer_of(size: int) -> bytes:
    """An answer of so many bytes in the shape of cards."""
    card = {"summary": "Nothing was checked.", "indicator": "info", "source": {"label": "floor"}, "detail": ""}
    empty = len(msgspec.json.encode({"cards": [card]}))
    return msgspec.json.encode({"cards": [{**card, "detail": "x" * max(size - empty, 0)}]})


def raw(answers: dict[str, Message]) -> Callable[..., Awaitable[None]]:
    """An ASGI application that parses and writes."""

    async def app(scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[..., Any]) -> None:
        if scope["type"] != "http":
            return
        parts: list[bytes] = []
        more = True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        msgspec.json.decode(b"".join(parts))
        body = msgspec.json.encode(answers[scope["path"]])
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def fastapi(answers: dict[str, Message]) -> FastAPI:
    """The same behind a FastAPI endpoint, without pydantic models."""
    app = FastAPI(docs_url=None, redoc_url=None)

    async def endpoint(name: str, request: Request) -> Response:
        msgspec.json.decode(await request.body())
        return Response(msgspec.json.encode(answers[f"/{name}"]), media_type="application/json")

    app.add_api_route("/{name}", endpoint, methods=["POST"])
    return app


def main() -> None:
    """Serve one of the two, with an address ``/<size>`` for each size of answer."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=("raw", "fastapi"))
    parser.add_argument("port", type=int)
    parser.add_argument("sizes", type=int, nargs="+")
    asked = parser.parse_args()
    answers = {f"/{size}": msgspec.json.decode(answer_of(size)) for size in asked.sizes}
    app = raw(answers) if asked.kind == "raw" else fastapi(answers)
    uvicorn.run(app, port=asked.port, http="httptools", access_log=False, server_header=False, log_level="warning")


if __name__ == "__main__":
    main()
