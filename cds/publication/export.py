"""What ``cds export`` and ``cds import`` do: write the knowledge as FHIR, or read a bundle and say what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from cds.errors import CdsError, KnowledgeError
from cds.fhir.exact import Element, write_readable
from cds.fhir.importing.bundle import Report, examine_bundle
from cds.fhir.publishing.bundle import collection, ndjson, publish, transaction
from cds.fhir.publishing.canonical import under
from cds.fhir.publishing.releases import Release, derived
from cds.fhir.publishing.subset import of_drug
from cds.knowledge.fields import listed, nearest
from cds.knowledge.load import load, read_terms
from cds.knowledge.model import Knowledge
from cds.service import Service
from cds.settings import Settings
from cds.terminology.tables import Tables


class Shape(StrEnum):
    """The shapes in which an export can be had."""

    BUNDLE = "bundle"
    TRANSACTION = "transaction"
    NDJSON = "ndjson"


Say = Callable[[str], None]


def resources(service: Service, release: Release, drug: str, base: str, say: Say) -> list[Element]:
    """Everything, or one drug, in a release, with canonical addresses under ``base``. ``say`` tells what the release
    has no place for.
    """
    knowledge = service.knowledge
    published = publish(knowledge, service.terminology.tables)
    if drug:
        known = [each.id for each in knowledge.drugs]
        published = of_drug(published, drug)
        if not published:
            raise CdsError(f"There is no file on '{drug}'{nearest(drug, known) or f'; there are {listed(known)}'}.")
    found, losses = derived(published, release)
    for loss, times in sorted(losses.items()):
        say(f"{release} has no place for {loss.element} ({times} times): {loss.what}.")
    moved: list[Element] = under(base, found)
    return moved


def shaped(found: list[Element], shape: Shape, name: str, base: str) -> bytes:
    """The resources as the bytes of one file."""
    if shape is Shape.NDJSON:
        return ndjson(found)
    return write_readable((transaction if shape is Shape.TRANSACTION else collection)(found, name, base))


def read_either(path: Path, settings: Settings) -> tuple[Knowledge, Tables]:
    """Knowledge from a folder, or from a published bundle over the installed terminology. KnowledgeError in words."""
    if path.is_dir():
        knowledge, lookup = load(path)
        return knowledge, lookup.tables
    imported = examine(path, settings)
    if imported.refused:
        raise KnowledgeError(imported.refused)
    return imported.imported.knowledge, imported.imported.tables


def examine(path: Path, settings: Settings) -> Report:
    """A bundle, read over the installed terminology."""
    installed, faults = read_terms(settings.knowledge)
    if installed is None:
        raise KnowledgeError(faults)
    try:
        return examine_bundle(path.read_bytes(), installed.tables)
    except OSError as error:
        raise CdsError(f"{path} cannot be opened ({error.strerror}).") from error


def report(found: Report) -> tuple[str, int]:
    """What of a bundle is understood, ignored and refused, and whether it can run (0) or not (1)."""
    rows = [f"understood  {line}" for line in found.understood]
    rows += [f"ignored     {line}" for line in found.imported.ignored]
    rows += [f"refused     {fault}" for fault in found.refused]
    if found.refused:
        rows.append(f"{len(found.refused)} refused: the bundle is not run.")
    else:
        rows.append(f"Nothing refused. Version {found.imported.knowledge.version}; serve it with --knowledge.")
    return "\n".join(rows), 1 if found.refused else 0
