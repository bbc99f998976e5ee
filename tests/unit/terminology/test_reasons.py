"""Uses with what is broader, services, and body weight."""

from __future__ import annotations

import pytest

from cds.clinical.code import ICD10CM, LOINC, SNOMED, Concept
from cds.terminology.lookup import Lookup
from tests.unit.terminology.writing import code, text


@pytest.mark.parametrize(
    ("concept", "expected"),
    [
        (code(SNOMED, "274663001"), {"acute-pain", "pain"}),
        (text("Acute pain"), {"acute-pain", "pain"}),
        (text("postoperative pain"), {"postoperative-pain", "acute-pain", "pain"}),
        (text("analgesia"), {"analgesia", "pain"}),
        (text("intraoperative analgesia"), {"intraoperative-analgesia"}),
        (text("induction of anaesthesia"), {"anaesthesia-induction", "anaesthesia"}),
        (code(SNOMED, "241687005"), {"anaesthesia-induction", "anaesthesia"}),
        (text("procedural sedation"), {"procedural-sedation"}),
        (
            text("cancer neuropathic pain"),
            {"cancer-neuropathic-pain", "cancer-pain", "neuropathic-pain", "chronic-pain", "pain", "cancer"},
        ),
        (
            text("Neuropathic pain due to metastatic breast cancer"),
            {"cancer-neuropathic-pain", "cancer-pain", "neuropathic-pain", "chronic-pain", "pain", "cancer"},
        ),
        (text("Cancer pain"), {"cancer-pain", "pain", "cancer"}),
        (text("Acute pain, lung carcinoma"), {"acute-pain", "cancer-pain", "pain", "cancer"}),
        (text("Neuropathic pain, non-cancer"), {"neuropathic-pain", "chronic-pain", "pain"}),
        (text("chronic non-cancer pain"), {"chronic-pain", "pain"}),
        (code(ICD10CM, "E11.42"), {"neuropathic-pain", "chronic-pain", "pain"}),
        (text("treatment-resistant depression"), {"depression"}),
        (code(ICD10CM, "F33.2"), {"depression"}),
        (text("ketamine use disorder"), {"ketamine-use-disorder"}),
        (text("epilepsy"), {"epilepsy"}),
        (text("warts"), set()),
        (Concept(), set()),
    ],
)
def test_a_reason_stands_for_its_use_and_every_broader_one(terms: Lookup, concept: Concept, expected: set[str]) -> None:
    assert terms.uses(concept) == expected


def test_nerve_pain_and_cancer_stated_apart_are_nerve_pain_in_cancer(terms: Lookup) -> None:
    nerve, cancer = code(SNOMED, "247398009"), code(SNOMED, "735935009")
    assert "cancer-neuropathic-pain" in terms.uses_of((nerve, cancer))
    assert "cancer-neuropathic-pain" in terms.uses_of((nerve, code(SNOMED, "363346000")))
    assert "cancer-neuropathic-pain" not in terms.uses_of((cancer,))
    assert terms.uses_of(()) == frozenset()


@pytest.mark.parametrize(
    ("concept", "expected"),
    [
        (text("ECG"), {"ecg"}),
        (text("Continuous telemetry"), {"ecg"}),
        (code(SNOMED, "46825001"), {"ecg"}),
        (text("SpO2 monitoring"), {"pulse-oximetry"}),
        (code(LOINC, "59408-5"), {"pulse-oximetry"}),
        (text("12-lead ECG"), set()),
        (text("ECG and pulse oximetry"), {"ecg", "pulse-oximetry", "ecg-and-oximetry"}),
        (code(LOINC, "2106-3"), {"pregnancy-test"}),
        (text("chest X-ray"), set()),
    ],
)
def test_an_order_stands_for_its_services(terms: Lookup, concept: Concept, expected: set[str]) -> None:
    assert terms.services(concept) == expected


@pytest.mark.parametrize(("value", "expected"), [("29463-7", True), ("3141-9", True), ("8302-2", False)])
def test_body_weight_is_known_by_its_codes(terms: Lookup, value: str, expected: bool) -> None:
    assert terms.is_weight(code(LOINC, value)) is expected


@pytest.mark.parametrize(
    "slug",
    ["acute-pain", "anaesthesia-induction", "procedural-sedation", "neuropathic-pain", "depression", "epilepsy"],
)
def test_a_use_that_a_card_offers_to_state_has_a_code_to_write(terms: Lookup, slug: str) -> None:
    assert terms.names[slug].code is not None


def test_a_service_is_ordered_with_its_verified_code(terms: Lookup) -> None:
    assert terms.names["body-weight"].code == (LOINC, "29463-7", "Body weight")
    assert terms.names["use-and-rash-review"].code is None


def test_a_slug_of_two_tables_keeps_the_ingredients_name(terms: Lookup) -> None:
    assert terms.names["theophylline"].name == "Theophylline"
    assert terms.names["esketamine"].name == "S-ketamine (esketamine)"
