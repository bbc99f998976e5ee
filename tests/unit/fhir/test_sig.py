"""Free-text directions are read whole and right, or not at all."""

from __future__ import annotations

import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest
import yaml

from cds.clinical.quantity import Quantity
from cds.fhir.reading.sig import Sig, read_frequency, read_sig, split_name
from cds.fhir.reading.sig.vocabulary import ROUTES

CORPUS: dict[str, list[tuple[str, str]]] = yaml.safe_load(
    (Path(__file__).parent / "directions.yaml").read_text(encoding="utf-8")
)
CASES = [(kind, text, expected) for kind, entries in CORPUS.items() for text, expected in entries]
SHORT = {concept: name for name, concept in ROUTES.items()}


def number(value: Fraction) -> str:
    return (
        str(int(value)) if value.denominator == 1 else str(value) if value.denominator in (3, 7) else str(float(value))
    )


def amount(pair: tuple[Quantity, Quantity]) -> str:
    low, high = pair
    values = f"{low.value.normalize():f}" if low == high else f"{low.value.normalize():f}-{high.value.normalize():f}"
    return f"{values} {low.unit.code}"


def notation(sig: Sig) -> str:
    parts: list[str] = []
    if sig.dose:
        parts.append(amount(sig.dose))
    if sig.rate:
        parts.append(f"{amount(sig.rate)} R")
    timing = sig.timing
    if timing.per_day:
        low, high = timing.per_day
        parts.append(f"{number(low)}/d" if low == high else f"{number(low)}-{number(high)}/d")
    parts += [word for word, said in (("once", timing.once), ("continuous", timing.continuous)) if said]
    if sig.route:
        parts.append(SHORT[sig.route])
    if timing.as_needed:
        parts.append("prn")
    if sig.over:
        parts.append(f"over {sig.over.value} {sig.over.unit.code}")
    if timing.over_days:
        parts.append(f"for {number(timing.over_days)} days")
    if sig.max_per_day:
        parts.append(f"max {sig.max_per_day.value} {sig.max_per_day.unit.code}")
    return " | ".join(parts)


@pytest.mark.parametrize(("kind", "text", "expected"), CASES, ids=[f"{kind}: {text}" for kind, text, _ in CASES])
def test_a_direction_is_read_right_or_not_at_all(kind: str, text: str, expected: str) -> None:
    found = read_sig(text)
    if found is not None:
        assert notation(found) == expected


def test_the_corpus_is_large_and_most_of_what_a_person_can_read_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    readable = [text for _, text, expected in CASES if expected != "unread"]
    missed = [text for text in readable if read_sig(text) is None]
    recall = 1 - len(missed) / len(readable)
    with capsys.disabled():
        sys.stdout.write(
            f"\n  directions: {len(CASES)}, readable {len(readable)}, recall {recall:.3f}, missed {missed}\n"
        )
    assert len(CASES) >= 150
    assert recall >= 0.95


@pytest.mark.parametrize(
    ("text", "often"),
    [
        ("Every 12 hours", "2/d"),
        ("BID", "2/d"),
        ("3 times daily", "3/d"),
        ("Every 4-6 hours", "4-6/d"),
        ("Nightly", "1/d"),
        ("Once", "once"),
        ("Continuous", "continuous"),
        ("As needed", "prn"),
        ("Every 8 hours PRN", "3/d | prn"),
        ("twice daily for 5 days", "2/d | for 5 days"),
    ],
)
def test_a_text_on_timing_alone_says_how_often(text: str, often: str) -> None:
    found = read_frequency(text)
    assert found is not None
    parts = []
    if found.per_day:
        low, high = found.per_day
        parts.append(f"{number(low)}/d" if low == high else f"{number(low)}-{number(high)}/d")
    parts += ["once"] if found.once else []
    parts += ["continuous"] if found.continuous else []
    parts += ["prn"] if found.as_needed else []
    parts += [f"for {found.over_days} days"] if found.over_days else []
    assert " | ".join(parts) == often


@pytest.mark.parametrize(
    "text", ["As directed", "25 mg daily", "with food", "", "IV", "every day twice daily", "over 1 h"]
)
def test_a_text_that_says_more_or_less_than_how_often_is_no_frequency(text: str) -> None:
    assert read_frequency(text) is None


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("Elavil 100 mg at night", "Elavil", "100 mg at night"),
        ("Ketalar 24 mg IV", "Ketalar", "24 mg IV"),
        ("Vitamin B12 1000 mcg daily", "Vitamin B12", "1000 mcg daily"),
        ("amitriptyline", "amitriptyline", ""),
    ],
)
def test_a_medication_text_is_cut_at_its_first_free_number(text: str, name: str, rest: str) -> None:
    assert split_name(text) == (name, rest)


@pytest.mark.parametrize(
    "name",
    [
        "Amitriptyline Hydrochloride 150 MG Oral Tablet",
        "pregabalin 300 MG Oral Capsule",
        "24 HR lamotrigine 200 MG Extended Release Oral Tablet",
        "ketamine 50 MG/ML Injectable Solution",
        "AMITRIPTYLINE 150 MG PO TABS",
        "ketamine 500 mg in 500 mL sodium chloride",
    ],
)
def test_the_strength_in_a_products_name_is_never_taken_for_a_dose(name: str) -> None:
    assert read_sig(split_name(name)[1]) is None


@pytest.mark.parametrize(
    "text", ["1" * 10_000 + "x", "1 " * 5_000 + "mg", "(" * 499, "q" * 499, "every " * 80, "x " * 249]
)
def test_no_text_makes_the_grammar_slow(text: str) -> None:
    begun = time.perf_counter()
    assert read_sig(text) is None
    assert time.perf_counter() - begun < 0.2
