"""The application: the one place where the parts are wired together."""

from __future__ import annotations

import os

from fastapi import FastAPI
from starlette.middleware import Middleware

from cds import __version__
from cds.hooks import log
from cds.hooks.door import Door
from cds.hooks.routes import Endpoints, answer_errors, router
from cds.service import Service, build
from cds.settings import Settings
from cds.web.routes import Pages
from cds.web.routes import router as pages_router


def create_app(settings: Settings, service: Service | None = None) -> FastAPI:
    """The ASGI application. ``service`` is built from the settings unless one is given."""
    endpoints = Endpoints(service or build(settings), settings)
    app = FastAPI(
        title="Medication order checks",
        description="Clinical decision support for medication orders over CDS Hooks.",
        version=__version__,
        # Their pages load scripts from another host; /openapi.json can be opened with any viewer.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[Middleware(Door, origins=settings.cors_origins)],
    )
    app.state.endpoints = endpoints
    answer_errors(app)
    app.include_router(router(endpoints))
    app.include_router(pages_router(Pages(endpoints.service, settings)))
    return app


def from_environment() -> FastAPI:
    """The application as the environment describes it: what a server process imports."""
    log.configure()
    return create_app(Settings.read(os.environ))
