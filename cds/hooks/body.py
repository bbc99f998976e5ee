"""Reading a request body: plain JSON, not larger than allowed, not slower than allowed."""

from __future__ import annotations

import asyncio
import re
from typing import Final

from starlette.requests import Request

from cds.errors import BodyTooLarge, RequestError, UnsupportedBody

BODY_SECONDS: Final = 5.0
"""A body that has not arrived by then is not waited for: the client's user is no longer helped by the answer."""

_JSON_TYPE: Final = re.compile(r"application/([a-z0-9.\-]+\+)?json(\+[a-z0-9.\-]+)?", re.ASCII)


class BodyTooSlow(RequestError):
    """The request body did not arrive in time."""

    status = 408
    code = "timeout"


async def read(request: Request, limit: int) -> bytes:
    """The body's bytes. UnsupportedBody, BodyTooLarge, BodyTooSlow, or RequestError for a wrong length."""
    _check_type(request)
    _check_length(request, limit)
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _counted(request, limit)
    except TimeoutError:
        raise BodyTooSlow("The request body took too long to arrive.") from None


def _check_type(request: Request) -> None:
    written = request.headers.get("content-type", "")
    if written == "application/json" and "content-encoding" not in request.headers:
        return  # as almost everybody writes it
    kind, _, parameters = written.lower().partition(";")
    if not _JSON_TYPE.fullmatch(kind.strip()):
        raise UnsupportedBody("Content-Type must be application/json.")
    charset = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", parameters)
    if charset and charset[1] not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedBody("The body must be in UTF-8.")
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnsupportedBody("The body must not be compressed.")


def _check_length(request: Request, limit: int) -> None:
    """Refuse by the announced length already: nothing of a large body is read."""
    announced = request.headers.get("content-length")
    if announced is None:
        return
    if not announced.isascii() or not announced.isdigit():
        raise RequestError("Content-Length must be a whole number.")
    if len(announced) > len(str(limit)) or int(announced) > limit:
        raise BodyTooLarge(f"The body must not be larger than {limit} bytes.")


async def _counted(request: Request, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise BodyTooLarge(f"The body must not be larger than {limit} bytes.")
        parts.append(part)
    return b"".join(parts)
