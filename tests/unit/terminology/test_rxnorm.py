from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds.clinical.code import ATC, NDC, RXNORM, SNOMED
from cds.terminology.lookup import Lookup
from cds.terminology.rxnorm import Drug, Part, askable, ndc11, row, slug_of, strength
from tests.unit.terminology import writing
from tests.unit.terminology.writing import rxnorm


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ("25 MG", ("25 mg", "1")),
        ("12.50 MG", ("12.5 mg", "1")),
        ("025 MG", ("25 mg", "1")),
        ("0.5 MG", ("0.5 mg", "1")),
        ("1 G", ("1 g", "1")),
        ("50 MG/ML", ("50 mg", "1 mL")),
        ("0.01 MG/MG", ("0.01 mg", "1 mg")),
        ("0.1 MG/ACTUAT", ("0.1 mg", "1 {actuat}")),
        ("0.025 MG/HR", ("", "")),
        ("100 UNT/ML", ("", "")),
        ("2 MEQ", ("", "")),
        ("25 mg", ("", "")),
        ("25MG", ("", "")),
        ("10 MG / 2 MG", ("", "")),
        ("٢ MG", ("", "")),
        ("", ("", "")),
        ("?", ("", "")),
    ],
)
def test_a_strength_is_a_mass_in_a_product_a_volume_or_a_mass(text: str, is_read: tuple[str, str]) -> None:
    assert strength(text) == is_read


@pytest.mark.parametrize(
    ("code", "digits"),
    [
        ("00071101268", "00071101268"),
        ("0071-1012-68", "00071101268"),
        ("12345-678-90", "12345067890"),
        ("12345-6789-0", "12345678900"),
        ("12345-6789-01", "12345678901"),
        ("000071101268", "00071101268"),
        ("100071101268", ""),
        ("0071101268", ""),
        ("0071-1012", ""),
        ("0071-1012-6A", ""),
        ("٠٠٠٧١١٠١٢٦٨", ""),
        ("", ""),
        ("--", ""),
    ],
)
def test_an_ndc_becomes_eleven_digits_where_it_is_plain_which_they_are(code: str, digits: str) -> None:
    assert ndc11(code) == digits


@given(st.text(max_size=15))
def test_whatever_an_ndc_is_it_becomes_eleven_ascii_digits_or_nothing(code: str) -> None:
    found = ndc11(code)
    assert not found or (len(found) == 11 and found.isascii() and found.isdigit())


@pytest.mark.parametrize(
    ("key", "is_askable"),
    [
        ((RXNORM, "483450"), True),
        ((NDC, "0071-1012-68"), True),
        ((RXNORM, "0"), False),
        ((RXNORM, "123456789"), False),
        ((RXNORM, "48345o"), False),
        ((RXNORM, "1/../../x"), False),
        ((RXNORM, "Smith, J"), False),
        ((NDC, "0071101268"), False),
        ((SNOMED, "372726002"), False),
        ((ATC, "N06AA09"), False),
        (("", "483450"), False),
    ],
)
def test_only_what_has_the_shape_of_a_code_of_rxnorm_may_be_asked_for(key: tuple[str, str], is_askable: bool) -> None:
    assert askable(key) is is_askable


def test_an_ingredient_gets_our_slug_by_its_code_else_by_its_name_else_one_of_its_own(terms: Lookup) -> None:
    tables = terms.tables.medicines
    (code, known) = next(((key[1], slug) for key, slug in tables.ingredients.items() if key[0] == RXNORM))
    assert slug_of(code, "whatever it is called", tables) == known
    assert slug_of("99999999", terms.names[known].name, tables) == known
    assert slug_of("99999999", "Zorvane Maleate", tables) == "zorvane-maleate"
    assert slug_of("99999999", "()", tables) == "rxnorm-99999999"
    assert not terms.classes("zorvane-maleate")


def test_a_drug_becomes_a_row_with_our_form_and_strengths(terms: Lookup) -> None:
    drug = Drug("x", "Injectable Solution", (Part("99999999", "zorvane", "50 mg", "1 mL"),))
    made = row(drug, terms.tables.medicines)
    assert made.form == "injection"
    assert [(c.ingredient, str(c.strength and c.strength.per)) for c in made.components] == [("zorvane", "1 mL")]


def test_two_salts_of_one_ingredient_have_no_one_strength(terms: Lookup) -> None:
    parts = (Part("99999998", "zorvane", "5 mg", "1"), Part("99999999", "zorvane", "7 mg", "1"))
    (component,) = row(Drug("x", "Oral Tablet", parts), terms.tables.medicines).components
    assert component.strength is None


def test_codes_that_were_asked_for_are_known_beside_the_tables(terms: Lookup) -> None:
    concept = rxnorm("99999999")
    assert terms.unknown(concept) == ((RXNORM, "99999999"),)
    drug = Drug("x", "Oral Tablet", (Part("99999998", "zorvane", "5 mg", "1"),))
    more = terms.with_codes({(RXNORM, "99999999"): drug})
    product = more.product(writing.Medication(concept))
    assert writing.written(product) == "zorvane 5 mg/1 unit"
    assert (product.form, product.route, product.by) == ("tablet", "oral", "code")
    assert more.unknown(concept) == ()
    assert terms.unknown(concept) != ()
    assert more.substances(concept) == {"zorvane"}


def test_what_the_tables_know_wins_over_what_was_asked_for(terms: Lookup) -> None:
    (code, known) = next((key[1], row) for key, row in terms.tables.medicines.products.items())
    drug = Drug("x", "Oral Tablet", (Part("99999998", "zorvane", "5 mg", "1"),))
    more = terms.with_codes({(RXNORM, code): drug})
    assert more.product(writing.Medication(rxnorm(code))).ingredients == {c.ingredient for c in known.components}


def test_a_code_known_beside_an_unknown_one_leaves_nothing_unknown(terms: Lookup) -> None:
    code = next(key[1] for key in terms.tables.medicines.products)
    assert terms.unknown(rxnorm("99999999", code)) == ()
    assert terms.unknown(writing.text("whatever")) == ()


def test_a_product_code_says_more_than_the_ingredient_code_beside_it(terms: Lookup) -> None:
    ingredient = next(key[1] for key in terms.tables.medicines.ingredients if key[0] == RXNORM)
    drug = Drug("x", "Oral Tablet", (Part(ingredient, "a", "5 mg", "1"), Part("99999998", "zorvane", "7 mg", "1")))
    more = terms.with_codes({(RXNORM, "99999999"): drug})
    assert "zorvane" in more.product(writing.Medication(rxnorm(ingredient, "99999999"))).ingredients
