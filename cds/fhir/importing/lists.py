"""The smaller lists of a bundle: topics, override reasons, conflicts, the policy, the documents."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from cds.fhir.exact import Element
from cds.fhir.importing.drug import Resources
from cds.fhir.importing.parts import NotUnderstood, number, one_extension
from cds.fhir.publishing.sources import FILE
from cds.knowledge.model import Conflict, Policy, PolicyItem, Source


def displays(resources: Resources, name: str) -> dict[str, str]:
    """Codes with their displays of one of our CodeSystems."""
    found = {each["code"]: str(each.get("display", "")) for each in _concepts(resources, name)}
    for code, text in found.items():
        if not text:
            message = f"'{code}' has no display, which is what cards show"
            raise NotUnderstood(message)
    return found


def _concepts(resources: Resources, name: str) -> list[Element]:
    return list(resources.get(f"CodeSystem/{name}", {}).get("concept", []))


def _property(concept: Element, code: str, kind: str) -> list[Any]:
    return [each[f"value{kind}"] for each in concept.get("property", []) if each.get("code") == code]


def _text(concept: Element, code: str) -> str:
    return str(next(iter(_property(concept, code, "String")), ""))


def conflicts(resources: Resources) -> dict[str, Conflict]:
    """Where the documents disagree."""
    return {
        each["code"]: Conflict(
            id=each["code"],
            between=tuple(_property(each, "between", "String")),
            tension=each.get("definition", ""),
            resolution=_text(each, "resolution"),
            why=_text(each, "why"),
        )
        for each in _concepts(resources, "conflict")
    }


def policy(resources: Resources) -> Policy:
    """Local choices, with their values as written."""
    found = resources.get("CodeSystem/policy")
    if found is None:
        message = "there is no CodeSystem 'policy': cut-offs such as the age of adults are not known"
        raise NotUnderstood(message)
    return Policy(
        name=found.get("title", ""),
        version=found.get("version", ""),
        items={each["code"]: _item(each) for each in found.get("concept", [])},
    )


def _item(concept: Element) -> PolicyItem:
    values = _property(concept, "value", "Decimal")
    if len(values) != 1:
        message = f"the policy item '{concept['code']}' has no value, or several"
        raise NotUnderstood(message)
    value: Decimal = number(values[0])
    return PolicyItem(value, _text(concept, "unit"), _text(concept, "outside"), _text(concept, "source"))


def source(resource: Element) -> Source:
    """One document."""
    file = one_extension(resource, FILE, "source file")
    attachment = resource["content"][0]["attachment"]
    if not attachment.get("title"):
        message = "its attachment has no title, which is what cards show"
        raise NotUnderstood(message)
    return Source(
        id=resource["id"],
        title=attachment["title"],
        file=file.value("file", "String", ""),
        sha256=file.value("sha256", "String", ""),
        updated=date.fromisoformat(attachment["creation"]) if "creation" in attachment else None,
        caveat=resource.get("description", ""),
        url=attachment.get("url", ""),
    )
