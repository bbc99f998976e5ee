"""What is prescribed and stated as well is one medicine, if nothing tells them apart."""

from __future__ import annotations

from typing import Any

import pytest

from tests.bodies import medicine, stated
from tests.unit.fhir.shapes import bundle, reading

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def coded(*codes: str) -> dict[str, Any]:
    return {"medicationCodeableConcept": {"coding": [{"system": RXNORM, "code": code} for code in codes]}}


def read(*resources: dict[str, Any]) -> list[str]:
    mine = [{key: value for key, value in resource.items() if key != "subject"} for resource in resources]
    return [one.reference for one in reading(prefetch={"medications": bundle(*mine)}).chart.medicines]


ORDER = medicine("1", "", 25, **coded("704", "856834"))
BOTH = ["MedicationRequest/1", "MedicationStatement/2"]


@pytest.mark.parametrize("codes", [("704", "856834"), ("856834",), ("704",)])
def test_a_statement_of_the_same_codes_or_fewer_says_nothing_new(codes: tuple[str, ...]) -> None:
    assert read(ORDER, stated("2", "", 25, **coded(*codes))) == BOTH[:1]
    assert read(stated("2", "", 25, **coded(*codes)), ORDER) == BOTH[:1]


@pytest.mark.parametrize(
    "statement",
    [
        stated("2", "", 25, **coded("704", "856845")),
        stated("2", "", 50, **coded("704")),
        stated("2", "", 25, 2, **coded("704")),
        stated("2", "", 25, status="stopped", **coded("704")),
        stated("2", "amitriptyline", 25),
    ],
    ids=["another strength", "another dose", "another frequency", "over", "in words alone"],
)
def test_a_statement_that_says_anything_else_stays(statement: dict[str, Any]) -> None:
    assert read(ORDER, statement) == BOTH


def test_of_an_order_that_is_over_the_statement_stays() -> None:
    assert read(ORDER | {"status": "completed"}, stated("2", "", 25, **coded("704"))) == BOTH


def test_two_orders_of_one_product_stay_two() -> None:
    assert len(read(ORDER, ORDER | {"id": "7"})) == 2
