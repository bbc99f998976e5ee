"""One MedicationKnowledge per ingredient and per combination, with its Medication."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cds.clinical.code import ATC
from cds.fhir.exact import Element
from cds.fhir.publishing import figures, names, statement
from cds.fhir.publishing.clinical_use import ClinicalUse, artifact, status_of
from cds.fhir.publishing.codes import Codes
from cds.fhir.publishing.dosing import DOSING, Dosing
from cds.fhir.publishing.elements import coding, complex_extension, concept, kept, part, reference, texts
from cds.fhir.publishing.narrative import narrative, statement_in_words
from cds.fhir.publishing.standard import Standard, figures_of
from cds.knowledge.model import Drug, Kind, Knowledge, ReviewStatus, Statement
from cds.knowledge.monograph import review_in_words

REVIEW: Final = names.extension("review")
NOTE: Final = names.extension("reading-note")

DESCRIBING: Final = frozenset({Kind.KINETICS, Kind.MECHANISM, Kind.NAME, Kind.OTHER})
"""Kinds of statements that describe the drug: they are published as its characteristics."""


def carrier(spoken: Statement) -> str:
    """What carries a statement: ``dosing``, ``characteristic`` or ``clinical-use``."""
    if spoken.kind in DOSING:
        return "dosing"
    return "characteristic" if spoken.kind in DESCRIBING else "clinical-use"


@dataclass(frozen=True, slots=True)
class Drugs:
    """Writes everything on one drug."""

    codes: Codes
    knowledge: Knowledge

    def resources(self, drug: Drug) -> list[Element]:
        """The MedicationKnowledge, its Medication, and its clinical uses."""
        uses = ClinicalUse(self.codes, self.knowledge.version)
        return [
            self.medication_knowledge(drug),
            self.medication(drug),
            *(
                uses.definition(spoken, drug, position)
                for position, spoken in enumerate(drug.statements, 1)
                if carrier(spoken) == "clinical-use"
            ),
        ]

    def medication_knowledge(self, drug: Drug) -> Element:
        """One MedicationKnowledge. A draft has no status: FHIR has no word for it there; tag and extension say it."""
        spoken = list(enumerate(drug.statements, 1))
        dosing = Dosing(self.codes)
        draft = drug.review.status is ReviewStatus.DRAFT
        rows = [f"Review: {review_in_words(drug.review)}.", drug.reading_note]
        for _, each in spoken:
            if carrier(each) != "clinical-use":
                rows += [f"{each.id} ({each.kind})", *statement_in_words(each)]
        return kept(
            {
                "resourceType": "MedicationKnowledge",
                "id": drug.id,
                "meta": {"tag": [self.codes.own("review-status", "draft")["coding"][0]]} if draft else {},
                "text": narrative(drug.name, rows),
                "extension": [
                    *artifact("MedicationKnowledge", drug.id, self.knowledge.version),
                    *_review(drug),
                    *([{"url": NOTE, "valueString": drug.reading_note}] if drug.reading_note else []),
                ],
                "identifier": [{"system": names.system("drug"), "value": drug.id}],
                "code": self.codes.medicine(drug.components, drug.name),
                "status": "" if draft else status_of(drug.review).replace("retired", "inactive"),
                "name": [drug.name],
                "relatedMedicationKnowledge": self._parts(drug),
                "associatedMedication": [reference("Medication", drug.id, drug.name)],
                "monograph": [
                    {"type": {"text": "Source document"}, "source": reference("DocumentReference", source)}
                    for source in self._sources(drug)
                ],
                "indicationGuideline": [
                    dosing.guideline(each, position) for position, each in spoken if carrier(each) == "dosing"
                ],
                "medicineClassification": self._classes(drug),
                "clinicalUseIssue": [
                    reference("ClinicalUseDefinition", each.id) for _, each in spoken if carrier(each) == "clinical-use"
                ],
                "definitional": kept(
                    {
                        "ingredient": [
                            {"item": {"reference": reference("Substance", slug, self.codes.name(slug))}}
                            for slug in drug.components
                        ],
                        "drugCharacteristic": [
                            self._characteristic(each, position)
                            for position, each in spoken
                            if carrier(each) == "characteristic"
                        ],
                    }
                ),
            }
        )

    def medication(self, drug: Drug) -> Element:
        """The Medication that clinical uses are about: they cannot name a MedicationKnowledge."""
        return {
            "resourceType": "Medication",
            "id": drug.id,
            "text": narrative(drug.name, []),
            "code": self.codes.medicine(drug.components, drug.name),
            "ingredient": [
                {"item": {"reference": reference("Substance", slug, self.codes.name(slug))}} for slug in drug.components
            ],
        }

    def _parts(self, drug: Drug) -> list[Element]:
        """The files of a combination's ingredients, where there are such."""
        known = {other.id for other in self.knowledge.drugs}
        parts = [slug for slug in drug.components if len(drug.components) > 1 and slug in known]
        if not parts:
            return []
        kind = concept(coding("related-knowledge", "component", "Component"))
        return [{"type": kind, "reference": [reference("MedicationKnowledge", slug) for slug in parts]}]

    def _sources(self, drug: Drug) -> list[str]:
        return list(dict.fromkeys(cite.source for each in drug.statements for cite in each.cites))

    def _classes(self, drug: Drug) -> list[Element]:
        if len(drug.components) != 1:
            return []
        slug = drug.components[0]
        found: list[Element] = []
        atc = self.codes.atc(slug)
        if atc:
            kind = concept(coding("classification", "atc", "ATC"))
            found.append({"type": kind, "sourceUri": ATC, "classification": atc})
        classes = sorted(self.codes.tables.medicines.classes.get(slug, frozenset()))
        if classes:
            kind = concept(coding("classification", "interaction-class", "Interaction class"))
            found.append({"type": kind, "classification": [self.codes.medicine_class(name) for name in classes]})
        return found

    def _characteristic(self, spoken: Statement, position: int) -> Element:
        held = Standard(figures=figures_of(spoken))
        return {
            "id": spoken.id,
            "extension": [*statement.extensions(spoken, position, held), *figures.figure_extensions(spoken)],
            "type": self.codes.own("statement-kind", str(spoken.kind)),
            "valueString": spoken.says,
        }


def _review(drug: Drug) -> list[Element]:
    review = drug.review
    return complex_extension(
        REVIEW,
        [
            *texts("author", review.author),
            part("status", "Code", str(review.status)),
            *texts("checker", review.checker),
            *([part("reviewed", "Date", review.reviewed.isoformat())] if review.reviewed else []),
            *([part("next-review", "Date", review.next_review.isoformat())] if review.next_review else []),
        ],
    )
