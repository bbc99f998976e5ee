"""Orders as prescribers and systems write them, asked over HTTP: what stands in words counts as what is coded does."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.bodies import ORDER, SELECT, SIGN, found, order_sign, patient

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


# --- words and codes that disagree ---------------------------------------------------------------------------


def coded(value: float, unit: str, text: str = "", route: dict[str, Any] = IV, **more: Any) -> dict[str, Any]:
    return {
        "route": route,
        "timing": {"repeat": {"count": 1}},
        "doseAndRate": [{"rateQuantity" if unit.endswith("/h") else "doseQuantity": amount(value, unit)}],
    } | ({"text": text} if text else {}) | more  # fmt: skip


def typed(kind: str, value: float, unit: str) -> dict[str, Any]:
    return {"type": {"coding": [{"system": "http://epic.com/CodeSystem/dose-rate-type", "code": kind}]},
            "doseQuantity": amount(value, unit)}  # fmt: skip


@pytest.mark.parametrize(
    ("dosage", "why"),
    [
        (coded(35, "mg", "350 mg IV once"), "text and coded dose disagree"),
        (coded(0.3, "mg/kg", "3 mg/kg IV over 60 s"), "text and coded dose disagree"),
        (coded(0.3, "mg/kg", "210 mg IV over 60 s"), "0.3 mg/kg and 210 mg"),
        (coded(0.1, "mg/kg/h", "1 mg/kg/h IV", timing={}), "text and coded dose disagree"),
        (coded(35, "mg", "Give 350 mg IV, then see the pain protocol"), "text and coded dose disagree"),
        (coded(0.3, "mg/kg", "210 mg IV push per protocol"), "0.3 mg/kg and 210 mg"),
        (coded(0.3, "mg/kg", "0.3 mg/kg intramuscularly"), "text and coded route disagree"),
        (
            coded(0, "mg", doseAndRate=[typed("ordered", 0.5, "mg/kg"), typed("calculated", 350, "mg")]),
            "0.5 mg/kg and 350 mg",
        ),
        (coded(0, "mg", doseAndRate=[typed("ordered", 35, "mg"), typed("admin-amount", 7, "mL")]), "35 mg and 7 mL"),
    ],
)
def test_a_dose_that_is_said_twice_and_differs_is_not_checked(
    client: TestClient, dosage: dict[str, Any], why: str
) -> None:
    told = said(client, body("ketamine 50 mg/mL injection", dosage, "Acute pain", setting="ICU"))
    assert "[warning] Dose check not done for ketamine" in told
    assert why in told
    assert "mg/kg IV" not in told


@pytest.mark.parametrize(
    "entries",
    [
        [typed("ordered", 0.3, "mg/kg"), typed("calculated", 21, "mg"), typed("admin-amount", 0.42, "mL")],
        [typed("ordered", 0.3, "mg/kg"), typed("calculated", 25, "mg")],
    ],
)
def test_a_dose_that_is_said_twice_and_agrees_is_checked(client: TestClient, entries: list[dict[str, Any]]) -> None:
    dosage = coded(0, "mg", doseAndRate=entries)
    assert "not done" not in said(client, body("ketamine 50 mg/mL injection", dosage, "Acute pain", setting="ICU"))


def test_a_change_of_a_dose_that_was_said_twice_says_it_once(client: TestClient) -> None:
    dosage = coded(0, "mg", doseAndRate=[typed("ordered", 1, "mg/kg"), typed("calculated", 70, "mg")])
    asked = body("ketamine 50 mg/mL injection", dosage, "Acute pain", setting="ICU")
    changed = updates(client, asked)["Change the dose to 0.35 mg/kg"]
    assert [one["doseQuantity"]["value"] for one in changed["doseAndRate"]] == [0.35]


def test_a_dose_that_is_said_twice_and_differs_is_told_while_the_order_is_written(client: TestClient) -> None:
    dosage = coded(0, "mg", doseAndRate=[typed("ordered", 0.5, "mg/kg"), typed("calculated", 350, "mg")])
    asked = body("ketamine 50 mg/mL injection", dosage, "Acute pain", setting="ICU")
    asked["hook"] = "order-select"
    asked["context"]["selections"] = [ORDER]
    answer = client.post(SELECT, json=asked).json()
    assert any("0.5 mg/kg and 350 mg" in card["summary"] for card in answer["cards"])


# --- a dose over hours ---------------------------------------------------------------------------------------


def over(value: float, minutes: int, often: dict[str, Any]) -> dict[str, Any]:
    return coded(value, "mg", timing={"repeat": {**often, "duration": minutes, "durationUnit": "min"}})


HOURLY = {"frequency": 1, "period": 1, "periodUnit": "h"}
DAILY = {"frequency": 1, "period": 1, "periodUnit": "d"}


@pytest.mark.parametrize(
    ("dosage", "reason", "setting", "expected"),
    [
        (over(35, 60, HOURLY), "Acute pain", "", "0.5 mg/kg/h: setting not stated"),
        (over(35, 1440, DAILY), "Cancer-related neuropathic pain", "", "starts at 10 mg per DAY"),
        (over(100, 60, {}), "Acute pain", "ICU", "1.43 mg/kg/h: within the ED/ICU range"),
        (over(35, 15, {}), "Acute pain", "ICU", "2 mg/kg/h"),
        (over(100, 14, {}), "Acute pain", "ICU", "anaesthesia induction dose"),
    ],
)
def test_a_dose_over_a_quarter_of_an_hour_and_more_is_judged_as_the_rate_it_is(
    client: TestClient, dosage: dict[str, Any], reason: str, setting: str, expected: str
) -> None:
    told = said(client, body("ketamine 10 mg/mL injection", dosage, reason, setting=setting))
    assert expected in told
    assert ("induction dose" in told) == ("induction dose" in expected)


def test_a_child_on_a_dose_over_hours_is_held_against_the_rate_for_children(client: TestClient) -> None:
    asked = body("ketamine 10 mg/mL injection", over(13, 60, HOURLY), "Intraoperative analgesia", kilograms=26,
                 born="2018-05-01")  # fmt: skip
    assert "[critical] Child: ketamine 0.5 mg/kg/h exceeds" in said(client, asked)


# --- dilution in words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("strong", ["50", "100"])
@pytest.mark.parametrize(
    "words",
    [
        {"text": "Add 10 mL (500 mg) to 500 mL sodium chloride 0.9%, infuse at 8.4 mL/h"},
        {"additionalInstruction": [{"text": "in 500 mL normal saline"}]},
        {"patientInstruction": "Diluted by the nurse"},
    ],
)
def test_a_rate_in_millilitres_of_a_dilution_in_words_is_not_checked(
    client: TestClient, words: dict[str, Any], strong: str
) -> None:
    dosage = coded(8.4, "mL/h", timing={}, **words)
    asked = body(f"ketamine {strong} mg/mL injection", dosage, "Acute pain", setting="ICU")
    told = said(client, asked)
    assert "[warning] Dose check not done for ketamine: the order tells of a dilution" in told
    assert "[critical]" not in told
    assert updates(client, asked) == {}


@pytest.mark.parametrize(
    ("words", "note", "undiluted"),
    [
        ({"text": "0.35 mg/kg IV over 60 s, diluted with an equal volume of normal saline"}, "", False),
        ({"text": "dilute 1:1 with sterile water then give 0.35 mg/kg IV"}, "", False),
        ({}, "dilute with equal volume of sodium chloride 0.9%", False),
        ({"additionalInstruction": [{"text": "Dilute with equal volume normal saline"}]}, "", False),
        ({"patientInstruction": "Diluted 1:1 in saline by nurse"}, "", False),
        ({}, "flush with normal saline afterwards", True),
        ({"text": "0.35 mg/kg IV over 60 s, undiluted"}, "", True),
        ({}, "do not dilute", True),
        ({}, "", True),
    ],
)
def test_the_strongest_solution_is_dangerous_in_a_vein_unless_the_order_says_it_is_diluted(
    client: TestClient, words: dict[str, Any], note: str, undiluted: bool
) -> None:
    notes = {"note": [{"text": note}]} if note else {}
    asked = body("ketamine 100 mg/mL injection", coded(0.35, "mg/kg", **words), "Acute pain", setting="ICU", **notes)
    assert ("must not be injected IV undiluted" in said(client, asked)) is undiluted


# --- pushed fast ---------------------------------------------------------------------------------------------

RAPID_ROUTE = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration",
                           "code": "IVRPUSH"}]}  # fmt: skip
RAPID_METHOD = {"coding": [{"system": SNOMED, "code": "420620005", "display": "Push - rapid"}]}


@pytest.mark.parametrize(
    ("changes", "warned"),
    [
        ({"text": "0.3 mg/kg IV rapid push"}, True),
        ({"route": RAPID_ROUTE}, True),
        ({"method": RAPID_METHOD}, True),
        ({"method": {"text": "rapid push"}}, True),
        ({"text": "0.3 mg/kg IV push, not a rapid push"}, False),
        ({"text": "0.3 mg/kg IV push"}, False),
    ],
)
def test_a_rapid_push_is_warned_of_as_a_push_in_seconds_is(
    client: TestClient, changes: dict[str, Any], warned: bool
) -> None:
    asked = body("ketamine 50 mg/mL injection", coded(0.3, "mg/kg", **changes), "Acute pain", setting="ICU")
    assert ("a rapid push: give it over 60 seconds" in said(client, asked)) is warned
    assert updates(client, asked) == {}  # the words or the code would still ask for it


# --- a maximum a day, zero, units and names ------------------------------------------------------------------


def by_mouth(value: float, unit: str, most: tuple[float, str] | None = None, **more: Any) -> dict[str, Any]:
    ceiling = {"numerator": amount(*most), "denominator": amount(1, "d")} if most else None
    dosage: dict[str, Any] = {"doseAndRate": [{"doseQuantity": amount(value, unit)}], "asNeededBoolean": True}
    return dosage | ({"maxDosePerPeriod": ceiling} if ceiling else {}) | more


EVERY_4_HOURS = {"repeat": {"frequency": 1, "period": 4, "periodUnit": "h"}}
ONCE_A_DAY = {"repeat": DAILY}


def test_a_maximum_in_capsules_bounds_the_day(client: TestClient) -> None:
    four, five = (by_mouth(1, "{cap}", (most, "{cap}"), timing=EVERY_4_HOURS) for most in (4, 5))
    assert "[critical]" not in said(client, body("pregabalin 150 mg capsule", four))
    assert "Pregabalin 750 mg/day exceeds 600" in said(client, body("pregabalin 150 mg capsule", five))


def test_a_maximum_is_the_days_dose_where_nothing_says_how_often(client: TestClient) -> None:
    told = said(client, body("amitriptyline", by_mouth(50, "mg", (200, "mg"))))
    assert "Amitriptyline 200 mg/day exceeds 150" in told
    assert "not done" not in told


def test_the_same_daily_dose_is_not_offered_where_a_maximum_makes_it_another(client: TestClient) -> None:
    asked = body("pregabalin", by_mouth(150, "mg", (600, "mg"), timing=EVERY_4_HOURS))
    assert not any("same daily dose" in label for label in updates(client, asked))


@pytest.mark.parametrize("dosage", [by_mouth(0, "mg", timing=ONCE_A_DAY), "0 mg by mouth daily"])
def test_a_dose_of_nothing_is_not_clear(client: TestClient, dosage: Any) -> None:
    told = said(client, body("amitriptyline", dosage))
    assert "[warning] Dose check not done for amitriptyline: the amount is zero." in told


def test_a_unit_in_capitals_without_a_code_is_a_milligram(client: TestClient) -> None:
    dosage = by_mouth(25, "mg", timing=ONCE_A_DAY)
    dosage["doseAndRate"] = [{"doseQuantity": {"value": 25, "unit": "MG"}}]
    assert "this order is 25 mg/day" in said(client, body("amitriptyline", dosage))


def test_tablets_of_two_strengths_are_not_reckoned_with(client: TestClient) -> None:
    product = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "856834"}],
               "text": "Amitriptyline 75 MG Oral Tablet"}  # fmt: skip
    told = said(client, body(product, by_mouth(4, "{tbl}", timing=ONCE_A_DAY)))
    assert "Dose check not done for amitriptyline: code and text state different strengths" in told
    same = said(client, body(product | {"text": "Amitriptyline 25 MG Oral Tablet"}, by_mouth(4, "{tbl}")))
    assert "different strengths" not in same


def test_a_current_medicine_without_a_name_leaves_interactions_unchecked_and_says_so_once(client: TestClient) -> None:
    nameless = {
        "resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order",
        "subject": {"reference": "Patient/p-1"}, "medicationReference": {"reference": "Medication/zz"},
    }  # fmt: skip
    told = said(client, body("amitriptyline", by_mouth(10, "mg", timing=ONCE_A_DAY), medicines=(nameless,)))
    assert told.count("Safety checks incomplete: medicines could not be read.") == 1
    stopped = nameless | {"status": "completed"}
    told = said(client, body("amitriptyline", by_mouth(10, "mg", timing=ONCE_A_DAY), medicines=(stopped,)))
    assert "could not be read" not in told


# --- words of cards ------------------------------------------------------------------------------------------


def test_an_amount_just_above_its_limit_never_looks_like_the_limit(client: TestClient) -> None:
    asked = body("ketamine 10 mg/mL injection", coded(10.401, "mg/h", timing={}), "Intraoperative analgesia",
                 kilograms=26, born="2018-05-01")  # fmt: skip
    told = said(client, asked)
    assert "ketamine 0.40004 mg/kg/h exceeds" in told
    assert "= 0.400038 mg/kg/h" in told


def test_without_a_weight_the_card_says_for_which_weight_its_amount_holds(client: TestClient) -> None:
    asked = body("ketamine 50 mg/mL injection", coded(900, "mg"), "Intraoperative analgesia", kilograms=None,
                 born="2018-05-01")  # fmt: skip
    told = said(client, asked)
    assert "ketamine at least 3 mg/kg, even at 300 kg," in told
    assert "900 mg ÷ at most 300 kg = at least 3 mg/kg" in told


def test_words_that_may_name_the_route_are_not_said_to_lack_it(client: TestClient) -> None:
    told = said(client, body("ketamine 50 mg/mL injection", "0.5 mg/kg IV bolus, then 0.12 mg/kg/h IV infusion"))
    assert "Dose check not done for ketamine: the directions in free text could not be read with certainty." in told
    assert "the route is not stated" not in told
