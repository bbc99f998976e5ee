"""OpenTelemetry traces, only where they are asked for: one span for each request, and nothing of it that tells of a
patient. A span holds method, route template, status and scheme: no address, no query, no header, no body.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cds import __version__
from cds.errors import SettingsError


class Tracer(Protocol):
    """What is used of OpenTelemetry's tracer."""

    def start_as_current_span(self, name: str, **options: Any) -> AbstractContextManager[Any]:
        """Begin a span that ends with the block."""


class Traced:
    """ASGI middleware that makes a span of each request."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self.app = app
        self.tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on within a span."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with self.tracer.start_as_current_span(scope["method"], record_exception=False) as span:
            span.set_attribute("http.request.method", scope["method"])
            span.set_attribute("url.scheme", scope["scheme"])

            async def seen(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                await send(message)

            try:
                await self.app(scope, receive, seen)
            finally:
                route = getattr(scope.get("route"), "path", "")
                if route:
                    span.set_attribute("http.route", route)
                    span.update_name(f"{scope['method']} {route}")


def tracer(address: str) -> Tracer:
    """A tracer that sends to a collector. SettingsError when OpenTelemetry is not installed."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - optional
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - optional
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - optional
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - optional
    except ImportError:
        message = "CDS_TRACES needs OpenTelemetry: install medication-order-cds[traces]"
        raise SettingsError(message) from None
    resource = Resource.create({"service.name": "medication-order-cds", "service.version": __version__})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{address}/v1/traces")))
    made: Tracer = provider.get_tracer("cds", __version__)
    return made
