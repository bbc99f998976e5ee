"""An application that knows its clients, one that is reached over a socket, and the table of what was proved."""
# ruff: noqa: PLC0415 - the application is imported by the fixtures that need it

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from tests import serving, tokens
from tests.security import table
from tests.standin import StandIn, stand_in

FINDINGS = pytest.StashKey[dict[str, list[str]]]()


@pytest.fixture
def known(tmp_path: Path, canned_service: Any) -> Iterator[TestClient]:
    """The application over set answers, which answers one client alone."""
    from cds.app import create_app
    from cds.settings import Settings

    settings = Settings(clients=tokens.clients_file(tmp_path), base_url=tokens.BASE_URL)
    with TestClient(create_app(settings, cast(Any, canned_service))) as client:
        yield client


@pytest.fixture
def fhir() -> Iterator[StandIn]:
    """A FHIR server on this computer."""
    with stand_in() as server:
        yield server


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[serving.Served]:
    """A demonstration as it is run, for tests of what only a socket shows."""
    with serving.serving(tmp_path_factory.mktemp("served")) as service:
        yield service


def pytest_configure(config: pytest.Config) -> None:
    config.stash[FINDINGS] = {}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome: Any = yield
    report = outcome.get_result()
    threat = table.threat_of(item.name)
    if threat and (report.when == "call" or report.outcome != "passed"):
        item.config.stash[FINDINGS].setdefault(threat, []).append(report.outcome)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    findings = config.stash[FINDINGS]
    if not findings:
        return
    terminalreporter.section("threats")
    for threat, words in table.THREATS.items():
        results = findings.get(threat, [])
        held = "not run" if not results else "HOLDS" if set(results) <= {"passed"} else "DOES NOT HOLD"
        terminalreporter.write_line(f"{threat:>4}  {held:<14} {len(results):>3} tests  {words}")
