"""The demonstration sends whole requests whose dates stay recent."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import cast

import pytest

from cds.hooks.demo import examples, in_process
from cds.hooks.request import ORDER_SIGN, read
from cds.service import Service
from cds.settings import Settings
from tests.bodies import order_sign
from tests.canned import CannedService

TODAY = date(2026, 3, 1)


def test_there_are_six_orders_and_each_is_a_whole_request() -> None:
    found = examples(Settings().knowledge, TODAY)
    assert len(found) == 6
    for example in found:
        assert example.title
        assert example.story
        assert read(example.body, ORDER_SIGN).patient


def test_no_date_is_left_to_grow_old() -> None:
    for example in examples(Settings().knowledge, TODAY):
        assert b"{{" not in example.body
        dated = json.loads(example.body)["context"]["draftOrders"]["entry"][0]["resource"]["authoredOn"]
        assert dated == "2026-03-01"


def write(folder: Path, content: object) -> Path:
    (folder / "demo").mkdir()
    (folder / "demo" / "1.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_days_are_counted_back_from_today(tmp_path: Path) -> None:
    request = order_sign(extension={"today": "{{today}}", "then": "{{today - 60 days}}"})
    (example,) = examples(write(tmp_path, {"title": "t", "story": "s", "request": request}), TODAY)
    assert json.loads(example.body)["extension"] == {"today": "2026-03-01", "then": "2025-12-31"}
    assert example.service == "medication-order-sign"


@pytest.mark.parametrize("content", [{}, [], {"title": "t", "story": "s", "request": {}}])
def test_a_file_that_is_no_example_is_refused(tmp_path: Path, content: object) -> None:
    with pytest.raises(ValueError, match="title"):
        examples(write(tmp_path, content), TODAY)


def test_a_folder_without_examples_has_none(tmp_path: Path) -> None:
    assert examples(tmp_path, TODAY) == []


def test_sending_in_process_asks_the_service(canned_service: CannedService) -> None:
    send = in_process(cast(Service, canned_service), datetime(2026, 3, 1, tzinfo=UTC))
    answer = send("medication-order-sign", json.dumps(order_sign()).encode())
    assert isinstance(answer["cards"], list)
    assert len(answer["cards"]) == 2
