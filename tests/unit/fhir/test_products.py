"""A product that an order only refers to is asked for, from the server that keeps it, and never from another."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from cds.errors import FhirUnavailable
from cds.fhir.products import MOST, template
from cds.fhir.reading import read
from cds.hooks.gather import gather
from cds.hooks.request import ORDER_SIGN
from cds.hooks.request import read as read_request
from cds.settings import Settings
from tests.bodies import bundle, found, order_sign, patient_view
from tests.unit.fhir.shapes import AS_OF

BASE = "https://ehr.example.org/fhir"
GRANT = {"access_token": "T", "token_type": "Bearer", "expires_in": 300, "scope": "patient/*.rs", "subject": "s"}
PRODUCT = {"resourceType": "Medication", "id": "x-1", "code": {"text": "amitriptyline"}}


def order(reference: Any, **changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "id": "m-1",
        "status": "active",
        "subject": {"reference": "Patient/p-1"},
        "medicationReference": reference,
        **changes,
    }


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "Medication/x-1"},
        {"reference": f"{BASE}/Medication/x-1"},
        {"reference": "Medication/x-1/_history/2"},
        "Medication/x-1",
    ],
)
def test_a_product_that_is_only_referred_to_is_asked_for(reference: Any) -> None:
    assert template([bundle(order(reference))], BASE) == "Medication?_id=x-1"


@pytest.mark.parametrize(
    "reference",
    [
        {"reference": "https://elsewhere.example.org/fhir/Medication/x-1"},
        {"reference": "Medication/x-1", "display": "amitriptyline 25 mg"},
        {"reference": "Device/x-1"},
        {"reference": "Medication/../Patient"},
        {"reference": "Medication/x,y"},
        {"reference": "#inside"},
        {"reference": ""},
        {},
        None,
    ],
)
def test_what_is_known_or_kept_elsewhere_or_no_id_is_not(reference: Any) -> None:
    assert template([bundle(order(reference))], BASE) == ""


def test_what_was_sent_or_is_coded_is_not_asked_for() -> None:
    inside = order({"reference": "#x-1"}, contained=[PRODUCT])
    coded = order({"reference": "Medication/x-1"}, medicationCodeableConcept={"text": "amitriptyline"})
    assert template([bundle(order({"reference": "Medication/x-1"})), found(PRODUCT), None], BASE) == ""
    assert template([bundle(inside, coded), FhirUnavailable("down"), 7], BASE) == ""


def test_each_is_asked_for_once_and_no_more_than_fit_into_one_search() -> None:
    many = [order({"reference": f"Medication/{number}"}) for number in range(MOST + 5)]
    asked = template([bundle(*many, *many)], BASE)
    assert len(asked.partition("=")[2].split(",")) == MOST


class Server(httpx.AsyncBaseTransport):
    """A server whose orders only refer to their products."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url).removeprefix(f"{BASE}/"))
        name = request.url.path.split("/")[2].split("?")[0]
        held = {"MedicationRequest": [order({"reference": "Medication/x-1"})], "Medication": [PRODUCT]}
        body = found(*held.get(name, []))
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps(body).encode()))


def test_it_is_asked_for_after_the_orders_that_refer_to_it_and_read() -> None:
    server = Server()
    body = json.dumps(order_sign(prefetch={}, fhirServer=BASE, fhirAuthorization=GRANT)).encode()
    asked = read_request(body, ORDER_SIGN)
    had = asyncio.run(gather(asked, Settings(fhir_servers=frozenset({BASE})), server))
    assert server.asked[-1] == "Medication?_id=x-1"
    (medicine,) = read(asked.context, asked.prefetch, AS_OF, had).chart.medicines
    assert medicine.medication.concept.text == "amitriptyline"


def test_orders_that_were_sent_along_have_their_products_asked_for_too() -> None:
    server = Server()
    sent = patient_view(order({"reference": "Medication/x-1"}))["prefetch"] | {"alcohol": None, "issues": None}
    whole = order_sign(prefetch=sent, fhirServer=BASE, fhirAuthorization=GRANT)
    had = asyncio.run(
        gather(read_request(json.dumps(whole).encode(), ORDER_SIGN), Settings(fhir_servers=frozenset({BASE})), server)
    )
    assert server.asked == ["Medication?_id=x-1"]
    assert had.keys() == {"products"}
