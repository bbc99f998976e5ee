"""The knowledge of this tree as it is published, made once, and bundles with one thing changed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

from cds.fhir import exact
from cds.fhir.importing.bundle import Report, examine_bundle
from cds.fhir.publishing.bundle import collection, publish
from cds.fhir.publishing.releases import Release, derived
from cds.knowledge.load import load
from cds.knowledge.model import Knowledge
from cds.settings import Settings
from cds.terminology.tables import Tables

Resource = dict[str, Any]
EXTENSIONS = "https://medication-order-cds.test/fhir/StructureDefinition/"


@cache
def installed() -> tuple[Knowledge, Tables]:
    """Knowledge and tables of this tree."""
    knowledge, lookup = load(Settings().knowledge)
    return knowledge, lookup.tables


@cache
def published(release: Release = Release.R5) -> tuple[Resource, ...]:
    """Every resource of a release. Not to be changed."""
    return tuple(derived(publish(*installed()), release)[0])


def named(name: str, release: Release = Release.R5) -> Resource:
    """One resource by ``Type/id``."""
    (found,) = [each for each in published(release) if f"{each['resourceType']}/{each['id']}" == name]
    return found


def bundle(release: Release = Release.R5) -> bytes:
    """The export as a file."""
    return exact.write_readable(collection(list(published(release))))


def edited(name: str, change: Callable[[Resource], object], release: Release = Release.R5) -> bytes:
    """The export with one resource changed by hand."""
    resource = copy.deepcopy(named(name, release))
    change(resource)
    rest = (each for each in published(release) if (each["resourceType"], each["id"]) != tuple(name.split("/")))
    return exact.write(collection([*rest, resource]))


def read(data: bytes) -> Report:
    """A bundle, read over the tables of this tree."""
    return examine_bundle(data, installed()[1])


def refusals(data: bytes) -> list[str]:
    """Why a bundle is refused, in words."""
    return [str(fault) for fault in read(data).refused]


def guideline(resource: Resource, statement: str) -> Resource:
    """The dosing guideline of a statement."""
    (found,) = [each for each in resource["indicationGuideline"] if each["id"] == statement]
    return found["dosingGuideline"][0]  # type: ignore[no-any-return]


def own(element: Resource, name: str) -> list[Resource]:
    """Our extensions of one name."""
    return [each for each in element.get("extension", []) if each["url"] == EXTENSIONS + name]


def part(extension: Resource, url: str) -> Resource:
    """The first part of an extension with this name."""
    return next(each for each in extension["extension"] if each["url"] == url)
