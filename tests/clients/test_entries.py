"""Single entries of a record as real systems write them lead to the card they must: the table is ``entries.yaml``."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from starlette.testclient import TestClient

from tests.bodies import SIGN, found, order, order_sign, patient

SYSTEMS: Final = {
    "snomed": "http://snomed.info/sct",
    "icd-10-cm": "http://hl7.org/fhir/sid/icd-10-cm",
    "icd-10": "http://hl7.org/fhir/sid/icd-10",
}
UNITS: Final = "http://unitsofmeasure.org"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
LEVELS: Final = ("info", "warning", "critical")
GROUPS: Final = yaml.safe_load((Path(__file__).parent / "entries.yaml").read_text("utf-8"))
ROWS: Final = [
    pytest.param(row, id=f"{group}: {', '.join(str(value) for value in row.values())}")
    for group, rows in GROUPS.items()
    for row in rows
]


def _dose(value: float, times: int, route: str) -> list[dict[str, Any]]:
    return [
        {
            "route": {"coding": [{"system": SYSTEMS["snomed"], "code": route}]},
            "timing": {"repeat": {"frequency": times, "period": 1, "periodUnit": "d"}},
            "doseAndRate": [{"doseQuantity": {"value": value, "unit": "mg", "system": UNITS, "code": "mg"}}],
        }
    ]


def _drug(code: str, name: str) -> dict[str, Any]:
    return {"coding": [{"system": RXNORM, "code": code}], "text": name}


ORDERS: Final = {
    "ketamine": {
        "medicationCodeableConcept": _drug("6130", "ketamine"),
        "reasonCode": [{"text": "intraoperative analgesia"}],
        "dosageInstruction": _dose(40, 1, "47625008"),
    },
    "amitriptyline": {
        "medicationCodeableConcept": _drug("704", "amitriptyline"),
        "dosageInstruction": _dose(10, 1, "26643006"),
    },
    "pregabalin": {
        "medicationCodeableConcept": _drug("187832", "pregabalin"),
        "dosageInstruction": _dose(25, 2, "26643006"),
    },
}


def _ago(days: int) -> str:
    return (datetime.now(UTC).date() - timedelta(days=days)).isoformat()


def _concept(written: str, words: str = "") -> dict[str, Any]:
    system, _, code = written.partition(" ")
    if system not in SYSTEMS:
        return {"text": written}
    coded = {"coding": [{"system": SYSTEMS[system], "code": code}]}
    return {**coded, "text": words} if words else coded


def _condition(row: dict[str, Any]) -> dict[str, Any]:
    dated = {"recordedDate": _ago(row["recorded"])} if "recorded" in row else {}
    return {
        "resourceType": "Condition",
        "id": "c-1",
        "subject": {"reference": "Patient/p-1"},
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "code": _concept(row["condition"], row.get("words", "")),
        **dated,
    }


def _observation(number: int, row: dict[str, Any]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    if "text" in row:
        value = {"valueCodeableConcept": {"text": row["text"]}}
    elif "string" in row:
        value = {"valueString": row["string"]}
    elif "quantity" in row:
        bound, _, amount = row["quantity"].rpartition(" ") if " " in row["quantity"] else ("", "", row["quantity"])
        unit = row.get("unit", "mL/min/1.73m2")
        value = {"valueQuantity": {"value": float(amount), "unit": unit}}
        if bound:
            value["valueQuantity"]["comparator"] = bound
    return {
        "resourceType": "Observation",
        "id": f"o-{number}",
        "status": "final",
        "subject": {"reference": "Patient/p-1"},
        "code": {"coding": [{"system": "http://loinc.org", "code": row["observation"]}]},
        "effectiveDateTime": _ago(row.get("days", 1)),
        **value,
    }


def _allergy(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "AllergyIntolerance",
        "id": "a-1",
        "patient": {"reference": "Patient/p-1"},
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
        "code": {"text": row["allergy"]},
    }


def _body(row: dict[str, Any]) -> dict[str, Any]:
    seen = [row, *row.get("and", ())] if "observation" in row else []
    observed = [_observation(number, each) for number, each in enumerate(seen)]
    kidneys = [each for each in observed if each["code"]["coding"][0]["code"] == "98979-8"]
    weight = {"observation": "29463-7", "quantity": "80", "unit": "kg"}
    return order_sign(
        order(**ORDERS[row["order"]]),
        prefetch={
            "patient": patient(gender=row.get("patient", "male"), birthDate=_ago(365 * row.get("age", 30) + 20)),
            "conditions": found(*([_condition(row)] if "condition" in row else [])),
            "allergies": found(*([_allergy(row)] if "allergy" in row else [])),
            "medications": found(),
            "statements": found(),
            "weight": found(_observation(9, weight)),
            "pregnancy": found(*(each for each in observed if each not in kidneys)),
            "renal": found(*kidneys),
            "encounter": {"resourceType": "Encounter", "id": "e-1", "status": "in-progress", "class": {"code": "IMP"}},
        },
    )


@pytest.mark.parametrize("row", ROWS)
def test_an_entry_leads_to_the_card_of_the_table(client: TestClient, row: dict[str, Any]) -> None:
    answer = client.post(SIGN, content=json.dumps(_body(row)), headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text
    level, _, topic = row["card"].rpartition(" ")
    cards = [card for card in answer.json()["cards"] if card["source"]["topic"]["code"] == topic]
    levels = {card["indicator"] for card in cards}
    if level.startswith("none above"):
        loudest = LEVELS.index(level.removeprefix("none above "))
        assert not levels & set(LEVELS[loudest + 1 :]), cards
    else:
        assert levels == (set() if level == "none" else {level}), answer.json()["cards"]
    said = json.dumps(cards)
    for words, wanted in ((row.get("says"), True), (row.get("says-not"), False)):
        assert words is None or (words in said) is wanted, cards
