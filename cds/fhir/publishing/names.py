"""Addresses of what we publish: extensions, code systems, value sets, and the systems of others that we use."""

from __future__ import annotations

from typing import Final

from cds.clinical.code import ATC, RXNORM, SNOMED

BASE: Final = "https://medication-order-cds.test/fhir"
"""Canonical addresses begin with this. They name; nothing has to answer there."""

TOPIC_SYSTEM: Final = "urn:medication-order-cds:topic"
OVERRIDE_SYSTEM: Final = "urn:medication-order-cds:override-reason"
"""The systems of codes that stand on cards, so that what a client stores can be looked up."""

DISPLAY_NAMES: Final = {RXNORM: "RxNorm", SNOMED: "SNOMED CT", ATC: "ATC"}

ARTIFACT_URL: Final = "http://hl7.org/fhir/StructureDefinition/artifact-url"
ARTIFACT_VERSION: Final = "http://hl7.org/fhir/StructureDefinition/artifact-version"
CODE_OPTIONS: Final = "http://hl7.org/fhir/StructureDefinition/codeOptions"
TARGET_ELEMENT: Final = "http://hl7.org/fhir/StructureDefinition/targetElement"
CLINICAL_USE_CATEGORY: Final = "http://hl7.org/fhir/clinical-use-definition-category"

KNOWLEDGE: Final = "knowledge"
"""The id of the Library that names the whole: its version is the version of the knowledge."""


def system(name: str) -> str:
    """A code system of ours."""
    return {"topic": TOPIC_SYSTEM, "override-reason": OVERRIDE_SYSTEM}.get(name, f"{BASE}/CodeSystem/{name}")


def extension(name: str) -> str:
    """An extension of ours."""
    return f"{BASE}/StructureDefinition/{name}"


def value_set(name: str) -> str:
    """A value set of ours."""
    return f"{BASE}/ValueSet/{name}"


def canonical(kind: str, name: str) -> str:
    """The canonical address of any resource of ours."""
    return f"{BASE}/{kind}/{name}"
