"""A log line says what failed and where, and never with which value."""

from __future__ import annotations

import json

import pytest
import structlog

from cds.hooks import log
from cds.hooks.strict import read


def raised() -> BaseException:
    try:
        read(b"{SENTINEL")
    except Exception as error:  # noqa: BLE001 - any error with a trace will do
        return error
    raise AssertionError


def test_the_place_is_the_innermost_of_our_own_modules() -> None:
    module, _, line = log.place(raised()).partition(":")
    assert module == "cds.hooks.strict"
    assert int(line) > 0


def test_a_place_outside_our_code_is_told_when_there_is_no_other() -> None:
    with pytest.raises(ValueError, match="SENTINEL") as failed:
        int("SENTINEL")
    assert log.place(failed.value).startswith(f"{__name__}:")


def test_an_error_without_a_trace_has_no_place() -> None:
    assert log.place(ValueError("SENTINEL")) == ""


def test_a_field_that_is_not_on_the_list_is_left_out() -> None:
    assert log.only_allowed(None, "", {"event": "e", "patient": "SENTINEL", "place": "p"}) == {
        "event": "e",
        "place": "p",
    }


def test_each_event_is_one_line_of_json_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    before = structlog.get_config()
    try:
        log.configure()
        log.failed("request failed", raised(), patient="SENTINEL", reason='line\n{"level":"info"}')
    finally:
        structlog.configure(**before)
    told = capsys.readouterr()
    assert told.out == ""
    (line,) = told.err.splitlines()
    fields = json.loads(line)
    assert fields.keys() == {"event", "level", "timestamp", "exception", "place", "reason"}
    assert fields["exception"] == "RequestError"
    assert "SENTINEL" not in line
