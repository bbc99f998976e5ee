"""The worked cases of this folder, each sent as a real order-sign request through the HTTP door, and the house rule
that says which are missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cds.clinical.quantity import UNITS, Quantity
from cds.knowledge.check_cases import missing
from cds.knowledge.fields import read_quantity
from cds.knowledge.worked import Edge, Side, WorkedCase, read_cases
from cds.selftest import ehr, wire
from cds.selftest.answers import FINDINGS
from cds.selftest.build import Situation, situation
from cds.selftest.categories import read_categories
from cds.selftest.judge import Way, judge, way_of
from cds.selftest.question import of_case
from cds.selftest.words import read_words
from cds.service import Service
from cds.settings import Settings

CASES = read_cases(Path(__file__).parent)
SERVICE = "medication-order-sign"
WORDS = read_words(Settings().knowledge)
CATEGORIES = read_categories(Settings().knowledge)
NEAR = Fraction(5, 100)


@pytest.fixture(scope="session")
def send(ask: Callable[[Situation, str], bytes]) -> Callable[[WorkedCase], bytes]:
    """Send a case to the service and give the answer's text."""
    return lambda case: ask(scene_of(case), f"{case.statement} {case.line}")


def scene_of(case: WorkedCase) -> Situation:
    """The record and the drafts of a case."""
    return situation(WORDS, case.scene, datetime.now(UTC).replace(microsecond=0))


@pytest.fixture(scope="session")
def ask(client: TestClient) -> Callable[[Situation, str], bytes]:
    """Send a record with drafts through the HTTP door."""
    services = client.get("/cds-services").json()["services"]
    (listed,) = [one for one in services if one["id"] == SERVICE]

    def asked(at: Situation, name: str) -> bytes:
        body = wire.write(ehr.request(at, listed["prefetch"], name))
        headers = {"content-type": "application/json"}
        response = client.post(f"/cds-services/{SERVICE}", content=body, headers=headers)
        assert response.status_code == 200, response.text
        return response.content

    return asked


@pytest.mark.parametrize("case", CASES, ids=[f"{case.statement}:{case.name}" for case in CASES])
def test_a_worked_case_is_answered_as_it_says(
    case: WorkedCase, send: Callable[[WorkedCase], bytes], real_service: Service
) -> None:
    answer = wire.read(send(case).decode())
    assert way_of(answer) is Way.FINDINGS
    question = of_case(case, real_service.knowledge.statements, CATEGORIES, WORDS)
    verdict = judge(question, answer, Way.FINDINGS)
    told = [f"{card['indicator']}: {card['summary']}" for card in answer["cards"]]
    assert verdict.passed, f"{case.file}:{case.line} missed {verdict.missed}, wrong {verdict.wrong}; it says {told}"


RANKS = {"info": 0, "warning": 1, "critical": 2}


def said_of(answer: Any, topic: str, orders: set[str], level: str) -> set[str]:
    """The statements that an answer tells of these orders under a topic, at this level or louder."""
    return {
        told["statement"]
        for card in answer["cards"]
        if card["source"]["topic"]["code"] == topic
        for told in card.get("extension", {}).get(FINDINGS, [])
        if RANKS[told["level"]] >= RANKS[level] and orders & set(told["orders"]) and not told.get("reason")
    }


@pytest.mark.parametrize("case", CASES, ids=[f"{case.statement}:{case.name}" for case in CASES])
def test_the_order_a_card_offers_sent_again_gets_less_of_that_card(
    case: WorkedCase, send: Callable[[WorkedCase], bytes], ask: Callable[[Situation, str], bytes]
) -> None:
    answer = wire.read(send(case).decode())
    for card in answer["cards"]:
        topic, level = card["source"]["topic"]["code"], card["indicator"]
        for offered in card.get("suggestions", []):
            orders = {_reference(one["resource"]) for one in offered["actions"] if one["type"] == "update"}
            if not orders or topic == "several" or level == "info":
                continue
            again = wire.read(ask(ehr.carry_out(scene_of(case), offered), f"{case.line} again").decode())
            before, after = (said_of(one, topic, orders, level) for one in (answer, again))
            assert after < before or not before, offered["label"]
            assert not (level == "critical" and after), offered["label"]


def _reference(resource: dict[str, Any]) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def test_every_tier_speaks_in_a_case_and_every_bound_is_pinned(real_service: Service) -> None:
    assert [str(fault) for fault in missing(real_service.knowledge.statements.values(), CASES)] == []


def test_each_case_is_needed_or_more_than_needed_but_never_unknown_to_the_rule(real_service: Service) -> None:
    """Without the cases of a statement the rule names every tier of it."""
    statements = real_service.knowledge.statements
    for name, statement in statements.items():
        if statement.fires:
            rest = [case for case in CASES if case.statement != name]
            lacking = [str(fault) for fault in missing(statements.values(), rest)]
            speaks = [words for words in lacking if f"{name} lacks a case in which it speaks" in words]
            assert len(speaks) == len(statement.tiers)


# --- The claims beside a bound are true ----------------------------------------------------------------------

# By hand, without the service's arithmetic: what one order gives, in the dimension of the bound.


def _given(case: WorkedCase, bound: Quantity) -> Fraction | None:
    """The amount of the draft, in base units; None where it is more than one order's plain figures."""
    order = case.scene.orders[0]
    weight = Fraction(read_quantity(case.scene.patient["weight"]).base)
    per_kg = "/kg" in bound.unit.code
    amount: Quantity | None = None
    if bound.unit.code == "a":
        return Fraction(case.scene.patient["age"]) * UNITS["a"].factor
    if bound.unit.code in {"s", "min"}:
        return read_quantity(order["over"]).base
    if bound.unit.code == "/d":
        return Fraction(int(order["times"].split()[0]), 24)
    if "rate" in order:
        amount = read_quantity(order["rate"])
    elif "dose" in order and bound.unit.code.endswith("/d"):
        daily = {"at night": 1, "once": 1}.get(order["times"]) or int(order["times"].split()[0])
        dose = read_quantity(order["dose"])
        amount = Quantity(dose.value * daily, UNITS[f"{dose.unit.code}/d"])
    elif "dose" in order:
        amount = read_quantity(order["dose"])
    if amount is None:
        return None
    return amount.base / weight if per_kg and "/kg" not in amount.unit.code else amount.base


def _differences(case: WorkedCase) -> bool:
    """Bounds of a step, an interval, a preparation or another order's dose are not this order's plain figures."""
    steps = ("step", "from-parenteral", "preparation")
    return any(word in case.statement for word in steps) and not case.statement.endswith("start")


AT_A_BOUND = [case for case in CASES if case.edge and not _differences(case)]


@pytest.mark.parametrize("case", AT_A_BOUND, ids=[f"{case.statement}:{case.name}" for case in AT_A_BOUND])
def test_an_amount_stands_where_the_case_says(case: WorkedCase) -> None:
    assert case.edge
    bound = case.edge.bound
    given = _given(case, bound)
    assert given is not None
    if case.edge.side is Side.EXACTLY:
        assert given == bound.base
        return
    assert (given < bound.base) is (case.edge.side is Side.BELOW)
    step = abs(given - bound.base)
    whole = bound.unit.code in {"/d", "a"}  # times a day and years have no smaller step
    assert step == bound.unit.factor if whole else step <= NEAR * bound.base


def test_a_bound_that_no_case_names_is_missed(real_service: Service) -> None:
    statements = real_service.knowledge.statements
    (edge,) = [case for case in CASES if case.statement == "ketamine.administration.push-time" and _exactly(case)]
    rest = [case for case in CASES if case is not edge]
    (fault,) = missing(statements.values(), rest)
    assert "exactly 60 s" in fault.message
    moved = replace(edge, edge=Edge(Side.EXACTLY, Quantity(Decimal(1), UNITS["min"])))
    assert missing(statements.values(), [*rest, moved]) == []


def _exactly(case: WorkedCase) -> bool:
    return case.edge is not None and case.edge.side is Side.EXACTLY
