"""Orders as prescribers and systems write them, asked over HTTP: what stands in words counts as what is coded does."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from tests.bodies import SIGN, found, order_sign, patient

UCUM = "http://unitsofmeasure.org"
SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
IV = {"coding": [{"system": SNOMED, "code": "47625008", "display": "Intravenous route"}]}
ORAL = {"coding": [{"system": SNOMED, "code": "26643006", "display": "Oral route"}]}


def amount(value: float, unit: str) -> dict[str, Any]:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def weight(kilograms: float) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": "w",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": "29463-7"}]},
        "subject": {"reference": "Patient/p-1"},
        "valueQuantity": amount(kilograms, "kg"),
    }


def body(
    medicine: str | dict[str, Any],
    dosage: dict[str, Any] | str,
    reason: str = "",
    *,
    kilograms: float | None = 70,
    setting: str = "",
    born: str = "1981-02-05",
    medicines: tuple[dict[str, Any], ...] = (),
    **changes: Any,
) -> dict[str, Any]:
    """One draft order of a patient of 70 kg without any other record."""
    order: dict[str, Any] = {
        "resourceType": "MedicationRequest",
        "id": "order-1",
        "status": "draft",
        "intent": "order",
        "subject": {"reference": "Patient/p-1"},
        "medicationCodeableConcept": {"text": medicine} if isinstance(medicine, str) else medicine,
        "dosageInstruction": [{"text": dosage} if isinstance(dosage, str) else dosage],
        **changes,
    }
    if reason:
        order["reasonCode"] = [{"text": reason}]
    asked = order_sign(order)
    asked["prefetch"] = {name: found() for name in ("conditions", "allergies", "statements", "pregnancy", "renal")} | {
        "patient": patient(birthDate=born),
        "medications": found(*medicines),
        "weight": found(*([weight(kilograms)] if kilograms else [])),
    }
    if setting:
        asked["prefetch"]["encounter"] = {
            "resourceType": "Encounter", "id": "e", "status": "in-progress", "class": {"code": "IMP"},
            "location": [{"status": "active", "location": {"display": setting}}],
        }  # fmt: skip
    return asked


def cards(client: TestClient, asked: dict[str, Any]) -> list[dict[str, Any]]:
    answer = client.post(SIGN, json=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["cards"]
    return found


def said(client: TestClient, asked: dict[str, Any]) -> str:
    """All that the cards say, each with its level."""
    return "\n".join(f"[{one['indicator']}] {one['summary']}\n{one['detail']}" for one in cards(client, asked))


def updates(client: TestClient, asked: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The instruction of each offered update, by its label."""
    return {
        offer["label"]: act["resource"]["dosageInstruction"][0]
        for card in cards(client, asked)
        for offer in card.get("suggestions", ())
        for act in offer["actions"]
        if act["type"] == "update"
    }


# --- changes to what stands in words -------------------------------------------------------------------------


def test_a_change_to_an_order_in_words_keeps_every_other_word_and_codes_it(client: TestClient) -> None:
    asked = body(
        "ketamine 50 mg/mL injection", "70 mg IV every 4 hours as needed for pain", "Acute pain", setting="ICU"
    )
    changed = updates(client, asked)["Change the dose to 24.5 mg (0.35 mg/kg)"]
    assert changed["text"] == "24.5 mg IV every 4 hours as needed for pain"
    assert changed["route"]["coding"][0]["code"] == "47625008"
    assert changed["asNeededBoolean"] is True
    assert changed["timing"]["repeat"] == {"frequency": 1, "period": 4, "periodUnit": "h"}


def test_no_change_is_offered_to_words_that_were_not_read(client: TestClient) -> None:
    dosage = {"text": "70 mg IV every 4 h as needed, max 3 doses", "route": IV,
              "doseAndRate": [{"doseQuantity": amount(70, "mg")}]}  # fmt: skip
    asked = body("ketamine 50 mg/mL injection", dosage, "Acute pain", setting="ICU")
    assert "[critical]" in said(client, asked)
    assert not any(label.startswith("Change the dose") for label in updates(client, asked))
