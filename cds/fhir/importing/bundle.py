"""The way in for a published bundle: knowledge and tables that run as those of a folder do, or every reason why not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, TypeVar

from cds.errors import Fault, KnowledgeError
from cds.fhir import exact
from cds.fhir.exact import Element
from cds.fhir.importing import check, lists
from cds.fhir.importing.difference import resource_differences
from cds.fhir.importing.drug import Drugs, Resources
from cds.fhir.importing.from_r4b import release_of, to_r5
from cds.fhir.importing.parts import NotUnderstood
from cds.fhir.importing.terms import Terms
from cds.fhir.publishing import canonical, names
from cds.fhir.publishing.bundle import DIGEST, publish
from cds.knowledge.model import Knowledge, Policy, Source
from cds.terminology.tables import Tables

Part = TypeVar("Part")

_DIGITS: Final = 12
_LIBRARY: Final = f"Library/{names.KNOWLEDGE}"
# Of these kinds nothing may be left over: each is about what a medicine may do.
_JUDGING: Final = frozenset({"MedicationKnowledge", "ClinicalUseDefinition", "DetectedIssue", "Provenance"})


# Of these only some are read; the others explain codes and extensions to other systems.
_NAMING: Final = frozenset({"CodeSystem", "StructureDefinition"})
_READ: Final = frozenset(f"CodeSystem/{name}" for name in ("topic", "override-reason", "conflict", "policy"))


@dataclass(frozen=True, slots=True)
class Imported:
    """What a bundle holds: knowledge and tables ready to run, in words what of it was ignored, and the base of its
    canonical addresses (empty: this project's own).
    """

    knowledge: Knowledge
    tables: Tables
    ignored: tuple[str, ...] = ()
    base: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """A bundle read as far as it goes. ``refused`` empty: it can run."""

    imported: Imported
    understood: tuple[str, ...]
    refused: tuple[Fault, ...]


def load_bundle(data: bytes, installed: Tables) -> Imported:
    """Read a bundle to run on it. KnowledgeError holds everything that is refused, and why."""
    report = examine_bundle(data, installed)
    if report.refused:
        raise KnowledgeError(report.refused)
    return report.imported


def examine_bundle(data: bytes, installed: Tables) -> Report:
    """Read a bundle and say what is understood, ignored and refused. KnowledgeError when it is no bundle."""
    given, base = _our_own(_resources(data))
    resources = _in_r5(given)
    drugs, terms = Drugs(resources), Terms(installed)
    tables = terms.read(resources)
    library = resources.get(_LIBRARY, {})
    knowledge = _knowledge(drugs, resources, str(library.get("version", "")))
    refused = [*drugs.faults, *terms.faults]
    ignored: list[str] = []
    if not library:
        refused.append(Fault("Bundle", 0, f"there is no {_LIBRARY}, which names the version of the knowledge"))
    again = {f"{each['resourceType']}/{each['id']}": each for each in publish(knowledge, tables)}
    broken = drugs.broken | {fault.path for fault in terms.faults}
    _compare(resources, again, broken, refused, ignored)
    if not refused:
        refused += check.faults(knowledge, tables)
    version = _version(library, again[_LIBRARY], knowledge.version)
    imported = Imported(replace(knowledge, version=version), tables, tuple(dict.fromkeys(ignored)), base)
    understood = tuple(
        f"{drug.file}: {len(drug.statements)} statements, {sum(each.fires for each in drug.statements)} can speak"
        for drug in knowledge.drugs
    )
    return Report(imported, understood, tuple(dict.fromkeys(refused)))


def _resources(data: bytes) -> Resources:
    """The resources of a bundle by type and id."""
    try:
        bundle = exact.read(data)
    except ValueError as wrong:
        raise KnowledgeError([Fault("Bundle", 0, str(wrong))]) from None
    entries: Any = bundle.get("entry") if isinstance(bundle, dict) else None
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle" or not isinstance(entries, list):
        raise KnowledgeError([Fault("Bundle", 0, "it is no FHIR Bundle with entries")])
    found: Resources = {}
    for number, entry in enumerate(entries, 1):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict) or not resource.get("resourceType") or not resource.get("id"):
            raise KnowledgeError([Fault("Bundle", 0, f"entry {number} holds no resource with a type and an id")])
        name = f"{resource['resourceType']}/{resource['id']}"
        if name in found:
            raise KnowledgeError([Fault(name, 0, "it stands twice in the bundle: which one is meant is not known")])
        found[name] = resource
    return found


def _our_own(resources: Resources) -> tuple[Resources, str]:
    """The resources with a publisher's canonical addresses moved under our own base, and the publisher's."""
    base = canonical.base_of(resources.get(_LIBRARY, {}))
    if base in ("", names.BASE):
        return resources, ""
    if canonical.mentions(names.BASE, resources):
        message = f"its Library is published under {base}, and other things of it under {names.BASE}"
        raise KnowledgeError([Fault("Bundle", 0, message)])
    return canonical.ours(base, resources), base


def _in_r5(resources: Resources) -> Resources:
    """The resources in R5's shape. R4 has no place for clinical uses, so it cannot be read back."""
    release = release_of(list(resources.values()))
    if release == "4.0.1":
        message = "it is in R4, which has no place for clinical uses: export it as R5 or R4B to run on it"
        raise KnowledgeError([Fault("Bundle", 0, message)])
    if release == "5.0.0":
        return resources
    version = str(resources.get(_LIBRARY, {}).get("version", ""))
    try:
        return {name: to_r5(each, version) for name, each in resources.items()}
    except (KeyError, TypeError, AttributeError):
        raise KnowledgeError([Fault("Bundle", 0, "it does not have the shape of an R4B export")]) from None


def _knowledge(drugs: Drugs, resources: Resources, version: str) -> Knowledge:
    def part(name: str, read: Callable[[], Part], without: Part) -> Part:
        try:
            return read()
        except NotUnderstood as wrong:
            drugs.fault(name, str(wrong))
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            drugs.fault(name, "something in it is missing, or has another shape")
        return without

    sources: dict[str, Source] = {}
    for name, resource in resources.items():
        if resource["resourceType"] == "DocumentReference":
            found: Source | None = part(name, partial(lists.source, resource), None)
            sources |= {found.id: found} if found else {}
    nothing: dict[str, str] = {}
    return Knowledge(
        version=version,
        sources=sources,
        drugs=drugs.read(),
        conflicts=part("CodeSystem/conflict", lambda: lists.conflicts(resources), {}),
        policy=part("CodeSystem/policy", lambda: lists.policy(resources), Policy("", "", {})),
        override_reasons=part(
            "CodeSystem/override-reason", lambda: lists.displays(resources, "override-reason"), nothing
        ),
        topics=part("CodeSystem/topic", lambda: lists.displays(resources, "topic"), nothing),
    )


def _compare(
    resources: Resources, again: Resources, broken: set[str], refused: list[Fault], ignored: list[str]
) -> None:
    """Refuse what nobody read. A resource that is already refused is not taken apart further."""
    for name, given in resources.items():
        if name in broken:
            continue
        if name not in again:
            if given["resourceType"] in _JUDGING:
                refused.append(Fault(name, 0, "nothing that was read refers to it, and it might change a judgement"))
            else:
                ignored.append(f"{name}: nothing refers to it")
            continue
        if given["resourceType"] in _NAMING and name not in _READ:
            if given != again[name]:
                ignored.append(f"{name}: what it names is of no use to a service that is installed")
            continue
        for found in resource_differences(_undigested(given), _undigested(again[name])):
            if found.harmless:
                ignored.append(f"{name}: {found}")
            else:
                refused.append(Fault(name, 0, str(found)))


def _undigested(resource: Element) -> Element:
    """A resource without the digest of the whole, which says whether anything was edited and holds nothing itself."""
    if resource["resourceType"] != "Library":
        return resource
    return {**resource, "extension": [each for each in resource.get("extension", []) if each.get("url") != DIGEST]}


def _version(given: Element, ours: Element, recorded: str) -> str:
    """The recorded version while the content is what was published under it, else one made from the content."""
    digests = [
        next((each.get("valueString") for each in library.get("extension", []) if each.get("url") == DIGEST), "")
        for library in (given, ours)
    ]
    return recorded if digests[0] == digests[1] else digests[1][:_DIGITS]
