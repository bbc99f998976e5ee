"""A review that does not end is given up, and the prescriber is told."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from starlette.testclient import TestClient

from cds.hooks import routes
from tests.bodies import SIGN, order, order_sign


def test_a_review_that_takes_too_long_is_answered_by_a_card(
    canned: TestClient, canned_service: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(routes, "REVIEW_SECONDS", 0.05)
    ended = threading.Event()
    reviewed = canned_service.reviewed

    def slow(drafts: Any, chart: Any, repeated: Any = None) -> Any:
        ended.wait(5)
        return reviewed

    canned_service.review = slow
    drafts = [order(id=f"order-{number}") for number in range(routes.ORDERS_BESIDE)]
    response = canned.post(SIGN, json=order_sign(*drafts))
    ended.set()
    assert response.status_code == 200
    (card,) = response.json()["cards"]
    assert "NOT checked" in card["summary"]
    assert "review took too long" in capsys.readouterr().out
