"""The table of faults: what happened, and how long it took."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

_ROWS = pytest.StashKey[list[tuple[str, str, float]]]()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=20) as made:
        yield made


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_ROWS] = []


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome: Any = yield
    report = outcome.get_result()
    if "tests/faults" in item.nodeid and report.when == "call":
        item.config.stash[_ROWS].append((item.name, report.outcome, report.duration))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    rows = config.stash[_ROWS]
    if rows:
        terminalreporter.section("faults")
    for name, outcome, seconds in rows:
        words = name.removeprefix("test_").replace("_", " ")
        terminalreporter.write_line(
            f"{'HOLDS' if outcome == 'passed' else outcome.upper():<8} {seconds:6.2f} s  {words}"
        )
