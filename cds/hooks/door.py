"""The outermost layer of the application: cross-origin rules, safe headers, and an answer whatever happens.

It stands outside everything else so that a browser client can read errors too, and so that an error nobody
expected becomes an OperationOutcome without its text. Starlette's own last resort would pass the error on to the
server, which prints its message, and a message can hold a value from the request.
"""

from __future__ import annotations

import re
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cds.hooks import log
from cds.hooks.outcome import outcome

SAFE_HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_SAFE: Final = [(name.encode(), value.encode()) for name, value in SAFE_HEADERS.items()]
METHODS: Final = "GET, POST, OPTIONS"
HEADERS: Final = "authorization, content-type, accept"
PREFLIGHT_SECONDS: Final = "600"


class Door:
    """ASGI middleware. ``origins`` are browser origins that may call; ``*`` allows any, without credentials."""

    def __init__(self, app: ASGIApp, origins: tuple[str, ...]) -> None:
        self.app = app
        self.origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a preflight, or pass the request on and see that it is answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope["path"] = plain_path(scope["path"])
        asked = Headers(scope=scope)
        begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._add_headers(MutableHeaders(scope=message), asked.get("origin", ""))
            await send(message)

        if scope["method"] == "OPTIONS" and "access-control-request-method" in asked:
            await Response(status_code=204)(scope, receive, send_with_headers)
            return
        try:
            await self.app(scope, receive, send_with_headers)
        except ClientDisconnect:
            return
        except Exception as error:  # noqa: BLE001 - the last resort: it is logged, and answered as a failure
            log.failed("request failed", error)
            if not begun:
                await outcome(500)(scope, receive, send_with_headers)

    def _add_headers(self, headers: MutableHeaders, origin: str) -> None:
        present = {name for name, _ in headers.raw}
        headers.raw.extend(safe for safe in _SAFE if safe[0] not in present)
        if "*" in self.origins:
            headers["access-control-allow-origin"] = "*"
        else:
            headers.add_vary_header("Origin")
            if origin not in self.origins:
                return
            headers["access-control-allow-origin"] = origin
        headers["access-control-allow-methods"] = METHODS
        headers["access-control-allow-headers"] = HEADERS
        headers["access-control-max-age"] = PREFLIGHT_SECONDS


def plain_path(path: str) -> str:
    """The path without doubled slashes and without one at the end: testers type the discovery address by hand."""
    return _SLASHES.sub("/", path).rstrip("/") or "/"


_SLASHES: Final = re.compile(r"/{2,}")
