from __future__ import annotations

import copy
from typing import Any

from cds.fhir.exact import write
from cds.fhir.publishing.r4b import Loss
from cds.fhir.publishing.releases import Release, derived
from tests.published import EXTENSIONS, Resource, named, published

FROM_R5_TO_R4B = {
    Loss("ClinicalUseDefinition artifact extensions", "dropped; they are not defined for it there"),
    Loss("MedicationKnowledge.clinicalUseIssue", "an extension"),
    Loss("MedicationKnowledge.identifier", "dropped; the resource id is the same"),
    Loss("MedicationKnowledge.indicationGuideline.indication", "the first stays, others are extensions"),
    Loss("MedicationKnowledge.medicineClassification.source", "dropped; the codings name the system"),
    Loss("Substance.instance", "dropped"),
}
FROM_R4B_TO_R4 = {
    Loss(
        "ClinicalUseDefinition that can be on a card",
        "a DetectedIssue; condition and medicines are its evidence",
    ),
    Loss("ClinicalUseDefinition that is never on a card", "a characteristic of its drug, in words"),
}
SEVERITY = {"critical": "high", "warning": "moderate", "info": "low"}


def _losses(resources: list[Resource], release: Release) -> set[Loss]:
    return set(derived(resources, release)[1])


def test_what_r4b_loses_is_this_and_nothing_else() -> None:
    assert _losses(list(published()), Release.R4B) == FROM_R5_TO_R4B


def test_what_r4_loses_besides_is_this_and_nothing_else() -> None:
    assert _losses(list(published()), Release.R4) == FROM_R5_TO_R4B | FROM_R4B_TO_R4


def test_r5_loses_nothing() -> None:
    assert derived(list(published()), Release.R5) == (list(published()), {})


def test_deriving_leaves_the_r5_resources_as_they_are() -> None:
    before = write(list(published()))
    derived(list(published()), Release.R4)
    assert write(list(published())) == before


def _with_guideline(**changes: Any) -> list[Resource]:
    ketamine = copy.deepcopy(named("MedicationKnowledge/ketamine"))
    ketamine["indicationGuideline"] = ketamine["indicationGuideline"][:1]
    ketamine["indicationGuideline"][0]["dosingGuideline"][0].update(changes)
    return [ketamine]


def test_an_age_range_becomes_a_text_and_is_told() -> None:
    years = {"low": {"value": 12, "code": "a"}, "high": {"value": 55, "code": "a"}}
    resources = _with_guideline(patientCharacteristic=[{"type": {"text": "years"}, "valueRange": years}])
    (found,), losses = derived(resources, Release.R4B)
    (patient,) = found["administrationGuidelines"][0]["patientCharacteristics"]
    assert patient == {"characteristicCodeableConcept": {"text": "years"}, "value": ["12 to 55 a"]}
    assert Loss("MedicationKnowledge patientCharacteristic.valueRange", "a text") in losses


def test_of_several_maxima_the_first_stays_and_the_others_are_in_the_text() -> None:
    maxima = [
        {"numerator": {"value": value, "code": "mg"}, "denominator": {"value": 1, "code": unit}}
        for value, unit in ((100, "h"), (400, "d"))
    ]
    resources = _with_guideline(
        dosage=[{"type": {"text": "x"}, "dosage": [{"text": "X.", "maxDosePerPeriod": maxima}]}]
    )
    (found,), losses = derived(resources, Release.R4B)
    dosage = found["administrationGuidelines"][0]["dosage"][0]["dosage"][0]
    assert dosage["maxDosePerPeriod"] == maxima[0]
    assert dosage["text"] == "X. (also at most 400 mg per 1 d)"
    assert Loss("Dosage.maxDosePerPeriod", "the first stays, others are in the text") in losses


def test_every_statement_that_can_be_on_a_card_is_still_there_in_r4() -> None:
    names = {each["id"] for each in published(Release.R4)}
    for use in published():
        tiers = [each for each in use.get("extension", []) if each["url"] == f"{EXTENSIONS}tier"]
        if use["resourceType"] == "ClinicalUseDefinition" and tiers:
            assert use["id"] in names


def test_an_issue_in_r4_is_as_severe_as_its_loudest_card() -> None:
    found = 0
    for issue in published(Release.R4):
        if issue["resourceType"] == "DetectedIssue":
            text = write(issue["extension"]).decode()
            levels = [level for level in SEVERITY if f'"url":"level","valueCode":"{level}"' in text]
            assert issue.get("severity", "") == (SEVERITY[levels[0]] if levels else "")
            found += bool(levels)
    assert found > 50


def test_r4_names_the_contraindications_of_a_drug() -> None:
    ketamine = named("MedicationKnowledge/ketamine", Release.R4)
    assert {"reference": "DetectedIssue/ketamine.psychosis"} in ketamine["contraindication"]
