"""The same order and record get the same cards, whichever FHIR release they are written in."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cds.hooks.demo import examples
from cds.settings import Settings
from tests.bodies import SIGN, VIEW, found, medicine, patient_view, stated
from tests.clients.twins import twin

BODIES = Path(__file__).parent / "bodies"
EXAMPLES = {
    example.title: json.loads(example.body) for example in examples(Settings().knowledge, datetime.now(UTC).date())
}
R4 = {"the sandbox's order": json.loads((BODIES / "sandbox-order-sign.json").read_text())} | EXAMPLES


def cards(client: TestClient, body: dict[str, Any], path: str = SIGN) -> list[dict[str, Any]]:
    """The cards without what has to differ: uuids, and resources, which are in the client's own release."""
    response = client.post(path, json=body)
    assert response.status_code == 200, response.text
    return [_comparable(card) for card in response.json()["cards"]]


def _comparable(card: dict[str, Any]) -> dict[str, Any]:
    same = {key: value for key, value in card.items() if key != "uuid"}
    same["suggestions"] = [
        {
            "label": suggestion["label"],
            "recommended": suggestion.get("isRecommended"),
            "actions": [(action["type"], action["description"]) for action in suggestion["actions"]],
        }
        for suggestion in card.get("suggestions", [])
    ]
    text = json.dumps(same["extension"]).replace("MedicationOrder/", "MedicationRequest/")
    return same | {"extension": json.loads(text)}


@pytest.mark.parametrize("release", ["dstu2", "stu3", "r5"])
@pytest.mark.parametrize("name", R4)
def test_a_twin_in_another_release_gets_the_same_cards(client: TestClient, name: str, release: str) -> None:
    assert cards(client, twin(R4[name], release)) == cards(client, R4[name])


@pytest.mark.parametrize("release", ["dstu2", "stu3", "r5"])
def test_what_is_taken_gets_the_same_cards_in_every_release(client: TestClient, release: str) -> None:
    kinds = [medicine("1", "amitriptyline", 100), medicine("2", "amitriptyline", 75), medicine("3", "phenelzine", 15)]
    body = patient_view(*kinds, statements=found(stated("4", "pregabalin", 300, 3)))
    said = cards(client, body, VIEW)
    assert [card["indicator"] for card in said] == ["critical", "critical", "critical"]
    assert cards(client, twin(body, release), VIEW) == said


def test_the_twins_differ_where_the_releases_do() -> None:
    order = {release: twin(R4["the sandbox's order"], release)["context"]["draftOrders"]["entry"][0]["resource"]
             for release in ("dstu2", "stu3", "r4", "r5")}  # fmt: skip
    assert order["dstu2"]["resourceType"] == "MedicationOrder"
    assert order["dstu2"]["dosageInstruction"][0]["timing"]["repeat"]["periodUnits"] == "d"
    assert "doseQuantity" in order["stu3"]["dosageInstruction"][0]
    assert "concept" in order["r5"]["medication"]
    assert "doseAndRate" in order["r4"]["dosageInstruction"][0]


def test_the_example_orders_get_the_levels_they_are_there_to_show(client: TestClient) -> None:
    said = {title: cards(client, body) for title, body in EXAMPLES.items()}
    levels = {
        title: [(card["indicator"], card["source"]["topic"]["code"]) for card in found] for title, found in said.items()
    }
    assert levels["Pregabalin within the documented range"] == []
    assert ("critical", "dose") in levels["Amitriptyline: the dose hidden in the tablets"]
    assert ("critical", "pregnancy") in levels["Ketamine in pregnancy"]
    assert ("critical", "mao-inhibitor") in levels["Amitriptyline beside an MAO inhibitor"]
    assert ("warning", "dose") in levels["Ketamine and no body weight on record"]
    assert "NOT checked" in said["Ketamine and no body weight on record"][0]["summary"]
    assert ("critical", "dose") in levels["Ketamine infusion just above the maximum"]
