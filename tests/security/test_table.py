"""The table of threats tells what is there: every threat has a test, and the page names each."""

from __future__ import annotations

from tests.security import table


def test_every_threat_has_a_test() -> None:
    assert [threat for threat, listed in table.tests().items() if not listed] == []


def test_no_test_is_for_a_threat_that_is_not_in_the_table() -> None:
    assert table.tests().keys() == table.THREATS.keys()


def test_the_page_is_what_the_tests_say() -> None:
    assert table.README.read_text(encoding="utf-8") == table.written(), "run python -m tests.security.table"
