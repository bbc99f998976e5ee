"""Loading knowledge, policy and clients anew while the service runs: all of it or nothing, and every answer is made of
one version. And saying, when the service is told to stop, that nothing new should be sent to it.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import structlog

from cds import metrics
from cds.errors import CdsError, TrustError
from cds.hooks import log
from cds.hooks.routes import Endpoints
from cds.knowledge.overlay import State
from cds.operations.settling import forget
from cds.service import NoService, Service
from cds.store.prune import prune
from cds.trust.client import Client

KNOWLEDGE: Final = "knowledge"
OVERLAY: Final = "overlay"
_TOLD: Final[set[tuple[str, str]]] = set()
WATCH_SECONDS: Final = 0.25
NONE: Final = "there is no knowledge that could be loaded; every order is answered as not checked"
KEPT: Final = "the knowledge could not be loaded anew; the last good one answers"
CLIENTS_KEPT: Final = "the clients file could not be read anew; the last good clients and knowledge answer"


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything that is loaded together: what answers, the services of clients with a policy or an overlay of their
    own (by the client's name), and the clients.
    """

    service: Service
    own: dict[str, Service] = field(default_factory=dict)
    clients: tuple[Client, ...] = ()


class Reloader:
    """Puts a new service in the place of the old one. ``build`` makes it; ``use`` is told of it besides the hooks."""

    def __init__(self, endpoints: Endpoints, build: Callable[[], Loaded], use: Callable[[Loaded], None]) -> None:
        self._endpoints = endpoints
        self._build = build
        self._use = use
        self._one_at_a_time = asyncio.Lock()
        tell(endpoints, endpoints.service)

    async def reload(self) -> bool:
        """Build a new service beside the running one and swap it in. When it cannot be built, nothing changes but
        that the service says so.
        """
        async with self._one_at_a_time:
            try:
                found = await asyncio.to_thread(self._build)
            except CdsError as error:
                kept = CLIENTS_KEPT if isinstance(error, TrustError) else KEPT
                metrics.RELOADS.labels("failed").inc()
                log.failed(kept, error)
                if not isinstance(self._endpoints.service, NoService):
                    self._endpoints.problems[KNOWLEDGE] = kept
                return False
            # The whole swap. Nothing else runs meanwhile, and a call takes its service once, when it comes.
            self._endpoints.service, self._endpoints.own = found.service, found.own
            self._use(found)
            self._endpoints.problems.pop(KNOWLEDGE, None)
            tell(self._endpoints, found.service)
            await asyncio.to_thread(forget)
            metrics.RELOADS.labels("done").inc()
            structlog.get_logger().info("knowledge loaded", knowledge=found.service.knowledge.version)
            return True


def tell(endpoints: Endpoints, service: Service) -> None:
    """Say which knowledge answers, and which entries of the overlay wait for somebody."""
    now = service.versions
    if isinstance(service, NoService):
        endpoints.problems[KNOWLEDGE] = NONE
    for before in _TOLD - {now}:
        metrics.KNOWLEDGE.labels(*before).set(0)
    metrics.KNOWLEDGE.labels(*now).set(1)
    _TOLD.add(now)
    endpoints.problems.pop(OVERLAY, None)
    states = [state for _, state in service.overlay.states] if service.overlay else []
    for state in State:
        metrics.OVERLAY.labels(state.value).set(states.count(state))
    waiting = sum(state in (State.CHANGED, State.GONE, State.EXPIRED) for state in states)
    if waiting:
        endpoints.problems[OVERLAY] = f"{waiting} entries of the overlay are not applied (cds overlay check)"


@asynccontextmanager
async def minded(endpoints: Endpoints, reloader: Reloader) -> AsyncIterator[None]:
    """While the application runs: memory is written, SIGHUP loads anew, SIGTERM lets go of the balancer first, and once
    a day what is due is done.
    """
    ledger = endpoints.memory.ledger
    if ledger is not None:
        ledger.start()
    tasks: set[asyncio.Task[object]] = set()

    def begin() -> None:
        task = asyncio.ensure_future(reloader.reload())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    listens = threading.current_thread() is threading.main_thread() and hasattr(signal, "SIGHUP")
    stops = signal.getsignal(signal.SIGTERM)
    if listens:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, begin)
        if callable(stops):
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, drain, endpoints, stops)
    daily = asyncio.ensure_future(_daily(endpoints, reloader))
    watching = asyncio.ensure_future(_watch())
    try:
        yield
    finally:
        daily.cancel()
        watching.cancel()
        if listens:
            asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
            asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
            signal.signal(signal.SIGTERM, stops)
        await asyncio.gather(*tasks, return_exceptions=True)
        if ledger is not None:
            await asyncio.to_thread(ledger.close)


def drain(endpoints: Endpoints, stop: Callable[[int, None], object]) -> None:
    """Say at ``/readyz`` that nothing new should be sent here, answer for as long as the settings say, and only then
    ``stop``: a balancer has to learn of it before connections are refused. Asked a second time: stop at once.
    """
    again, endpoints.draining = endpoints.draining, True
    seconds = 0 if again else endpoints.settings.drain
    structlog.get_logger().info("draining", seconds=seconds)
    if seconds:
        asyncio.get_running_loop().call_later(seconds, stop, signal.SIGTERM, None)
    else:
        stop(signal.SIGTERM, None)


async def _watch() -> None:
    """Measure how late the event loop is: what blocks it makes every caller wait."""
    loop = asyncio.get_running_loop()
    while True:
        due_at = loop.time() + WATCH_SECONDS
        await asyncio.sleep(WATCH_SECONDS)
        metrics.LAG.observe(max(0.0, loop.time() - due_at))


async def _daily(endpoints: Endpoints, reloader: Reloader) -> None:
    while True:
        await asyncio.sleep(until_midnight(datetime.now(UTC)))
        await due(endpoints, reloader, datetime.now(UTC).date())


async def due(endpoints: Endpoints, reloader: Reloader, today: date) -> None:
    """Load anew when an entry of the overlay begins or ends, and remove what was kept long enough."""
    overlay = endpoints.service.overlay
    if overlay is not None and overlay.turns is not None and overlay.turns <= today:
        await reloader.reload()
    days, ledger = endpoints.settings.retention, endpoints.memory.ledger
    if days and ledger is not None:
        try:
            removed = await asyncio.to_thread(prune, ledger.database, ledger.key, days)
            structlog.get_logger().info("old decisions removed", count=removed.decisions)
        except CdsError as error:
            log.failed("old decisions could not be removed", error)


def until_midnight(now: datetime) -> float:
    """Seconds until a little after the next midnight in UTC."""
    tomorrow = datetime.combine(now.date() + timedelta(days=1), time(0, 1), tzinfo=UTC)
    return (tomorrow - now).total_seconds()
