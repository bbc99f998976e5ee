"""Which slugs the knowledge uses, so that only these are published as codes."""

from __future__ import annotations

from collections.abc import Iterable

from cds.fhir.publishing.clinical_use import criteria_of
from cds.fhir.publishing.codes import Codes
from cds.fhir.publishing.value_sets import members
from cds.knowledge.criteria import (
    NOT_STATED,
    OTHER_USE,
    Allergic,
    HasCondition,
    NotRecorded,
    RouteIs,
    StrengthsAre,
    TakenWith,
    UseIs,
)
from cds.knowledge.model import Knowledge


def slugs_in_use(knowledge: Knowledge, codes: Codes) -> dict[str, set[str]]:
    """Slugs by code system. All classes and conditions of the tables are in use: a bundle brings them whole."""
    found: dict[str, set[str]] = {name: set() for name in ("ingredient", "class", "condition", "use", "route")}
    medicines, conditions = codes.tables.medicines, codes.tables.conditions
    for classes in medicines.classes.values():
        found["class"] |= classes
    found["condition"] |= _conditions(conditions.codes.values())
    for prefixes in conditions.prefixes.values():
        found["condition"] |= _conditions(prefixes.values())
    for drug in knowledge.drugs:
        found["ingredient"] |= set(drug.components)
        for spoken in drug.statements:
            found["ingredient"] |= frozenset[str]().union(*spoken.about)
            for spec in (spec for tier in spoken.tiers for spec in tier.suggest):
                found["use"] |= set(spec.uses)
            for criterion in criteria_of(spoken):
                for system, used in _of(criterion):
                    found[system] |= used
    for name in found["class"]:
        found["ingredient"] |= set(members(codes, name))
    return {system: words - {NOT_STATED, OTHER_USE} for system, words in found.items()}


def _conditions(rows: Iterable[Iterable[object]]) -> set[str]:
    return {each.condition for row in rows for each in row}  # type: ignore[attr-defined]


def _of(criterion: object) -> list[tuple[str, frozenset[str]]]:
    match criterion:
        case RouteIs(routes):
            return [("route", routes)]
        case UseIs(uses):
            return [("use", uses)]
        case HasCondition(conditions):
            return [("condition", conditions)]
        case NotRecorded(condition):
            return [("condition", frozenset({condition}))]
        case Allergic(_, substances):
            return [("ingredient", substances)]
        case StrengthsAre(strengths):
            return [("ingredient", frozenset(name for name, _ in strengths))]
        case TakenWith():
            named = criterion.ingredients | criterion.without
            return [
                ("ingredient", named),
                ("class", criterion.classes),
                ("route", criterion.routes),
                ("use", criterion.uses),
            ]
        case _:
            return []
