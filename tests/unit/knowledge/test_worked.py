"""Worked cases are read strictly; each says only what differs from its statement and its file."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from cds.clinical.quantity import Quantity, unit
from cds.errors import KnowledgeError
from cds.knowledge.model import Level
from cds.knowledge.worked import Edge, Side, WorkedCase, read_cases, read_folder, scene_of, scene_over

FILE = """\
patient: {sex: male, age: 45}
setting: ward
order: {drug: examplin, route: oral}
statements:
  - statement: examplin.top
    order: {times: 2 per day}
    also: [examplin.other]
    category: daily-dose
    cases:
      - case: A first sentence
        patient: {age: 9}
        order: {dose: 5 mg}
        amount: exactly 10 mg/d
        also: [N1]
        expect: {level: info, saying: close to, offering: 5 mg/d}
      - case: A second sentence
        order: {drug: othermab}
        record: {conditions: [{what: hiccups}]}
        expect-not: [warning, critical]
        category: age
      - case: A third sentence
        order: {route: none}
        setting: not stated
        expect-not: any
"""


def _read(tmp_path: Path, text: str = FILE) -> tuple[tuple[WorkedCase, ...], list[str]]:
    folder = tmp_path / "cases"
    (folder / "drugs").mkdir(parents=True)
    (folder / "drugs" / "examplin.yaml").write_text(text, "utf-8")
    cases, faults = read_folder(folder)
    return cases, [f"{fault.line}: {fault.message}" for fault in faults]


def test_a_case_is_laid_over_its_statement_and_its_file(tmp_path: Path) -> None:
    (first, second, third), faults = _read(tmp_path)
    assert faults == []
    assert first.scene.patient == {"sex": "male", "age": "9"}
    assert first.scene.orders == ({"drug": "examplin", "route": "oral", "times": "2 per day", "dose": "5 mg"},)
    assert second.scene.orders == ({"drug": "othermab"},)
    assert second.scene.record == {"conditions": [{"what": "hiccups"}]}
    assert third.scene.orders == ({"drug": "examplin", "times": "2 per day"},)
    assert third.scene.setting == "not stated"


def test_a_case_says_what_is_expected(tmp_path: Path) -> None:
    (first, second, third), _ = _read(tmp_path)
    assert (first.level, first.saying, first.offering, first.never) == (Level.INFO, "close to", "5 mg/d", frozenset())
    assert first.edge == Edge(Side.EXACTLY, Quantity(Decimal(10), unit("mg/d")))
    assert (second.level, second.never) == (None, {Level.WARNING, Level.CRITICAL})
    assert third.never == set(Level)
    assert first.also == {"examplin.other", "N1"}
    assert (first.category, second.category) == ("daily-dose", "age")
    assert (first.file, first.line) == (f"{tmp_path.name}/cases/drugs/examplin.yaml", 10)


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ("expect-not: any", "expect-not: ever", "24: 'ever' is not a level or 'any'"),
        ("        expect-not: any\n", "", "21: a case says either 'expect' or 'expect-not'"),
        ("expect-not: any", "expect-not: any\n        expect: info", "either 'expect' or 'expect-not'"),
        ("{level: info, saying", "{saying", "lacks 'level'"),
        ("level: info", "level: loud", "'loud' is not a level"),
        ("exactly 10 mg/d", "exactly 10 mgs/d", "13: 'mgs/d' is not a unit we know; did you mean 'mg/d'?"),
        ("exactly 10 mg/d", "excatly 10 mg/d", "should be such as 'exactly 5 mg'; did you mean 'exactly'?"),
        ("- case: A first", "- cases: A first", "'cases' is not a key of a case; did you mean 'case'?"),
        ("- statement:", "- statment:", "5: 'statment' is not a key of a statement's cases"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, was: str, now: str, words: str) -> None:
    _, faults = _read(tmp_path, FILE.replace(was, now))
    assert any(words in fault for fault in faults), faults


def test_a_plain_level_is_enough(tmp_path: Path) -> None:
    (case, *_), faults = _read(tmp_path, FILE.replace("{level: info, saying: close to, offering: 5 mg/d}", "critical"))
    assert faults == []
    assert (case.level, case.saying, case.offering) == (Level.CRITICAL, "", "")


def test_a_file_that_cannot_be_read_at_all_is_a_fault(tmp_path: Path) -> None:
    cases, faults = _read(tmp_path, "statements: [")
    assert cases == ()
    assert faults
    with pytest.raises(KnowledgeError):
        read_cases(tmp_path / "cases")


def test_an_entry_is_taken_away_by_none() -> None:
    below = {"record": {"conditions": ["x"], "medicines": ["y"]}, "order": {"drug": "a", "dose": "1 mg"}}
    scene = scene_of(scene_over(below, {"record": {"conditions": "none"}, "order": {"dose": "not stated"}}))
    assert scene.record == {"medicines": ["y"]}
    assert scene.orders == ({"drug": "a"},)
