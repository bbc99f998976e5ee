"""Medicines in free text are found word by word, and nothing is guessed."""

from __future__ import annotations

import pytest

from cds.terminology.lookup import Lookup
from tests.unit.terminology.writing import medication, text, written


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("ketamine", "ketamine"),
        ("KETAMINE", "ketamine"),
        ("Ketamine hydrochloride", "ketamine"),
        ("racemic ketamine", "ketamine"),
        ("Ketalar", "ketamine"),
        ("esketamine", "esketamine"),
        ("S-ketamine", "esketamine"),
        ("(S)-ketamine", "esketamine"),
        ("S ketamine", "esketamine"),
        ("Spravato", "esketamine"),
        ("Elavil", "amitriptyline"),
        ("Endep", "amitriptyline"),
        ("Lyrica", "pregabalin"),
        ("Lamictal", "lamotrigine"),
        ("pethidine", "meperidine"),
        ("glycopyrrolate", "glycopyrronium"),
        ("methylthioninium chloride", "methylene-blue"),
        ("Percocet", "acetaminophen, oxycodone"),
        ("amitriptyline-ketamine", "amitriptyline, ketamine"),
        ("amoxicillin", ""),
    ],
)
def test_a_name_brand_or_synonym_is_its_ingredient(terms: Lookup, words: str, expected: str) -> None:
    assert written(terms.product(medication(words))) == expected


@pytest.mark.parametrize(
    "words", ["norketamine", "ketamines", "ketamine allergy screening", "ketamine metabolite assay"]
)
def test_a_word_that_only_looks_like_the_drug_is_no_product_and_no_question(terms: Lookup, words: str) -> None:
    found = terms.product(medication(words))
    assert (found.components, found.problem) == ((), "")


@pytest.mark.parametrize("words", ["nortriptyline", "esketamine nasal spray"])
def test_a_name_inside_another_name_is_not_that_drug(terms: Lookup, words: str) -> None:
    assert not terms.product(medication(words)).ingredients & {"amitriptyline", "ketamine"}


@pytest.mark.parametrize(
    "words",
    ["nor-ketamine", "R-ketamine", "amitriptyline or nortriptyline", "no ketamine", "without ketamine", "ketamine-xyz"],
)
def test_a_covered_name_that_cannot_be_made_out_is_said(terms: Lookup, words: str) -> None:
    found = terms.product(medication(words))
    assert found.components == ()
    assert found.problem


def test_or_between_routes_does_not_hide_the_one_drug(terms: Lookup) -> None:
    assert written(terms.product(medication("ketamine 50 mg/mL IV or IM"))) == "ketamine 50 mg/1 mL"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Amitriptyline 25 mg tablets", "amitriptyline 25 mg/1 tablet"),
        ("Lyrica 75mg capsule", "pregabalin 75 mg/1 capsule"),
        ("nortriptyline 0,5 g tablet", "nortriptyline 0.5 g/1 tablet"),
        ("ketamine 50 mg/mL injection", "ketamine 50 mg/1 mL"),
        ("ketamine 50 MG/ML Injectable Solution", "ketamine 50 mg/1 mL"),
        ("ketamine 500 mg in 500 mL normal saline", "ketamine 500 mg/500 mL"),
        ("ketamine 500 mg/10 mL (50 mg/mL) vial", "ketamine 500 mg/10 mL"),
        ("fentanyl 50 microgram per mL injection", "fentanyl 50 microgram/1 mL"),
    ],
)
def test_a_mass_said_per_tablet_or_volume_is_a_strength(terms: Lookup, words: str, expected: str) -> None:
    assert written(terms.product(medication(words))) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Ketalar 24 mg IV", "ketamine"),
        ("Elavil 100 mg at night", "amitriptyline"),
        ("ketamine 20 mg injection", "ketamine"),
        ("amitriptyline 25 mg tablet, take 50 mg", "amitriptyline"),
    ],
)
def test_a_mass_that_is_not_said_per_anything_is_a_dose_and_no_strength(
    terms: Lookup, words: str, expected: str
) -> None:
    assert written(terms.product(medication(words))) == expected


@pytest.mark.parametrize(
    "words",
    [
        "amitriptyline 2%/ketamine 1% cream",
        "amitriptyline 2 % with ketamine 1 % cream",
        "amitriptyline/ketamine 2%/1% cream",
        "2% amitriptyline and 1% ketamine topical cream",
    ],
)
def test_each_percentage_goes_to_its_own_ingredient(terms: Lookup, words: str) -> None:
    found = terms.product(medication(words))
    assert written(found) == "amitriptyline 2 g/100 g, ketamine 1 g/100 g"
    assert (found.form, found.route) == ("cream", "topical")


def test_swapped_percentages_stay_swapped(terms: Lookup) -> None:
    found = terms.product(medication("amitriptyline 1%/ketamine 2% cream"))
    assert written(found) == "amitriptyline 1 g/100 g, ketamine 2 g/100 g"


def test_percentages_that_cannot_be_shared_out_are_left_out(terms: Lookup) -> None:
    assert written(terms.product(medication("amitriptyline/ketamine 2% cream"))) == "amitriptyline, ketamine 2 g/100 g"


def test_a_percentage_of_an_injection_is_per_volume(terms: Lookup) -> None:
    found = terms.product(medication("ketamine 1% injection"))
    assert written(found) == "ketamine 1 g/100 mL"
    assert str(found.concentration) == "10 mg/mL"


@pytest.mark.parametrize(
    ("words", "form", "route"),
    [
        ("amitriptyline 25 mg tablet", "tablet", "oral"),
        ("lamotrigine tablet for oral suspension", "tablet-for-suspension", "oral"),
        ("pregabalin oral solution", "oral-liquid", "oral"),
        ("ketamine solution for injection", "injection", ""),
        ("amitriptyline/ketamine rectal suppository", "suppository", "rectal"),
        ("ketamine cream or ointment", "", ""),
        ("ketamine", "", ""),
    ],
)
def test_the_form_in_the_text_implies_the_route(terms: Lookup, words: str, form: str, route: str) -> None:
    found = terms.product(medication(words))
    assert (found.form, found.route) == (form, route)


@pytest.mark.parametrize(
    ("words", "diluted"),
    [
        ("ketamine 50 mg/mL in normal saline", True),
        ("ketamine 50 mg/mL in D5W", True),
        ("ketamine 100 mg/mL, diluted", True),
        ("ketamine 100 mg/mL", False),
    ],
)
def test_a_named_diluent_says_that_it_is_diluted(terms: Lookup, words: str, diluted: bool) -> None:
    assert terms.product(medication(words)).diluted is diluted
    assert terms.says_diluted(words) is diluted


@pytest.mark.parametrize(
    ("words", "diluted"),
    [
        ("Add 10 mL to 500 mL sodium chloride 0.9%", True),
        ("in a 500 mL bag of dextrose 5%", True),
        ("mixed with saline", True),
        ("make up to 50 mL with NS", True),
        ("dilute 1:1", True),
        ("undiluted", False),
        ("do not dilute", False),
        ("give without dilution", False),
        ("flush with normal saline", False),
        ("inject, then flush the line in full with saline", False),
        ("run beside normal saline", False),
        ("with juice", False),
    ],
)
def test_words_about_an_order_tell_of_a_dilution_only_where_something_is_put_into_a_fluid(
    terms: Lookup, words: str, diluted: bool
) -> None:
    assert terms.says_diluted(words) is diluted


def test_a_strength_of_what_was_diluted_is_not_the_concentration(terms: Lookup) -> None:
    assert terms.product(medication("ketamine 100 mg/mL in normal saline")).concentration is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Ketalar", {"ketamine"}),
        ("allergic to ketamine", {"ketamine"}),
        ("Limbitrol", {"amitriptyline", "chlordiazepoxide"}),
        ("penicillin", set()),
    ],
)
def test_an_allergy_names_every_ingredient_of_its_words(terms: Lookup, words: str, expected: set[str]) -> None:
    assert terms.substances(text(words)) == expected
