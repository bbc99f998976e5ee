"""CDS Hooks, prefetch and FHIR access: rows PF1-PF6 and Q5-Q7 of the checklist, against a stand-in for the server."""
# ruff: noqa: N802 - the names carry the checklist's ids as they are written there

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import httpx
import pytest
from starlette.testclient import TestClient

from cds.app import create_app
from cds.cards.card import Reviewed
from cds.clinical.chart import Category, Chart
from cds.fhir.prefetch import NOT_MISSED, TEMPLATES
from cds.service import Service
from cds.settings import Settings
from tests.bodies import SIGN, found, order_sign, patient
from tests.canned import CannedService

BASE = "https://ehr.example.org/fhir"
GRANT = {
    "access_token": "TOK-sentinel",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.rs",
    "subject": "cds-service",
}
PATIENT = patient()
WHOLE: dict[str, Any] = {key: found() for key in TEMPLATES if key != "encounter"} | {"patient": PATIENT}
CONDITION = {
    "resourceType": "Condition",
    "id": "c-1",
    "subject": {"reference": "Patient/p-1"},
    "code": {"text": "A condition"},
}
ERROR = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
NOTHING_FOUND = {
    "resourceType": "Bundle",
    "type": "searchset",
    "total": 0,
    "entry": [
        {
            "resource": {"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "not-found"}]},
            "search": {"mode": "outcome"},
        }
    ],
}


@dataclass
class Server(httpx.AsyncBaseTransport):
    """Stands in for the client's FHIR server; keeps what it was asked."""

    asked: list[httpx.Request] = field(default_factory=list)
    status: int = 200

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        body = PATIENT if request.url.path.startswith("/fhir/Patient/") else found()
        return httpx.Response(self.status, stream=httpx.ByteStream(json.dumps(body).encode()))

    @property
    def kinds(self) -> list[str]:
        return sorted(request.url.path.split("/")[2] for request in self.asked)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def ehr(canned_service: CannedService, server: Server) -> Iterator[TestClient]:
    """The application of a hospital that lets it read from its FHIR server."""
    app = create_app(Settings(fhir_servers=frozenset({BASE})), cast(Service, canned_service))
    app.state.endpoints.transport = server
    with TestClient(app) as client:
        yield client


def call(client: TestClient, service: CannedService, prefetch: Any, **changes: Any) -> Chart:
    """Send an order with this prefetch and a grant; give the chart that was reviewed."""
    body = {"fhirServer": BASE, "fhirAuthorization": GRANT} | changes
    response = client.post(SIGN, json=order_sign(prefetch=prefetch, **body))
    assert response.status_code == 200, response.text
    assert "TOK-sentinel" not in response.text
    return service.asked[-1][1]


def gaps(chart: Chart) -> dict[Category, str]:
    return {gap.category: gap.reason for gap in chart.gaps}


def test_a_whole_prefetch_is_not_fetched_again(ehr: TestClient, canned_service: CannedService, server: Server) -> None:
    assert gaps(call(ehr, canned_service, WHOLE)) == {}
    assert server.asked == []


@pytest.mark.parametrize("key", sorted(WHOLE.keys() - {"patient"}))
@pytest.mark.parametrize("value", [None, found(), NOTHING_FOUND], ids=["null", "empty Bundle", "nothing found"])
def test_PF1_null_and_an_empty_bundle_mean_nothing_on_record_and_are_not_fetched_again(
    ehr: TestClient, canned_service: CannedService, server: Server, key: str, value: Any
) -> None:
    assert gaps(call(ehr, canned_service, WHOLE | {key: value})) == {}
    assert server.asked == []


def test_PF1_a_patient_that_is_null_is_not_checked(
    ehr: TestClient, canned_service: CannedService, server: Server
) -> None:
    assert Category.PATIENT in gaps(call(ehr, canned_service, WHOLE | {"patient": None}))
    assert server.asked == []


@pytest.mark.parametrize("key", sorted(WHOLE))
def test_PF2_a_key_that_is_absent_is_fetched_by_its_own_template(
    ehr: TestClient, canned_service: CannedService, server: Server, key: str
) -> None:
    sent = {other: value for other, value in WHOLE.items() if other != key}
    assert gaps(call(ehr, canned_service, sent)) == {}
    (asked,) = server.asked
    path, _, query = TEMPLATES[key].partition("?")
    assert asked.url.path == f"/fhir/{path}".replace("{{context.patientId}}", "p-1")
    assert [name for name, _ in asked.url.params.multi_items()] == [
        part.partition("=")[0] for part in query.split("&") if part
    ]
    assert asked.headers["authorization"] == "Bearer TOK-sentinel"


@pytest.mark.parametrize("key", sorted(WHOLE.keys() - NOT_MISSED))
def test_PF2_a_key_that_is_absent_and_cannot_be_fetched_is_a_gap(
    canned: TestClient, canned_service: CannedService, key: str
) -> None:
    sent = {other: value for other, value in WHOLE.items() if other != key}
    if key == "pregnancy":
        sent.pop("conditions")  # a readable problem list answers for pregnancy too
    response = canned.post(SIGN, json=order_sign(prefetch=sent))
    assert response.status_code == 200
    assert gaps(canned_service.asked[-1][1])


def test_PF2_without_any_prefetch_everything_is_fetched_once(
    ehr: TestClient, canned_service: CannedService, server: Server
) -> None:
    call(ehr, canned_service, {})
    assert server.kinds == sorted(template.partition("?")[0].split("/")[0] for key, template in TEMPLATES.items()
                                  if key != "encounter")  # fmt: skip


def test_PF2_an_encounter_that_is_named_is_fetched(
    ehr: TestClient, canned_service: CannedService, server: Server
) -> None:
    body = order_sign(prefetch=WHOLE, fhirServer=BASE, fhirAuthorization=GRANT)
    body["context"]["encounterId"] = "e-1"
    assert ehr.post(SIGN, json=body).status_code == 200
    assert server.kinds == ["Encounter"]


def test_PF2_a_key_of_the_clients_own_is_understood_by_its_name(
    ehr: TestClient, canned_service: CannedService, server: Server
) -> None:
    own = {("problem_list" if key == "conditions" else key): value for key, value in WHOLE.items()}
    assert gaps(call(ehr, canned_service, own)) == {}
    assert server.asked == []


@pytest.mark.parametrize("key", sorted(WHOLE.keys() - NOT_MISSED))
def test_PF3_an_error_in_place_of_data_is_not_data_and_is_not_fetched_again(
    ehr: TestClient, canned_service: CannedService, server: Server, key: str
) -> None:
    assert gaps(call(ehr, canned_service, WHOLE | {key: ERROR}))
    assert server.asked == []


def test_PF4_a_list_whose_further_pages_are_missing_is_partial(ehr: TestClient, canned_service: CannedService) -> None:
    page = found(CONDITION) | {"link": [{"relation": "next", "url": f"{BASE}?page=2"}]}
    chart = call(ehr, canned_service, WHOLE | {"conditions": page})
    assert "incomplete" in gaps(chart)[Category.CONDITIONS]
    assert len(chart.conditions) == 1


def test_PF5_a_key_that_nobody_asked_for_is_ignored(
    ehr: TestClient, canned_service: CannedService, server: Server
) -> None:
    assert gaps(call(ehr, canned_service, WHOLE | {"somethingElse": {"resourceType": "Slot"}, "x": None})) == {}
    assert server.asked == []


def test_PF6_another_patients_data_is_not_used(ehr: TestClient, canned_service: CannedService) -> None:
    other = CONDITION | {"subject": {"reference": "Patient/p-2"}}
    chart = call(ehr, canned_service, WHOLE | {"conditions": found(other)})
    assert chart.conditions == ()
    assert "another patient" in gaps(chart)[Category.CONDITIONS]


@pytest.mark.parametrize("status", [302, 401, 403, 404, 500, 503])
def test_H2_a_server_that_does_not_give_data_makes_a_gap_and_no_error(
    ehr: TestClient, canned_service: CannedService, server: Server, status: int
) -> None:
    server.status = status
    chart = call(ehr, canned_service, {})
    assert {Category.PATIENT, Category.CONDITIONS, Category.ALLERGIES, Category.MEDICINES} <= gaps(chart).keys()
    once = len(TEMPLATES) - 1
    again = 2 if status in (500, 503) else 1  # a server that is troubled is asked once more, while there is time
    older = 1 if status == 404 else 0  # it may be a server of DSTU2, where orders have another name
    assert len(server.asked) == again * once + older, "no redirect is followed"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fhirAuthorization": GRANT | {"expires_in": 0}}, "run out"),
        ({"fhirAuthorization": GRANT | {"patient": "p-2"}}, "another patient"),
        ({"fhirServer": "https://evil.example.org/fhir"}, "not one that this service"),
        ({"fhirServer": f"{BASE}@evil.example.org"}, "not one that this service"),
    ],
    ids=["run out", "other patient", "other server", "server in the user part"],
)
def test_Q5_Q6_Q7_a_grant_that_may_not_be_used_is_not_and_the_reason_is_told(
    ehr: TestClient, canned_service: CannedService, server: Server, changes: dict[str, Any], reason: str
) -> None:
    chart = call(ehr, canned_service, {}, **changes)
    assert server.asked == []
    assert reason in gaps(chart)[Category.CONDITIONS]


def test_Q7_an_address_without_a_grant_is_not_called(
    ehr: TestClient, canned_service: CannedService, server: Server
) -> None:
    response = ehr.post(SIGN, json=order_sign(prefetch={}, fhirServer=BASE))
    assert response.status_code == 200
    assert server.asked == []
    assert gaps(canned_service.asked[-1][1])[Category.CONDITIONS]


def test_PF6_a_draft_that_names_another_patient_is_never_passed_in_silence(
    ehr: TestClient, canned_service: CannedService
) -> None:
    body = order_sign()
    body["context"]["draftOrders"]["entry"][0]["resource"]["subject"] = {"reference": "Patient/p-2"}
    canned_service.reviewed = Reviewed(())
    answer = ehr.post(SIGN, json=body)
    (card,) = answer.json()["cards"]
    assert card["indicator"] == "critical"
    assert "ANOTHER patient" in card["summary"]


# --- an older server ------------------------------------------------------------------------------------------

AMITRIPTYLINE = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "704"}]}
OLD_ORDER = {
    "resourceType": "MedicationOrder",
    "id": "old-1",
    "status": "active",
    "patient": {"reference": "Patient/p-1"},
    "medicationCodeableConcept": AMITRIPTYLINE,
    "dosageInstruction": [
        {"doseQuantity": {"value": 25, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"},
         "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnits": "d"}}}
    ],
}  # fmt: skip
OLD_STATEMENT = {
    "resourceType": "MedicationStatement",
    "id": "old-2",
    "status": "active",
    "patient": {"reference": "Patient/p-1"},
    "medicationCodeableConcept": {"text": "phenelzine"},
    "dosage": [{"quantityQuantity": {"value": 15, "unit": "mg"}}],
}


@dataclass
class OldServer(Server):
    """A server of DSTU2: it knows no MedicationRequest."""

    holds: bool = True

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        name = request.url.path.split("/")[2]
        if name == "MedicationRequest" or (name == "MedicationOrder" and not self.holds):
            return httpx.Response(404, stream=httpx.ByteStream(json.dumps(ERROR).encode()))
        held = {"MedicationOrder": [OLD_ORDER], "MedicationStatement": [OLD_STATEMENT]}
        body = PATIENT if name == "Patient" else found(*held.get(name, []))
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps(body).encode()))


@pytest.fixture
def old(canned_service: CannedService) -> Iterator[tuple[TestClient, OldServer]]:
    server = OldServer()
    app = create_app(Settings(fhir_servers=frozenset({BASE})), cast(Service, canned_service))
    app.state.endpoints.transport = server
    with TestClient(app) as client:
        yield client, server


def test_PF2_a_server_of_dstu2_is_asked_for_orders_by_their_older_name(
    old: tuple[TestClient, OldServer], canned_service: CannedService
) -> None:
    client, server = old
    chart = call(client, canned_service, {})
    assert gaps(chart) == {}
    assert {order.reference for order in chart.medicines} == {"MedicationOrder/old-1", "MedicationStatement/old-2"}
    (dose,) = [order.instructions[0].dose for order in chart.medicines if order.reference == "MedicationOrder/old-1"]
    assert dose is not None
    assert str(dose[0]) == "25 mg"
    assert server.kinds.count("MedicationRequest") == server.kinds.count("MedicationOrder") == 1


def test_PF2_where_the_drafts_are_dstu2_the_older_name_is_asked_for_at_once(
    old: tuple[TestClient, OldServer], canned_service: CannedService
) -> None:
    client, server = old
    body = order_sign(
        OLD_ORDER | {"id": "d-1", "status": "draft"}, prefetch={}, fhirServer=BASE, fhirAuthorization=GRANT
    )
    assert client.post(SIGN, json=body).status_code == 200
    assert gaps(canned_service.asked[-1][1]) == {}
    assert "MedicationRequest" not in server.kinds


def test_PF2_a_server_that_knows_neither_name_leaves_a_gap(
    old: tuple[TestClient, OldServer], canned_service: CannedService
) -> None:
    client, server = old
    server.holds = False
    assert "404" in gaps(call(client, canned_service, {}))[Category.MEDICINES]
