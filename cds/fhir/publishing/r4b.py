"""R5 to R4B: the same resources in the older shape. What has no place there is noted, never dropped unseen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from cds.fhir.exact import Element
from cds.fhir.publishing import names
from cds.fhir.publishing.elements import kept

CLINICAL_USE_ISSUE: Final = "http://hl7.org/fhir/5.0/StructureDefinition/extension-MedicationKnowledge.clinicalUseIssue"
FURTHER_USE: Final = names.extension("further-use")
CONTEXTS: Final = {
    "MedicationKnowledge.indicationGuideline": "MedicationKnowledge.administrationGuidelines",
    "MedicationKnowledge.indicationGuideline.dosingGuideline": "MedicationKnowledge.administrationGuidelines",
    "MedicationKnowledge.definitional.drugCharacteristic": "MedicationKnowledge.drugCharacteristic",
}


@dataclass(frozen=True, slots=True, order=True)
class Loss:
    """One kind of element that the older release has no place for, and what became of it."""

    element: str
    what: str


@dataclass(slots=True)
class ToR4b:
    """Turns R5 resources into R4B. ``losses`` counts what was lost, by kind."""

    losses: dict[Loss, int] = field(default_factory=dict)

    def resource(self, given: Element) -> Element:
        """One resource in R4B's shape; the given one is left as it is."""
        change: Callable[[Element], Element] | None = {
            "MedicationKnowledge": self._medication_knowledge,
            "Medication": self._medication,
            "Substance": self._substance,
            "ClinicalUseDefinition": self._clinical_use,
            "StructureDefinition": self._structure_definition,
        }.get(given["resourceType"])
        return change(given) if change else given

    def _lost(self, element: str, what: str) -> None:
        loss = Loss(element, what)
        self.losses[loss] = self.losses.get(loss, 0) + 1

    def _medication_knowledge(self, given: Element) -> Element:
        found = {key: value for key, value in given.items() if key not in _REPLACED}
        if "identifier" in given:
            self._lost("MedicationKnowledge.identifier", "dropped; the resource id is the same")
        found["extension"] = [
            *given.get("extension", []),
            *({"url": CLINICAL_USE_ISSUE, "valueReference": each} for each in given.get("clinicalUseIssue", [])),
        ]
        if given.get("clinicalUseIssue"):
            self._lost("MedicationKnowledge.clinicalUseIssue", "an extension")
        found["synonym"] = given.get("name", [])
        definitional = given.get("definitional", {})
        found["ingredient"] = [
            kept({**each, "item": None, "itemReference": each["item"]["reference"]})
            for each in definitional.get("ingredient", [])
        ]
        found["administrationGuidelines"] = [
            self._guideline(each, dosing)
            for each in given.get("indicationGuideline", [])
            for dosing in each.get("dosingGuideline", [])
        ]
        found["medicineClassification"] = [self._classified(each) for each in given.get("medicineClassification", [])]
        found["drugCharacteristic"] = definitional.get("drugCharacteristic", [])
        return kept(found)

    def _guideline(self, given: Element, dosing: Element) -> Element:
        uses = [each["concept"] for each in given.get("indication", [])]
        if len(uses) > 1:
            self._lost("MedicationKnowledge.indicationGuideline.indication", "the first stays, others are extensions")
        return kept(
            {
                "id": given.get("id"),
                "extension": [
                    *({"url": FURTHER_USE, "valueCodeableConcept": each} for each in uses[1:]),
                    *dosing.get("extension", []),
                ],
                "dosage": [
                    {**each, "dosage": [self._dosage(one) for one in each["dosage"]]}
                    for each in dosing.get("dosage", [])
                ],
                "indicationCodeableConcept": uses[0] if uses else None,
                "patientCharacteristics": [self._patient(each) for each in dosing.get("patientCharacteristic", [])],
            }
        )

    def _dosage(self, given: Element) -> Element:
        maxima = given.get("maxDosePerPeriod", [])
        if not maxima:
            return given
        found = {**given, "maxDosePerPeriod": maxima[0]}
        if len(maxima) > 1:
            self._lost("Dosage.maxDosePerPeriod", "the first stays, others are in the text")
            rest = "; ".join(_ratio(each) for each in maxima[1:])
            found["text"] = f"{given.get('text', '')} (also at most {rest})".strip()
        return found

    def _patient(self, given: Element) -> Element:
        ends = given.get("valueRange")
        if not ends:
            # The code system of the value says what it is a value of.
            return {"characteristicCodeableConcept": given["valueCodeableConcept"]}
        self._lost("MedicationKnowledge patientCharacteristic.valueRange", "a text")
        value = f"{ends['low']['value']} to {ends['high']['value']} {ends['high']['code']}"
        return {"characteristicCodeableConcept": given["type"], "value": [value]}

    def _classified(self, given: Element) -> Element:
        if "sourceUri" not in given:
            return given
        self._lost("MedicationKnowledge.medicineClassification.source", "dropped; the codings name the system")
        return {key: value for key, value in given.items() if key != "sourceUri"}

    def _medication(self, given: Element) -> Element:
        return {**given, "ingredient": [{"itemReference": each["item"]["reference"]} for each in given["ingredient"]]}

    def _substance(self, given: Element) -> Element:
        self._lost("Substance.instance", "dropped")
        found = {key: value for key, value in given.items() if key != "instance"}
        return {**found, "code": given["code"]["concept"]}

    def _clinical_use(self, given: Element) -> Element:
        artifact = (names.ARTIFACT_URL, names.ARTIFACT_VERSION)
        found = {**given, "extension": [each for each in given["extension"] if each["url"] not in artifact]}
        self._lost("ClinicalUseDefinition artifact extensions", "dropped; they are not defined for it there")
        body = found.get("contraindication")
        if body and body.get("otherTherapy"):
            found["contraindication"] = {**body, "otherTherapy": [_therapy(each) for each in body["otherTherapy"]]}
        return found

    def _structure_definition(self, given: Element) -> Element:
        contexts = [{**each, "expression": _context(each["expression"])} for each in given["context"]]
        return {**given, "fhirVersion": "4.3.0", "context": contexts}


_REPLACED: Final = frozenset(
    {
        "identifier", "name", "indicationGuideline", "medicineClassification", "clinicalUseIssue", "definitional",
    }
)  # fmt: skip


def _therapy(given: Element) -> Element:
    return {"relationshipType": given["relationshipType"], "therapy": given["treatment"]}


def _context(expression: str) -> str:
    return CONTEXTS.get(expression, expression)


def _ratio(ratio: Element) -> str:
    top, bottom = ratio["numerator"], ratio["denominator"]
    return f"{top['value']} {top['code']} per {bottom['value']} {bottom['code']}"


def to_r4b(resources: list[Element]) -> tuple[list[Element], dict[Loss, int]]:
    """All resources in R4B, and what was lost."""
    change = ToR4b()
    return [change.resource(each) for each in resources], change.losses
