"""Every answer is recorded, in codes alone; what was overridden is not said again, and a critical finding always is."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from cds.app import create_app
from cds.fhir.reading.mitigated import Mitigations
from cds.hooks import demo
from cds.service import Service
from cds.settings import Settings
from cds.store.database import Database
from cds.store.export import decisions
from cds.store.tables import ENTRIES, FEEDBACK
from tests.bodies import VIEW, medicine, patient_view

SIGN = "/cds-services/medication-order-sign"
KEY = "0123456789abcdef0123456789abcdef"
FINDINGS = "org.medication-order-cds.findings"
REVIEW = "org.medication-order-cds.review"
PREGNANCY, USE = "ketamine.pregnancy", "ketamine.safe-use"


def example(number: int) -> dict[str, Any]:
    """A demonstration order, within an encounter."""
    found = demo.examples(Settings().knowledge, datetime.now(UTC).date())[number - 1]
    body: dict[str, Any] = json.loads(found.body)
    body["context"]["encounterId"] = "SENTINEL-encounter"
    return body


class Ehr:
    """A client of the service and its database."""

    def __init__(self, client: TestClient, database: Database) -> None:
        self.client = client
        self.database = database

    def sign(self, body: dict[str, Any]) -> dict[str, Any]:
        response = self.client.post(SIGN, json=body)
        assert response.status_code == 200
        answer: dict[str, Any] = response.json()
        return answer

    def override(self, answer: dict[str, Any], outcome: str = "overridden") -> Any:
        now = datetime.now(UTC).isoformat()
        report = {"outcome": outcome, "outcomeTimestamp": now}
        if outcome == "accepted":
            report["acceptedSuggestions"] = [{"id": "s"}]
        else:
            report["overrideReason"] = {"reason": {"code": "BENEFIT", "system": "s"}, "userComment": "SENTINEL words"}
        items = [{"card": card["uuid"], **report} for card in answer["cards"]]
        return self.client.post(f"{SIGN}/feedback", json={"feedback": items})

    def recorded(self, number: int) -> list[Any]:
        """The decisions, once there are so many."""
        end = time.monotonic() + 10
        while True:
            with self.database.reading() as connection:
                found = list(decisions(connection, "2000", "3000"))
            if len(found) >= number or time.monotonic() > end:
                assert len(found) == number
                return found
            time.sleep(0.01)


@pytest.fixture
def ehr(real_service: Service, tmp_path: Path) -> Iterator[Ehr]:
    yield from started(real_service, Settings(database=str(tmp_path / "cds.sqlite"), hash_key=KEY))


def started(service: Service, settings: Settings) -> Iterator[Ehr]:
    database = Database(settings.database)
    database.upgrade()
    with TestClient(create_app(settings, service)) as client:
        yield Ehr(client, database)
        database.close()


def said(answer: dict[str, Any]) -> list[str]:
    return sorted(told["statement"] for card in answer["cards"] for told in card["extension"][FINDINGS])


# --- the record -----------------------------------------------------------------------------------------------


def test_an_answer_is_recorded_with_versions_and_codes(ehr: Ehr, real_service: Service) -> None:
    answer = ehr.sign(example(3))
    (decision,) = ehr.recorded(1)
    assert decision.instance == example(3)["hookInstance"]
    assert decision.knowledge == real_service.knowledge.version
    assert [card.uuid for card in decision.cards] == [card["uuid"] for card in answer["cards"]]
    assert sorted(one.statement for one in decision.fired) == said(answer)
    assert decision.orders[0].ingredients == ("ketamine",)
    assert decision.milliseconds >= 0


def test_an_answer_without_cards_is_recorded_too(ehr: Ehr) -> None:
    assert ehr.sign(example(1))["cards"] == []
    (decision,) = ehr.recorded(1)
    assert decision.cards == decision.fired == ()
    assert len(decision.orders) == 1


def test_an_answer_about_what_is_taken_is_recorded_with_those_it_judged(ehr: Ehr) -> None:
    body = patient_view(medicine("1", "amitriptyline", 100), medicine("2", "amoxicillin", 500))
    assert ehr.client.post(VIEW, json=body).json() == {"cards": []}
    (decision,) = ehr.recorded(1)
    assert (decision.hook, decision.service) == ("patient-view", "medication-patient-view")
    assert [order.ingredients for order in decision.orders] == [("amitriptyline",)]
    assert [(one.statement, one.withheld) for one in decision.fired] == [("amitriptyline.usual-top", "information")]


def test_what_was_not_checked_is_recorded_with_its_label(ehr: Ehr) -> None:
    ehr.sign(example(5))
    (decision,) = ehr.recorded(1)
    assert "N1" in {one.lack for one in decision.not_checked}


def test_nothing_that_names_the_patient_is_kept(ehr: Ehr) -> None:
    body = example(3)
    body["context"]["patientId"] = "SENTINEL-patient"
    order = body["context"]["draftOrders"]["entry"][0]["resource"]
    order["id"] = "SENTINEL-order"
    order["note"] = [{"text": "SENTINEL note"}]
    order["medicationCodeableConcept"]["text"] = "ketamine SENTINEL"
    order["medicationCodeableConcept"]["coding"] = [
        {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "SENTINEL"}
    ]
    answer = ehr.sign(body)
    ehr.override(answer)
    ehr.recorded(1)
    with ehr.database.reading() as connection:
        kept = [*connection.execute(select(ENTRIES)).all(), *connection.execute(select(FEEDBACK)).all()]
    assert "SENTINEL" not in str(kept)


def test_the_same_patient_is_the_same_hash_and_another_is_another(ehr: Ehr) -> None:
    other = example(1)
    other["context"]["patientId"] = "p-other"
    for body in (example(1), example(1), other):
        ehr.sign(body)
    first, second, third = ehr.recorded(3)
    assert first.patient == second.patient != third.patient
    assert len(first.patient) == 32


# --- feedback -------------------------------------------------------------------------------------------------


def test_feedback_is_kept_without_its_comment(ehr: Ehr) -> None:
    answer = ehr.sign(example(3))
    assert [ehr.override(answer).status_code for _ in range(2)] == [200, 200]
    with ehr.database.reading() as connection:
        rows = connection.execute(select(FEEDBACK)).all()
    assert {row.card for row in rows} == {card["uuid"] for card in answer["cards"]}
    assert {(row.outcome, row.reason, row.comment) for row in rows} == {("overridden", "BENEFIT", None)}


def test_without_its_database_the_service_answers_and_refuses_feedback(real_service: Service, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(database=str(tmp_path / "file" / "cds.sqlite"))
    with TestClient(create_app(settings, real_service)) as client:
        ehr = Ehr(client, Database(str(tmp_path / "unused.sqlite")))
        answer = ehr.sign(example(3))
        assert answer["cards"]
        refused = ehr.override(answer)
        assert refused.status_code == 503
        assert refused.headers["retry-after"] == "30"
        ready = client.get("/readyz")
        assert ready.status_code == 200
        assert ready.json()["problems"] == ["decisions are not being recorded"]


# --- repeats --------------------------------------------------------------------------------------------------


def test_what_was_overridden_is_not_shown_again_but_the_critical_is(ehr: Ehr) -> None:
    first = ehr.sign(example(3))
    assert said(first) == [PREGNANCY, USE]
    ehr.override(first)
    second = ehr.sign(example(3))
    assert said(second) == [PREGNANCY]
    assert [told["statement"] for told in second["extension"][REVIEW]["withheld"]] == [USE]
    *_, last = ehr.recorded(2)
    assert [(one.statement, one.withheld) for one in last.fired if one.withheld] == [(USE, "overridden")]


def other_encounter(body: dict[str, Any]) -> None:
    body["context"]["encounterId"] = "another"


def no_encounter(body: dict[str, Any]) -> None:
    del body["context"]["encounterId"]


def other_patient(body: dict[str, Any]) -> None:
    body["context"]["patientId"] = "another"


def other_instruction(body: dict[str, Any]) -> None:
    order = body["context"]["draftOrders"]["entry"][0]["resource"]
    order["dosageInstruction"][0]["route"] = {"text": "intramuscular"}


@pytest.mark.parametrize("change", [other_encounter, no_encounter, other_patient, other_instruction])
def test_it_is_shown_again_when_anything_is_different(ehr: Ehr, change: Callable[[dict[str, Any]], None]) -> None:
    ehr.override(ehr.sign(example(3)))
    body = example(3)
    change(body)
    assert "withheld" not in ehr.sign(body).get("extension", {}).get(REVIEW, {})


def test_the_same_order_under_another_id_is_the_same_order(ehr: Ehr) -> None:
    ehr.override(ehr.sign(example(3)))
    body = example(3)
    body["context"]["draftOrders"]["entry"][0]["resource"]["id"] = "renamed"
    assert said(ehr.sign(body)) == [PREGNANCY]


def test_what_was_accepted_is_shown_again(ehr: Ehr) -> None:
    ehr.override(ehr.sign(example(3)), "accepted")
    assert said(ehr.sign(example(3))) == [PREGNANCY, USE]


def test_a_setting_has_everything_shown_again(real_service: Service, tmp_path: Path) -> None:
    settings = Settings(database=str(tmp_path / "cds.sqlite"), hash_key=KEY, repeats=False)
    for ehr in started(real_service, settings):
        ehr.override(ehr.sign(example(3)))
        assert said(ehr.sign(example(3))) == [PREGNANCY, USE]


# --- what the record says was dealt with ----------------------------------------------------------------------


def issue(body: dict[str, Any], **changes: Any) -> dict[str, Any]:
    order = body["context"]["draftOrders"]["entry"][0]["resource"]
    return {
        "resourceType": "DetectedIssue",
        "id": "i-1",
        "status": "final",
        "patient": {"reference": f"Patient/{body['context']['patientId']}"},
        "identifier": [{"system": "urn:medication-order-cds:statement", "value": USE}],
        "implicated": [{"reference": f"MedicationRequest/{order['id']}"}],
        "mitigation": [{"action": {"text": "dealt with"}, "date": "2026-11-24T10:00:00Z"}],
    } | changes


@pytest.mark.parametrize(
    ("changes", "written", "withheld"),
    [
        ({}, "", True),
        ({}, "2026-11-24T09:00:00Z", True),
        ({}, "2026-11-24T11:00:00Z", False),
        ({}, "2026-11-24", False),
        ({"mitigation": []}, "", False),
        ({"status": "entered-in-error"}, "", False),
        ({"patient": {"reference": "Patient/another"}}, "", False),
        ({"implicated": [{"reference": "MedicationRequest/another"}]}, "", False),
        ({"identifier": []}, "", False),
        ({"identifier": [], "code": {"coding": [{"code": "DRG"}]}}, "", False),
        (
            {"identifier": [], "code": {"coding": [{"system": "urn:medication-order-cds:statement", "code": USE}]}},
            "",
            True,
        ),
    ],
)
def test_a_mitigation_in_the_record_counts_when_it_is_about_this_order_and_statement(
    client: TestClient, changes: dict[str, Any], written: str, withheld: bool
) -> None:
    body = example(3)
    body["context"]["draftOrders"]["entry"][0]["resource"]["authoredOn"] = written or None
    body["prefetch"]["issues"] = {"resourceType": "Bundle", "entry": [{"resource": issue(body, **changes)}]}
    answer = client.post(SIGN, json=body).json()
    assert said(answer) == [PREGNANCY] if withheld else [PREGNANCY, USE]


def test_a_mitigation_never_hides_a_critical_finding(client: TestClient) -> None:
    body = example(3)
    named = [{"system": "urn:medication-order-cds:statement", "value": PREGNANCY}]
    body["prefetch"]["issues"] = issue(body, identifier=named)
    assert PREGNANCY in said(client.post(SIGN, json=body).json())


def test_an_interaction_dealt_with_is_known_by_its_two_orders() -> None:
    both = [{"reference": "MedicationRequest/a"}, {"reference": "https://ehr.example.org/fhir/MedicationRequest/b"}]
    body = {"context": {"patientId": "p", "draftOrders": {"entry": [{"resource": {"id": "a"}}]}}}
    found = issue(body, implicated=both, identifier=[], code={"coding": [{"code": "DRG"}]})
    known = Mitigations.read(body["context"], {"x": found}, {})
    orders = frozenset({"MedicationRequest/a", "MedicationRequest/b"})
    assert known.covers("any.statement", orders)
    assert not known.covers("any.statement", frozenset({"MedicationRequest/a"}))
    assert not known.covers("any.statement", orders | {"MedicationRequest/c"})
    assert replace(known, issues=()).covers("any.statement", orders) is False


# --- what order-select showed ---------------------------------------------------------------------------------

SELECT = "/cds-services/medication-order-select"


def selected(body: dict[str, Any]) -> dict[str, Any]:
    """The same order while it is being written."""
    order = body["context"]["draftOrders"]["entry"][0]["resource"]
    context = body["context"] | {"selections": [f"{order['resourceType']}/{order['id']}"]}
    return body | {"hook": "order-select", "context": context}


def asking(body: dict[str, Any], value: Any = True, name: str = "pddi-configuration-items") -> dict[str, Any]:
    return body | {"extension": {name: {"filter-out-repeated-alerts": value}}}


def select_first(ehr: Ehr, body: dict[str, Any] | None = None) -> None:
    """Order-select is answered, and its answer recorded."""
    assert ehr.client.post(SELECT, json=selected(body or example(3))).status_code == 200
    ehr.recorded(1)


@pytest.mark.parametrize("value", [True, "true"])
@pytest.mark.parametrize("name", ["pddi-configuration-items", "configuration-items"])
def test_a_client_may_ask_not_to_be_shown_again_what_order_select_showed(ehr: Ehr, value: Any, name: str) -> None:
    select_first(ehr)
    answer = ehr.sign(asking(example(3), value, name))
    assert said(answer) == [PREGNANCY], "what is critical is always shown"
    withheld = [(told["statement"], told["reason"]) for told in answer["extension"][REVIEW]["withheld"]]
    assert withheld == [(USE, "shown")]
    *_, last = ehr.recorded(2)
    assert [(one.statement, one.withheld) for one in last.fired if one.withheld] == [(USE, "shown")]


@pytest.mark.parametrize("value", [False, "false", None, "yes", 1, {}, []])
def test_a_client_that_does_not_ask_is_shown_everything(ehr: Ehr, value: Any) -> None:
    select_first(ehr)
    assert said(ehr.sign(asking(example(3), value))) == [PREGNANCY, USE]


@pytest.mark.parametrize("extension", [None, [], "x", {"pddi-configuration-items": [1]}, {"configuration-items": "x"}])
def test_an_extension_of_another_shape_asks_for_nothing(ehr: Ehr, extension: Any) -> None:
    select_first(ehr)
    assert said(ehr.sign(example(3) | {"extension": extension})) == [PREGNANCY, USE]


@pytest.mark.parametrize("change", [other_encounter, no_encounter, other_patient, other_instruction])
def test_what_order_select_showed_of_something_else_is_shown(
    ehr: Ehr, change: Callable[[dict[str, Any]], None]
) -> None:
    select_first(ehr)
    body = asking(example(3))
    change(body)
    assert "withheld" not in ehr.sign(body).get("extension", {}).get(REVIEW, {})


def test_what_order_sign_showed_is_shown_again(ehr: Ehr) -> None:
    ehr.sign(example(3))
    ehr.recorded(1)
    assert said(ehr.sign(asking(example(3)))) == [PREGNANCY, USE]


def test_what_was_shown_more_than_a_day_ago_is_shown_again(ehr: Ehr) -> None:
    memory = ehr.client.app.state.endpoints.memory  # type: ignore[attr-defined]
    select_first(ehr)
    now = memory.now
    memory.now = lambda: now() + timedelta(hours=25)
    assert said(ehr.sign(asking(example(3)))) == [PREGNANCY, USE]


def test_order_select_itself_shows_everything_each_time(ehr: Ehr) -> None:
    select_first(ehr)
    answer = ehr.client.post(SELECT, json=asking(selected(example(3)))).json()
    assert said(answer) == [PREGNANCY, USE]


def test_the_setting_that_shows_everything_goes_before_what_a_client_asks(
    real_service: Service, tmp_path: Path
) -> None:
    settings = Settings(database=str(tmp_path / "cds.sqlite"), hash_key=KEY, repeats=False)
    for ehr in started(real_service, settings):
        select_first(ehr)
        assert said(ehr.sign(asking(example(3)))) == [PREGNANCY, USE]


def test_what_was_overridden_is_called_so_even_where_it_was_shown_at_order_select(ehr: Ehr) -> None:
    select_first(ehr)
    ehr.override(ehr.sign(example(3)))
    answer = ehr.sign(asking(example(3)))
    assert [told["reason"] for told in answer["extension"][REVIEW]["withheld"]] == ["overridden"]


def test_the_options_are_listed_in_discovery(client: TestClient) -> None:
    listed = {one["hook"]: one.get("extension", {}) for one in client.get("/cds-services").json()["services"]}
    codes = {
        hook: [item["code"] for item in extension.get("pddi-configuration-items", [])]
        for hook, extension in listed.items()
    }
    assert codes == {
        "order-sign": ["filter-out-repeated-alerts"],
        "order-select": ["cache-for-order-sign-filtering"],
        "patient-view": [],
    }
