from datetime import date
from decimal import Decimal
from enum import StrEnum

import pytest

from cds.clinical.quantity import UNITS, Quantity
from cds.knowledge.fields import Fields, Noted, listed, nearest, nearest_unit, read_quantity
from cds.knowledge.strict import parse


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def fields(text: str, *keys: str) -> tuple[Fields, Noted]:
    node, faults = parse(text.encode(), "f.yaml")
    assert node is not None
    assert faults == []
    noted = Noted("f.yaml")
    return Fields(node, noted, keys or ("a", "b"), "a thing"), noted


def said(noted: Noted) -> list[str]:
    return [str(fault) for fault in noted.faults]


def test_a_misspelt_key_is_named_with_the_key_that_was_meant() -> None:
    _, noted = fields("abve: 1\n", "above", "from", "below", "up-to")
    assert said(noted) == ["f.yaml:1: 'abve' is not a key of a thing; did you mean 'above'?"]


def test_a_key_like_no_other_is_answered_with_all_keys() -> None:
    _, noted = fields("zzz: 1\n", "above", "from", "below", "up-to")
    assert said(noted) == ["f.yaml:1: 'zzz' is not a key of a thing; use above, from, below or up-to"]


def test_a_text_where_keys_are_wanted_is_a_fault_and_reads_as_empty() -> None:
    found, noted = fields("- x\n")
    found.require("a")
    assert said(noted) == ["f.yaml:1: a thing should be a list of keys and values such as 'a: ...'"]
    assert found.text("a") == ""


def test_each_absent_key_that_is_required_is_named() -> None:
    found, noted = fields("a: 1\n")
    found.require("a", "b")
    assert said(noted) == ["f.yaml:1: a thing lacks 'b'"]
    assert "a" in found
    assert found.line_of("b") == found.line == 1


def test_folded_text_becomes_one_line() -> None:
    found, _ = fields("a: |\n  two\n   lines\n")
    assert found.text("a") == "two lines"


@pytest.mark.parametrize(
    ("call", "text", "fault"),
    [
        (lambda f: f.text("a"), "a: [x]", "'a' should be one text"),
        (lambda f: f.text("a"), "a:", "'a' is empty"),
        (lambda f: f.words("a"), "a:", "'a' is empty"),
        (lambda f: f.words("a"), "a: [x, [y]]", "'a' should be a list of words"),
        (lambda f: f.words("a"), "a: [x, y, x]", "'x' stands twice in 'a'"),
        (
            lambda f: f.chosen("a", ("red", "blue"), "a colour"),
            "a: [green]",
            "'green' is not a colour; use blue or red",
        ),
        (lambda f: f.chosen("a", ("red", "blue"), "a colour"), "a: rd", "'rd' is not a colour; did you mean 'red'?"),
        (lambda f: f.chosen("a", [f"w{n}" for n in range(20)], "a word"), "a: zzzz", "'zzzz' is not a word"),
        (lambda f: f.choice("a", Colour, "a colour"), "a: green", "'green' is not a colour; use blue or red"),
        (lambda f: f.choice("a", Colour, "a colour"), "a: [red]", "'a' should be one word"),
        (lambda f: f.yes("a"), "a: no", "'a' can only be 'yes'; leave it out when it is not so"),
        (lambda f: f.integer("a", 1), "a: 1.5", "'1.5' is not a whole number"),
        (lambda f: f.day("a"), "a: 20251113", "'20251113' is not a date such as 2025-11-13"),
        (lambda f: f.day("a"), "a: 2025-13-01", "'2025-13-01' is not a date such as 2025-11-13"),
        (lambda f: f.quantity("a"), "a: 5 Mg", "'Mg' is not a unit we know; did you mean 'mg'?"),
        (lambda f: f.quantity("a"), "a: '5'", "'5' lacks its unit"),
        (lambda f: f.quantity("a"), "a: five mg", "'five mg' is not a number and a unit"),
        (lambda f: f.quantity("a"), "a: 1e3 mg", "'1e3' is not a plain number"),
        (lambda f: f.quantity("a"), "a: NaN mg", "'NaN' is not a plain number"),
        (lambda f: f.each("a"), "a:", "'a' is empty"),
        (lambda f: f.each("a", empty=True), "a:", "'a' is empty"),
        (lambda f: f.each("a"), "a: []", "'a' is empty"),
        (lambda f: f.scalars("a"), "a: []", "'a' is empty"),
    ],
)
def test_what_does_not_fit_is_said_in_words(call, text: str, fault: str) -> None:
    found, noted = fields(text)
    call(found)
    assert len(noted.faults) == 1
    assert noted.faults[0].message.startswith(fault)
    assert noted.faults[0].line == 1


def test_what_fits_is_read() -> None:
    found, noted = fields(
        "a: [x, y]\nb: one\nc: red\nd: yes\ne: 12\nf: 2025-11-13\ng: 0.5 mg/kg/h\nh: {i: 1}\n", *"abcdefgh"
    )
    assert found.words("a") == ("x", "y")
    assert found.words("b") == ("one",)
    assert found.chosen("a", ("x", "y", "z"), "a letter") == {"x", "y"}
    assert found.choice("c", Colour, "a colour") is Colour.RED
    assert found.yes("d")
    assert found.integer("e", 1) == 12
    assert found.day("f") == date(2025, 11, 13)
    assert found.quantity("g") == Quantity(Decimal("0.5"), UNITS["mg/kg/h"])
    assert len(found.each("a")) == 2
    assert len(found.each("h")) == 1
    assert noted.faults == []


def test_a_list_may_be_written_with_nothing_in_it_where_nothing_is_an_answer() -> None:
    found, noted = fields("a: []\n")
    assert found.words("a") == found.each("a", empty=True) == ()
    assert noted.faults == []


def test_what_is_absent_reads_as_empty_without_a_fault() -> None:
    found, noted = fields("b: 1\n")
    assert found.text("a", "else") == "else"
    assert found.words("a") == found.each("a") == ()
    assert found.choice("a", Colour, "a colour") is found.day("a") is found.quantity("a") is found.raw("a") is None
    assert found.yes("a") is False
    assert found.integer("a", 7) == 7
    assert noted.faults == []


def test_words_are_listed_as_in_a_sentence() -> None:
    assert listed(["a"]) == "a"
    assert listed([]) == ""
    assert listed(["a", "b", "c"]) == "a, b or c"
    assert listed(["a", "b"], "and") == "a and b"


def test_only_a_close_word_is_offered() -> None:
    assert nearest("abve", ["above"]) == "; did you mean 'above'?"
    assert nearest("xyz", ["above"]) == ""


@pytest.mark.parametrize(
    ("written", "meant"),
    [("mcg/kg/hr", "ug/kg/h"), ("Mg", "mg"), ("\u03bcg/kg/min", "ug/kg/min"), ("mg/kgg", "mg/kg")],
)
def test_a_unit_of_everyday_writing_is_answered_with_its_ucum_code(written: str, meant: str) -> None:
    assert nearest_unit(written) == f"; did you mean '{meant}'?"


def test_a_quantity_is_read_without_a_float() -> None:
    assert read_quantity("0.1 mg").value == Decimal("0.1")
