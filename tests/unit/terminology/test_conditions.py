"""Conditions by code, by ICD prefix, and by words where no code is known."""

from __future__ import annotations

import pytest

from cds.clinical.code import ICD10, ICD10CM, LOINC, SNOMED, Concept
from cds.clinical.quantity import quantity
from cds.terminology.lookup import Lookup
from cds.terminology.model import Recognised
from tests.unit.terminology.writing import code, text


def said(found: tuple[Recognised, ...]) -> set[str]:
    return {f"{r.condition}{' ' + r.severity if r.severity else ''}{' history' if r.history else ''}" for r in found}


@pytest.mark.parametrize(
    ("concept", "expected"),
    [
        (code(SNOMED, "77386006"), {"pregnancy"}),
        (code(SNOMED, "23986001"), {"raised-ocular-pressure"}),
        (code(SNOMED, "4210003"), {"raised-ocular-pressure"}),
        (code(SNOMED, "22298006"), {"myocardial-infarction"}),
        (code(SNOMED, "399211009"), {"myocardial-infarction history"}),
        (code(SNOMED, "1755008"), {"myocardial-infarction history"}),
        (code(SNOMED, "59621000"), {"cardiovascular-disease"}),
        (code(SNOMED, "443482000"), {"cardiovascular-disease severe"}),
        (code(SNOMED, "195111005"), {"cardiovascular-disease severe"}),
        (code(SNOMED, "84114007"), {"cardiovascular-disease"}),
        (code(SNOMED, "89138009"), {"cardiovascular-disease severe", "shock"}),
        (code(SNOMED, "76571007"), {"shock"}),
        (code(SNOMED, "267064002"), {"urinary-retention"}),
        (code(SNOMED, "266569009"), set()),
        (code(SNOMED, "59927004"), {"liver-disease severe"}),
        (code(SNOMED, "19943007"), {"liver-disease"}),
        (code(SNOMED, "197321007"), {"liver-disease"}),
        (code(SNOMED, "433144002"), {"renal-impairment"}),
        (code(SNOMED, "431856006"), set()),
        (code(SNOMED, "724715004"), {"substance-misuse", "ketamine-use-disorder"}),
        (code(SNOMED, "34436003"), {"bladder-symptoms"}),
        (code(SNOMED, "228319007"), {"alcohol-use"}),
        (code(SNOMED, "7200002"), {"alcohol-use", "substance-misuse"}),
    ],
)
def test_a_snomed_code_stands_for_its_conditions(terms: Lookup, concept: Concept, expected: set[str]) -> None:
    assert said(terms.conditions(concept)) == expected


@pytest.mark.parametrize(
    ("system", "value", "expected"),
    [
        (ICD10CM, "I21.09", {"myocardial-infarction"}),
        (ICD10CM, "I2109", {"myocardial-infarction"}),
        (ICD10CM, "i21.09", {"myocardial-infarction"}),
        (ICD10CM, "I25.2", {"myocardial-infarction history", "cardiovascular-disease"}),
        (ICD10CM, "I10", {"cardiovascular-disease"}),
        (ICD10CM, "I16.1", {"cardiovascular-disease severe"}),
        (ICD10CM, "I20.0", {"cardiovascular-disease severe"}),
        (ICD10CM, "I20.9", {"cardiovascular-disease"}),
        (ICD10CM, "I50.9", {"cardiovascular-disease"}),
        (ICD10CM, "I50.23", {"cardiovascular-disease severe"}),
        (ICD10CM, "K72.10", {"liver-disease severe"}),
        (ICD10CM, "K76.0", {"liver-disease"}),
        (ICD10CM, "N18.2", set()),
        (ICD10CM, "N18.31", {"renal-impairment"}),
        (ICD10CM, "N18.4", {"renal-impairment severe"}),
        (ICD10CM, "R33.9", {"urinary-retention"}),
        (ICD10CM, "N40.1", set()),
        (ICD10CM, "Z32.02", set()),
        (ICD10CM, "Z32.01", {"pregnancy"}),
        (ICD10CM, "G91.2", set()),
        (ICD10CM, "R57.0", {"cardiovascular-disease severe", "shock"}),
        (ICD10CM, "H40.11", {"raised-ocular-pressure"}),
        (ICD10, "I21.9", {"myocardial-infarction"}),
        (ICD10, "F20.0", {"psychosis"}),
        (ICD10CM, "I2", set()),
        ("", "I21.9", set()),
    ],
)
def test_an_icd_code_is_matched_by_its_longest_prefix(
    terms: Lookup, system: str, value: str, expected: set[str]
) -> None:
    assert said(terms.conditions(code(system, value))) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Glaucoma", {"raised-ocular-pressure"}),
        ("hypertension", {"cardiovascular-disease"}),
        ("Hypertensive crisis", {"cardiovascular-disease severe"}),
        ("portal hypertension", {"liver-disease severe"}),
        ("ocular hypertension", {"raised-ocular-pressure"}),
        ("old myocardial infarction", {"myocardial-infarction history"}),
        ("history of substance abuse", {"substance-misuse history"}),
        ("ketamine use disorder", {"substance-misuse", "ketamine-use-disorder"}),
        ("family history of glaucoma", set()),
        ("glaucoma screening", set()),
        ("no evidence of glaucoma", set()),
        ("glaucoma ruled out", set()),
        ("non-pregnant", set()),
        ("diabetes insipidus", set()),
        ("respiratory depression", set()),
        ("bipolar depression", set()),
        ("depression", {"depression"}),
        ("culture shock", set()),
    ],
)
def test_words_stand_for_a_condition_only_when_said_of_the_patient_now(
    terms: Lookup, words: str, expected: set[str]
) -> None:
    assert said(terms.conditions(text(words))) == expected


def test_an_unlisted_code_is_read_by_its_display(terms: Lookup) -> None:
    concept = code(SNOMED, "50485007", "Low tension glaucoma (disorder)")
    assert said(terms.conditions(concept)) == {"raised-ocular-pressure"}


def test_words_beside_a_known_code_add_nothing(terms: Lookup) -> None:
    concept = Concept(code(SNOMED, "59621000").codings, "hypertensive crisis in 2009")
    assert said(terms.conditions(concept)) == {"cardiovascular-disease"}


def test_pregnancy_status_speaks_for_and_against_and_holds_294_days(terms: Lookup) -> None:
    (found,) = terms.evidence(code(LOINC, "82810-3"))
    assert found.condition == "pregnancy"
    assert (SNOMED, "77386006") in found.present
    assert (SNOMED, "60001007") in found.absent
    assert found.valid_days == 294


def test_a_pregnancy_record_holds_294_days_and_others_do_not_age(terms: Lookup) -> None:
    assert terms.valid_days("pregnancy") == 294
    assert terms.valid_days("depression") == 0


@pytest.mark.parametrize("value", ["98979-8", "62238-1", "33914-3"])
def test_a_filtration_below_60_speaks_for_renal_impairment(terms: Lookup, value: str) -> None:
    (found,) = terms.evidence(code(LOINC, value))
    assert (found.condition, found.below) == ("renal-impairment", quantity("60 mL/min/{1.73_m2}"))


def test_an_observation_that_says_nothing_of_conditions_has_no_evidence(terms: Lookup) -> None:
    assert terms.evidence(code(LOINC, "8302-2")) == ()
