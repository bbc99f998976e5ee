"""Figures in a text, whose they are, and which strengths of a record can be true."""

from __future__ import annotations

from decimal import Decimal

import pytest

from cds.clinical.quantity import quantity
from cds.terminology.strengths import assigned, figures, percentage, sound, strength_of
from cds.terminology.tables import Form
from tests.unit.terminology.writing import strength

TABLET = Form("tablet", "oral", "tablet")
INJECTION = Form("injection", measured="volume")
CREAM = Form("cream", "topical", measured="mass")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("25 mg", ["25 mg"]),
        ("0,5 g", ["0.5 g"]),
        ("50 mcg and 50 µg and 50 microgram", ["50 microgram"] * 3),
        ("50 MG/ML", ["50 mg per 1 mL"]),
        ("500 mg per 500 ml", ["500 mg per 500 mL"]),
        ("20 mg/g", ["20 mg per 1 g"]),
        ("2 %", ["2 %"]),
        ("24 HR", []),
        ("500 mL", []),
        ("25 mgs", []),
    ],
)
def test_masses_and_percentages_are_read_from_text(text: str, expected: list[str]) -> None:
    found = [f"{figure.amount}{f' per {figure.per}' if figure.per else ''}" for figure in figures(text)]
    assert found == expected


def test_without_names_no_figure_is_anyones() -> None:
    assert assigned([], figures("2 %")) == ()


@pytest.mark.parametrize(
    ("given", "form", "expected"),
    [
        (("25 mg", "1 {tbl}"), TABLET, "25 mg/1 tablet"),
        (("50 mg", "1 mL"), INJECTION, "50 mg/1 mL"),
        (("2 g", "100 g"), CREAM, "2 g/100 g"),
        (("1 %", "1 1"), CREAM, "1 g/100 g"),
        (("1 %", "1 1"), INJECTION, "1 g/100 mL"),
        (("20 mg/g", "1 1"), CREAM, "2 g/100 g"),
        (("2 mg/mg", "1 1"), CREAM, None),
        (("150 mg", "150 mg"), TABLET, None),
        (("150 mg", "150 mg"), None, None),
        (("25 mg", "250 mg"), TABLET, None),
        (("5 mL", "10 mL"), INJECTION, None),
        (("5 mg", "0 mL"), INJECTION, None),
        (("5 mg", "1 h"), None, None),
    ],
)
def test_a_strength_of_the_record_is_kept_only_where_it_can_be_true(
    given: tuple[str, str], form: Form | None, expected: str | None
) -> None:
    found = sound(strength(*given), form)
    assert (f"{found.amount}/{found.per}" if found else None) == expected


def test_a_percentage_is_mass_in_mass_unless_measured_by_volume() -> None:
    assert percentage(Decimal(2), None) == strength("2 g", "100 g")
    assert percentage(Decimal(2), INJECTION) == strength("2 g", "100 mL")


def test_what_is_counted_in_an_unknown_unit_is_counted_in_ones() -> None:
    (figure,) = figures("5 mg")
    found = strength_of(figure, Form("powder", "oral", "sachet"))
    assert found is not None
    assert found.per == quantity("1 1")
