"""What is refused before anything of a request is read: bad framing, floods, foreign names, and callers we do not know.

The server's own parser refuses most of what is malformed. This layer does not rely on it: another server, or a proxy
in front, may see the same bytes otherwise, and that difference is what smuggling lives on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cds.errors import AuthError, StoreError
from cds.hooks import log
from cds.hooks.outcome import outcome
from cds.trust.trust import Trust

MOST_HEADERS: Final = 64
LARGEST_HEADERS: Final = 16 * 1024
MOST_AT_ONCE: Final = 64
"""Requests answered at the same time by one process. More would only make all of them late."""

SERVICES: Final = "/cds-services/"
OPERATION: Final = frozenset({"/livez", "/readyz", "/version"})
LOCAL: Final = ("localhost", "127.0.0.1", "::1")
_ONCE: Final = (b"host", b"content-length", b"transfer-encoding", b"content-type", b"authorization")

_UNKNOWN: Final = {"www-authenticate": "Bearer", "connection": "close"}

Headers = list[tuple[bytes, bytes]]


class Guard:
    """ASGI middleware. ``hosts`` are further names of ours; ``public``: the demonstration may be reached from other
    computers.
    """

    def __init__(
        self,
        app: ASGIApp,
        trust: Trust,
        *,
        hosts: Iterable[str] = (),
        base_url: str = "",
        public: bool = False,
        most_at_once: int = MOST_AT_ONCE,
    ) -> None:
        self.app = app
        self.trust = trust
        self.public = public
        self._any_host = trust.demonstration and public and not base_url and not tuple(hosts)
        self._hosts = {host.lower() for host in hosts} | {urlsplit(base_url).hostname or ""} - {""}
        self._most = most_at_once
        self._now = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse the request, or pass it on with its caller in ``scope["state"]``."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused = self._framing(scope) or self._place(scope)
        if refused is None and scope["path"] not in OPERATION:
            if self._now >= self._most:
                refused = _refused("busy", outcome(503, "Too many calls at once.", headers={"retry-after": "1"}))
            else:
                await self._admitted(scope, receive, send)
                return
        await (refused or self.app)(scope, receive, send)

    async def _admitted(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._now += 1
        try:
            # Small requests are worked out at one go. All that have come are counted before the first one is.
            await asyncio.sleep(0)
            refused = await self._stranger(scope)
            await (refused or self.app)(scope, receive, send)
        finally:
            self._now -= 1

    def _framing(self, scope: Scope) -> Response | None:
        headers: Headers = scope["headers"]
        if len(headers) > MOST_HEADERS or sum(len(name) + len(value) for name, value in headers) > LARGEST_HEADERS:
            return _refused("headers", outcome(431))
        names = [name for name, _ in headers]
        if any(names.count(name) > 1 for name in _ONCE):
            return _refused("framing", outcome(400, "A header stands twice."))
        if b"transfer-encoding" in names and b"content-length" in names:
            return _refused("framing", outcome(400, "Content-Length and Transfer-Encoding exclude each other."))
        return None

    def _place(self, scope: Scope) -> Response | None:
        """Whether the request came to a name and an address at which we answer."""
        here = str((scope.get("server") or ("", None))[0]).lower()
        local = _is_local(here)
        if self.trust.demonstration and not self.public and not local:
            return _refused("place", outcome(403, "A demonstration answers on its own computer only."))
        named = _host(scope["headers"])
        known = named == here or named in self._hosts or (local and named in LOCAL)
        return (
            None if known or self._any_host else _refused("host", outcome(400, "This is not a name of this service."))
        )

    async def _stranger(self, scope: Scope) -> Response | None:
        """The refusal of a caller we do not know. Only the services ask; discovery and pages hold no patient's data."""
        if not scope["path"].startswith(SERVICES):
            return None
        headers = [value for name, value in scope["headers"] if name == b"authorization"]
        authorization = headers[0].decode("latin-1") if headers else None
        try:
            caller = await self.trust.caller(authorization, scope["path"])
        except AuthError as error:
            return _refused(error.reason, outcome(401, headers=_UNKNOWN))
        except StoreError:
            busy = outcome(503, "Callers cannot be recognised now.", headers={"retry-after": "5"})
            return _refused("memory of tokens", busy)
        state: dict[str, Any] = scope.setdefault("state", {})
        state["caller"], state["client"] = caller, caller.name
        return None


def _refused(reason: str, answer: Response) -> Response:
    log.refused(reason, answer.status_code)
    return answer


def _host(headers: Headers) -> str:
    """The name in ``Host``, without its port and brackets; empty when there is none."""
    text = next((value for name, value in headers if name == b"host"), b"").decode("latin-1").strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0]


@lru_cache(maxsize=64)
def _is_local(here: str) -> bool:
    """Whether an address of ours, or what stands in its place (a socket's path), is of this computer alone."""
    try:
        return here in LOCAL or ip_address(here).is_loopback
    except ValueError:
        return True
