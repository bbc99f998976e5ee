from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from fhir.resources import get_fhir_model_class as r5_model
from fhir.resources.R4B import get_fhir_model_class as r4b_model
from starlette.testclient import TestClient

from cds.app import create_app
from cds.fhir.publishing.releases import Release
from cds.service import Service
from cds.settings import Settings
from tests.published import published
from tests.spec.walk import assert_outcome

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
each_release = pytest.mark.parametrize("release", [str(release) for release in Release])


def _get(client: TestClient, path: str, **headers: str) -> dict[str, Any]:
    answer = client.get(f"/fhir/{path}", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/fhir+json"
    return json.loads(answer.text)  # type: ignore[no-any-return]


def _ids(bundle: dict[str, Any], mode: str = "match") -> list[str]:
    return [each["resource"]["id"] for each in bundle.get("entry", []) if each["search"]["mode"] == mode]


@each_release
def test_metadata_tells_what_the_server_can_do(client: TestClient, release: str) -> None:
    told = _get(client, f"{release}/metadata")
    assert told["resourceType"] == "CapabilityStatement"
    assert told["fhirVersion"] == Release(release).version
    kinds = {each["type"] for each in told["rest"][0]["resource"]}
    assert kinds == {each["resourceType"] for each in published(Release(release))}
    model = r5_model if release == "r5" else r4b_model
    model("CapabilityStatement").model_validate(told)


@each_release
def test_every_resource_can_be_read(client: TestClient, release: str) -> None:
    for resource in published(Release(release)):
        found = _get(client, f"{release}/{resource['resourceType']}/{resource['id']}")
        assert found["id"] == resource["id"]
        assert found["meta"]["lastUpdated"]


@each_release
def test_ketamine_is_found_by_its_rxnorm_code(client: TestClient, release: str) -> None:
    assert _ids(_get(client, f"{release}/MedicationKnowledge?code={RXNORM}|6130")) == ["ketamine"]


@pytest.mark.parametrize(
    ("search", "ids"),
    [
        ("MedicationKnowledge?code=6130", ["ketamine"]),
        ("MedicationKnowledge?code=6130,704", ["amitriptyline", "ketamine"]),
        ("MedicationKnowledge?code=http://snomed.info/sct|6130", []),
        ("MedicationKnowledge?code=|6130", []),
        ("MedicationKnowledge?_id=ketamine,lamotrigine", ["ketamine", "lamotrigine"]),
        ("MedicationKnowledge?classification=http://www.whocc.no/atc|N01AX03", ["ketamine"]),
        ("MedicationKnowledge?status=active", []),
        ("MedicationKnowledge?_lastUpdated=lt2000-01-01", []),
        ("ClinicalUseDefinition?subject=Medication/pregabalin&type=contraindication&status=active", []),
        ("Provenance?target=ClinicalUseDefinition/ketamine.psychosis", ["source.ketamine.psychosis"]),
        ("ValueSet?url=https://medication-order-cds.test/fhir/ValueSet/class-opioid", ["class-opioid"]),
    ],
)
def test_a_search_finds_what_meets_all_its_conditions(client: TestClient, search: str, ids: list[str]) -> None:
    found = _get(client, f"r5/{search}")
    assert _ids(found) == ids
    assert found["total"] == len(ids)


def test_the_contraindications_of_ketamine_can_be_looked_up(client: TestClient) -> None:
    found = _ids(_get(client, "r5/ClinicalUseDefinition?subject=Medication/ketamine&type=contraindication"))
    assert "ketamine.psychosis" in found
    assert all(name.startswith("ketamine.") for name in found)


@pytest.mark.parametrize("release", ["r5", "r4b"])
def test_the_uses_of_a_drug_can_be_had_with_it(client: TestClient, release: str) -> None:
    asked = f"{release}/MedicationKnowledge?code=6130&_include=MedicationKnowledge:clinicalUseIssue"
    found = _get(client, asked)
    assert found["total"] == 1
    uses = _ids(found, "include")
    assert "ketamine.psychosis" in uses
    assert len(uses) == len(set(uses))


def test_the_pages_of_a_search_together_are_the_whole(client: TestClient) -> None:
    path, found = "r5/ClinicalUseDefinition?_count=25", []
    for _ in range(20):
        page = _get(client, path)
        found += _ids(page)
        onward = [link["url"] for link in page["link"] if link["relation"] == "next"]
        if not onward:
            break
        assert len(_ids(page)) == 25
        path = onward[0].removeprefix("/fhir/")
    assert found == [each["id"] for each in published() if each["resourceType"] == "ClinicalUseDefinition"]


def test_a_page_leads_back_too_and_keeps_the_conditions(client: TestClient) -> None:
    page = _get(client, "r5/ClinicalUseDefinition?subject=Medication/ketamine&_count=2&_offset=2")
    links = {link["relation"]: link["url"] for link in page["link"]}
    assert set(links) == {"self", "next", "previous"}
    for address in links.values():
        assert dict(parse_qsl(urlsplit(address).query))["subject"] == "Medication/ketamine"


def test_a_count_of_nothing_counts(client: TestClient) -> None:
    found = _get(client, "r5/ClinicalUseDefinition?_count=0")
    assert "entry" not in found
    assert found["total"] > 100


@pytest.mark.parametrize(
    ("asked", "found"),
    [("ge{day}", 7), ("le{day}", 7), ("{day}", 7), ("gt{day}", 0), ("lt{day}", 0), ("ne{day}", 0), ("{moment}", 7)],
)
def test_last_updated_is_compared_as_a_period(client: TestClient, asked: str, found: int) -> None:
    moment = _get(client, "r5/MedicationKnowledge/ketamine")["meta"]["lastUpdated"]
    asked = asked.format(day=moment[:10], moment=moment)
    assert _get(client, f"r5/MedicationKnowledge?_lastUpdated={asked}")["total"] == found


@pytest.mark.parametrize(
    ("path", "status", "headers"),
    [
        ("r9/metadata", 404, {}),
        ("r5/Patient", 404, {}),
        ("r5/Patient/p-1", 404, {}),
        ("r5/MedicationKnowledge/unknownol", 404, {}),
        ("r4/ClinicalUseDefinition", 404, {}),
        ("r5/MedicationKnowledge?colour=blue", 400, {}),
        ("r5/MedicationKnowledge?type=warning", 400, {}),
        ("r5/MedicationKnowledge?_count=many", 400, {}),
        ("r5/MedicationKnowledge?_count=-1", 400, {}),
        ("r5/MedicationKnowledge?_lastUpdated=yesterday", 400, {}),
        ("r5/MedicationKnowledge?_include=MedicationKnowledge:everything", 400, {}),
        ("r5/Medication?_include=MedicationKnowledge:clinicalUseIssue", 400, {}),
        ("r4/MedicationKnowledge?_include=MedicationKnowledge:clinicalUseIssue", 400, {}),
        ("r5/MedicationKnowledge?_format=xml", 406, {}),
        ("r5/metadata", 406, {"accept": "application/fhir+xml"}),
    ],
)
def test_every_error_is_an_operation_outcome(
    client: TestClient, path: str, status: int, headers: dict[str, str]
) -> None:
    answer = client.get(f"/fhir/{path}", headers=headers)
    assert_outcome(answer, status)


def test_nothing_can_be_written(client: TestClient) -> None:
    assert client.put("/fhir/r5/MedicationKnowledge/ketamine", content=b"{}").status_code == 405
    assert client.post("/fhir/r5/MedicationKnowledge", content=b"{}").status_code == 405
    assert client.delete("/fhir/r5/MedicationKnowledge/ketamine").status_code == 405


@pytest.mark.parametrize("format_", ["json", "application/json", "application/fhir%2Bjson", "application/fhir+json"])
def test_json_may_be_asked_for_by_any_of_its_names(client: TestClient, format_: str) -> None:
    assert _get(client, f"r5/Library/knowledge?_format={format_}")["id"] == "knowledge"


@pytest.mark.parametrize("path", ["metadata", "Library/knowledge", "Library", "$export"])
def test_what_a_client_has_already_is_not_sent_again(client: TestClient, path: str) -> None:
    first = client.get(f"/fhir/r5/{path}")
    again = client.get(f"/fhir/r5/{path}", headers={"if-none-match": f'"x", {first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert client.get(f"/fhir/r5/{path}", headers={"if-none-match": 'W/"other"'}).status_code == 200


@each_release
def test_everything_can_be_had_as_ndjson(client: TestClient, release: str) -> None:
    answer = client.get(f"/fhir/{release}/$export")
    assert answer.headers["content-type"] == "application/fhir+ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [(each["resourceType"], each["id"]) for each in lines] == [
        (each["resourceType"], each["id"]) for each in published(Release(release))
    ]


def test_an_export_can_be_of_some_types(client: TestClient) -> None:
    answer = client.get("/fhir/r5/$export?_type=Substance,Medication")
    kinds = {json.loads(line)["resourceType"] for line in answer.text.splitlines()}
    assert kinds == {"Substance", "Medication"}


def test_a_browser_gets_lines_and_a_program_gets_none(client: TestClient) -> None:
    assert b"\n" in client.get("/fhir/r5/Library/knowledge", headers={"accept": "text/html"}).content
    assert b"\n" not in client.get("/fhir/r5/Library/knowledge", headers={"accept": "application/json"}).content


def test_addresses_begin_with_the_public_address_and_not_with_one_of_the_request(real_service: Service) -> None:
    settings = Settings(base_url="https://cds.hospital.example/base")
    with TestClient(create_app(settings, real_service)) as client:
        found = client.get("/fhir/r5/Substance", headers={"host": "cds.hospital.example"}).json()
    assert found["link"][0]["url"].startswith("https://cds.hospital.example/base/fhir/r5/Substance?")
    assert all(each["fullUrl"].startswith("https://cds.hospital.example/base/fhir/r5/") for each in found["entry"])


def test_knowledge_that_was_loaded_anew_is_published_anew(real_service: Service) -> None:
    with TestClient(create_app(Settings(), real_service)) as client:
        before = client.get("/fhir/r5/Library/knowledge").json()["version"]
        newer = replace(real_service.knowledge, version="newer")
        client.app.state.endpoints.service = replace(real_service, knowledge=newer)  # type: ignore[attr-defined]
        after = client.get("/fhir/r5/Library/knowledge").json()["version"]
    assert (before, after) == (real_service.knowledge.version, "newer")
