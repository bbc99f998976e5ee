"""A stand-in for the EHR's FHIR server: answers reads and searches at once from one record, and does nothing else."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
import uvicorn

from tests.bench.bodies import standin_record

Message = dict[str, Any]
_NOTHING = b'{"resourceType":"Bundle","type":"searchset","total":0}'


def app_of(record: Mapping[str, bytes]) -> Callable[..., Awaitable[None]]:
    """An ASGI application over answers by ``Type`` or, for observations, by a code in the query."""

    async def app(scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[..., Any]) -> None:
        if scope["type"] != "http":
            return
        kind = scope["path"].removeprefix("/r4/").partition("/")[0]
        asked = scope["query_string"].decode()
        body = next((answer for key, answer in record.items() if _asks(key, kind, asked)), _NOTHING)
        headers = [(b"content-type", b"application/fhir+json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


def _asks(key: str, kind: str, query: str) -> bool:
    wanted, _, code = key.partition("?")
    return kind == wanted and code in query


def main() -> None:
    """Serve the usual record."""
    answers = {key: msgspec.json.encode(value) for key, value in standin_record().items()}
    uvicorn.run(app_of(answers), port=int(sys.argv[1]), http="httptools", access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
