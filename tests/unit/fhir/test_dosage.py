"""One instruction: the several ways to write a dose are one dose, and free text only where nothing is coded."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from cds.clinical.order import Instruction
from cds.fhir.reading.dosage import instruction
from cds.fhir.reading.releases import RELEASES
from tests.unit.fhir.shapes import amount, dosage, every, rated, typed

HL7 = "http://terminology.hl7.org/CodeSystem/dose-rate-type"
THREE = [
    typed("calculated", doseQuantity=amount(150, unit="mg")),
    typed("admin-amount", doseQuantity=amount(1, "{tbl}", unit="tablet")),
    typed("ordered", doseQuantity=amount(150, unit="mg")),
]


def said(found: Instruction) -> str:
    """Dose and rate in words."""
    pairs = [pair for pair in (found.dose, found.rate) if pair]
    return " at ".join(str(low) if low == high else f"{low} to {high}" for low, high in pairs)


@pytest.mark.parametrize(
    ("release", "written", "expected"),
    [
        ("dstu2", {"doseQuantity": amount(2, "{pill}")}, "2 pills"),
        ("dstu2", {"doseRange": {"low": amount(1), "high": amount(2)}}, "1 mg to 2 mg"),
        ("dstu2", {"quantityQuantity": amount(5)}, "5 mg"),
        ("dstu2", {"rateRatio": {"numerator": amount(5), "denominator": amount(1, "h")}}, "5 mg/h"),
        ("stu3", {"doseQuantity": amount("0.5")}, "0.5 mg"),
        ("stu3", {"rateQuantity": amount(2, "mg/kg/h")}, "2 mg/kg/h"),
        ("stu3", {"rateRange": {"low": amount(1, "mg/h"), "high": amount(2, "mg/h")}}, "1 mg/h to 2 mg/h"),
        ("r4", rated({"doseQuantity": amount(5)}), "5 mg"),
        ("r4", rated({"doseRange": {"low": amount(5), "high": amount(10)}}), "5 mg to 10 mg"),
        ("r4", {"doseQuantity": amount(5)}, "5 mg"),
        ("r4", rated({"doseQuantity": amount(500)}, {"rateQuantity": amount(10, "mg/h")}), "500 mg at 10 mg/h"),
        ("r5", rated({"doseQuantity": amount("0.3", "mg/kg")}), "0.3 mg/kg"),
    ],
)
def test_each_release_keeps_its_dose_in_its_own_place(release: str, written: dict[str, Any], expected: str) -> None:
    found = instruction(written, RELEASES[release])
    assert said(found) == expected
    assert not found.unread


def test_one_dose_written_three_ways_is_one_dose() -> None:
    found = dosage(**rated(*THREE, timing=every(1, 12, "h")))
    assert said(found) == "150 mg"
    assert found.timing.per_day == (2, 2)
    assert not found.unread


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([typed("ordered", doseQuantity=amount(2, "{tbl}")), typed("calculated", doseQuantity=amount(150))], "150 mg"),
        (
            [typed("ordered", doseQuantity=amount(2, "{tbl}")), typed("admin-amount", doseQuantity=amount(2, "{tbl}"))],
            "2 tablets",
        ),
        ([typed("admin-amount", doseQuantity=amount(1, "mL")), typed("calculated", doseQuantity=amount(50))], "50 mg"),
        (
            [typed("calculated", doseQuantity=amount(24)), typed("ordered", doseQuantity=amount("0.3", "mg/kg"))],
            "0.3 mg/kg",
        ),
        ([typed("calculated", HL7, doseQuantity=amount(24)), typed("ordered", HL7, doseQuantity=amount(24))], "24 mg"),
        ([typed("admin-amount", doseQuantity=amount(1, "{tbl}"))], "1 tablet"),
    ],
)
def test_the_ordered_mass_counts_then_the_calculated_then_the_product(
    entries: list[dict[str, Any]], expected: str
) -> None:
    assert said(dosage(**rated(*entries))) == expected


@pytest.mark.parametrize(
    "entries",
    [
        [{"doseQuantity": amount(5)}, {"doseQuantity": amount(50)}],
        [typed("ordered", doseQuantity=amount(5)), typed("ordered", doseQuantity=amount(50))],
        [typed("ordered", doseQuantity=amount(5)), typed("calculated", doseQuantity=amount(50))],
        [{"doseQuantity": amount(150)}, {"doseQuantity": amount(1, "{tbl}")}],
        [{"rateQuantity": amount(5, "mg/h")}, {"rateQuantity": amount(50, "mg/h")}],
        [{"doseQuantity": amount(5), "doseRange": {"high": amount(5)}}],
        [{"rateQuantity": amount(5, "mg/h"), "rateRatio": {}}],
    ],
)
def test_doses_that_contradict_each_other_are_none(entries: list[dict[str, Any]]) -> None:
    found = dosage(**rated(*entries))
    assert (found.dose, found.rate) == (None, None)
    assert found.unread


@pytest.mark.parametrize(
    "bad", [amount("NaN"), amount(5, "Mg"), {"value": "5", "code": "mg"}, {"value": 5}, amount(5, unit="g"), "5 mg", 5]
)
def test_a_dose_that_cannot_be_read_is_said(bad: Any) -> None:
    found = dosage(**rated({"doseQuantity": bad}, text="5 mg daily"))
    assert found.dose is None
    assert found.unread
    assert not found.from_text


def test_one_unreadable_statement_beside_a_readable_one_is_still_said() -> None:
    assert dosage(
        **rated(typed("ordered", doseQuantity=amount(5)), typed("calculated", doseQuantity=amount(5, "Mg")))
    ).unread


def test_a_rate_in_the_place_of_a_dose_is_a_rate() -> None:
    found = dosage(**rated({"doseQuantity": amount(10, "mg/h")}))
    assert found.dose is None
    assert said(found) == "10 mg/h"
    assert found.timing.continuous


def test_a_rate_needs_a_unit_of_time() -> None:
    assert dosage(**rated({"rateQuantity": amount(10)})).unread


def test_a_rate_without_a_frequency_runs_on() -> None:
    found = dosage(
        **rated({"rateQuantity": amount(10, "mg/h")}, timing={"repeat": {"duration": 48, "durationUnit": "h"}})
    )
    assert found.timing.continuous
    assert found.timing.over_days == 2
    assert found.over is None


def test_this_dose_over_this_time_is_one_push_and_no_infusion() -> None:
    ratio = {"numerator": amount(24), "denominator": amount(60, "s")}
    found = dosage(**rated({"doseQuantity": amount(24), "rateRatio": ratio}, timing={"repeat": {"count": 1}}))
    assert (said(found), str(found.over)) == ("24 mg", "60 s")
    assert found.timing.once


def test_a_whole_bag_over_a_day_is_an_infusion() -> None:
    ratio = {"numerator": amount(500), "denominator": amount(24, "h")}
    found = dosage(**rated({"doseQuantity": amount(500), "rateRatio": ratio}))
    assert found.timing.continuous
    assert found.rate is not None
    assert found.rate[0].base == Fraction(500, 24)


def test_an_amount_that_runs_without_a_unit_of_time_is_unread() -> None:
    found = dosage(**rated({"doseQuantity": amount(20)}, timing={"code": {"text": "Continuous"}}))
    assert any("how fast" in one for one in found.unread)


def test_the_duration_of_one_administration_is_kept() -> None:
    found = dosage(
        **rated({"doseQuantity": amount(35)}, timing={"repeat": {"count": 1, "duration": 60, "durationUnit": "s"}})
    )
    assert str(found.over) == "60 s"


@pytest.mark.parametrize(
    ("ceiling", "per_day"),
    [
        ({"numerator": amount(4, "g"), "denominator": amount(1, "d")}, "4 g/d"),
        ({"numerator": amount(150), "denominator": amount(24, "h")}, "150 mg/day"),
        ({"numerator": amount(100), "denominator": amount(8, "h")}, "300 mg/day"),
        ([{"numerator": amount(150), "denominator": amount(1, "d")}], "150 mg/day"),
        ({"numerator": amount(700), "denominator": amount(1, "wk")}, "None"),
        ({"numerator": amount(4, "{tbl}"), "denominator": amount(1, "d")}, "4 tablet/day"),
    ],
)
def test_a_ceiling_is_brought_to_one_day(ceiling: Any, per_day: str) -> None:
    assert str(dosage(maxDosePerPeriod=ceiling).max_per_day) == per_day


@pytest.mark.parametrize(
    "written",
    [
        {"asNeededBoolean": True},
        {"asNeeded": True},
        {"asNeededCodeableConcept": {"text": "pain"}},
        {"asNeededFor": [{"text": "pain"}]},
    ],
)
def test_as_needed_is_seen_in_every_release(written: dict[str, Any]) -> None:
    assert dosage(**written).timing.as_needed
    assert not dosage(asNeededBoolean=False).timing.as_needed


def test_directions_in_words_are_read_where_nothing_is_coded() -> None:
    found = dosage(text="Take 1 tablet (25 mg total) by mouth nightly")
    assert said(found) == "25 mg"
    assert found.timing.per_day == (1, 1)
    assert found.route.words() == "Oral"
    assert found.from_text


def test_directions_that_are_not_wholly_understood_are_said_to_be_unread() -> None:
    found = dosage(text="25 mg daily, increase as tolerated")
    assert (found.dose, found.from_text) == (None, False)
    assert "free text" in found.unread[0]


def test_a_coded_timing_stands_beside_a_dose_in_words() -> None:
    found = dosage(text="25 mg at bedtime", timing=every(1))
    assert said(found) == "25 mg"
    assert not found.unread
    assert dosage(text="25 mg twice daily", timing=every(1)).unread


def test_coded_fields_win_over_words() -> None:
    found = dosage(**rated({"doseQuantity": amount(25)}, timing=every(1), text="as discussed"))
    assert said(found) == "25 mg"
    assert (found.from_text, found.unread) == (False, ())


@pytest.mark.parametrize(
    ("text", "agrees"),
    [
        ("25 mg daily", True),
        ("25 mg at bedtime", True),
        ("20-30 mg daily", True),
        ("1 tablet daily", True),
        ("250 mg daily", False),
        ("25 mg three times daily", False),
        ("25 mg once", False),
        ("titrate as told", True),
    ],
)
def test_words_that_clearly_say_another_dose_make_it_unread(text: str, agrees: bool) -> None:
    found = dosage(**rated({"doseQuantity": amount(25)}, timing=every(1), text=text))
    assert bool(found.unread) is not agrees


def test_words_fill_in_a_frequency_that_is_not_coded() -> None:
    found = dosage(**rated({"doseQuantity": amount(25)}, text="25 mg PO twice daily"))
    assert found.timing.per_day == (2, 2)
    assert found.from_text


def test_sequence_and_route_are_kept() -> None:
    found = dosage(sequence=2, route={"coding": [{"system": "http://snomed.info/sct", "code": "26643006"}]})
    assert found.sequence == 2
    assert found.route.codings[0].code == "26643006"
    assert dosage(sequence="2").sequence == 1


def test_the_value_is_kept_to_its_last_digit() -> None:
    found = dosage(**rated({"doseQuantity": amount("0.12345678901234567890")}))
    assert found.dose is not None
    assert found.dose[0].value == Decimal("0.12345678901234567890")


def test_an_amount_once_without_a_way_to_give_it_is_a_note_and_no_direction() -> None:
    assert dosage(text="24 mg now").unread
    assert said(dosage(text="24 mg IV now")) == "24 mg"
    assert dosage(text="24 mg now", route={"text": "IV"}).unread
    assert said(dosage(text="1 tablet now")) == "1 tablet"


@pytest.mark.parametrize(
    ("words", "believed"),
    [
        ("Give 350 mg IV per protocol", False),
        ("35 mg IV per protocol", True),
        ("25 mg for the first week as told, then 35 mg", True),
        ("25 mg tablets, as told", True),
        ("per protocol, at most 350 mg", True),
        ("50 mg/mL, as told", True),
        ("2 tablets as told", True),
    ],
)
def test_a_coded_dose_is_not_believed_beside_words_that_begin_with_another(words: str, believed: bool) -> None:
    found = dosage(**rated({"doseQuantity": amount(35)}, text=words, timing=every(1)))
    assert (found.dose is not None) is believed
    assert bool(found.unread) is not believed


def test_an_amount_of_another_kind_at_the_beginning_of_the_words_is_kept_to_be_compared() -> None:
    found = dosage(**rated({"doseQuantity": amount("0.5", "mg/kg")}, text="350 mg IV per protocol"))
    assert [str(low) for low, _ in found.also] == ["350 mg"]
