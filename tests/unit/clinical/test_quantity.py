from decimal import Decimal
from fractions import Fraction

import pytest

from cds.clinical.quantity import (
    COUNT,
    MASS,
    PRODUCT_UNITS,
    SURFACE,
    TIME,
    UNITS,
    VOLUME,
    WEIGHT,
    Dimension,
    Quantity,
    Span,
    quantity,
    shown,
    unit,
)

MASSES = {"ng": "1/1000000", "ug": "1/1000", "mg": "1", "g": "1000"}
VOLUMES = {"mL": "1", "L": "1000"}
HOURS = {"s": "1/3600", "min": "1/60", "h": "1", "d": "24", "wk": "168", "mo": "730", "a": "8766"}


@pytest.mark.parametrize(
    ("code", "dimension", "factor"),
    [
        *((code, MASS, factor) for code, factor in MASSES.items()),
        *((code, VOLUME, factor) for code, factor in VOLUMES.items()),
        *((code, TIME, factor) for code, factor in HOURS.items()),
        *((code, COUNT, "1") for code in PRODUCT_UNITS),
        ("kg", WEIGHT, "1"),
        ("[lb_av]", WEIGHT, "0.45359237"),
        ("[oz_av]", WEIGHT, "0.028349523125"),
        ("%", Dimension(), "1/100"),
        ("/h", Dimension() - TIME, "1"),
        ("/d", Dimension() - TIME, "1/24"),
        ("/wk", Dimension() - TIME, "1/168"),
        ("mg/kg", MASS - WEIGHT, "1"),
        ("ug/kg", MASS - WEIGHT, "1/1000"),
        ("mg/m2", MASS - SURFACE, "1"),
        ("mg/h", MASS - TIME, "1"),
        ("mg/min", MASS - TIME, "60"),
        ("mg/d", MASS - TIME, "1/24"),
        ("g/d", MASS - TIME, "1000/24"),
        ("mg/kg/h", MASS - WEIGHT - TIME, "1"),
        ("mg/kg/d", MASS - WEIGHT - TIME, "1/24"),
        ("ug/kg/min", MASS - WEIGHT - TIME, "6/100"),
        ("ug/kg/h", MASS - WEIGHT - TIME, "1/1000"),
        ("mL/h", VOLUME - TIME, "1"),
        ("mL/kg/h", VOLUME - WEIGHT - TIME, "1"),
        ("L/d", VOLUME - TIME, "1000/24"),
        ("mg/mL", MASS - VOLUME, "1"),
        ("g/L", MASS - VOLUME, "1"),
        ("ug/mL", MASS - VOLUME, "1/1000"),
        ("mg/g", Dimension(), "1/1000"),
        ("g/g", Dimension(), "1"),
        ("mL/min/{1.73_m2}", VOLUME - TIME, "60"),
    ],
)
def test_a_unit_measures_this_and_is_exactly_so_many_base_units(code: str, dimension: Dimension, factor: str):
    assert unit(code).dimension == dimension
    assert unit(code).factor == Fraction(factor)


def test_every_unit_is_filed_under_its_own_code():
    assert all(code == one.code for code, one in UNITS.items())


@pytest.mark.parametrize("code", ["Mg", "MG", "mcg", "µg", "ml", "kg/mg", "mg/kg/kg", "", "tablet"])
def test_a_code_that_is_not_exactly_in_the_table_is_no_unit(code: str):
    with pytest.raises(KeyError):
        unit(code)


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("1 g", "1000 mg"),
        ("0.5 mg", "500 ug"),
        ("1 ug/kg/min", "0.06 mg/kg/h"),
        ("24 mg/d", "1 mg/h"),
        ("1 g/L", "1 mg/mL"),
        ("90 min", "1.5 h"),
        ("2 wk", "14 d"),
        ("1 [lb_av]", "0.45359237 kg"),
        ("2 %", "20 mg/g"),
        ("3 {tbl}", "3 {tablet}"),
    ],
)
def test_two_ways_to_write_one_amount_are_equal_in_base_units(one: str, same: str):
    assert quantity(one).base == quantity(same).base
    assert quantity(one).within(quantity(same).unit) == Fraction(quantity(same).value)


@pytest.mark.parametrize(("written", "wanted"), [("1 mg", "mL"), ("1 mg", "kg"), ("1 mg/kg", "mg"), ("1 h", "/h")])
def test_a_quantity_is_not_converted_to_another_dimension(written: str, wanted: str):
    with pytest.raises(ValueError, match="cannot be converted"):
        quantity(written).within(unit(wanted))


@pytest.mark.parametrize("text", ["5 Mg", "5", "", "mg", "5mg", "5 milligrams"])
def test_a_quantity_needs_a_number_a_space_and_a_known_unit(text: str):
    with pytest.raises(ValueError, match="not a unit we know"):
        quantity(text)


def test_a_quantity_keeps_its_value_as_written():
    assert quantity(" 0.10 mg/kg/h ") == Quantity(Decimal("0.10"), unit("mg/kg/h"))
    assert str(quantity("0.10 mg").value) == "0.10"


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        ("0", 4, "0"),
        ("1", 4, "1"),
        ("100", 4, "100"),
        ("1.50", 4, "1.5"),
        ("1/3", 4, "0.3333"),
        ("2/3", 4, "0.6667"),
        ("0.00005", 4, "0.00005"),
        ("0.12345", 4, "0.1235"),
        ("0.12344999", 4, "0.1234"),
        ("-0.5", 4, "-0.5"),
        ("-2/3", 2, "-0.67"),
        ("1/3", 2, "0.33"),
        ("2.5", 0, "3"),
        ("1200", 0, "1200"),
        ("0.005", 2, "0.005"),
        ("0.00999999", 2, "0.01"),
        ("1/30000", 4, "0.0000333"),
        ("0.0000123456", 4, "0.0000123"),
        ("0.00000000012345", 4, "0.000000000123"),
        ("-0.00000000000001", 4, "-0.00000000000001"),
        ("123456789012345678901234567890.5", 4, "123456789012345678901234567890.5"),
        ("1000000000", 4, "1000000000"),
    ],
)
def test_a_number_is_shown_as_a_person_writes_it(value: str, places: int, text: str):
    assert shown(Fraction(value), places) == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("1 {tbl}", "1 tablet"),
        ("2 {tbl}", "2 tablets"),
        ("0.5 {tbl}", "0.5 tablets"),
        ("3 {puff}", "3 puffs"),
        ("1 {puff}", "1 puff"),
        ("2 1", "2 unit"),
        ("150.00 mg/d", "150 mg/day"),
        ("5 ug/kg/min", "5 microgram/kg/min"),
        ("5 ug", "5 microgram"),
        ("2 /d", "2 per day"),
        ("100 [lb_av]", "100 lb"),
        ("3 d", "3 day"),
        ("0.35 mg/kg", "0.35 mg/kg"),
    ],
)
def test_a_quantity_is_written_in_words_a_prescriber_uses(written: str, text: str):
    assert str(quantity(written)) == text


def span(text: str) -> Span:
    low, _, high = text.partition(" to ")
    return Span.of(quantity(low), quantity(high) if high else None)


def test_a_span_goes_from_the_smaller_to_the_larger_however_it_is_written():
    assert span("2 g to 500 mg") == span("500 mg to 2 g") == Span(Fraction(500), Fraction(2000), MASS)


def test_a_span_of_one_quantity_has_equal_ends():
    assert span("5 mg") == Span(Fraction(5), Fraction(5), MASS)


def test_a_span_of_two_dimensions_is_refused():
    with pytest.raises(ValueError, match="one dimension"):
        span("1 mg to 1 mL")


def test_spans_add_multiply_and_divide_end_by_end_with_their_dimensions():
    dose, weight, twice = span("100 mg to 200 mg"), span("50 kg to 80 kg"), span("2 mg to 3 mg")
    assert dose + twice == Span(Fraction(102), Fraction(203), MASS)
    assert dose * weight == Span(Fraction(5000), Fraction(16000), MASS + WEIGHT)
    assert dose / weight == Span(Fraction(100, 80), Fraction(200, 50), MASS - WEIGHT)


@pytest.mark.parametrize(
    ("written", "wanted", "text"),
    [
        ("500 mg", "mg", "500 mg"),
        ("500 mg", "g", "0.5 g"),
        ("0.1 mg/kg to 0.35 mg/kg", "mg/kg", "0.1-0.35 mg/kg"),
        ("100.000001 mg to 100.000002 mg", "mg", "100 mg"),
    ],
)
def test_a_span_is_shown_in_the_unit_asked_for(written: str, wanted: str, text: str):
    assert span(written).shown(unit(wanted)) == text
