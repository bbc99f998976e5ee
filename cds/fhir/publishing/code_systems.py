"""Our own terms as CodeSystems: levels, kinds, topics, override reasons, and the policy with its exact values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from cds.fhir.exact import Element
from cds.fhir.publishing import names
from cds.fhir.publishing.codes import Codes
from cds.fhir.publishing.criteria import KINDS
from cds.fhir.publishing.elements import kept
from cds.fhir.publishing.narrative import narrative
from cds.knowledge.criteria import Measure
from cds.knowledge.in_words import measure_in_words, plain
from cds.knowledge.model import Conflict, Kind, Knowledge, Policy, ReviewStatus, SuggestionKind
from cds.knowledge.vocabulary import BANDS, SEXES

_PLAIN: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "statement-kind": ("What a statement is about", tuple(Kind)),
    "review-status": ("Where knowledge stands in clinical governance", tuple(ReviewStatus)),
    "criterion": ("What a criterion asks of an order or a record", tuple(KINDS.values())),
    "suggestion": ("What a suggestion does to an order", tuple(SuggestionKind)),
    "dosage-type": ("What a dosage is for", ("initial", "step", "range", "maintenance", "instruction")),
    "given-as": ("How a parenteral dose is given", ("bolus", "infusion")),
    "age-band": ("Age bands; the policy says where they begin", BANDS),
    "sex": ("Sex as a record states it", SEXES),
    "patient-characteristic": ("What is asked of a patient", ("age", "years", "sex", "condition")),
    "classification": ("How a medicine is classified", ("atc", "interaction-class")),
    "related-knowledge": ("How two MedicationKnowledge belong together", ("component",)),
}
_LEVELS: Final = (
    ("info", "Information", "Good to know; the order can stand."),
    ("warning", "Warning", "Think again before signing."),
    ("critical", "Critical", "Should not be signed as it is."),
)
POLICY_PROPERTIES: Final = {"value": "decimal", "unit": "string", "outside": "string", "source": "string"}
CONFLICT_PROPERTIES: Final = {"between": "string", "resolution": "string", "why": "string"}


def code_systems(knowledge: Knowledge, codes: Codes, slugs: Mapping[str, Iterable[str]]) -> list[Element]:
    """All of them. ``slugs`` are the ones in use by system: ingredients, classes, conditions, uses, routes."""
    version = knowledge.version
    found = [
        code_system("level", "How loudly a card speaks", version, [_concept(*row) for row in _LEVELS]),
        code_system(
            "measure",
            "Which amount of an order is compared",
            version,
            [_concept(str(each), measure_in_words(each).capitalize()) for each in Measure],
        ),
        *(
            code_system(name, title, version, [_concept(str(code), plain(str(code)).capitalize()) for code in listed])
            for name, (title, listed) in _PLAIN.items()
        ),
        *(
            code_system(name, f"Slugs of knowledge files: {name}", version, _named(codes, listed))
            for name, listed in slugs.items()
        ),
        code_system("topic", "What a card is about", version, [_concept(*row) for row in knowledge.topics.items()]),
        code_system(
            "override-reason",
            "Why a prescriber may go on although a card advised otherwise",
            version,
            [_concept(*row) for row in knowledge.override_reasons.items()],
        ),
        _conflicts(knowledge.conflicts.values(), version),
        _policy(knowledge.policy),
    ]
    return [each for each in found if each.get("concept")]


def code_system(
    name: str, title: str, version: str, concepts: list[Element], properties: Mapping[str, str] | None = None
) -> Element:
    """A complete CodeSystem of ours."""
    return kept(
        {
            "resourceType": "CodeSystem",
            "id": name,
            "text": narrative(title, (f"{row['code']}: {row.get('display', '')}" for row in concepts)),
            "url": names.system(name),
            "version": version,
            "name": "".join(word.capitalize() for word in name.split("-")),
            "title": title,
            "status": "active",
            "experimental": False,
            "description": title,
            "caseSensitive": True,
            "content": "complete",
            "property": [{"code": code, "type": kind} for code, kind in (properties or {}).items()],
            "concept": concepts,
        }
    )


def _concept(code: str, display: str, definition: str = "") -> Element:
    return kept({"code": code, "display": display, "definition": definition})


def _named(codes: Codes, slugs: Iterable[str]) -> list[Element]:
    return [_concept(slug, codes.name(slug)) for slug in sorted(slugs)]


def _conflicts(conflicts: Iterable[Conflict], version: str) -> Element:
    """Where the documents disagree: the tension, what was decided and why, and the statements on both sides."""
    rows = [
        {
            "code": each.id,
            "display": f"Conflict {each.id}",
            "definition": each.tension,
            "property": [
                *({"code": "between", "valueString": name} for name in each.between),
                {"code": "resolution", "valueString": each.resolution},
                {"code": "why", "valueString": each.why},
            ],
        }
        for each in conflicts
    ]
    return code_system("conflict", "Where the documents disagree", version, rows, CONFLICT_PROPERTIES)


def _policy(policy: Policy) -> Element:
    """Local choices. Its name is the title, its own version the version."""
    rows = [
        {
            "code": key,
            "display": f"{plain(key).capitalize()}: {item.value} {item.unit}".strip(),
            "property": [
                {"code": "value", "valueDecimal": item.value},
                *([{"code": "unit", "valueString": item.unit}] if item.unit else []),
                {"code": "outside", "valueString": item.outside},
                {"code": "source", "valueString": item.source},
            ],
        }
        for key, item in policy.items.items()
    ]
    found = code_system("policy", policy.name, policy.version, rows, POLICY_PROPERTIES)
    return {**found, "description": "Cut-offs and windows that the documents do not give: local choices."}
