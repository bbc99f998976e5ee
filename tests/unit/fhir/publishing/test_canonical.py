"""A publisher names its artifacts under its own base, and what it published is read back as if it were ours."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cds.app import create_app
from cds.cli import main
from cds.errors import KnowledgeError, SettingsError
from cds.fhir import exact
from cds.fhir.publishing.bundle import collection
from cds.fhir.publishing.canonical import base_of, is_base, ours, under
from cds.fhir.publishing.names import BASE
from cds.fhir.publishing.releases import Release
from cds.service import Service, build
from cds.settings import Settings
from tests.published import bundle, published, read

NORTH = "https://knowledge.north.example/fhir"


def moved(release: Release = Release.R5) -> bytes:
    return exact.write_readable(collection(under(NORTH, list(published(release))), base=NORTH))


def test_everything_of_ours_is_moved_and_nothing_else() -> None:
    text = moved().decode()
    assert BASE not in text
    assert text.count(NORTH) == exact.write(collection(list(published()))).decode().count(BASE)
    assert "http://hl7.org/fhir/StructureDefinition/artifact-url" in text


def test_what_was_moved_can_be_moved_back() -> None:
    found = list(published())
    assert ours(NORTH, under(NORTH, found)) == found
    assert under("", found) is found
    assert base_of(under(NORTH, found)[0]) == NORTH


@pytest.mark.parametrize(
    "text", [f"{BASE}/a text that only begins so", f"{BASE}/CodeSystem/", f"see {BASE}/CodeSystem/x"]
)
def test_a_text_is_no_canonical_address(text: str) -> None:
    assert under(NORTH, {"text": text}) == {"text": text}


@pytest.mark.parametrize("release", [Release.R5, Release.R4B])
def test_a_bundle_under_another_base_is_the_same_knowledge_under_the_same_version(release: Release) -> None:
    report = read(moved(release))
    assert report.refused == ()
    assert report.imported.knowledge == read(bundle(release)).imported.knowledge
    assert report.imported.base == NORTH


def test_publish_import_and_publish_again_keeps_the_publishers_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    assert main(["export", "--canonical", NORTH, "-o", str(first)]) == 0
    monkeypatch.setenv("CDS_BUNDLE", str(first))
    assert main(["export", "-o", str(second)]) == 0
    assert first.read_bytes() == second.read_bytes() == moved()


def test_a_site_that_runs_on_a_bundle_may_publish_it_under_its_own_base(tmp_path: Path) -> None:
    path = tmp_path / "north.json"
    path.write_bytes(moved())
    assert build(Settings(bundle=path)).canonical == NORTH
    assert build(Settings(bundle=path, canonical=BASE)).canonical == BASE


def test_the_addresses_under_fhir_name_things_under_the_publishers_base(real_service: Service) -> None:
    service = Service(real_service.knowledge, real_service.terminology, canonical=NORTH)
    with TestClient(create_app(Settings(), service)) as client:
        for release in Release:
            found = client.get(f"/fhir/{release}/ValueSet", params={"url": f"{NORTH}/ValueSet/class-opioid"}).json()
            assert [each["resource"]["id"] for each in found["entry"]] == ["class-opioid"]
            assert found["entry"][0]["fullUrl"] == f"{NORTH}/ValueSet/class-opioid"
            assert BASE not in client.get(f"/fhir/{release}/$export").text


def test_a_bundle_under_two_bases_is_refused() -> None:
    resources = [*under(NORTH, list(published()[:40])), *published()[40:]]
    with pytest.raises(KnowledgeError, match="and other things of it under"):
        read(exact.write(collection(resources)))


@pytest.mark.parametrize(
    "text",
    [
        "http://hl7.org/fhir", "https://terminology.hl7.org", "https://www.nlm.nih.gov/research", "ftp://a.example",
        "https://a.example/", "https://a.example/../b", "https://a.example/b?c", "urn:a:b", "https://user@a.example",
    ],
)  # fmt: skip
def test_an_address_of_somebody_else_or_of_another_form_is_no_base(text: str) -> None:
    assert not is_base(text)


def test_a_base_of_somebody_else_is_refused_in_words() -> None:
    with pytest.raises(SettingsError, match="CDS_CANONICAL must be an address of the publisher's own"):
        build(Settings(canonical="http://hl7.org/fhir"))
