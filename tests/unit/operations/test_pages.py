"""The report and the metrics are on their own address; the report is at the main one only where that is safe."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cds.app import create_app
from cds.operations.pages import Reports, operations_app, period_of
from cds.report.gather import Period
from cds.report.words import Words
from cds.service import Service
from cds.settings import Settings
from cds.store.database import Database


@pytest.fixture
def operations(filled: Path) -> TestClient:
    return TestClient(operations_app(Reports(lambda: Database(str(filled)), lambda: Words({"BENEFIT": "Benefit <b>"}))))


def test_the_page_has_drawings_and_no_script(operations: TestClient) -> None:
    page = operations.get("/reports")
    assert page.status_code == 200
    assert "<svg" in page.text
    assert "<script" not in page.text
    assert "style-src 'sha256-" in page.headers["content-security-policy"]
    assert "Benefit &lt;b&gt;" in page.text
    assert 'style="' not in page.text


def test_the_same_figures_are_there_as_json(operations: TestClient) -> None:
    told = operations.get("/reports.json").json()
    assert (told["orders"], told["cards"]) == (2, 1)


@pytest.mark.parametrize("query", ["from=x", "from=2026-01-01&to=2025-01-01", "from=2020-01-01&to=2026-01-01"])
def test_a_period_that_cannot_be_meant_is_refused(operations: TestClient, query: str) -> None:
    assert operations.get(f"/reports?{query}").status_code == 400


def test_a_period_without_orders_is_told(operations: TestClient) -> None:
    assert "No order was signed" in operations.get("/reports?from=2020-01-01&to=2020-01-31").text


def test_without_a_database_there_is_no_report(filled: Path) -> None:
    client = TestClient(operations_app(Reports(lambda: None, Words)))
    assert client.get("/reports").status_code == 404


def test_a_database_that_is_away_is_told(tmp_path: Path) -> None:
    client = TestClient(operations_app(Reports(lambda: Database(str(tmp_path / "a" / "b")), Words)))
    assert client.get("/reports.json").status_code == 503


def test_the_metrics_are_there_for_prometheus_and_name_nobody(operations: TestClient) -> None:
    figures = operations.get("/metrics")
    assert figures.headers["content-type"].startswith("text/plain; version=0.0.4")
    for name in ("cds_hook_seconds", "cds_cards", "cds_store_up", "cds_decisions", "cds_knowledge_info"):
        assert f"# HELP {name}" in figures.text


def test_the_default_period_is_thirty_days() -> None:
    assert period_of("", "", date(2026, 11, 24)) == Period(date(2026, 10, 26), date(2026, 11, 24))


@pytest.mark.parametrize(
    ("host", "chosen", "there"),
    [
        ("127.0.0.1", None, True),
        ("0.0.0.0", None, False),  # noqa: S104 - nothing listens
        ("0.0.0.0", True, True),  # noqa: S104 - nothing listens
        ("127.0.0.1", False, False),
    ],
)
def test_the_report_is_at_the_main_address_where_that_is_this_computer_alone_or_was_chosen(
    real_service: Service, tmp_path: Path, host: str, chosen: bool | None, there: bool
) -> None:
    settings = Settings(database=str(tmp_path / "cds.sqlite"), host=host, reports=chosen)
    Database(settings.database).upgrade()
    with TestClient(create_app(settings, real_service)) as client:
        assert (client.get("/reports").status_code == 200) is there
