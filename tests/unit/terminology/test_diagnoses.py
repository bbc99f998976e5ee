"""What diagnoses mean as records write them: the table is ``diagnoses.yaml``."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
import yaml

from cds.clinical.code import ICD10, ICD10CM, SNOMED, Coding, Concept
from cds.terminology.lookup import Lookup
from cds.terminology.model import Recognised

SYSTEMS: Final = {"snomed": SNOMED, "icd-10-cm": ICD10CM, "icd-10": ICD10}
GROUPS: Final = yaml.safe_load((Path(__file__).parent / "diagnoses.yaml").read_text("utf-8"))
ROWS: Final = [
    pytest.param(written, meant, id=f"{group}: {written}")
    for group, rows in GROUPS.items()
    for written, meant in rows.items()
]


def concept(written: str) -> Concept:
    before, _, words = written.partition(" | ")
    system, _, code = before.partition(" ")
    if system in SYSTEMS:
        return Concept((Coding(SYSTEMS[system], code),), words)
    return Concept(text=written)


def told(found: tuple[Recognised, ...]) -> str:
    return ", ".join(sorted(_told(one) for one in found)) or "="


def _told(one: Recognised) -> str:
    possible, history = "possible" if one.doubtful else "", "history" if one.history else ""
    return " ".join(filter(None, (one.condition, one.severity, possible, one.course, history)))


@pytest.mark.parametrize(("written", "meant"), ROWS)
def test_a_diagnosis_means_what_the_table_says(terms: Lookup, written: str, meant: str) -> None:
    assert told(terms.conditions(concept(written))) == meant


def test_a_text_longer_than_any_diagnosis_is_read_for_names_alone(terms: Lookup) -> None:
    long = "severe glaucoma? " * 1_000
    assert set(terms.conditions(Concept(text=long))) == {Recognised("raised-ocular-pressure")}
    assert terms.conditions(Concept(text=f"{long} none")) == ()
