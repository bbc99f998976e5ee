"""T25: a request that is refused leaves one line and a count; a trace holds the kind of a request; neither what was in
it.
"""

# ruff: noqa: N802 - the names carry the ids of the threats
from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client import REGISTRY
from starlette.testclient import TestClient

from cds.app import create_app
from cds.settings import Settings
from tests import serving, tokens
from tests.bodies import SIGN
from tests.security.marked import MARKS, NAME, NUMBER, leaves, marked, put

FEEDBACK = f"{SIGN}/feedback"
JSON = {"content-type": "application/json"}
WHOLE = json.dumps(marked()).encode()

REFUSALS: dict[str, tuple[int, str, dict[str, Any]]] = {
    "broken": (400, SIGN, {"content": WHOLE[:-1]}),
    "feedback of another form": (400, FEEDBACK, {"content": WHOLE}),
    "unknown service": (404, f"/cds-services/{NUMBER}", {"content": WHOLE}),
    "unknown address": (404, f"/{NUMBER}", {"content": WHOLE}),
    "too large": (413, SIGN, {"content": WHOLE + b" " * 3_000_000}),
    "of another kind": (415, SIGN, {"content": WHOLE, "headers": {"content-type": f"text/{NAME}"}}),
    "another name of ours": (400, SIGN, {"content": WHOLE, "headers": {"host": f"{NAME}.example.org"}}),
    "too many headers": (431, SIGN, {"content": WHOLE, "headers": {f"{NAME}-{each}": NUMBER for each in range(70)}}),
    "another format": (406, f"/fhir/r5/metadata?_format={NAME}", {}),
    "another method": (405, "/cds-services", {"content": WHOLE}),
}


def counted() -> float:
    """Refusals that were counted so far."""
    return sum(
        sample.value
        for metric in REGISTRY.collect()
        if metric.name == "cds_refused"
        for sample in metric.samples
        if sample.name == "cds_refused_total"
    )


@pytest.mark.parametrize("name", REFUSALS)
def test_T25_a_refusal_leaves_one_line_and_a_count_and_nothing_of_the_request(
    canned: TestClient, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    status, path, options = REFUSALS[name]
    before = counted()
    headers = JSON | options.get("headers", {})
    method = "POST" if "content" in options else "GET"
    answer = canned.request(method, path, content=options.get("content"), headers=headers)
    assert answer.status_code == status
    logged = "".join(capfd.readouterr())
    assert logged.count("refused") == 1
    assert str(status) in logged
    assert counted() == before + 1
    for mark in MARKS:
        assert mark not in logged + answer.text


def test_T25_a_refusal_of_a_known_client_names_the_client_of_the_file(
    known: TestClient, capfd: pytest.CaptureFixture[str]
) -> None:
    assert known.post(SIGN, content=WHOLE[:-1], headers=JSON | tokens.bearer(SIGN, tenant=NAME)).status_code == 400
    logged = "".join(capfd.readouterr())
    assert "north" in logged
    assert NAME not in logged


def test_T25_a_connection_that_is_cut_leaves_one_line(tmp_path: Path) -> None:
    with serving.serving(tmp_path) as service:
        service.raw(b"GET /" + NAME.encode() * 2000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 3)
        assert httpx.get(f"{service.url}/livez", trust_env=False).status_code == 200
        lines = [json.loads(line) for line in service.said().splitlines() if line.startswith("{")]
        assert [(line["status"], line["reason"]) for line in lines if line["event"] == "refused"] == [
            (414, "connection")
        ]
        assert NAME not in service.said()


class _Span:
    def __init__(self, told: list[str]) -> None:
        self.told = told

    def set_attribute(self, name: str, value: Any) -> None:
        self.told.append(f"{name}={value}")

    def update_name(self, name: str) -> None:
        self.told.append(name)


class _Spans:
    def __init__(self) -> None:
        self.told: list[str] = []

    @contextmanager
    def start_as_current_span(self, name: str, **options: Any) -> Iterator[_Span]:
        self.told.append(f"{name} {options}")
        yield _Span(self.told)


def test_T25_no_mark_through_any_path_is_in_a_trace(real_service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    spans = _Spans()
    monkeypatch.setattr("cds.app.tracer", lambda _: spans)
    with TestClient(create_app(Settings(traces="http://127.0.0.1:4318"), real_service)) as client:
        for status, path, options in REFUSALS.values():
            sent = {"content": options.get("content"), "headers": JSON | options.get("headers", {})}
            assert client.request("POST" if options else "GET", path, **sent).status_code == status
        for path in leaves(marked()):
            client.post(SIGN, json=put(marked(), path, NUMBER))
        for address in (f"/?say={NAME}", f"/knowledge/{NAME}", f"/fhir/r5/{NAME}/{NUMBER}?code={NAME}", "/request"):
            client.get(address, headers={NAME: NUMBER, "user-agent": NAME})
    told = "\n".join(spans.told)
    assert "http.route=/cds-services/{service_id}" in told
    for mark in MARKS:
        assert mark not in told
