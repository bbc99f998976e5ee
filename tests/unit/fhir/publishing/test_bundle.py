from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from cds.fhir.exact import read, write
from cds.fhir.publishing.bundle import collection, digest, ndjson, transaction
from cds.fhir.publishing.names import OVERRIDE_SYSTEM, TOPIC_SYSTEM
from cds.fhir.publishing.subset import of_drug, references
from cds.hooks.response import OVERRIDE_REASONS, TOPICS
from tests.published import Resource, guideline, installed, named, own, part, published


def test_cards_and_exports_name_topics_and_reasons_by_the_same_systems() -> None:
    assert (TOPIC_SYSTEM, OVERRIDE_SYSTEM) == (TOPICS, OVERRIDE_REASONS)


def test_there_is_one_medication_knowledge_for_each_ingredient_and_combination() -> None:
    found = [each["id"] for each in published() if each["resourceType"] == "MedicationKnowledge"]
    assert found == [drug.id for drug in installed()[0].drugs]


def test_a_transaction_can_be_sent_twice() -> None:
    bundle = transaction(list(published()))
    assert {entry["request"]["method"] for entry in bundle["entry"]} == {"PUT"}
    urls = [entry["request"]["url"] for entry in bundle["entry"]]
    assert len(urls) == len(set(urls))


def test_ndjson_is_one_resource_a_line() -> None:
    lines = ndjson(published()).splitlines()
    assert [read(line) for line in lines] == list(published())


def test_every_entry_has_its_own_address() -> None:
    addresses = [entry["fullUrl"] for entry in collection(list(published()))["entry"]]
    assert len(addresses) == len(set(addresses))


def test_the_digest_does_not_depend_on_the_order_of_resources_or_names() -> None:
    one: list[Resource] = [{"resourceType": "A", "id": "1", "x": [1, 2]}, {"resourceType": "B", "id": "2"}]
    other: list[Resource] = [{"id": "2", "resourceType": "B"}, {"x": [1, 2], "id": "1", "resourceType": "A"}]
    assert digest(one) == digest(other)
    other[1]["x"] = [2, 1]
    assert digest(one) != digest(other)


def test_a_tier_refers_to_the_maximum_and_does_not_repeat_it() -> None:
    found = guideline(named("MedicationKnowledge/amitriptyline"), "amitriptyline.highest")
    dosage = found["dosage"][0]["dosage"][0]
    assert dosage["maxDosePerPeriod"][0]["numerator"]["value"] == Decimal(150)
    for tier in own(found, "tier"):
        amounts = [each for each in own(tier, "criterion") if part(each, "kind")["valueCode"] == "amount"]
        assert [part(each, "above") for each in amounts] == [{"url": "above", "valueCode": "max"}]
        assert '"value":150' not in write(tier).decode()


@pytest.mark.parametrize("drug", [drug.id for drug in installed()[0].drugs])
def test_one_drug_can_be_had_whole(drug: str) -> None:
    found = of_drug(list(published()), drug)
    names = {f"{each['resourceType']}/{each['id']}" for each in found}
    statements = next(each for each in installed()[0].drugs if each.id == drug).statements
    assert {f"Provenance/source.{each.id}" for each in statements} <= names
    for each in found:
        assert set(references(each)) <= names


def test_a_combination_brings_its_ingredients() -> None:
    found = {each["id"] for each in of_drug(list(published()), "amitriptyline-ketamine")}
    assert {"amitriptyline", "ketamine"} <= found
    assert "pregabalin" not in {each["id"] for each in of_drug(list(published()), "ketamine")}


def test_of_an_unknown_drug_there_is_nothing() -> None:
    assert of_drug(list(published()), "unknownol") == []


def _strings(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _strings(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _strings(inner)]
    return [value] if isinstance(value, str) else []


def test_conflicts_are_published_with_both_sides_and_the_decision() -> None:
    system = named("CodeSystem/conflict")
    assert [each["code"] for each in system["concept"]] == list(installed()[0].conflicts)
    for concept in system["concept"]:
        texts = _strings(concept["property"])
        conflict = installed()[0].conflicts[concept["code"]]
        assert {*conflict.between, conflict.resolution, conflict.why} <= set(texts)


def test_the_policy_has_its_values_as_they_were_written() -> None:
    text = json.dumps(named("CodeSystem/policy"), default=str)
    assert '"valueDecimal": "0.3"' in text
