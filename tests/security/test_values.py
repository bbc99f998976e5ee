"""T19-T22: what a text could mean in two ways is never a number, a key or a unit; and no text stalls us."""

# ruff: noqa: N802 - the names carry the ids of the threats
from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import re
import time
from decimal import Decimal
from typing import Any

import pytest
from starlette.testclient import TestClient

import cds
from cds.fhir.reading.quantity import Unread, quantity
from tests.bodies import SIGN, order, order_sign
from tests.spec.walk import assert_outcome

JSON = {"content-type": "application/json"}
UCUM = "http://unitsofmeasure.org"
DRUG = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "856773"}], "text": "tablet"}
PLACE = "@@"


def dosed(value: str, **unit: str) -> bytes:
    """An order of a covered drug whose dose has this literal for its value."""
    dose = {"value": PLACE, "system": UCUM, "code": "mg", **unit}
    instruction = {
        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
        "route": {"coding": [{"system": "http://snomed.info/sct", "code": "26643006"}]},
        "doseAndRate": [{"doseQuantity": dose}],
    }
    body = json.dumps(order_sign(order(medicationCodeableConcept=DRUG, dosageInstruction=[instruction])))
    return body.replace(f'"{PLACE}"', value).encode()


@pytest.mark.parametrize(
    "literal",
    ["NaN", "Infinity", "-Infinity", "1e999", "1E+41", "1e-999", "9" * 400, "-" + "9" * 400, "0." + "1" * 60, "1_000",
     "１０", "٣", "0x10", "01", "+1", ".5", "5.", "1e", "--1"],
)  # fmt: skip
def test_T19_what_is_no_number_of_JSON_or_beyond_all_bounds_is_refused(client: TestClient, literal: str) -> None:
    assert_outcome(client.post(SIGN, content=dosed(literal), headers=JSON), 400)


@pytest.mark.parametrize(
    "literal",
    ['"5"', '"1_000"', '"１０"', '"٣"', "-5", "true", "null", "[5]", '{"value":5}', "1e30", "1e-30", '"NaN"', '""'],
)
def test_T19_what_is_not_written_as_an_amount_is_not_checked_and_never_taken_for_one(
    client: TestClient, literal: str
) -> None:
    answer = client.post(SIGN, content=dosed(literal), headers=JSON)
    assert answer.status_code == 200
    cards = answer.json()["cards"]
    assert any("not done" in card["summary"].lower() or "not checked" in card["summary"].lower() for card in cards)
    assert not any("above" in card["summary"].lower() for card in cards)


def test_T19_a_decimal_is_read_as_it_is_written() -> None:
    read = quantity({"value": Decimal("0.10"), "system": UCUM, "code": "mg"})
    assert not isinstance(read, Unread)
    assert str(read.value) == "0.10"
    assert isinstance(quantity({"value": 0.1, "system": UCUM, "code": "mg"}), Unread)


@pytest.mark.parametrize(
    "body",
    [
        dosed("5").replace(b'"value": 5', b'"value": 5, "value": 500'),
        dosed("5").replace(b'"value": 5', b'"value": 5, "\\u0076alue": 500'),
        dosed("5").replace(b'{"hook"', b'{"hook": "order-select", "hook"'),
        dosed("5").replace(b'"patientId"', b'"patientId": "p-2", "patientId"'),
    ],
)
def test_T20_of_two_values_for_one_key_none_is_believed(client: TestClient, body: bytes) -> None:
    assert body != dosed("5")
    assert_outcome(client.post(SIGN, content=body, headers=JSON), 400)


@pytest.mark.parametrize(
    "unit",
    ["Mg", "MG", "mG", "mɡ", "m\u200bg", "ｍｇ", "\u212ag", "kG", "mg\u0000", "m g", "mg;g", "ⅿg", "мg", "mg\u0301"],
)
def test_T21_a_unit_that_only_looks_like_one_we_know_is_not_it(unit: str) -> None:
    assert isinstance(quantity({"value": Decimal(5), "system": UCUM, "code": unit}), Unread)


def test_T21_both_micro_signs_are_the_same_unit() -> None:
    first, second = (quantity({"value": Decimal(5), "unit": unit}) for unit in ("\u00b5g", "\u03bcg"))
    assert first == second
    assert not isinstance(first, Unread)


@pytest.mark.parametrize(("words", "code"), [("mg", "g"), ("g", "mg"), ("mcg", "mg"), ("mL", "mg"), ("tablet", "mg")])
def test_T21_a_unit_whose_text_and_code_disagree_is_not_checked(words: str, code: str) -> None:
    found = quantity({"value": Decimal(5), "unit": words, "system": UCUM, "code": code})
    assert isinstance(found, Unread)


READS_NO_REQUEST = ("cds.knowledge", "cds.fhir.importing", "cds.fhir.publishing", "cds.selftest", "cds.documents")
"""Rooms whose patterns see only files that an operator put there."""


def _patterns() -> dict[str, tuple[re.Pattern[str], bool]]:
    """Every pattern of ours that a request can reach, and whether it is searched for anywhere in a text."""
    found: dict[str, tuple[re.Pattern[str], bool]] = {}
    for module in pkgutil.walk_packages(cds.__path__, "cds."):
        if ".migrations" in module.name or module.name.startswith(READS_NO_REQUEST):
            continue
        loaded = importlib.import_module(module.name)
        source = inspect.getsource(loaded)
        for name, value in vars(loaded).items():
            searched = bool(re.search(rf"\b{name}(\[\w+\])?\.(search|sub|split|find|match)", source))
            listed = (
                value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else (value,)
            )
            for number, item in enumerate(listed):
                if isinstance(item, re.Pattern):
                    found[f"{module.name}.{name}.{number}"] = (item, searched)
    return found


HOSTILE = [
    unit * 10_000 + end
    for unit in ("1", "a", " ", "1 ", "a.", "-", "/", "0.0", "1e", "{{", "\\", "_", "1-", "{{today", "a b ")
    for end in ("x", "!", "\n", "\x00")
]


def test_T22_no_pattern_of_ours_is_stalled_by_a_long_text() -> None:
    patterns = _patterns()
    assert len(patterns) > 20
    slow = {}
    for name, (pattern, searched) in patterns.items():
        for text in HOSTILE:
            subject: Any = text.encode() if isinstance(pattern.pattern, bytes) else text
            begun = time.process_time()
            pattern.fullmatch(subject)
            if searched:
                pattern.search(subject)
            took = time.process_time() - begun
            if took > 0.3:
                slow[name] = took
    assert slow == {}


@pytest.mark.parametrize(
    "text", ["1 " * 5000 + "mg", "take " * 5000, "1" * 20_000, "1-2 x " * 3000, "mg/kg" * 3000, "(" * 9000]
)
def test_T22_free_text_of_any_length_is_read_in_bounded_time(client: TestClient, text: str) -> None:
    body = order_sign(order(medicationCodeableConcept=DRUG | {"text": text}, dosageInstruction=[{"text": text}]))
    begun = time.process_time()
    assert client.post(SIGN, json=body).status_code == 200
    assert time.process_time() - begun < 0.5
