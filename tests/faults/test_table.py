"""The table of faults tells what is there."""

from __future__ import annotations

from tests.faults import table


def test_every_test_of_a_fault_stands_in_the_table_and_every_row_has_its_tests() -> None:
    named = {name for _, names in table.ROWS.values() for name in names}
    assert named == table.tests().keys()
    assert all(names for _, names in table.ROWS.values())


def test_the_page_is_what_the_table_says() -> None:
    assert table.README.read_text(encoding="utf-8") == table.written(), "run python -m tests.faults.table"
