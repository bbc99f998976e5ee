"""The application is made from the environment when a server process imports it."""

from __future__ import annotations

import pytest

from cds import app
from cds.errors import SettingsError
from cds.settings import Settings
from tests.canned import canned_service


def test_a_server_process_reads_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Settings] = []
    monkeypatch.setenv("CDS_BUDGET", "0.7")
    monkeypatch.setattr(app, "built", lambda settings: made.append(settings) or canned_service())
    monkeypatch.setattr("cds.hooks.log.configure", lambda: None)
    assert app.from_environment().title == "Medication order checks"
    assert made[0].budget == 0.7


def test_a_setting_that_cannot_be_used_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDS_PORT", "many")
    monkeypatch.setattr("cds.hooks.log.configure", lambda: None)
    with pytest.raises(SettingsError):
        app.from_environment()
