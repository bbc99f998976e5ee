from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cds.fhir.importing.carriers import figure
from cds.fhir.publishing.figures import dosages, figure_extensions, placed
from cds.knowledge.model import Citation, Kind, Statement
from tests.published import installed, named

Dose = tuple[tuple[str, str], ...]


def _statement(*dose: tuple[str, str]) -> Statement:
    return Statement(
        "examplin.dose", "", 1, Kind.DOSE, (frozenset({"examplin"}),), "Says.", (Citation("s", "S", (1,)),), dose=dose
    )


def _mg(value: str, unit: str = "mg") -> dict[str, Any]:
    return {"value": Decimal(value), "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}


@pytest.mark.parametrize(
    ("dose", "role", "element"),
    [
        ((("low", "0.10 mg/kg"), ("high", "0.35 mg/kg")), "range",
         {"doseAndRate": [{"doseRange": {"low": _mg("0.10", "mg/kg"), "high": _mg("0.35", "mg/kg")}}]}),
        ((("high", "0.5 mg/kg"),), "range", {"doseAndRate": [{"doseRange": {"high": _mg("0.5", "mg/kg")}}]}),
        ((("low", "0.5 mg/kg/h"), ("high", "2 mg/kg/h"), ("max", "100 mg/h")), "range",
         {"doseAndRate": [{"rateRange": {"low": _mg("0.5", "mg/kg/h"), "high": _mg("2", "mg/kg/h")}}],
          "maxDosePerPeriod": [{"numerator": _mg("100"), "denominator": _mg("1", "h")}]}),
        ((("max", "10 mg"),), "range", {"maxDosePerAdministration": _mg("10")}),
        ((("start", "10 mg/d"),), "initial",
         {"doseAndRate": [{"rateRatio": {"numerator": _mg("10"), "denominator": _mg("1", "d")}}]}),
        ((("start", "0.5 mg/kg"),), "initial", {"doseAndRate": [{"doseQuantity": _mg("0.5", "mg/kg")}]}),
        ((("low", "3 /d"), ("high", "4 /d")), "range",
         {"timing": {"repeat": {"frequency": 3, "frequencyMax": 4, "period": 1, "periodUnit": "d"}}}),
        ((("administration-time", "60 s"),), "range",
         {"timing": {"repeat": {"duration": 60, "durationUnit": "s"}}}),
        ((("step", "10 mg"), ("every", "4 h")), "step",
         {"timing": {"repeat": {"frequency": 1, "period": 4, "periodUnit": "h"}},
          "doseAndRate": [{"doseQuantity": _mg("10")}]}),
    ],
)  # fmt: skip
def test_a_figure_stands_in_the_element_that_means_it(dose: Dose, role: str, element: dict[str, Any]) -> None:
    assert dosages(_statement(*dose)) == [(role, element)]


@pytest.mark.parametrize(
    "dose",
    [
        (("high", "4 /d"),),
        (("concentration", "1 mg/mL"),),
        (("better", "0.3 mg/kg"),),
        (("low", "4-6 h"),),
        (("max", "7 %"),),
    ],
)
def test_a_figure_that_no_element_means_stays_in_the_extension(dose: Dose) -> None:
    assert placed(_statement(*dose)) == {}
    (extension,) = figure_extensions(_statement(*dose))
    assert extension["extension"][1]["url"] == "value"


def test_two_forms_of_one_rate_are_not_put_into_one_element() -> None:
    found = placed(_statement(("step", "10 mg/d"), ("every", "4 h"), ("up-to", "50 mg/d")))
    assert set(found) == {"step", "every"}


def test_every_figure_of_the_knowledge_is_read_back_from_where_it_stands() -> None:
    for spoken in installed()[0].statements.values():
        by_role = dict(dosages(spoken))
        for label, place in placed(spoken).items():
            amount = figure(by_role[place.role], place.slot, label)
            assert f"{amount.value:f} {amount.unit.code}" == dict(spoken.dose)[label]


def test_ranges_of_different_uses_are_never_merged() -> None:
    """A union of all intravenous ranges would let a tenfold error pass."""
    ketamine = named("MedicationKnowledge/ketamine")
    found = {
        guideline["id"]: dosage["dosage"][0]["doseAndRate"][0]
        for guideline in ketamine["indicationGuideline"]
        for dosage in guideline["dosingGuideline"][0]["dosage"]
        if dosage["type"]["coding"][0]["code"] == "range" and "doseAndRate" in dosage["dosage"][0]
    }
    rates = {name: each["rateRange"] for name, each in found.items() if "rateRange" in each}
    assert {str(each["high"]["value"]) for each in rates.values()} >= {"0.12", "0.25", "0.2", "2"}
    assert max(each["high"]["value"] / each["low"]["value"] for each in rates.values() if "low" in each) <= 4


def test_an_absolute_maximum_travels_beside_a_range_by_weight() -> None:
    (guideline,) = [
        each
        for each in named("MedicationKnowledge/ketamine")["indicationGuideline"]
        if each["id"] == "ketamine.iv-infusion.emergency-icu"
    ]
    dosage = guideline["dosingGuideline"][0]["dosage"][0]["dosage"][0]
    assert dosage["doseAndRate"][0]["rateRange"]["high"]["code"] == "mg/kg/h"
    assert dosage["maxDosePerPeriod"][0]["numerator"] == _mg("100")
