"""One ClinicalUseDefinition per statement that is no dosing: contraindication, interaction, effect, use or warning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cds.fhir.exact import Element
from cds.fhir.publishing import figures, names, statement
from cds.fhir.publishing.codes import Codes
from cds.fhir.publishing.elements import coding, concept, kept, reference
from cds.fhir.publishing.narrative import narrative, statement_in_words
from cds.fhir.publishing.standard import Standard, figures_of
from cds.knowledge.check_statement import flattened
from cds.knowledge.criteria import Criterion, HasCondition, NotRecorded, TakenWith
from cds.knowledge.model import Drug, Kind, Level, Review, ReviewStatus, Statement

_TYPES: Final[dict[Kind, str]] = {
    Kind.CONTRAINDICATION: "contraindication",
    Kind.INTERACTION: "interaction",
    Kind.INDICATION: "indication",
    Kind.ADVERSE_EFFECT: "undesirable-effect",
}
_THERAPY: Final = "http://hl7.org/fhir/therapy-relationship-type"


def use_type(spoken: Statement) -> str:
    """The type of clinical use. What stops an order (a critical tier) in pregnancy or lactation contraindicates."""
    if spoken.kind in (Kind.PREGNANCY, Kind.LACTATION) and any(t.level is Level.CRITICAL for t in spoken.tiers):
        return "contraindication"
    return _TYPES.get(spoken.kind, "warning")


def body_of(use: str) -> str:
    """The element that holds what a clinical use of this type says."""
    return "undesirableEffect" if use == "undesirable-effect" else use


def standard(spoken: Statement) -> Standard:
    """The one condition, and the one group of other medicines, that all criteria of the statement speak of."""
    every = criteria_of(spoken)
    named: set[str] = set()
    for each in every:
        if isinstance(each, HasCondition):
            named |= each.conditions
        elif isinstance(each, NotRecorded):
            named.add(each.condition)
    others = {(each.ingredients, each.classes) for each in every if isinstance(each, TakenWith)}
    ingredients, classes = others.pop() if len(others) == 1 else (frozenset[str](), frozenset[str]())
    return Standard(
        condition=named.pop() if len(named) == 1 and use_type(spoken) == "contraindication" else "",
        ingredients=ingredients,
        classes=classes,
        figures=figures_of(spoken),
    )


def criteria_of(spoken: Statement) -> list[Criterion]:
    """All criteria of a statement, of its tiers too."""
    return [*flattened(spoken.applies), *(each for tier in spoken.tiers for each in flattened(tier.when))]


def status_of(review: Review) -> str:
    """The publication status of what stands in a file of this review status."""
    return {ReviewStatus.REVIEWED: "active", ReviewStatus.RETIRED: "retired"}.get(review.status, "draft")


@dataclass(frozen=True, slots=True)
class ClinicalUse:
    """Writes clinical uses with the codes of the installed terminology."""

    codes: Codes
    version: str

    def definition(self, spoken: Statement, drug: Drug, position: int) -> Element:
        """The ClinicalUseDefinition of one statement."""
        held = standard(spoken)
        kind = use_type(spoken)
        body = {
            "contraindication": self._contraindication,
            "interaction": self._interaction,
            "indication": self._indication,
            "undesirable-effect": self._effect,
            "warning": self._warning,
        }[kind](spoken, held)
        return kept(
            {
                "resourceType": "ClinicalUseDefinition",
                "id": spoken.id,
                "text": narrative(spoken.id, statement_in_words(spoken)),
                "extension": [
                    *artifact("ClinicalUseDefinition", spoken.id, self.version),
                    *statement.extensions(spoken, position, held, advice=kind != "interaction"),
                    *figures.figure_extensions(spoken),
                ],
                "type": kind,
                "category": self._categories(spoken),
                "subject": [reference("Medication", drug.id, drug.name)],
                "status": concept({"system": "http://hl7.org/fhir/publication-status", "code": status_of(drug.review)}),
                body_of(kind): kept(body),
            }
        )

    def _categories(self, spoken: Statement) -> list[Element]:
        own = self.codes.own("statement-kind", str(spoken.kind))
        if spoken.kind in (Kind.PREGNANCY, Kind.LACTATION):
            own["coding"].append({"system": names.CLINICAL_USE_CATEGORY, "code": "Pregnancy"})
        return [own]

    def _contraindication(self, spoken: Statement, held: Standard) -> Element:
        said = self.codes.condition(held.condition, spoken.says) if held.condition else {"text": spoken.says}
        therapy = concept({"system": _THERAPY, "code": "contraindicated-only-with"})
        return {
            "diseaseSymptomProcedure": {"concept": said},
            "otherTherapy": [
                {"relationshipType": therapy, "treatment": {"concept": item}} for item in self._others(spoken)
            ],
        }

    def _interaction(self, spoken: Statement, _: Standard) -> Element:
        return {
            "interactant": [{"itemCodeableConcept": item} for item in self._others(spoken)],
            "effect": {"concept": {"text": spoken.says}},
            "management": [{"text": spoken.advice}] if spoken.advice else [],
        }

    def _others(self, spoken: Statement) -> list[Element]:
        """The other medicines: every ingredient and class that any criterion names."""
        others = [each for each in criteria_of(spoken) if isinstance(each, TakenWith)]
        ingredients = sorted(frozenset[str]().union(*(each.ingredients for each in others)))
        classes = sorted(frozenset[str]().union(*(each.classes for each in others)))
        return [*map(self.codes.ingredient, ingredients), *map(self.codes.medicine_class, classes)]

    def _indication(self, spoken: Statement, _: Standard) -> Element:
        return {"diseaseSymptomProcedure": {"concept": {"text": spoken.says}}}

    def _effect(self, spoken: Statement, _: Standard) -> Element:
        return {"symptomConditionEffect": {"concept": {"text": spoken.says}}}

    def _warning(self, spoken: Statement, _: Standard) -> Element:
        return {"description": spoken.says, "code": concept(coding("statement-kind", str(spoken.kind)))}


def artifact(kind: str, name: str, version: str) -> list[Element]:
    """The extensions by which a resource without an address and version of its own has them (CRMI).

    The one for a status is a modifier, which makes servers refuse the resource, so a draft is said by tag and status.
    """
    return [
        {"url": names.ARTIFACT_URL, "valueUri": names.canonical(kind, name)},
        {"url": names.ARTIFACT_VERSION, "valueString": version},
    ]
