"""Check digits and systems of codes in knowledge files."""

from __future__ import annotations

import pytest

from cds.knowledge.codes import loinc_digit_fits, snomed_digit_fits


@pytest.mark.parametrize(
    ("code", "fits"),
    [("77386006", True), ("77386007", False), ("65971000052100", True), ("7738600", False), ("N06AA09", False)],
)
def test_a_snomed_code_ends_in_its_verhoeff_digit(code: str, fits: bool) -> None:
    assert snomed_digit_fits(code) is fits


@pytest.mark.parametrize(
    ("code", "fits"),
    [("29463-7", True), ("8867-4", True), ("8867-5", False), ("8867-6", False), ("LA15173-0", True), ("29463", False)],
)
def test_a_loinc_code_ends_in_its_modulus_10_digit(code: str, fits: bool) -> None:
    assert loinc_digit_fits(code) is fits
