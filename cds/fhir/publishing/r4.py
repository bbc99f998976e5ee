"""R4B to R4, which has no ClinicalUseDefinition: what can be on a card becomes a DetectedIssue, the rest describes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cds.fhir.exact import Element
from cds.fhir.publishing.clinical_use import body_of
from cds.fhir.publishing.elements import kept, reference
from cds.fhir.publishing.r4b import CLINICAL_USE_ISSUE, Loss, to_r4b
from cds.fhir.publishing.statement import TIER

_SEVERITY: Final = {"critical": "high", "warning": "moderate", "info": "low"}
_ACT: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
_USE: Final = "ClinicalUseDefinition"


@dataclass(slots=True)
class ToR4:
    """Turns R4B resources into R4. ``uses`` are the clinical uses by id."""

    uses: dict[str, Element]
    losses: dict[Loss, int]
    issues: dict[str, Element] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.issues = {name: self._issue(use) for name, use in self.uses.items() if is_issue(use)}

    def _lost(self, element: str, what: str) -> None:
        loss = Loss(element, what)
        self.losses[loss] = self.losses.get(loss, 0) + 1

    def resource(self, given: Element) -> Element | None:
        """One resource in R4's shape; None for a clinical use that now stands in its MedicationKnowledge."""
        kind = given["resourceType"]
        if kind == _USE:
            return self.issues.get(given["id"])
        if kind == "MedicationKnowledge":
            return self._medication_knowledge(given)
        if kind == "Provenance":
            return {**given, "target": [self._target(each) for each in given["target"]]}
        if kind == "StructureDefinition":
            return self._structure_definition(given)
        return given

    def _issue(self, use: Element) -> Element:
        self._lost(f"{_USE} that can be on a card", "a DetectedIssue; condition and medicines are its evidence")
        levels = [
            part["valueCode"]
            for tier in use["extension"]
            if tier["url"] == TIER
            for part in tier["extension"]
            if part["url"] == "level"
        ]
        loudest = next((_SEVERITY[level] for level in _SEVERITY if level in levels), "")
        says, advice = words(use)
        code: Element = {"text": use["type"]}
        if use["type"] == "interaction":
            code = {"coding": [{"system": _ACT, "code": "DRG"}], "text": "interaction"}
        return kept(
            {
                "resourceType": "DetectedIssue",
                "id": use["id"],
                "meta": use.get("meta"),
                "text": use["text"],
                "extension": use["extension"],
                "status": "preliminary" if use["status"]["coding"][0]["code"] == "draft" else "final",
                "code": code,
                "severity": loudest,
                "implicated": use["subject"],
                "evidence": [{"code": coded}] if (coded := _coded(use)) else [],
                "detail": says,
                "mitigation": [{"action": {"text": advice}}] if advice else [],
            }
        )

    def _medication_knowledge(self, given: Element) -> Element:
        found = {**given, "extension": [each for each in given["extension"] if each["url"] != CLINICAL_USE_ISSUE]}
        linked = [
            each["valueReference"]["reference"].partition("/")[2]
            for each in given["extension"]
            if each["url"] == CLINICAL_USE_ISSUE
        ]
        found["contraindication"] = [
            reference("DetectedIssue", name)
            for name in linked
            if name in self.issues and self.uses[name]["type"] in ("contraindication", "interaction")
        ]
        described = [
            self._described(self.uses[name]) for name in linked if name in self.uses and name not in self.issues
        ]
        found["drugCharacteristic"] = [*given.get("drugCharacteristic", []), *described]
        return kept(found)

    def _described(self, use: Element) -> Element:
        self._lost(f"{_USE} that is never on a card", "a characteristic of its drug, in words")
        return {
            "id": use["id"],
            "extension": use["extension"],
            "type": {"coding": use["category"][0]["coding"][:1]},
            "valueString": words(use)[0],
        }

    def _target(self, given: Element) -> Element:
        kind, _, name = given["reference"].partition("/")
        if kind != _USE:
            return given
        if name in self.issues:
            return reference("DetectedIssue", name)
        drug = self.uses[name]["subject"][0]["reference"].partition("/")[2]
        return reference("MedicationKnowledge", drug)

    def _structure_definition(self, given: Element) -> Element:
        contexts = [
            {**each, "expression": each["expression"].replace(_USE, "DetectedIssue")} for each in given["context"]
        ]
        return {**given, "fhirVersion": "4.0.1", "context": contexts}


def is_issue(use: Element) -> bool:
    """Whether a clinical use is an issue in R4's sense: a contraindication, an interaction, or anything with tiers."""
    return use["type"] in ("contraindication", "interaction") or any(each["url"] == TIER for each in use["extension"])


def _coded(use: Element) -> list[Element]:
    """The condition and the other medicines of a use, where they are coded."""
    body = use[use["type"]] if use["type"] in ("contraindication", "interaction") else {}
    disease = body.get("diseaseSymptomProcedure", {}).get("concept", {})
    others = [each["itemCodeableConcept"] for each in body.get("interactant", [])]
    others += [each["therapy"]["concept"] for each in body.get("otherTherapy", [])]
    return [*([{"coding": disease["coding"]}] if "coding" in disease else []), *others]


def words(use: Element) -> tuple[str, str]:
    """What a clinical use says, and how it is managed."""
    body = use[body_of(use["type"])]
    managed = body.get("management", [{}])[0].get("text", "")
    said = body.get("effect") or body.get("symptomConditionEffect") or body.get("diseaseSymptomProcedure")
    return (body["description"] if "description" in body else said["concept"]["text"]), managed


def to_r4(resources: list[Element]) -> tuple[list[Element], dict[Loss, int]]:
    """All R5 resources in R4, and what was lost on the way from R5."""
    r4b, losses = to_r4b(resources)
    change = ToR4({each["id"]: each for each in r4b if each["resourceType"] == _USE}, losses)
    return [found for each in r4b if (found := change.resource(each)) is not None], losses
