"""The application: the one place where the parts are wired together."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from cds import __version__
from cds.errors import CdsError, KnowledgeError, NoKnowledge, TerminologyError
from cds.hooks import log
from cds.hooks.description import described
from cds.hooks.door import Door
from cds.hooks.guard import Guard
from cds.hooks.outcome import refusal
from cds.hooks.routes import Endpoints, answer_errors, router
from cds.hooks.straight import Straight
from cds.operations.pages import Reports
from cds.operations.places import located
from cds.operations.reloading import Loaded, Reloader, minded
from cds.operations.remembering import memory_of
from cds.operations.settling import settle
from cds.operations.signing import built
from cds.operations.traces import Traced, tracer
from cds.operations.trusting import clients_of, origins_of, own_services, trust_of
from cds.publication.routes import Publication
from cds.publication.routes import router as publication_router
from cds.publication.shelf import Newest, changed
from cds.report.words import Words
from cds.service import NoService, Service
from cds.settings import Settings
from cds.web.routes import Pages
from cds.web.routes import router as pages_router


class _Current:
    """Whatever no other address answers: the pages, of the knowledge that answers now."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints
        self._app: ASGIApp
        self.use(endpoints.service)

    def use(self, service: Service) -> None:
        """Show another service from now on; without knowledge there is nothing to show."""
        if isinstance(service, NoService):
            self._app = refusal(NoKnowledge())
            return
        pages = Pages(service, self._endpoints.settings)
        pages.render.share(reports=_reports_here(self._endpoints), demonstration=self._endpoints.demonstration)
        self._app = pages_router(pages)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


def create_app(settings: Settings, service: Service | None = None) -> FastAPI:
    """The ASGI application. ``service`` is built from the settings unless one is given.

    Knowledge that cannot be loaded does not stop it: it says so at ``/readyz`` and on a card for every order, and
    begins to answer when a reload succeeds. What is wrong is in ``app.state.unloaded``.
    """
    clients = clients_of(settings)
    trust = trust_of(settings, clients)
    unloaded: CdsError | None = None
    own: dict[str, Service] = {}
    try:
        service = service or built(settings)
        own = own_services(settings, clients, built)
    except (KnowledgeError, TerminologyError) as error:
        service, unloaded = NoService(), error
    endpoints = Endpoints(service, settings, memory=memory_of(settings), own=own, demonstration=trust.demonstration)
    pages = _Current(endpoints)

    def loaded() -> Loaded:
        clients = clients_of(settings)
        return Loaded(built(settings), own_services(settings, clients, built), clients)

    def use(found: Loaded) -> None:
        trust.renew(found.clients)
        pages.use(found.service)

    reloader = Reloader(endpoints, loaded, use)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with minded(endpoints, reloader):
            yield
        await endpoints.outgoing.close()
        trust.close()

    middleware = [
        Middleware(Door, origins=origins_of(settings, trust)),
        Middleware(
            Guard,
            trust=trust,
            hosts=settings.hosts,
            base_url=settings.base_url,
            public=settings.public_demo,
            most_at_once=settings.concurrency,
        ),
    ]
    if settings.traces:
        middleware.append(Middleware(Traced, tracer=tracer(settings.traces)))
    middleware.append(Middleware(Straight, endpoints=endpoints))
    app = FastAPI(
        title="Medication order checks",
        description="Clinical decision support for medication orders over CDS Hooks.",
        version=__version__,
        # Their pages load scripts from another host; /openapi.json can be opened with any viewer.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # ours tells less: nothing of a body
        middleware=middleware,
        lifespan=lifespan,
    )
    # Assigned as FastAPI documents it.
    app.openapi = lambda: described(app)  # type: ignore[method-assign]
    app.state.endpoints = endpoints
    app.state.trust = trust
    app.state.reloader = reloader
    app.state.unloaded = unloaded
    answer_errors(app)
    app.include_router(router(endpoints))
    if _reports_here(endpoints):
        ledger = endpoints.memory.ledger
        reports = Reports(lambda: ledger.database if ledger else None, lambda: words_of(endpoints), home="./")
        app.add_route("/reports", reports.shown, include_in_schema=False)
        app.add_route("/reports.json", reports.told, include_in_schema=False)
    newest = Newest(lambda: endpoints.service, lambda: changed(settings.bundle or settings.knowledge))
    app.include_router(publication_router(Publication(newest, settings.base_url)))
    app.router.default = pages
    return app


def _reports_here(endpoints: Endpoints) -> bool:
    return endpoints.settings.shows_reports and endpoints.memory.ledger is not None


def words_of(endpoints: Endpoints) -> Words:
    """What the report calls things, as the knowledge that answers now has them."""
    service = endpoints.service
    return Words() if isinstance(service, NoService) else Words.of(service.knowledge)


def from_environment() -> FastAPI:
    """The application as the environment describes it: what a server process imports."""
    log.configure()
    app = create_app(located(Settings.read(os.environ)))
    settle()
    return app
