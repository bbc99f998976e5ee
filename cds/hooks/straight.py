"""Hook calls, straight from the guard to where they are answered.

A framework's way to an endpoint (routes tried one after the other, dependencies solved, exit stacks entered) takes
longer than many answers do, and gives a hook call nothing: its body is read and its errors are told by us. The route
stays declared in ``routes``, so that ``/openapi.json`` tells of it; everything else goes the framework's way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from cds.errors import RequestError, StoreError
from cds.hooks.guard import SERVICES
from cds.hooks.routes import CALL, Endpoints, told


@dataclass(frozen=True, slots=True)
class _Route:
    """What a trace names a call by."""

    path: str


_ROUTE: Final = _Route(CALL)


class Straight:
    """ASGI middleware, the innermost: answers ``POST /cds-services/{id}`` and passes everything else on."""

    def __init__(self, app: ASGIApp, endpoints: Endpoints) -> None:
        self.app = app
        self.endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a hook call, or pass the request on."""
        service = _service(scope)
        if not service:
            await self.app(scope, receive, send)
            return
        scope["route"] = _ROUTE
        request = Request(scope, receive)
        try:
            answer = await self.endpoints.call(service, request)
        except (RequestError, StoreError) as error:
            answer = told(request, error)
        await answer(scope, receive, send)


def _service(scope: Scope) -> str:
    """The id in the address of a hook call; empty for any other request."""
    if scope["type"] != "http" or scope["method"] != "POST" or not scope["path"].startswith(SERVICES):
        return ""
    rest = str(scope["path"]).removeprefix(SERVICES)
    return "" if "/" in rest else rest
