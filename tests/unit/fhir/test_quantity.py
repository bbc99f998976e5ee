"""A quantity is read exactly, or it is said why not; nothing is coerced."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from cds.clinical.quantity import Quantity
from cds.fhir.reading.quantity import Unread, per_time, quantity, ratio, span
from tests.unit.fhir.shapes import amount


@pytest.mark.parametrize("value", [5, 0, Decimal("0.10"), Decimal("1E+2"), Decimal("1E-9"), 10**9])
def test_a_number_stays_as_exact_as_it_was_written(value: int | Decimal) -> None:
    found = quantity(amount(value))
    assert isinstance(found, Quantity)
    assert found.value == value
    assert str(found.value) == str(Decimal(value))


@pytest.mark.parametrize(
    "value",
    [
        "5",
        True,
        False,
        None,
        5.0,
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("-Infinity"),
        -1,
        Decimal("-0.1"),
        Decimal("1E+999"),
        10**9 + 1,
        Decimal("9.9E-10"),
        [5],
        {"value": 5},
        "１０",
        "٣",
        "1_000",
        10**400,
    ],
)
def test_what_is_not_a_plain_number_is_not_read(value: Any) -> None:
    assert isinstance(quantity({"value": value, "code": "mg"}), Unread)


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("mg", "mg"),
        ("ug", "ug"),
        ("mcg", "ug"),
        ("mg/kg/h", "mg/kg/h"),
        ("ug/kg/min", "ug/kg/min"),
        ("{pill}", "{pill}"),
        ("{Tablets}", "{tbl}"),
        ("{tbl}", "{tbl}"),
        ("mg/(kg.h)", "mg/kg/h"),
        ("mg/24.h", "mg/d"),
        ("[lb_av]", "[lb_av]"),
        ("mL/min/{1.73_m2}", "mL/min/{1.73_m2}"),
    ],
)
def test_a_ucum_code_is_found_letter_by_letter(code: str, meant: str) -> None:
    found = quantity(amount(1, code))
    assert isinstance(found, Quantity)
    assert found.unit.code == meant


@pytest.mark.parametrize(
    "code", ["Mg", "MG", "mG", "G", "kg ", " mg", "m\u200bg", "mɡ", "ｍｇ", "\u212ag", "[iU]", "xyz", "{scoop}"]
)
def test_a_code_that_only_looks_like_a_unit_is_not_one(code: str) -> None:
    assert isinstance(quantity(amount(1, code)), Unread)
    assert isinstance(quantity(amount(1, code, unit="mg")), Unread)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("mg", "mg"),
        ("mcg", "ug"),
        ("\u00b5g", "ug"),
        ("\u03bcg", "ug"),
        ("micrograms", "ug"),
        ("mg/hr", "mg/h"),
        ("mcg/kg/min", "ug/kg/min"),
        ("\u03bcg/kg/min", "ug/kg/min"),
        ("mg per hour", "mg/h"),
        ("mg/day", "mg/d"),
        ("tablet(s)", "{tbl}"),
        ("tablet", "{tbl}"),
        ("tab", "{tbl}"),
        ("capsule", "{cap}"),
        ("ml", "mL"),
        ("mg/kg/dose", "mg/kg"),
        ("lbs", "[lb_av]"),
        ("mL/min/1.73m2", "mL/min/{1.73_m2}"),
    ],
)
def test_without_a_code_the_units_text_is_looked_up(text: str, meant: str) -> None:
    found = quantity({"value": 1, "unit": text})
    assert isinstance(found, Quantity)
    assert found.unit.code == meant


@pytest.mark.parametrize(("text", "meant"), [("MG", "mg"), ("MCG", "ug"), ("ML", "mL")])
def test_a_unit_in_capitals_is_known_as_a_text_alone_and_never_as_a_code(text: str, meant: str) -> None:
    alone = quantity({"value": 1, "unit": text})
    assert isinstance(alone, Quantity)
    assert alone.unit.code == meant
    assert isinstance(quantity({"value": 1, "unit": text, "code": text, "system": "http://unitsofmeasure.org"}), Unread)
    assert isinstance(quantity({"value": 1, "unit": text, "code": text}), Unread)


@pytest.mark.parametrize("text", ["Mg", "mG", "units", "IU", "drops", "", "mg or so"])
def test_an_unknown_text_is_no_unit(text: str) -> None:
    assert isinstance(quantity({"value": 1, "unit": text}), Unread)


@pytest.mark.parametrize(
    ("unit", "code"),
    [("mg", "g"), ("mL", "mg"), ("tablet", "mg"), ("mcg", "mg"), ("mg/h", "mg/kg/h"), ("kg", "[lb_av]")],
)
def test_text_and_code_that_disagree_are_not_read(unit: str, code: str) -> None:
    found = quantity(amount(1, code, unit=unit))
    assert isinstance(found, Unread)
    assert "disagree" in found.why


@pytest.mark.parametrize(("unit", "code"), [("MG", "mg"), ("tablet(s)", "{pill}"), ("Tab", "{tbl}"), ("mcg", "ug")])
def test_a_text_that_does_not_contradict_its_code_is_no_hindrance(unit: str, code: str) -> None:
    found = quantity(amount(1, code, unit=unit))
    assert isinstance(found, Quantity)
    assert found.unit.code == code


def test_a_foreign_code_leaves_the_text_to_say_the_unit() -> None:
    found = quantity({"value": 2, "unit": "mg", "system": "urn:oid:1.2.840.114350.1.1", "code": "3"})
    assert isinstance(found, Quantity)
    assert found.unit.code == "mg"


def test_snomed_units_are_known() -> None:
    found = quantity({"value": 2, "system": "http://snomed.info/sct", "code": "258685003"})
    assert isinstance(found, Quantity)
    assert found.unit.code == "ug"


def test_a_bound_is_not_an_amount() -> None:
    assert isinstance(quantity(amount(5, comparator="<")), Unread)


def test_a_range_is_read_at_both_ends() -> None:
    found = span({"low": amount(5), "high": amount(10)})
    assert isinstance(found, tuple)
    assert [str(end) for end in found] == ["5 mg", "10 mg"]


def test_a_range_with_only_an_upper_end_is_that_amount() -> None:
    found = span({"high": amount(10)})
    assert isinstance(found, tuple)
    assert [str(end) for end in found] == ["10 mg", "10 mg"]


@pytest.mark.parametrize(
    "written",
    [
        {},
        None,
        {"low": amount(5)},
        {"low": amount(10), "high": amount(5)},
        {"low": amount(5), "high": amount(10, "mL")},
        {"low": amount("NaN"), "high": amount(10)},
        {"low": amount(5), "high": amount(10, "Mg")},
    ],
)
def test_a_range_whose_ends_do_not_fit_is_not_read(written: Any) -> None:
    assert isinstance(span(written), Unread)


@pytest.mark.parametrize(
    ("top", "bottom", "rate"),
    [
        (amount(10), amount(1, "h"), "10 mg/h"),
        (amount(100), amount(8, "h"), "12.5 mg/h"),
        (amount(2, "ug/kg"), amount(1, "min"), "2 microgram/kg/min"),
        (amount(240), amount(1, "d"), "240 mg/day"),
        (amount(10, "mL"), amount(1, "h"), "10 mL/h"),
        (amount(24), amount(60, "s"), "0.4 mg/s"),
    ],
)
def test_a_ratio_to_a_time_is_a_rate(top: dict[str, Any], bottom: dict[str, Any], rate: str) -> None:
    parts = ratio({"numerator": top, "denominator": bottom})
    assert isinstance(parts, tuple)
    found = per_time(*parts)
    assert isinstance(found, Quantity)
    assert str(found) == rate


def test_a_rate_is_exact_where_a_decimal_can_be() -> None:
    parts = ratio({"numerator": amount(10), "denominator": amount(3, "h")})
    assert isinstance(parts, tuple)
    found = per_time(*parts)
    assert isinstance(found, Quantity)
    assert found.base == Fraction(10, 3)


@pytest.mark.parametrize(
    "written",
    [
        {"numerator": amount(1), "denominator": amount(0, "h")},
        {"numerator": amount(1)},
        {"denominator": amount(1, "h")},
        {},
    ],
)
def test_a_ratio_that_lacks_a_part_or_divides_by_zero_is_not_read(written: Any) -> None:
    assert isinstance(ratio(written), Unread)


def test_an_amount_per_volume_is_no_rate() -> None:
    parts = ratio({"numerator": amount(1), "denominator": amount(1, "mL")})
    assert isinstance(parts, tuple)
    assert isinstance(per_time(*parts), Unread)


def test_a_rate_no_decimal_can_write_is_kept_to_28_digits() -> None:
    parts = ratio({"numerator": amount(10), "denominator": amount(7, "h")})
    assert isinstance(parts, tuple)
    found = per_time(*parts)
    assert isinstance(found, Quantity)
    assert found.unit.code == "mg/h"
    assert abs(found.base - Fraction(10, 7)) < Fraction(1, 10**27)


def test_tablets_per_hour_are_no_rate_we_know() -> None:
    parts = ratio({"numerator": amount(1, "{tbl}"), "denominator": amount(1, "h")})
    assert isinstance(parts, tuple)
    assert isinstance(per_time(*parts), Unread)
