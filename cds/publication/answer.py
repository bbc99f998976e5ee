"""The answers as FHIR: a search's Bundle with its links, and the CapabilityStatement."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from cds import __version__
from cds.fhir.exact import Element
from cds.fhir.publishing import names
from cds.fhir.publishing.elements import kept
from cds.fhir.publishing.r4b import CLINICAL_USE_ISSUE
from cds.publication.search import USES, Search, parameters_of
from cds.publication.shelf import Shelf

JSON: Final = "application/fhir+json"
NDJSON: Final = "application/fhir+ndjson"


def found(search: Search, shelf: Shelf, base: str) -> Element:
    """The searchset Bundle of one page."""
    matches = [each for each in shelf.by_type.get(search.kind, {}).values() if search.finds(each)]
    page = matches[search.offset : search.offset + search.count]
    entries = [_entry(each, "match", base, shelf) for each in page]
    if search.include:
        named = dict.fromkeys(name for each in page for name in _uses(each))
        uses = shelf.by_type.get("ClinicalUseDefinition", {})
        entries += [_entry(uses[name], "include", base, shelf) for name in named if name in uses]
    links = [{"relation": "self", "url": _address(search, search.offset, base)}]
    if search.count and search.offset + search.count < len(matches):
        links.append({"relation": "next", "url": _address(search, search.offset + search.count, base)})
    if search.offset:
        before = max(0, search.offset - search.count)
        links.append({"relation": "previous", "url": _address(search, before, base)})
    bundle = {"resourceType": "Bundle", "type": "searchset", "total": len(matches), "link": links, "entry": entries}
    return kept(bundle)


def _entry(resource: Element, mode: str, base: str, shelf: Shelf) -> Element:
    here = base if "://" in base else shelf.base or names.BASE
    return {
        "fullUrl": f"{here}/{resource['resourceType']}/{resource['id']}",
        "resource": resource,
        "search": {"mode": mode},
    }


def _uses(resource: Element) -> list[str]:
    """The ids of the clinical uses that a MedicationKnowledge names, in R5's element or R4B's extension."""
    extensions = resource.get("extension", [])
    references = [
        *resource.get("clinicalUseIssue", []),
        *(each["valueReference"] for each in extensions if each["url"] == CLINICAL_USE_ISSUE),
    ]
    return [each["reference"].rpartition("/")[2] for each in references]


def _address(search: Search, offset: int, base: str) -> str:
    asked = [*search.conditions, ("_count", str(search.count))]
    if search.include:
        asked.append(("_include", f"MedicationKnowledge:{USES}"))
    if offset:
        asked.append(("_offset", str(offset)))
    return f"{base}/{search.kind}?{urlencode(asked, safe=':|,')}"


def capability(shelf: Shelf, base: str) -> Element:
    """What this server can do."""
    return kept(
        {
            "resourceType": "CapabilityStatement",
            "id": f"knowledge-{shelf.release}",
            "text": {
                "status": "generated",
                "div": '<div xmlns="http://www.w3.org/1999/xhtml"><p>Reading and searching the knowledge.</p></div>',
            },
            "version": shelf.version,
            "name": "MedicationOrderKnowledge",
            "title": "Medication order knowledge",
            "status": "active",
            "date": shelf.since.date().isoformat(),
            "kind": "instance",
            "software": {"name": "medication-order-cds", "version": __version__},
            "implementation": kept(
                {"description": "Knowledge of medication orders", "url": base if "://" in base else ""}
            ),
            "fhirVersion": shelf.release.version,
            "format": ["json"],
            "rest": [{"mode": "server", "resource": [_resource(kind) for kind in sorted(shelf.by_type)]}],
        }
    )


def _resource(kind: str) -> Element:
    return kept(
        {
            "type": kind,
            "interaction": [{"code": "read"}, {"code": "search-type"}],
            "searchInclude": [f"MedicationKnowledge:{USES}"] if kind == "MedicationKnowledge" else [],
            "searchParam": [{"name": name, "type": sort} for name, sort in parameters_of(kind).items()],
        }
    )
