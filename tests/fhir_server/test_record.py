"""A patient's record on a FHIR server that other people wrote: what the service fetches from it by itself gets the same
cards as what an EHR sends along.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from cds.app import create_app
from cds.fhir.prefetch import TEMPLATES
from cds.selftest import ehr, wire
from cds.selftest.build import Situation
from cds.selftest.orders import PATIENT
from cds.service import Service
from cds.settings import Settings
from tests.bodies import SIGN, VIEW, patient_view
from tests.knowledge.vignettes.cases import Case, all_cases, situation

GRANT = {"access_token": "TOK-s", "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "s"}
NOW = datetime.now(UTC).replace(microsecond=0)
SEVERAL = slice(None, None, 7)
"""Every seventh case: all of them take a minute, and tell no more of the server."""


@pytest.fixture(scope="module")
def service(server: str, real_service: Service) -> Iterator[TestClient]:
    """The service of a hospital whose record system is the server."""
    settings = Settings(fhir_servers=frozenset({server}), budget=20)
    with TestClient(create_app(settings, real_service)) as client:
        yield client


@pytest.fixture(scope="module")
def put(server: str) -> Iterator[Any]:
    """Puts resources on the server, each under its own id, named for its case."""
    with httpx.Client(base_url=server, trust_env=False) as http:

        def one(resource: dict[str, Any]) -> None:
            answer = http.put(f"/{resource['resourceType']}/{resource['id']}", json=resource)
            assert answer.status_code in (200, 201), answer.text

        def every(at: Situation, name: str) -> None:
            for resource in json.loads(renamed(at.record, at, name)):
                one(resource | {"id": f"{name}-{resource['id']}"})

        yield every


def renamed(value: Any, at: Situation, name: str) -> str:
    """JSON in which everything of the record is called as it is on the server, where each case has its own."""
    text = wire.write(value)
    for resource in at.record:
        kind, old = resource["resourceType"], resource["id"]
        text = text.replace(f'"{kind}/{old}"', f'"{kind}/{name}-{old}"')
    return text


def sent_along(case: Case) -> tuple[Situation, dict[str, Any]]:
    """The record of a case, and the call of an EHR that sends it along."""
    at = situation(case, NOW)
    body: dict[str, Any] = json.loads(wire.write(ehr.request(at, TEMPLATES, case.name)))
    return at, body


def told(answer: Any) -> list[Any]:
    """The cards without what has to differ: uuids."""
    assert answer.status_code == 200, answer.text
    return [
        (card["indicator"], card["summary"], card.get("detail"), [way["label"] for way in card.get("suggestions", [])])
        for card in answer.json()["cards"]
    ]


def without_prefetch(body: dict[str, Any], at: Situation, name: str, server: str) -> dict[str, Any]:
    """The same call of a client that sends the orders alone, and a grant to read the record."""
    context = json.loads(renamed(body["context"], at, name)) | {"patientId": f"{name}-{PATIENT}"}
    if "encounterId" in context:
        context["encounterId"] = f"{name}-{context['encounterId'].removeprefix('Encounter/')}"
    return {**body, "context": context, "prefetch": {}, "fhirServer": server, "fhirAuthorization": GRANT}


CASES = [case for case in all_cases() if not situation(case, NOW).withheld][SEVERAL]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_fetched_gets_the_same_cards_as_what_is_sent_along(
    case: Case, server: str, service: TestClient, put: Any
) -> None:
    at, body = sent_along(case)
    put(at, case.name)
    alone = without_prefetch(body, at, case.name, server)
    assert told(service.post(SIGN, json=alone)) == told(service.post(SIGN, json=body))


@pytest.mark.parametrize("case", CASES[:5], ids=lambda case: case.name)
def test_it_is_the_same_at_patient_view(case: Case, server: str, service: TestClient, put: Any) -> None:
    at, body = sent_along(case)
    body["hook"] = "patient-view"
    put(at, case.name)
    alone = without_prefetch(body, at, case.name, server)
    assert told(service.post(VIEW, json=alone)) == told(service.post(VIEW, json=body))


def test_a_patient_that_the_server_does_not_know_is_not_checked(server: str, service: TestClient) -> None:
    at, body = sent_along(CASES[0])
    alone = without_prefetch(body, at, "nobody", server)
    answer = service.post(SIGN, json=alone)
    assert any("could not be read" in summary or "NOT checked" in summary or "Age unknown" in summary
               for _, summary, _, _ in told(answer))  # fmt: skip


def test_products_that_orders_only_refer_to_are_found_on_the_server(server: str, service: TestClient) -> None:
    subject = {"reference": "Patient/refers"}
    coding = {"system": "http://www.nlm.nih.gov/research/umls/rxnorm"}
    resources: list[dict[str, Any]] = [{"resourceType": "Patient", "id": "refers", "birthDate": "1970-05-01"}]
    for name, code in (("refers-1", "704"), ("refers-2", "8123")):
        resources += [
            {"resourceType": "Medication", "id": name, "code": {"coding": [{**coding, "code": code}]}},
            {
                "resourceType": "MedicationRequest",
                "id": name,
                "status": "active",
                "intent": "order",
                "subject": subject,
                "medicationReference": {"reference": f"Medication/{name}"},
            },
        ]
    with httpx.Client(base_url=server, trust_env=False) as http:
        for resource in resources:
            answer = http.put(f"/{resource['resourceType']}/{resource['id']}", json=resource)
            assert answer.status_code in (200, 201), answer.text
    body = patient_view() | {"prefetch": {}, "fhirServer": server, "fhirAuthorization": GRANT}
    body["context"]["patientId"] = "refers"
    loudest, *_ = told(service.post(VIEW, json=body))
    assert loudest[:2] == ("critical", "MAO inhibitor (phenelzine) with amitriptyline: contraindicated.")
