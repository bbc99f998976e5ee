"""What is published is what runs: from the re-imported bundle every vignette and every worked case gets the same
answer, byte for byte (uuids aside), as from the files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cds.app import create_app
from cds.fhir.exact import write_readable
from cds.fhir.publishing.bundle import collection, publish
from cds.fhir.publishing.releases import Release
from cds.knowledge.model import Drug
from cds.knowledge.worked import read_cases
from cds.selftest import ehr, wire
from cds.selftest.build import Situation
from cds.selftest.build import situation as built
from cds.service import build
from cds.settings import Settings
from tests.knowledge.vignettes.cases import all_cases, situation, words
from tests.published import bundle, installed, published, read

SERVICE = "medication-order-sign"
NOW = datetime.now(UTC).replace(microsecond=0)
Ask = Callable[[Situation], str]


def _situations() -> Iterator[tuple[str, Situation]]:
    for case in all_cases():
        yield case.name, situation(case, NOW)
    for worked in read_cases(Path(__file__).parent):
        yield f"{worked.statement}: {worked.name}", built(words(), worked.scene, NOW)


def _without_uuids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_uuids(inner) for key, inner in value.items() if key != "uuid"}
    return [_without_uuids(inner) for inner in value] if isinstance(value, list) else value


def _asking(client: TestClient) -> Ask:
    listed = next(each for each in client.get("/cds-services").json()["services"] if each["id"] == SERVICE)

    def ask(at: Situation) -> str:
        body = wire.write(ehr.request(at, listed["prefetch"], "published"))
        answer = client.post(f"/cds-services/{SERVICE}", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 200, answer.text
        return json.dumps(_without_uuids(wire.read(answer.text)), default=str)

    return ask


@pytest.mark.parametrize("release", [Release.R5, Release.R4B])
def test_every_case_gets_the_same_answer_from_the_published_bundle(
    release: Release, client: TestClient, tmp_path: Path
) -> None:
    path = tmp_path / "knowledge.json"
    path.write_bytes(bundle(release))
    settings = Settings(bundle=path)
    with TestClient(create_app(settings, build(settings))) as other:
        from_files, from_bundle = _asking(client), _asking(other)
        situations = list(_situations())
        differing = [name for name, at in situations if from_files(at) != from_bundle(at)]
    assert len(situations) > 200
    assert not differing


def _without_places(drug: Drug) -> Drug:
    statements = tuple(replace(each, file="", line=0) for each in drug.statements)
    return replace(drug, file="", statements=statements)


@pytest.mark.parametrize("release", [Release.R5, Release.R4B])
def test_knowledge_read_back_equals_the_knowledge_that_was_published(release: Release) -> None:
    report = read(bundle(release))
    assert [str(fault) for fault in report.refused] == []
    knowledge, tables = installed()
    again = report.imported.knowledge
    assert list(map(_without_places, again.drugs)) == list(map(_without_places, knowledge.drugs))
    assert replace(again, drugs=()) == replace(knowledge, drugs=())
    found = report.imported.tables
    assert found.medicines.classes == tables.medicines.classes
    for name in ("codes", "prefixes", "evidence", "valid", "guards"):
        assert getattr(found.conditions, name) == getattr(tables.conditions, name), name
    assert found.conditions.spoken.known == tables.conditions.spoken.known
    assert found.names == tables.names


def test_publishing_what_was_read_gives_the_same_bundle_again() -> None:
    imported = read(bundle()).imported
    assert write_readable(collection(publish(imported.knowledge, imported.tables))) == bundle()


def test_every_statement_is_published_once_with_its_source() -> None:
    knowledge, _ = installed()
    sources = [each for each in published() if each["resourceType"] == "Provenance"]
    assert sorted(each["id"] for each in sources) == sorted(f"source.{name}" for name in knowledge.statements)
    assert all(each["entity"] for each in sources)
