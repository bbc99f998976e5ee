"""What is ordered, by code, by listed ingredients, or both."""

from __future__ import annotations

import pytest

from cds.clinical.code import ATC, RXNORM, SNOMED, Coding, Concept
from cds.clinical.order import Medication
from cds.clinical.quantity import quantity
from cds.terminology.lookup import Lookup
from tests.unit.terminology.writing import code, part, rxnorm, text, written


@pytest.mark.parametrize(
    ("rxcui", "expected", "form"),
    [
        ("856773", "amitriptyline 150 mg/1 unit", "tablet"),
        ("856706", "amitriptyline 10 mg/1 unit, perphenazine 2 mg/1 unit", "tablet"),
        ("856769", "amitriptyline 12.5 mg/1 unit, chlordiazepoxide 5 mg/1 unit", "tablet"),
        ("238082", "ketamine 10 mg/1 mL", "injection"),
        ("238083", "ketamine 100 mg/1 mL", "injection"),
        ("206972", "ketamine 50 mg/1 mL", "injection"),
        ("2119387", "esketamine 140 mg/1 mL", "nasal-spray"),
        ("483450", "pregabalin 75 mg/1 unit", "capsule"),
        ("898715", "pregabalin 20 mg/1 mL", "oral-liquid"),
        ("349010", "lamotrigine 2 mg/1 unit", "tablet-for-suspension"),
        ("900865", "lamotrigine", "tablet"),
        ("1049214", "acetaminophen 325 mg/1 unit, oxycodone 10 mg/1 unit", "tablet"),
    ],
)
def test_a_product_code_gives_all_ingredients_with_strength_and_form(
    terms: Lookup, rxcui: str, expected: str, form: str
) -> None:
    found = terms.product(Medication(rxnorm(rxcui)))
    assert (written(found), found.form, found.by) == (expected, form, "code")


@pytest.mark.parametrize(
    ("system", "value", "ingredient"),
    [
        (RXNORM, "704", "amitriptyline"),
        (RXNORM, "6130", "ketamine"),
        (RXNORM, "2119365", "esketamine"),
        (ATC, "N06AA09", "amitriptyline"),
        (ATC, "N01AX03", "ketamine"),
        (ATC, "N06AX27", "esketamine"),
        (ATC, "N03AX16", "pregabalin"),
        (ATC, "N02BF02", "pregabalin"),
        (SNOMED, "373464007", "ketamine"),
        (SNOMED, "387562000", "lamotrigine"),
        (ATC, "N05BA24", "bentazepam"),
    ],
)
def test_an_ingredient_code_of_any_system_is_its_ingredient_without_strength(
    terms: Lookup, system: str, value: str, ingredient: str
) -> None:
    found = terms.product(Medication(code(system, value)))
    assert (written(found), found.by) == (ingredient, "code")


def test_a_product_code_wins_over_an_ingredient_code_beside_it(terms: Lookup) -> None:
    assert written(terms.product(Medication(rxnorm("6130", "238084")))) == "ketamine 50 mg/1 mL"


def test_the_text_beside_an_ingredient_code_gives_strength_and_form(terms: Lookup) -> None:
    found = terms.product(Medication(rxnorm("704", words="amitriptyline 25 mg tablet")))
    assert (written(found), found.form, found.by) == ("amitriptyline 25 mg/1 tablet", "tablet", "code")


def test_a_code_and_a_text_of_different_drugs_are_a_problem_and_the_code_stays(terms: Lookup) -> None:
    found = terms.product(Medication(rxnorm("483450", words="amitriptyline 25 mg tablet")))
    assert found.ingredients == {"pregabalin"}
    assert "different medicines" in found.problem


def test_an_unknown_code_is_read_by_its_display(terms: Lookup) -> None:
    concept = Concept((Coding(RXNORM, "999999999", "amitriptyline hydrochloride 25 MG Oral Tablet"),))
    found = terms.product(Medication(concept))
    assert (written(found), found.by) == ("amitriptyline 25 mg/1 tablet", "name")


def test_an_unknown_code_with_an_unknown_name_is_nothing(terms: Lookup) -> None:
    found = terms.product(Medication(code(RXNORM, "723", "amoxicillin")))
    assert (found.components, found.problem) == ((), "")


def test_listed_ingredients_of_a_compound_keep_their_own_strengths(terms: Lookup) -> None:
    cream = Medication(
        text("compounded cream"),
        ingredients=(
            part(rxnorm("704"), holds="2 g", per="100 g"),
            part(rxnorm("6130"), holds="10 mg", per="1 g"),
            part(text("lipophilic base")),
        ),
    )
    found = terms.product(cream)
    assert written(found) == "amitriptyline 2 g/100 g, ketamine 10 mg/1 g"
    assert (found.form, found.route, found.by) == ("cream", "topical", "ingredients")


def test_a_percent_strength_of_a_listed_ingredient_is_mass_in_mass(terms: Lookup) -> None:
    cream = Medication(text("cream"), ingredients=(part(rxnorm("6130"), holds="1 %", per="1 1"),))
    assert written(terms.product(cream)) == "ketamine 1 g/100 g"


def test_a_tablet_whose_mass_is_also_its_denominator_has_the_strength_of_its_code(terms: Lookup) -> None:
    odd = part(rxnorm("704"), holds="150 mg", per="150 mg")
    assert written(terms.product(Medication(rxnorm("856773"), ingredients=(odd,)))) == "amitriptyline 150 mg/1 unit"


@pytest.mark.parametrize("form", ["Oral tablet", ""])
def test_a_tablet_whose_mass_is_also_its_denominator_has_no_strength_of_its_own(terms: Lookup, form: str) -> None:
    odd = part(rxnorm("704"), holds="150 mg", per="150 mg")
    assert written(terms.product(Medication(text("local item"), text(form), (odd,)))) == "amitriptyline"


def test_a_bag_has_the_concentration_of_its_mass_in_its_volume(terms: Lookup) -> None:
    bag = Medication(
        text("infusion"),
        ingredients=(
            part(rxnorm("6130"), amount="500 mg"),
            part(text("sodium chloride 0.9 %"), amount="500 mL"),
        ),
    )
    found = terms.product(bag)
    assert (str(found.concentration), str(found.total), found.diluted) == ("1 mg/mL", "500 mL", True)
    assert found.ingredients == {"ketamine"}


def test_the_volume_of_the_drug_adds_to_the_volume_of_the_bag(terms: Lookup) -> None:
    bag = Medication(
        rxnorm("238084"),
        ingredients=(part(rxnorm("238084"), amount="10 mL"), part(text("normal saline"), amount="500 mL")),
    )
    found = terms.product(bag)
    assert found.total is not None
    assert str(found.total) == "510 mL"
    assert str(found.concentration) == "0.9804 mg/mL"


def test_a_stated_amount_of_the_whole_gives_the_share_of_a_listed_mass(terms: Lookup) -> None:
    bag = Medication(text("infusion"), ingredients=(part(rxnorm("6130"), amount="500 mg"),), amount=quantity("250 mL"))
    found = terms.product(bag)
    assert (written(found), str(found.concentration)) == ("ketamine 500 mg/250 mL", "2 mg/mL")


def test_a_diluent_of_unknown_volume_leaves_the_concentration_open(terms: Lookup) -> None:
    syringe = Medication(rxnorm("238083"), ingredients=(part(rxnorm("238083")), part(text("sodium chloride 0.9 %"))))
    found = terms.product(syringe)
    assert (found.diluted, found.concentration) == (True, None)
    assert written(found) == "ketamine 100 mg/1 mL"


def test_a_product_by_code_is_as_concentrated_as_its_strength(terms: Lookup) -> None:
    assert str(terms.product(Medication(rxnorm("238084"))).concentration) == "50 mg/mL"


def test_an_ingredient_that_only_the_list_names_is_not_lost(terms: Lookup) -> None:
    mixed = Medication(rxnorm("238084"), ingredients=(part(rxnorm("238084")), part(text("midazolam"))))
    assert terms.product(mixed).ingredients == {"ketamine", "midazolam"}


def test_a_diluent_alone_is_no_medicine(terms: Lookup) -> None:
    assert terms.product(Medication(text("sodium chloride 0.9 %"))).components == ()


@pytest.mark.parametrize(
    ("concept", "expected"),
    [
        (rxnorm("6130"), {"ketamine"}),
        (rxnorm("856706"), {"amitriptyline", "perphenazine"}),
        (code(SNOMED, "372726002"), {"amitriptyline"}),
        (rxnorm("999999999", words="Lyrica"), {"pregabalin"}),
    ],
)
def test_an_allergy_is_resolved_by_ingredient_product_or_brand(
    terms: Lookup, concept: Concept, expected: set[str]
) -> None:
    assert terms.substances(concept) == expected


def test_the_form_written_beside_the_code_counts_when_the_code_has_none(terms: Lookup) -> None:
    found = terms.product(Medication(rxnorm("704"), text("Oral tablet")))
    assert (found.form, found.route) == ("tablet", "oral")
    assert terms.product(Medication(rxnorm("704"), text("lump"))).form == ""


def test_a_listed_volume_without_strength_leaves_the_concentration_open(terms: Lookup) -> None:
    bag = Medication(
        text("infusion"),
        ingredients=(part(rxnorm("6130"), amount="10 mL"), part(text("normal saline"), amount="500 mL")),
    )
    assert terms.product(bag).concentration is None


def test_a_compound_of_two_drugs_has_no_one_concentration(terms: Lookup) -> None:
    mixed = Medication(
        text("infusion"),
        ingredients=(part(rxnorm("6130"), amount="50 mg"), part(text("midazolam"), amount="5 mg")),
        amount=quantity("50 mL"),
    )
    found = terms.product(mixed)
    assert written(found) == "ketamine 50 mg/50 mL, midazolam 5 mg/50 mL"
    assert found.concentration is None


def test_every_ingredient_slug_is_known(terms: Lookup) -> None:
    assert {"amitriptyline", "ketamine", "esketamine", "pregabalin", "lamotrigine"} <= terms.ingredients
