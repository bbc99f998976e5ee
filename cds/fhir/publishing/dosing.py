"""One dosing guideline per statement on dosing: its use, route, way of giving, patients and figures, never merged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from cds.fhir.exact import Element
from cds.fhir.publishing import figures, statement
from cds.fhir.publishing.codes import Codes
from cds.fhir.publishing.elements import coding, concept, kept, ucum
from cds.fhir.publishing.standard import Standard, figures_of
from cds.knowledge.criteria import (
    NOT_STATED,
    AgeBetween,
    AgeIs,
    Criterion,
    GivenAsIs,
    HasCondition,
    RouteIs,
    SexIs,
    UseIs,
)
from cds.knowledge.model import Kind, Statement

DOSING: Final = frozenset({Kind.DOSE, Kind.MAX_DOSE, Kind.TITRATION, Kind.ADJUSTMENT, Kind.ADMINISTRATION})
"""Kinds of statements that are published as dosing guidelines."""

INSTRUCTION: Final = "instruction"
"""The type of a dosage that holds words and no figure."""


def standard(spoken: Statement) -> Standard:
    """Which criteria stand in elements of the guideline: those of one plain value, at the top of ``applies``."""
    found: dict[str, Criterion] = {}
    for criterion in spoken.applies:
        name = _element(criterion)
        if name and name not in found:
            found[name] = criterion
    return Standard(criteria=found, figures=figures_of(spoken))


def _element(criterion: Criterion) -> str:
    match criterion:
        case RouteIs(routes) if len(routes) == 1 and NOT_STATED not in routes:
            return "route"
        case GivenAsIs():
            return "method"
        case UseIs(uses) if NOT_STATED not in uses:
            return "indication"
        case AgeIs(bands) if len(bands) == 1:
            return "age"
        case AgeBetween():
            return "years"
        case SexIs(sexes) if len(sexes) == 1:
            return "sex"
        case HasCondition(conditions) if criterion == HasCondition(conditions) and len(conditions) == 1:
            return "condition"
        case _:
            return ""


@dataclass(frozen=True, slots=True)
class Dosing:
    """Writes dosing guidelines with the codes of the installed terminology."""

    codes: Codes

    def guideline(self, spoken: Statement, position: int) -> Element:
        """The indicationGuideline of one statement, with one dosing guideline in it."""
        held = standard(spoken)
        dosing = {
            "extension": [
                *statement.extensions(spoken, position, held),
                *figures.figure_extensions(spoken),
            ],
            "dosage": list(self._dosages(spoken, held)),
            "patientCharacteristic": list(self._patients(held.criteria)),
        }
        return kept(
            {
                "id": spoken.id,
                "indication": self._indications(held.criteria),
                "dosingGuideline": [kept(dosing)],
            }
        )

    def _indications(self, held: Mapping[str, Criterion]) -> list[Element]:
        found = held.get("indication")
        uses = sorted(found.uses) if isinstance(found, UseIs) else []
        return [{"concept": self.codes.use(use)} for use in uses]

    def _dosages(self, spoken: Statement, held: Standard) -> Iterator[Element]:
        """The statement's words stand with the first; route and way of giving with each."""
        how = self._how(held.criteria)
        text: Element = {"text": spoken.says}
        for role, dosage in figures.dosages(spoken) or [(INSTRUCTION, {})]:
            yield {
                "type": concept(coding("dosage-type", role, role)),
                "dosage": [{**text, **how, **dosage}],
            }
            text = {}

    def _how(self, held: Mapping[str, Criterion]) -> Element:
        found: Element = {}
        route, method = held.get("route"), held.get("method")
        if isinstance(route, RouteIs):
            found["route"] = self.codes.route(next(iter(route.routes)))
        if isinstance(method, GivenAsIs):
            found["method"] = concept(coding("given-as", str(method.given_as), str(method.given_as)))
        return found

    def _patients(self, held: Mapping[str, Criterion]) -> Iterator[Element]:
        for criterion in held.values():
            match criterion:
                case AgeIs(bands):
                    yield _characteristic("age", {"valueCodeableConcept": self.codes.own("age-band", min(bands))})
                case AgeBetween(low, high):
                    ends = {"low": ucum(low, "a"), "high": ucum(high, "a")}
                    yield _characteristic("years", {"valueRange": ends})
                case SexIs(sexes):
                    yield _characteristic("sex", {"valueCodeableConcept": self.codes.own("sex", min(sexes))})
                case HasCondition(conditions):
                    yield _characteristic("condition", {"valueCodeableConcept": self.codes.condition(min(conditions))})
                case _:
                    continue


def _characteristic(kind: str, value: Element) -> Element:
    return {"type": concept(coding("patient-characteristic", kind, kind)), **value}
