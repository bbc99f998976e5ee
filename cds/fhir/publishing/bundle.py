"""The whole knowledge as R5 resources, in one fixed order, and the shapes in which they leave the house."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from cds.fhir.exact import Element, write
from cds.fhir.publishing import names
from cds.fhir.publishing.code_systems import code_systems
from cds.fhir.publishing.codes import Codes
from cds.fhir.publishing.elements import concept, kept
from cds.fhir.publishing.medication_knowledge import Drugs
from cds.fhir.publishing.narrative import narrative
from cds.fhir.publishing.slugs import slugs_in_use
from cds.fhir.publishing.sources import document, provenances
from cds.fhir.publishing.structure_definitions import structure_definitions
from cds.fhir.publishing.value_sets import value_sets
from cds.knowledge.model import Knowledge, ReviewStatus
from cds.terminology.tables import Tables

DIGEST: Final = names.extension("content-digest")


def publish(knowledge: Knowledge, tables: Tables) -> list[Element]:
    """Everything as R5 resources; the Library, which names them all, comes first."""
    codes = Codes(tables)
    drugs = Drugs(codes, knowledge)
    used = slugs_in_use(knowledge, codes)
    found = [
        *structure_definitions(knowledge.version),
        *code_systems(knowledge, codes, used),
        *value_sets(codes, sorted(used["class"]), sorted(used["condition"]), knowledge.version),
        *(document(source) for _, source in sorted(knowledge.sources.items())),
        *(_substance(codes, slug) for slug in sorted({part for drug in knowledge.drugs for part in drug.components})),
        *(each for drug in knowledge.drugs for each in drugs.resources(drug)),
        *provenances(knowledge),
    ]
    return [_library(knowledge, found), *found]


def _substance(codes: Codes, slug: str) -> Element:
    return {
        "resourceType": "Substance",
        "id": slug,
        "text": narrative(codes.name(slug), []),
        "instance": False,
        "code": {"concept": codes.ingredient(slug)},
    }


def _library(knowledge: Knowledge, resources: list[Element]) -> Element:
    """The whole as one artifact: its version is the knowledge's."""
    drafts = [drug.name for drug in knowledge.drugs if drug.review.status is ReviewStatus.DRAFT]
    return kept(
        {
            "resourceType": "Library",
            "id": names.KNOWLEDGE,
            "text": narrative(
                f"Medication order knowledge {knowledge.version}",
                [f"Draft, not yet checked by a second person: {', '.join(drafts)}." if drafts else "Reviewed."],
            ),
            "extension": [{"url": DIGEST, "valueString": digest(resources)}],
            "url": names.canonical("Library", names.KNOWLEDGE),
            "version": knowledge.version,
            "name": "MedicationOrderKnowledge",
            "title": "Medication order knowledge",
            "status": "draft" if drafts else "active",
            "experimental": False,
            "type": concept(
                {"system": "http://terminology.hl7.org/CodeSystem/library-type", "code": "asset-collection"}
            ),
            "description": "Knowledge of medication orders that runs as it is published.",
            "relatedArtifact": [
                {"type": "composed-of", "resource": f"{names.canonical('MedicationKnowledge', drug.id)}"}
                for drug in knowledge.drugs
            ],
        }
    )


def digest(resources: Iterable[Element]) -> str:
    """SHA-256 of everything but the Library, whatever the order of resources and of names in objects."""
    found = sorted(resources, key=lambda each: (each["resourceType"], each["id"]))
    return hashlib.sha256(write(_ordered(found))).hexdigest()


def _ordered(value: object) -> object:
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value)}
    return [_ordered(item) for item in value] if isinstance(value, list) else value


def collection(resources: list[Element], name: str = names.KNOWLEDGE, base: str = "") -> Element:
    """One Bundle to keep as a file. ``base`` is the publisher's own base of canonical addresses."""
    entry = [{"fullUrl": _address(each, base), "resource": each} for each in resources]
    return {"resourceType": "Bundle", "id": name, "type": "collection", "entry": entry}


def transaction(resources: list[Element], name: str = names.KNOWLEDGE, base: str = "") -> Element:
    """One Bundle for a FHIR server. Every entry is a PUT to its own id, so sending it again changes nothing."""
    entry = [
        {
            "fullUrl": _address(each, base),
            "resource": each,
            "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"},
        }
        for each in resources
    ]
    return {"resourceType": "Bundle", "id": name, "type": "transaction", "entry": entry}


def _address(resource: Element, base: str) -> str:
    return f"{base or names.BASE}/{resource['resourceType']}/{resource['id']}"


def ndjson(resources: Iterable[Element]) -> bytes:
    """One resource a line."""
    return b"".join(write(each) + b"\n" for each in resources)
