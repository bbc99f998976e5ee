"""Unknown codes are asked for before the review, when a source is set, and never otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from starlette.testclient import TestClient

from cds.app import create_app
from cds.hooks.request import REPORT
from cds.settings import Settings
from cds.terminology.rxnav import RxNav
from tests.bodies import SIGN, order, order_sign

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
PREGABALIN = "187832"  # an ingredient that is covered, behind a product code that the tables do not know


class Source:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.status = 200

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        part = {
            "baseRxcui": PREGABALIN,
            "baseName": "x",
            "numeratorValue": "75",
            "numeratorUnit": "MG",
            "denominatorValue": "1",
            "denominatorUnit": "1",
        }
        history = {
            "metaData": {"status": "Active"},
            "attributes": {"name": "x 75 MG Oral Capsule", "tty": "SCD"},
            "definitionalFeatures": {
                "ingredientAndStrength": [part],
                "doseFormConcept": [{"doseFormName": "Oral Capsule"}],
            },
        }
        body = json.dumps({"rxcuiStatusHistory": history}).encode()
        return httpx.Response(self.status, stream=httpx.ByteStream(body))


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def asking(real_service: Any, source: Source) -> Iterator[TestClient]:
    app = create_app(Settings(rxnav="https://rxnav.example.org/REST"), real_service)
    endpoints = app.state.endpoints
    assert isinstance(endpoints.rxnav, RxNav)
    endpoints.rxnav = RxNav("https://rxnav.example.org/REST", transport=httpx.MockTransport(source))
    with TestClient(app) as client:
        yield client


def report(client: TestClient, code: str) -> dict[str, Any]:
    concept = {"coding": [{"system": RXNORM, "code": code}]}
    body = order_sign(order(medicationCodeableConcept=concept), extension={REPORT: True})
    answer = client.post(SIGN, json=body)
    assert answer.status_code == 200
    (review,) = (value for value in answer.json()["extension"].values() if "orders" in value)
    (found,) = review["orders"]
    return dict(found)


def test_an_unknown_code_is_asked_for_once_and_the_order_is_judged(asking: TestClient, source: Source) -> None:
    for _ in range(2):
        found = report(asking, "99999999")
        assert found["covered"] is True
        assert found["checked"]
        assert "reason" not in found
    assert source.asked == ["https://rxnav.example.org/REST/rxcui/99999999/historystatus.json"]


def test_a_known_code_is_not_asked_for(asking: TestClient, source: Source) -> None:
    assert report(asking, "483450")["covered"] is True
    assert source.asked == []


def test_a_source_that_fails_leaves_the_answer_as_it_was_without_it(
    asking: TestClient, client: TestClient, source: Source
) -> None:
    source.status = 500
    assert report(asking, "99999999") == report(client, "99999999")
    assert len(source.asked) == 1


def test_what_one_request_learned_is_not_in_the_service_of_the_next(asking: TestClient, real_service: Any) -> None:
    before = real_service.terminology
    report(asking, "99999999")
    assert real_service.terminology is before
    assert asking.app.state.endpoints.service is real_service  # type: ignore[attr-defined]


def test_without_a_setting_nobody_is_asked(client: TestClient) -> None:
    assert client.app.state.endpoints.rxnav is None  # type: ignore[attr-defined]
