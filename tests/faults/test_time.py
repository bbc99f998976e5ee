"""Clocks that are wrong, values and knowledge that are old, and whatever makes everybody wait."""

from __future__ import annotations

import ast
import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from starlette.testclient import TestClient

import cds
from cds.app import create_app
from cds.errors import AuthError
from cds.service import Service
from cds.settings import Settings
from cds.trust.client import Client
from cds.trust.trust import Trust
from tests import tokens
from tests.bodies import SIGN, found, order, order_sign, patient
from tests.faults.calls import BODY, JSON
from tests.standin import stand_in

GRANT = {"access_token": "TOK-s", "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "s"}
DRUG = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "704"}], "text": "amitriptyline"}
TEN_MINUTES = 600


def caller(folder: Path, ahead: int, **changes: Any) -> str:
    """Who a token is taken to be of, at a service whose clock is ``ahead`` seconds; else the reason of the refusal."""
    (folder / "keys.json").write_bytes(tokens.key_set())
    client = Client("north", tokens.ISSUER, folder / "keys.json")
    trust = Trust([client], tokens.BASE_URL, now=lambda: time.time() + ahead)
    try:
        return asyncio.run(trust.caller(f"Bearer {tokens.token(SIGN, **changes)}", SIGN)).name
    except AuthError as refused:
        return f"refused: {refused.reason}"


@pytest.mark.parametrize(
    ("ahead", "lives", "found"),
    [
        (50, 300, "north"), (-50, 300, "north"), (-70, 300, "refused: early"),
        (TEN_MINUTES, 900, "north"), (TEN_MINUTES, 300, "refused: expired"), (-TEN_MINUTES, 900, "refused: early"),
    ],
)  # fmt: skip
def test_a_clock_that_is_ten_minutes_wrong_is_seen_in_the_metrics_and_a_minute_is_forgiven(
    tmp_path: Path, ahead: int, lives: int, found: str
) -> None:
    now = int(time.time())
    assert caller(tmp_path, ahead, iat=now, exp=now + lives) == found
    measured = REGISTRY.get_sample_value("cds_clock_ahead_seconds", {"client": "north"})
    assert measured == pytest.approx(ahead, abs=3)


def test_no_budget_and_no_deadline_hangs_on_the_clock_of_the_wall() -> None:
    """Only the validity of tokens does, which is told in it."""
    root = Path(cds.__file__).parent
    users = set()
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and ast.unparse(node) == "time.time":
                users.add(path.relative_to(root).as_posix())
    assert users == {"store/replay.py", "trust/replay.py", "trust/trust.py"}


def weighed(days: int) -> dict[str, Any]:
    """A weight that is so old."""
    when = (datetime.now(UTC) - timedelta(days=days)).date().isoformat()
    return {
        "resourceType": "Observation", "id": "w", "status": "final", "effectiveDateTime": when,
        "subject": {"reference": "Patient/p-1"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "valueQuantity": {"value": 70, "unit": "kg", "system": "http://unitsofmeasure.org", "code": "kg"},
    }  # fmt: skip


def test_a_measured_value_that_is_too_old_is_not_used_and_that_is_said(real_service: Service) -> None:
    ketamine = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "6130"}], "text": "k"}
    dose = {"doseAndRate": [{"doseQuantity": {"value": 20, "system": "http://unitsofmeasure.org", "code": "mg"}}]}
    route = {"route": {"coding": [{"system": "http://snomed.info/sct", "code": "47625008"}]}}
    texts = {}
    with TestClient(create_app(Settings(), real_service)) as client:
        for days in (2, 3000):
            prefetch = {"patient": patient(), "weight": found(weighed(days))}
            one = order(medicationCodeableConcept=ketamine, dosageInstruction=[dose | route])
            texts[days] = client.post(SIGN, json=order_sign(one, prefetch=prefetch)).text
    assert "no usable body weight" in texts[3000]
    assert "no usable body weight" not in texts[2]


def aged(service: Service, due: date) -> Service:
    """The service with a next review due on this day."""
    drugs = tuple(
        replace(one, review=replace(one.review, next_review=due)) if one.id == "amitriptyline" else one
        for one in service.knowledge.drugs
    )
    return replace(service, knowledge=replace(service.knowledge, drugs=drugs))


def test_knowledge_whose_review_is_overdue_answers_and_says_so(real_service: Service) -> None:
    for late, told in ((1, True), (-1, False)):
        due = datetime.now(UTC).date() - timedelta(days=late)
        with TestClient(create_app(Settings(), aged(real_service, due))) as client:
            ready = client.get("/readyz")
            assert (ready.status_code, ready.json()["status"]) == (200, "degraded" if told else "ready")
            cards = client.post(SIGN, content=BODY, headers=JSON).text
            assert ("review OVERDUE: Amitriptyline" in cards) is told


def test_a_rule_that_blocks_holds_up_others_for_less_than_their_budget_and_is_measured(canned_service: Any) -> None:
    reviewed = canned_service.reviewed
    slow = order_sign(order(id="slow"))

    def review(drafts: Any, _chart: Any, _repeated: Any = None) -> Any:
        if any("slow" in one.reference for one in drafts.orders):
            time.sleep(0.5)
        return reviewed

    canned_service.review = review
    before = REGISTRY.get_sample_value("cds_loop_lag_seconds_sum") or 0.0
    settings = Settings(budget=1.5)
    with TestClient(create_app(settings, canned_service)) as client, ThreadPoolExecutor(4) as crowd:

        def others(_: int) -> float:
            begun = time.perf_counter()
            assert client.post(SIGN, json=order_sign()).status_code == 200
            return time.perf_counter() - begun

        blocked = crowd.submit(client.post, SIGN, json=slow)
        took = sorted(crowd.map(others, range(60)))
        assert blocked.result().status_code == 200
        time.sleep(0.3)
    assert took[-1] < settings.budget
    assert (REGISTRY.get_sample_value("cds_loop_lag_seconds_sum") or 0.0) - before > 0.2


def test_a_server_that_holds_a_hundred_connections_makes_nobody_wait_beyond_the_budget(real_service: Any) -> None:
    budget = 0.8
    with stand_in("silence") as silent, stand_in() as quick:
        settings = Settings(fhir_servers=frozenset({silent.base, quick.base}), budget=budget, concurrency=64)
        with TestClient(create_app(settings, real_service)) as client, ThreadPoolExecutor(30) as crowd:

            def ask(base: str) -> tuple[float, str]:
                body = order_sign(
                    order(medicationCodeableConcept=DRUG), fhirServer=base, fhirAuthorization=GRANT, prefetch={}
                )
                begun = time.perf_counter()
                answer = client.post(SIGN, json=body)
                assert answer.status_code == 200
                return time.perf_counter() - begun, json.dumps(answer.json()["cards"])

            ask(quick.base)
            for took, cards in crowd.map(ask, [silent.base] * 30):
                assert took < budget + 1.0  # thirty at once on two cores
                assert "could not be read" in cards
            assert silent.connections < 150  # of 240 that were wanted; a given-up one makes room for the next
            assert ask(quick.base)[0] < budget
