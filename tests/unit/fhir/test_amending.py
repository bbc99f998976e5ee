"""A change to an order changes what it is about and nothing else, however the order was written."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from cds.clinical.change import ChangeDose, ChangeDuration, ChangeRate, amended
from cds.clinical.order import Instruction
from cds.clinical.quantity import Quantity, quantity
from cds.fhir.editing import action
from cds.fhir.reading.dosage import instruction
from cds.fhir.reading.releases import RELEASES
from cds.fhir.reading.sig import read_sig
from cds.fhir.rewording import speaks_of
from tests.unit.fhir.shapes import amount, dstu2, every, order, r5, rated, reading

CORPUS: dict[str, list[tuple[str, str]]] = yaml.safe_load(
    (Path(__file__).parent / "directions.yaml").read_text(encoding="utf-8")
)
DIRECTIONS = [text for entries in CORPUS.values() for text, _ in entries]
READ = [text for text in DIRECTIONS if read_sig(text) is not None]
REFERENCE = "MedicationRequest/order-1"
BUILT = {"r4": order, "r5": r5, "dstu2": dstu2}
NAME = {"dstu2": "MedicationOrder/order-1"}

Change = ChangeDose | ChangeRate | ChangeDuration


def changes(said: Instruction, reference: str) -> list[Change]:
    """Every kind of change that such an instruction can have."""
    found: list[Change] = [ChangeDuration(reference, quantity("60 s"))]
    if said.dose:
        less = Quantity(said.dose[0].value * Decimal("0.5"), said.dose[0].unit)
        found += [ChangeDose(reference, less), ChangeDose(reference, less, Fraction(2))]
    if said.rate:
        found.append(ChangeRate(reference, Quantity(said.rate[0].value * Decimal("0.5"), said.rate[0].unit)))
    return found


def changed(resource: dict[str, Any], change: Change) -> dict[str, Any] | None:
    written = action(reading(resource), change)
    if written is None:
        return None
    found: dict[str, Any] = written["resource"]  # type: ignore[assignment]
    return found


def facts(said: Instruction) -> tuple[object, ...]:
    """Everything an instruction says, but how it is written."""
    pairs = [pair and tuple((one.base, one.unit.dimension) for one in pair) for pair in (said.dose, said.rate)]
    lengths = [one and (one.base, one.unit.dimension) for one in (said.over, said.max_per_day)]
    timing = said.timing
    often = (timing.per_day, timing.once, timing.continuous, timing.as_needed, timing.over_days)
    return (said.route, *pairs, *lengths, often, said.unread)


@pytest.mark.parametrize("release", BUILT)
@pytest.mark.parametrize("text", READ)
def test_every_change_of_every_direction_changes_only_what_it_is_about(text: str, release: str) -> None:
    resource = BUILT[release]({"text": text})
    said = instruction({"text": text}, RELEASES[release])
    for change in changes(said, NAME.get(release, REFERENCE)):
        after = changed(resource, change)
        if after is None:
            continue
        (dosage,) = after["dosageInstruction"]
        assert facts(instruction(dosage, RELEASES[release])) == facts(amended(said, change)), dosage
        del dosage["text"]  # and the coded elements alone say it too
        assert facts(instruction(dosage, RELEASES[release])) == facts(amended(said, change)), dosage


def test_nearly_every_direction_can_be_changed() -> None:
    offered = [changed(order({"text": text}), one) is not None for text in READ
               for one in changes(instruction({"text": text}, RELEASES["r4"]), REFERENCE)[1:2]]  # fmt: skip
    assert sum(offered) > 0.85 * len(offered), [t for t, o in zip(READ, offered, strict=False) if not o]


@pytest.mark.parametrize("text", [text for text in DIRECTIONS if text and read_sig(text) is None])
def test_directions_that_were_not_read_are_not_changed(text: str) -> None:
    assert changed(order({"text": text}), ChangeDose(REFERENCE, quantity("10 mg"))) is None


@pytest.mark.parametrize(
    ("text", "change", "words"),
    [
        (
            "70 mg IV every 4 hours as needed for pain",
            ChangeDose(REFERENCE, quantity("24.5 mg")),
            "24.5 mg IV every 4 hours as needed for pain",
        ),
        (
            "0.3 mg/kg IV over 10 seconds once",
            ChangeDuration(REFERENCE, quantity("60 s")),
            "0.3 mg/kg IV over 60 s once",
        ),
        (
            "Take 2 tablets (50 mg total) by mouth at bedtime with food",
            ChangeDose(REFERENCE, quantity("10 mg")),
            "Take 10 mg by mouth at bedtime with food",
        ),
        (
            "300 mg three times daily",
            ChangeDose(REFERENCE, quantity("300 mg"), Fraction(2)),
            "300 mg twice a day",
        ),
        (
            "0.6 mg/kg/h IV continuous infusion",
            ChangeRate(REFERENCE, quantity("0.12 mg/kg/h")),
            "0.12 mg/kg/h IV continuous infusion",
        ),
    ],
)
def test_the_prescribers_own_words_stay_around_the_change(text: str, change: Change, words: str) -> None:
    after = changed(order({"text": text}), change)
    assert after is not None
    assert after["dosageInstruction"][0]["text"] == words


def test_what_stood_in_the_words_is_coded_when_the_dose_is() -> None:
    after = changed(
        order({"text": "70 mg IV every 4 hours as needed, max 300 mg per day, for 3 days"}),
        ChangeDose(REFERENCE, quantity("35 mg")),
    )
    assert after is not None
    (dosage,) = after["dosageInstruction"]
    assert dosage["doseAndRate"] == [{"doseQuantity": {**amount(35), "unit": "mg"}}]
    assert dosage["route"]["coding"][0]["code"] == "47625008"
    assert dosage["asNeededBoolean"] is True
    repeat = dosage["timing"]["repeat"]
    assert (repeat["frequency"], repeat["period"], repeat["periodUnit"]) == (1, 4, "h")
    assert repeat["boundsDuration"]["value"] == 3
    assert dosage["maxDosePerPeriod"]["numerator"]["value"] == 300


def test_a_coded_dose_beside_words_that_were_not_read_is_not_changed() -> None:
    resource = order(rated({"doseQuantity": amount(70)}, text="70 mg IV every 4 h as needed, max 3 doses"))
    assert changed(resource, ChangeDose(REFERENCE, quantity("24.5 mg"))) is None


def test_words_that_do_not_speak_of_the_change_are_kept() -> None:
    resource = order(
        rated(
            {"doseQuantity": amount(100)},
            timing=every(3),
            patientInstruction="sip slowly",
            additionalInstruction=[{"text": "mix with juice"}],
        )
    )
    after = changed(resource, ChangeDose(REFERENCE, quantity("35 mg")))
    assert after is not None
    assert after["dosageInstruction"][0]["patientInstruction"] == "sip slowly"
    assert after["dosageInstruction"][0]["additionalInstruction"] == [{"text": "mix with juice"}]


@pytest.mark.parametrize("member", ["patientInstruction", "additionalInstruction"])
def test_a_change_is_not_offered_where_words_beside_it_would_contradict_it(member: str) -> None:
    words: Any = "Take two capsules" if member == "patientInstruction" else [{"text": "take 100 mg"}]
    resource = order(rated({"doseQuantity": amount(100)}, timing=every(3), **{member: words}))
    assert changed(resource, ChangeDose(REFERENCE, quantity("35 mg"))) is None


@pytest.mark.parametrize(
    ("words", "change", "speaks"),
    [
        ("sip slowly", ChangeDose(REFERENCE, quantity("35 mg")), False),
        ("take one hour before food", ChangeDose(REFERENCE, quantity("35 mg")), False),
        ("take one hour before food", ChangeDose(REFERENCE, quantity("35 mg"), Fraction(2)), True),
        ("at bedtime", ChangeDose(REFERENCE, quantity("35 mg")), False),
        ("at bedtime", ChangeDose(REFERENCE, quantity("35 mg"), Fraction(2)), True),
        ("1 to 2 at night", ChangeDose(REFERENCE, quantity("35 mg")), True),
        ("push in 10 seconds", ChangeDuration(REFERENCE, quantity("60 s")), True),
        ("\N{SNOWMAN}", ChangeDose(REFERENCE, quantity("35 mg")), True),
    ],
)
def test_words_speak_of_a_change_where_they_hold_a_figure_of_its_kind(words: str, change: Change, speaks: bool) -> None:
    assert speaks_of(words, change) is speaks
