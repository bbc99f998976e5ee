"""The addresses of the service: discovery, the hooks, feedback, and what an operator asks.

Bodies are read from the raw request: the strict reader sees the bytes as they came, and no framework writes a
value of them into an error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
import structlog
from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from cds import __version__
from cds.errors import DataMissing, NoKnowledge, RequestError, StoreError, UnknownService
from cds.fhir.prefetch import TEMPLATES
from cds.hooks import body, feedback, gather, log, strict
from cds.hooks.answer import Answered, answered, failed, too_late, unloaded
from cds.hooks.codes import recognised
from cds.hooks.discovery import SERVICES, SPECIFICATION, Listed, discovery
from cds.hooks.memory import FAILED, UNLOADED, Memory, Watch
from cds.hooks.outcome import outcome, refusal
from cds.hooks.request import HookRequest, read
from cds.hooks.strict import Json
from cds.service import NoService, Repeated, Service
from cds.settings import Settings
from cds.terminology.rxnav import RxNav
from cds.trust.client import Caller
from cds.trust.outgoing import Outgoing

READ_BESIDE: Final = 64 * 1024
"""Bytes from which a body is read in a thread, so that a large one does not hold up the others."""

ORDERS_BESIDE: Final = 8
"""Draft orders from which a review is made in a thread; a smaller one takes less time than the way there and back."""

REVIEW_SECONDS: Final = 1.0
"""Time for the review itself, which takes milliseconds."""

CALL: Final = "/cds-services/{service_id}"
"""The address of a service. ``straight`` takes calls past the router, which declares it."""

_JSON_BODY: Final[dict[str, Any]] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
}


_WHY: Final = {
    400: "request", 404: "address", 405: "method", 406: "format", 408: "slow body", 412: "data missing", 413: "size",
    415: "kind of body", 503: "not ready",
}  # fmt: skip
"""Why a request was refused, in a word for the log and the metrics."""


@dataclass(slots=True)
class Endpoints:
    """Everything the addresses need. Clock, uuids and the way to FHIR servers are passed in, so that tests can hold
    them still.
    """

    service: Service
    settings: Settings
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    new_uuid: Callable[[], UUID] = uuid4
    tally: feedback.Tally = field(default_factory=feedback.Tally)
    transport: httpx.AsyncBaseTransport | None = None
    memory: Memory = field(default_factory=Memory)
    problems: dict[str, str] = field(default_factory=dict)
    rxnav: RxNav | None = None
    own: dict[str, Service] = field(default_factory=dict)
    outgoing: Outgoing = field(default_factory=Outgoing)
    demonstration: bool = True
    draining: bool = False

    def __post_init__(self) -> None:
        self.tally.reasons = frozenset(self.service.override_reasons)
        if self.settings.rxnav:
            self.rxnav = RxNav(self.settings.rxnav, transport=self.transport)

    async def discover(self) -> Response:
        """The services on offer, as CDS Hooks lists them."""
        try:
            knowledge = self.service.knowledge
        except NoKnowledge:
            knowledge = None
        return _json(discovery(knowledge, TEMPLATES, demonstration=self.demonstration))

    async def call(self, service_id: str, request: Request) -> Response:
        """One hook call: the cards for its draft orders."""
        watch = Watch()
        caller: Caller = getattr(request.state, "caller", Caller())
        # It may be another one after a reload: this answer is made of this one alone.
        service = self.own.get(caller.client.name, self.service) if caller.client else self.service
        listed = _listed(service_id)
        asked = await _read(await body.read(request, self.settings.max_body), listed.hook)
        try:
            found = await self._checked(asked, caller, service, watch)
        except NoKnowledge:
            found = Answered(unloaded(self.new_uuid), lack=UNLOADED)
        except RequestError:
            raise
        except Exception as error:  # noqa: BLE001 - it is logged, and told on a card: a 500 is shown to nobody
            log.failed("review failed", error, service=listed.id)
            found = Answered(failed(self.new_uuid), lack=FAILED)
        self.memory.remember(listed.id, asked, found, service, caller.name, watch)
        return _json(found.body)

    async def _checked(self, asked: HookRequest, caller: Caller, service: Service, watch: Watch) -> Answered:
        """What is missing is fetched, and everything is reviewed, within the budget of the client."""
        if isinstance(service, NoService):
            raise NoKnowledge
        watch.fetching()
        way = self.outgoing.way(caller)
        fetched = await gather.gather(
            asked,
            caller.client or self.settings,
            self.transport or way.transport,
            circuit=way.circuit,
            spent=watch.seconds,
        )
        if caller.client and caller.client.refuses_gaps and gather.is_short(asked, fetched):
            raise DataMissing("Data that the check needs cannot be had. Nothing was checked.")
        service = await recognised(service, self.rxnav, asked, fetched, self.now())
        watch.fetched()
        repeated = await self.memory.repeated(asked, fetched, caller.name)
        return await self._answer(asked, fetched, service, repeated)

    async def _answer(
        self, asked: HookRequest, fetched: Mapping[str, object], service: Service, repeated: Repeated | None
    ) -> Answered:
        """The answer. A large request is worked out beside the event loop, so that it does not hold up the others.

        One that takes too long is given up: the client would drop it, and dropped means unchecked without a word.
        """
        work = partial(
            answered, asked, service, self.now(), self.new_uuid, fetched, base_url=self.settings.base_url,
            repeated=repeated,
        )  # fmt: skip
        if not fetched and asked.size < READ_BESIDE and _drafted(asked) < ORDERS_BESIDE:
            return work()
        try:
            return await asyncio.wait_for(asyncio.to_thread(work), REVIEW_SECONDS)
        except TimeoutError:
            structlog.get_logger().error("review took too long", service=asked.hook)
            return Answered(too_late(self.new_uuid))

    async def take_feedback(self, service_id: str, request: Request) -> Response:
        """What the prescriber did with the cards.

        Answered by 200 without a body: there is nothing to say, and CDS Hooks allows no empty object.
        """
        listed = _listed(service_id)
        reports = feedback.read(await body.read(request, self.settings.max_body))
        await self.memory.take(reports, getattr(request.state, "client", ""))
        for report in reports:
            self.tally.add(listed.id, report)
        return Response(status_code=200)

    async def live(self) -> Response:
        """The process runs."""
        return _json({"status": "live"})

    async def ready(self) -> Response:
        """The knowledge is loaded and calls are answered. ``degraded``: they are, and something else is wrong.

        503 ``draining``: they still are, but the service is about to stop.
        """
        if self.draining:
            return _json({"status": "draining"}, 503)
        problems = [*self.problems.values(), *self.memory.problems]
        if isinstance(self.service, NoService):
            return _json({"status": "not ready", "problems": [*problems]}, 503)
        if overdue := self.service.knowledge.overdue(self.now().date()):
            problems.append(f"the next review of {', '.join(drug.name for drug in overdue)} is overdue")
        status: dict[str, Json] = {"status": "degraded" if problems else "ready"}
        if problems:
            status["problems"] = [*problems]
        return _json({**status, "knowledge": self.service.knowledge.version})

    async def version(self) -> Response:
        """Which program, which knowledge, which policy."""
        version, policy = self.service.versions
        told: dict[str, Json] = {
            "version": __version__,
            "cdsHooks": SPECIFICATION,
            "knowledge": version,
            "policy": policy,
        }
        release = "" if isinstance(self.service, NoService) else self.service.knowledge.release
        return _json({**told, "terminology": release} if release else told)


def router(endpoints: Endpoints) -> APIRouter:
    """The addresses as a router."""
    routes = APIRouter(redirect_slashes=False)
    add = routes.add_api_route
    add("/cds-services", endpoints.discover, methods=["GET"], tags=["CDS Hooks"], summary="Discovery")
    add(
        CALL, endpoints.call, methods=["POST"], tags=["CDS Hooks"],
        summary="Call a service", openapi_extra=_JSON_BODY,
    )  # fmt: skip
    add(
        "/cds-services/{service_id}/feedback", endpoints.take_feedback, methods=["POST"], tags=["CDS Hooks"],
        summary="Feedback on cards", openapi_extra=_JSON_BODY,
    )  # fmt: skip
    add("/livez", endpoints.live, methods=["GET"], tags=["Operation"], summary="Is the process alive?")
    add("/readyz", endpoints.ready, methods=["GET"], tags=["Operation"], summary="Is the service ready?")
    add("/version", endpoints.version, methods=["GET"], tags=["Operation"], summary="Versions")
    return routes


def answer_errors(app: FastAPI) -> None:
    """Make every error an OperationOutcome."""

    async def on_ours(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestError | StoreError)  # noqa: S101 - the registration below says so
        return told(request, error)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - the registration below says so
        _refused(request, error.status_code)
        return outcome(error.status_code, headers=dict(error.headers or {}))

    app.add_exception_handler(RequestError, on_ours)
    app.add_exception_handler(StoreError, on_ours)
    app.add_exception_handler(HTTPException, on_http)


def told(request: Request, error: RequestError | StoreError) -> Response:
    """One of our own errors as an answer; that there was one is logged and counted."""
    if isinstance(error, RequestError):
        _refused(request, error.status)
        return refusal(error)
    _refused(request, 503)
    return outcome(503, "Feedback cannot be kept now. Send it again later.", headers={"retry-after": "30"})


def _refused(request: Request, status: int) -> None:
    caller: Caller = getattr(request.state, "caller", Caller())
    log.refused(_WHY.get(status, "other"), status, caller.client.name if caller.client else "")


async def _read(raw: bytes, hook: str) -> HookRequest:
    return read(raw, hook) if len(raw) < READ_BESIDE else await asyncio.to_thread(read, raw, hook)


def _drafted(asked: HookRequest) -> int:
    entries = asked.drafts.get("entry")
    return len(entries) if isinstance(entries, list) else 0


def _listed(service_id: str) -> Listed:
    listed = SERVICES.get(service_id)
    if listed is None:
        raise UnknownService("No service has this id. The ids are listed at /cds-services.")
    return listed


def _json(value: object, status: int = 200) -> Response:
    return Response(strict.write(value), status, media_type="application/json")
