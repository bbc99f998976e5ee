"""JSON is read without losing a figure and written back as it was."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.errors import RequestError
from cds.hooks.strict import MOST_DEEP, read, write

FIGURES = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=6)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | FIGURES | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(DOCUMENTS)
def test_what_is_written_reads_back_the_same(document: object) -> None:
    assert read(write(document)) == document


@pytest.mark.parametrize("figure", ["0.10", "0.1", "1E+3", "1e-7", "-0.0", "123456789012345678.25", "5", "500"])
def test_a_figure_keeps_every_digit(figure: str) -> None:
    back = write(read(figure.encode()))
    assert Decimal(back.decode()) == Decimal(figure)
    if "e" not in figure.lower():
        assert back.decode() == figure


def test_a_decimal_is_never_a_float() -> None:
    assert isinstance(read(b"0.1"), Decimal)
    assert isinstance(read(b"5"), int)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":1}',
        b'{"x":{"a":1,"b":2,"a":3}}',
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e41",
        b"1e-41",
        b"0e999999999",
        b"1" * 41,
        b"0." + b"1" * 40,
        b'"\\ud800"',
        b'["\\uDFFF"]',
        b'"\xed\xa0\x80"',
        b"'a'",
        b"[1,]",
        b"{a:1}",
        b"1 2",
        b'"a\nb"',
        b"",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(body: bytes) -> None:
    with pytest.raises(RequestError) as refused:
        read(body)
    assert refused.value.status == 400


def test_a_pair_of_surrogates_is_a_character() -> None:
    assert read(b'"\\ud83d\\ude00"') == "\U0001f600"


def test_nesting_is_read_down_to_the_limit_and_no_further() -> None:
    assert read(b"[" * MOST_DEEP + b"]" * MOST_DEEP)
    with pytest.raises(RequestError, match="nested"):
        read(b"[" * (MOST_DEEP + 1) + b"]" * (MOST_DEEP + 1))


@pytest.mark.parametrize("words", ["]", "{", "}]", '\\"]', "\\\\", "{tbl}"])
def test_brackets_inside_texts_are_no_nesting(words: str) -> None:
    """They neither hide it nor make it look deeper than it is."""
    text = f'["{words}",'.encode() * MOST_DEEP
    assert read(text + b"1" + b"]" * MOST_DEEP)
    with pytest.raises(RequestError, match="nested"):
        read(text + b"[1]" + b"]" * MOST_DEEP)


def test_a_fault_is_told_by_line_and_column_and_without_its_text() -> None:
    with pytest.raises(RequestError, match=r"line 2, column 10\.$") as refused:
        read(b'{"a":\n "Smith" "Jones"}')
    assert "Smith" not in str(refused.value)
    assert "Jones" not in str(refused.value)


def test_a_refusal_of_a_repeated_key_does_not_name_the_key() -> None:
    with pytest.raises(RequestError) as refused:
        read(b'{"SENTINEL":1,"SENTINEL":2}')
    assert "SENTINEL" not in str(refused.value)
