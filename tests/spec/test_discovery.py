"""CDS Hooks, "Discovery" and prefetch templates: rows D1-D10 and P1-P3 of the checklist."""

# ruff: noqa: N802 - the names carry the checklist's ids as they are written there
from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

import pytest
from starlette.testclient import TestClient

from tests.bodies import SIGN, order_select, order_sign, patient_view
from tests.spec.walk import assert_outcome, empties

TOKEN = re.compile(r"\{\{(.*?)\}\}")
DATE_PREFIXES = ("eq", "lt", "gt", "ge", "le")


def services(client: TestClient) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = client.get("/cds-services").json()["services"]
    return listed


def templates(client: TestClient) -> dict[str, str]:
    return {key: text for service in services(client) for key, text in service["prefetch"].items()}


@pytest.mark.parametrize(
    "headers",
    [{}, {"accept": "application/json"}, {"authorization": "Bearer anything"}],
    ids=["bare", "accept", "jwt"],
)
def test_D1_discovery_is_always_there(canned: TestClient, headers: dict[str, str]) -> None:
    response = canned.get("/cds-services", headers=headers)
    assert response.status_code == 200
    assert isinstance(response.json()["services"], list)


def test_D2_each_service_has_a_hook_a_description_and_an_id(canned: TestClient) -> None:
    assert {service["hook"] for service in services(canned)} == {"order-sign", "order-select", "patient-view"}
    for service in services(canned):
        assert all(isinstance(service[key], str) and service[key] for key in ("hook", "description", "id"))


def test_D2_the_description_names_the_covered_drugs_and_says_that_the_knowledge_is_a_draft(
    canned: TestClient,
) -> None:
    for service in services(canned):
        assert "Examplamine" in service["description"]
        assert "draft" in service["description"]
        assert "k-0123456789ab" in service["description"]
        assert "default 1" in service["description"]


def test_D3_each_service_has_a_title_and_the_version_of_the_specification(canned: TestClient) -> None:
    for service in services(canned):
        assert service["title"]
        assert re.fullmatch(r"\d+\.\d+\.\d+", service["version"])
        assert service["version"] == "2.0.1"


def test_D4_the_version_of_the_hook_is_left_out_because_the_published_ones_disagree(
    canned: TestClient,
) -> None:
    assert all("hookVersion" not in service for service in services(canned))


def test_D5_the_requirements_of_use_are_told(canned: TestClient) -> None:
    assert all(len(service["usageRequirements"]) > 20 for service in services(canned))


def test_D6_prefetch_is_an_object_of_texts(canned: TestClient) -> None:
    for service in services(canned):
        assert service["prefetch"]
        assert all(isinstance(key, str) and isinstance(text, str) for key, text in service["prefetch"].items())


def test_D7_no_two_services_share_an_id(canned: TestClient) -> None:
    ids = [service["id"] for service in services(canned)]
    assert len(set(ids)) == len(ids)


def test_D5_how_to_ask_for_the_report_is_told(canned: TestClient) -> None:
    for service in services(canned):
        assert '"org.medication-order-cds.report": true' in service["usageRequirements"]


def test_D8_every_listed_service_answers_a_post(canned: TestClient) -> None:
    bodies = {"order-sign": order_sign(), "order-select": order_select(), "patient-view": patient_view()}
    for service in services(canned):
        response = canned.post(f"/cds-services/{service['id']}", json=bodies[service["hook"]])
        assert response.status_code == 200
        assert "cards" in response.json()


def test_D9_an_unknown_service_is_not_found(canned: TestClient) -> None:
    assert_outcome(canned.post("/cds-services/no-such-service", json=order_sign()), 404)
    assert_outcome(canned.post("/cds-services/no-such-service/feedback", json={}), 404)


def test_D10_discovery_holds_nothing_empty(canned: TestClient) -> None:
    assert list(empties(canned.get("/cds-services").json())) == []


@pytest.mark.parametrize("path", ["/cds-services/", "//cds-services", "/cds-services//"])
def test_a_slash_too_many_is_forgiven_in_discovery(canned: TestClient, path: str) -> None:
    assert canned.get(f"http://testserver{path}").status_code == 200


@pytest.mark.parametrize("path", ["/cds-services//medication-order-sign", f"{SIGN}/"])
def test_a_slash_too_many_is_forgiven_in_a_call(canned: TestClient, path: str) -> None:
    assert canned.post(path, json=order_sign()).status_code == 200


def test_P1_templates_are_relative_reads_or_searches_with_context_tokens(canned: TestClient) -> None:
    for template in templates(canned).values():
        assert re.fullmatch(r"[A-Z][A-Za-z]+(/\{\{context\.\w+\}\}|\?\S+)", template), template
        assert TOKEN.sub("", template).count("{") == 0


def test_P2_searches_keep_to_the_portable_subset(canned: TestClient) -> None:
    for template in templates(canned).values():
        _, _, query = template.partition("?")
        for name, value in parse_qsl(query):
            assert name not in ("_include", "_revinclude", "_has", "_summary", "_elements", "_maxresults"), template
            assert "." not in name, template
            assert name.partition(":")[2] in ("", "in"), template
            if name == "date":
                assert value.startswith(DATE_PREFIXES), template


def test_P3_tokens_are_those_the_hooks_allow_and_are_always_there(canned: TestClient) -> None:
    tokens = {token for template in templates(canned).values() for token in TOKEN.findall(template)}
    assert tokens <= {"context.patientId", "context.userId", "context.encounterId"}
    assert "context.patientId" in tokens
