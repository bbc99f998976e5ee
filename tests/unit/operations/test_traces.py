"""A trace tells which kind of request was answered how, and nothing of what was in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.testclient import TestClient

from cds.app import create_app
from cds.errors import SettingsError
from cds.operations.traces import tracer
from cds.service import Service
from cds.settings import Settings


class Span:
    def __init__(self, name: str) -> None:
        self.name = name
        self.attributes: dict[str, Any] = {}

    def set_attribute(self, name: str, value: Any) -> None:
        self.attributes[name] = value

    def update_name(self, name: str) -> None:
        self.name = name


class Spans:
    """Stands in for OpenTelemetry's tracer."""

    def __init__(self) -> None:
        self.made: list[Span] = []

    @contextmanager
    def start_as_current_span(self, name: str, **_options: Any) -> Iterator[Span]:
        self.made.append(Span(name))
        yield self.made[-1]


def test_a_span_holds_method_route_and_status_alone(real_service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    spans = Spans()
    monkeypatch.setattr("cds.app.tracer", lambda _address: spans)
    with TestClient(create_app(Settings(traces="http://127.0.0.1:4318"), real_service)) as client:
        client.post("/cds-services/SENTINEL?SENTINEL=1", json={"SENTINEL": 1}, headers={"x-sentinel": "SENTINEL"})
    (span,) = spans.made
    assert span.name == "POST /cds-services/{service_id}"
    assert span.attributes == {
        "http.request.method": "POST",
        "url.scheme": "http",
        "http.response.status_code": 404,
        "http.route": "/cds-services/{service_id}",
    }
    assert "SENTINEL" not in repr(vars(span))


def test_without_opentelemetry_the_setting_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(SettingsError, match=r"medication-order-cds\[traces\]"):
        tracer("http://127.0.0.1:4318")
