"""The fast check of what is published: shapes by fhir.resources, and the rules of FHIR that it does not know.

The official validator is `make validate-fhir`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from fhir.resources import get_fhir_model_class as r5_model
from fhir.resources.R4B import get_fhir_model_class as r4b_model

from cds.fhir import exact
from cds.fhir.publishing.names import BASE
from cds.fhir.publishing.releases import Release
from cds.fhir.publishing.subset import references
from tests.published import Resource, installed, published

TYPES = {"contraindication", "interaction", "indication", "undesirableEffect", "warning"}
each_release = pytest.mark.parametrize("release", list(Release))


def _name(resource: Resource) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _all(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _all(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from _all(inner, path)


@pytest.mark.parametrize(
    ("release", "model"), [(Release.R5, r5_model), (Release.R4B, r4b_model), (Release.R4, r4b_model)]
)
def test_every_resource_has_the_shape_of_its_release(release: Release, model: Any) -> None:
    for resource in published(release):
        model(resource["resourceType"]).model_validate_json(exact.write(resource))


@each_release
def test_nothing_is_empty(release: Release) -> None:
    for resource in published(release):
        assert not [path for path, value in _all(resource) if value is None or value in ("", [], {})], _name(resource)


@each_release
def test_every_id_is_one_of_fhir_and_stands_once(release: Release) -> None:
    names = [_name(each) for each in published(release)]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", name.partition("/")[2]) for name in names)


@each_release
def test_every_reference_leads_to_a_resource_of_the_bundle(release: Release) -> None:
    names = {_name(each) for each in published(release)}
    for resource in published(release):
        assert set(references(resource)) <= names, _name(resource)


@each_release
def test_low_is_not_above_high_and_both_have_one_unit(release: Release) -> None:
    ranges = [value for each in published(release) for _, value in _all(each) if isinstance(value, dict)]
    found = [each for each in ranges if {"low", "high"} & each.keys() and isinstance(each.get("high"), dict)]
    assert found
    for each in found:
        if "low" in each:
            assert each["low"]["code"] == each["high"]["code"]
            assert each["low"]["value"] <= each["high"]["value"]


@each_release
def test_a_quantity_with_a_code_names_its_system_and_shows_the_same_unit(release: Release) -> None:
    values = [value for each in published(release) for _, value in _all(each)]
    quantities = [each for each in values if isinstance(each, dict) and "value" in each and "code" in each]
    amounts = [each for each in quantities if "unit" in each]
    assert amounts
    for each in amounts:
        assert each["system"] == "http://unitsofmeasure.org"
        assert each["unit"] == each["code"]


@pytest.mark.parametrize("release", [Release.R5, Release.R4B])
def test_a_clinical_use_holds_one_body_and_it_is_of_its_type(release: Release) -> None:
    uses = [each for each in published(release) if each["resourceType"] == "ClinicalUseDefinition"]
    assert uses
    for use in uses:
        body = "undesirableEffect" if use["type"] == "undesirable-effect" else use["type"]
        assert TYPES & use.keys() == {body}


@each_release
def test_what_a_person_would_open_has_a_narrative(release: Release) -> None:
    for resource in published(release):
        div = resource["text"]["div"]
        assert div.startswith('<div xmlns="http://www.w3.org/1999/xhtml">')
        assert len(re.sub(r"<[^>]*>", "", div)) > 3


def test_r4_holds_nothing_that_r4_does_not_know() -> None:
    assert "ClinicalUseDefinition" not in {each["resourceType"] for each in published(Release.R4)}
    for resource in published(Release.R4):
        assert "ClinicalUseDefinition" not in str(list(references(resource)))


def test_a_draft_is_never_called_active() -> None:
    drafts = [drug.id for drug in installed()[0].drugs if drug.review.status == "draft"]
    for resource in published():
        if resource["resourceType"] == "MedicationKnowledge" and resource["id"] in drafts:
            assert "status" not in resource
            assert resource["meta"]["tag"][0]["code"] == "draft"
        if resource["resourceType"] == "ClinicalUseDefinition":
            drug = resource["subject"][0]["reference"].partition("/")[2]
            assert resource["status"]["coding"][0]["code"] == ("draft" if drug in drafts else "active")


def test_every_figure_is_written_as_it_was_authored() -> None:
    """Through a float 0.10 would become 0.1, and an exponent could come out of a small figure."""
    resource = {"value": Decimal("0.10"), "small": Decimal("0.000001"), "whole": Decimal(5)}
    assert exact.write(resource) == b'{"value":0.10,"small":0.000001,"whole":5}'
    assert exact.read(exact.write(resource)) == resource
    assert str(exact.read(b'{"value":0.10}')["value"]) == "0.10"


@each_release
def test_every_extension_of_ours_is_defined_with_all_its_parts(release: Release) -> None:
    defined = {each["url"]: each for each in published(release) if each["resourceType"] == "StructureDefinition"}
    used = 0
    for resource in published(release):
        if resource["resourceType"] == "StructureDefinition":
            continue
        for path, value in _all(resource):
            if isinstance(value, dict) and str(value.get("url", "")).startswith(f"{BASE}/StructureDefinition/"):
                used += 1
                assert value["url"] in defined, path
                slices = {
                    element["sliceName"]
                    for element in defined[value["url"]]["differential"]["element"]
                    if "sliceName" in element and element["path"] == "Extension.extension"
                }
                inside = {each["url"] for each in value.get("extension", [])}
                assert {url.rpartition("/")[2] for url in inside} <= slices, path
    assert used


@each_release
def test_every_code_of_ours_is_in_its_code_system(release: Release) -> None:
    systems = {
        each["url"]: {concept["code"] for concept in each["concept"]}
        for each in published(release)
        if each["resourceType"] == "CodeSystem"
    }
    for resource in published(release):
        for path, value in _all(resource):
            ours = isinstance(value, dict) and str(value.get("system", "")).startswith(BASE)
            if ours and "code" in value:
                assert value["code"] in systems[value["system"]], f"{_name(resource)}{path}"
