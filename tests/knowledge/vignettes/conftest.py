"""Each vignette is sent to the installed service once, in process, and its answer kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.testclient import TestClient

from cds.selftest import ehr, wire
from cds.selftest.build import Situation
from tests.knowledge.vignettes.cases import Case, situation

SERVICE = "medication-order-sign"
Ask = Callable[[Situation, str], dict[str, Any]]


@pytest.fixture(scope="session")
def templates(client: TestClient) -> dict[str, str]:
    """The prefetch templates the service publishes."""
    services = client.get("/cds-services").json()["services"]
    (listed,) = [one for one in services if one["id"] == SERVICE]
    return dict(listed["prefetch"])


@pytest.fixture(scope="session")
def ask(client: TestClient, templates: dict[str, str]) -> Ask:
    """Send a situation to the service through its HTTP door."""

    def asked(at: Situation, name: str) -> dict[str, Any]:
        body = wire.write(ehr.request(at, templates, name))
        headers = {"content-type": "application/json"}
        response = client.post(f"/cds-services/{SERVICE}", content=body, headers=headers)
        assert response.status_code == 200, response.text
        return wire.read(response.text)  # type: ignore[no-any-return]

    return asked


@pytest.fixture(scope="session")
def sent() -> Callable[[Case], Situation]:
    """The situation of a case, built once, so that all tests of a case speak of the same request."""
    now = datetime.now(UTC).replace(microsecond=0)
    kept: dict[str, Situation] = {}

    def of(case: Case) -> Situation:
        if case.name not in kept:
            kept[case.name] = situation(case, now)
        return kept[case.name]

    return of


@pytest.fixture(scope="session")
def answer_to(ask: Ask, sent: Callable[[Case], Situation]) -> Callable[[Case], dict[str, Any]]:
    """The service's answer to a case, asked once."""
    kept: dict[str, dict[str, Any]] = {}

    def of(case: Case) -> dict[str, Any]:
        if case.name not in kept:
            kept[case.name] = ask(sent(case), case.name)
        return kept[case.name]

    return of
