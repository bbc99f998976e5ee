"""A bundle in R4B back in R5's shape, so that it is read like one. What R4B lost is missed there, and refused."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from cds.clinical.code import ATC
from cds.fhir.exact import Element
from cds.fhir.publishing import names
from cds.fhir.publishing.clinical_use import artifact
from cds.fhir.publishing.elements import coding, concept, kept, ucum
from cds.fhir.publishing.r4b import CLINICAL_USE_ISSUE, FURTHER_USE

_RANGE: Final = re.compile(r"(\d+) to (\d+) a")
_KINDS: Final = {names.system("age-band"): "age", names.system("sex"): "sex", names.system("condition"): "condition"}


def release_of(resources: list[Element]) -> str:
    """``4.3.0`` or ``4.0.1`` when the definitions of the bundle, or its shape, say so; else ``5.0.0``."""
    stated = {each.get("fhirVersion") for each in resources if each["resourceType"] == "StructureDefinition"}
    if stated & {"4.0.1"} or any(each["resourceType"] == "DetectedIssue" for each in resources):
        return "4.0.1"
    older = any("administrationGuidelines" in each for each in resources)
    return "4.3.0" if older or stated & {"4.3.0"} else "5.0.0"


def to_r5(resource: Element, version: str) -> Element:
    """One resource in R5's shape. ``version`` is the version of the knowledge."""
    kind = resource["resourceType"]
    if kind == "MedicationKnowledge":
        return _medication_knowledge(resource)
    if kind == "Medication":
        return {**resource, "ingredient": [_item(each) for each in resource.get("ingredient", [])]}
    if kind == "Substance":
        return {**resource, "instance": False, "code": {"concept": resource.get("code")}}
    if kind == "ClinicalUseDefinition":
        return _clinical_use(resource, version)
    return resource


def _item(given: Element) -> Element:
    rest = {key: value for key, value in given.items() if key != "itemReference"}
    return {**rest, "item": {"reference": given.get("itemReference")}}


_MOVED: Final = frozenset({"synonym", "ingredient", "administrationGuidelines", "drugCharacteristic"})


def _medication_knowledge(given: Element) -> Element:
    extensions = given.get("extension", [])
    definitional = {
        "ingredient": [_item(each) for each in given.get("ingredient", [])],
        "drugCharacteristic": given.get("drugCharacteristic", []),
    }
    return kept(
        {
            **{key: value for key, value in given.items() if key not in _MOVED},
            "extension": [each for each in extensions if each["url"] != CLINICAL_USE_ISSUE],
            "identifier": [{"system": names.system("drug"), "value": given["id"]}],
            "name": given.get("synonym", []),
            "indicationGuideline": [_guideline(each) for each in given.get("administrationGuidelines", [])],
            "medicineClassification": [_classified(each) for each in given.get("medicineClassification", [])],
            "clinicalUseIssue": [each["valueReference"] for each in extensions if each["url"] == CLINICAL_USE_ISSUE],
            "definitional": kept(definitional),
        }
    )


_IN_GUIDELINE: Final = frozenset({"id", "extension", "dosage", "indicationCodeableConcept", "patientCharacteristics"})


def _guideline(given: Element) -> Element:
    extensions = given.get("extension", [])
    uses = [given["indicationCodeableConcept"]] if "indicationCodeableConcept" in given else []
    uses += [each["valueCodeableConcept"] for each in extensions if each["url"] == FURTHER_USE]
    dosing = {
        "extension": [each for each in extensions if each["url"] != FURTHER_USE],
        "dosage": [
            {**each, "dosage": [_dosage(one) for one in each.get("dosage", [])]} for each in given.get("dosage", [])
        ],
        "patientCharacteristic": [_patient(each) for each in given.get("patientCharacteristics", [])],
    }
    return kept(
        {
            **{key: value for key, value in given.items() if key not in _IN_GUIDELINE},
            "id": given.get("id"),
            "indication": [{"concept": each} for each in uses],
            "dosingGuideline": [kept(dosing)],
        }
    )


def _dosage(given: Element) -> Element:
    return {**given, "maxDosePerPeriod": [given["maxDosePerPeriod"]]} if "maxDosePerPeriod" in given else given


def _patient(given: Element) -> Element:
    """A range that became a text is read again; any other value tells by its code system what it is a value of."""
    value = given.get("characteristicCodeableConcept", {})
    match = _RANGE.fullmatch(next(iter(given.get("value", [])), ""))
    if match:
        ends = {"low": ucum(Decimal(match[1]), "a"), "high": ucum(Decimal(match[2]), "a")}
        return {"type": value, "valueRange": ends}
    kind = next((_KINDS[each["system"]] for each in value.get("coding", []) if each.get("system") in _KINDS), "")
    rest = {key: inner for key, inner in given.items() if key != "characteristicCodeableConcept"}
    return {**rest, "type": concept(coding("patient-characteristic", kind, kind)), "valueCodeableConcept": value}


def _classified(given: Element) -> Element:
    atc = any(each.get("code") == "atc" for each in given.get("type", {}).get("coding", []))
    return {**given, "sourceUri": ATC} if atc else given


def _clinical_use(given: Element, version: str) -> Element:
    found = {
        **given,
        "extension": [*artifact("ClinicalUseDefinition", given["id"], version), *given.get("extension", [])],
    }
    body = given.get("contraindication", {})
    if "otherTherapy" in body:
        others = [{**each, "treatment": each.get("therapy")} for each in body["otherTherapy"]]
        for each in others:
            each.pop("therapy", None)
        found["contraindication"] = {**body, "otherTherapy": others}
    return found
