"""A deployment with everything the pages can show: documents that are made up, and an earlier version to compare."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from cds.fhir import exact
from cds.fhir.publishing.bundle import collection, publish
from cds.knowledge.model import Drug, Level, Statement
from cds.service import Service
from cds.settings import Settings

HIGHEST, LATER = "amitriptyline.highest", "ketamine.oral.step"


def with_documents(folder: Path, service: Service) -> tuple[Service, dict[str, Any]]:
    """The service and the settings of a deployment whose documents are as long as the citations need."""
    documents, knowledge = folder / "documents", folder / "knowledge"
    documents.mkdir()
    shutil.copytree(Settings().knowledge, knowledge)
    sources = {}
    for slug, source in service.knowledge.sources.items():
        text = "\n".join(f"Line {number} of <{slug}> & more" for number in range(1, 400)) + "\n"
        digest = hashlib.sha256(text.encode()).hexdigest()
        (documents / source.file).write_text(text, "utf-8")
        path = knowledge / "sources" / f"{slug}.yaml"
        path.write_text(path.read_text("utf-8").replace(source.sha256, digest), "utf-8")
        sources[slug] = replace(source, sha256=digest)
    known = replace(service.knowledge, sources=sources)
    return replace(service, knowledge=known), {"documents": documents, "knowledge": knowledge}


def earlier(service: Service) -> bytes:
    """An export in which the highest dose was lower and less loud than now, and one statement was not yet there."""

    def changed(statement: Statement) -> Statement:
        if statement.id != HIGHEST:
            return statement
        tiers = [replace(one, say=one.say.replace("150", "125")) for one in statement.tiers]
        tiers[0] = replace(tiers[0], level=Level.INFO)
        says = statement.says.replace("150", "125")
        return replace(statement, says=says, dose=(("max", "125 mg/d"),), tiers=tuple(tiers))

    def before(drug: Drug) -> Drug:
        return replace(drug, statements=tuple(changed(each) for each in drug.statements if each.id != LATER))

    old = replace(service.knowledge, version="earlier", drugs=tuple(map(before, service.knowledge.drugs)))
    return exported(replace(service, knowledge=old))


def exported(service: Service) -> bytes:
    """The knowledge of a service as an export."""
    return exact.write(collection(publish(service.knowledge, service.terminology.tables)))
