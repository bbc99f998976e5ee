"""The sheet of our own service, and of one that says nothing, one that warns of everything, and one that breaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cds.cli import main
from cds.selftest import run
from tests.unit.selftest.other import cards, other_service

Sheet = dict[str, Any]
FEW = """\
patient: {sex: male, age: 45, weight: 80 kg}
setting: operating room
order: {drug: ketamine, route: intravenous, dose: 40 mg, times: once, reason: intraoperative analgesia}
statements:
  - statement: ketamine.allergy
    cases:
      - case: A confirmed allergy
        record: {allergies: [{to: ketamine}]}
        expect: critical
      - case: No allergy
        expect-not: any
  - statement: ketamine.safe-use
    cases:
      - case: What to watch
        expect: info
"""


@pytest.fixture
def few(tmp_path: Path) -> Path:
    """A folder with three cases: one to stop, one clean, one that asks for information."""
    folder = tmp_path / "cases"
    (folder / "drugs").mkdir(parents=True)
    (folder / "drugs" / "ketamine.yaml").write_text(FEW, "utf-8")
    return folder


@pytest.fixture
def selftest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, Sheet, str, str]]:
    """Run the command: its status, the JSON sheet, the page and what it printed."""

    def ran(url: str, *more: str) -> tuple[int, Sheet, str, str]:
        sheet, page = tmp_path / "sheet.json", tmp_path / "sheet.html"
        status = main(["selftest", url, "--json", str(sheet), "--html", str(page), *more])
        return status, json.loads(sheet.read_text("utf-8")), page.read_text("utf-8"), capsys.readouterr().out

    return ran


def test_our_own_service_passes_every_case(ours: str, selftest: Callable[..., tuple[int, Sheet, str, str]]) -> None:
    status, sheet, page, printed = selftest(ours)
    assert [case for case in sheet["cases"] if case["passed"] is not True] == []
    assert status == 0
    assert sheet["way"] == "findings"
    assert (sheet["total"]["sensitivity"], sheet["total"]["false_alert_rate"]) == (1, 0)
    assert sheet["total"]["cases"] > 900
    assert [row["name"] for row in sheet["categories"]] == [
        "Single dose", "Daily dose and rate", "Route and preparation", "Age", "Drug and diagnosis", "Drug and drug",
        "Allergy", "Duplication", "Monitoring", "Kidney and liver", "Excessive alerts",
    ]  # fmt: skip
    assert "No case failed" in page
    assert "No case failed" in printed


def test_a_silent_service_misses_what_must_be_stopped(
    few: Path, selftest: Callable[..., tuple[int, Sheet, str, str]]
) -> None:
    with other_service(lambda _: cards()) as url:
        status, sheet, page, printed = selftest(url, "--cases", str(few))
    assert status == 1
    assert sheet["way"] == "cards"
    assert (sheet["total"]["sensitivity"], sheet["total"]["false_alert_rate"]) == (0, 0)
    assert [case["passed"] for case in sheet["cases"]] == [False, True, True]
    assert "A confirmed allergy" in printed
    assert "1 of 3 cases failed" in page


def test_a_service_that_warns_of_everything_disturbs_clean_orders(
    few: Path, selftest: Callable[..., tuple[int, Sheet, str, str]]
) -> None:
    hostile = {"indicator": "critical", "summary": "Ketamine <script>alert(1)</script> \x1b[2J"}
    with other_service(lambda _: cards(hostile)) as url:
        status, sheet, page, printed = selftest(url, "--cases", str(few))
    assert status == 1
    assert (sheet["total"]["sensitivity"], sheet["total"]["false_alert_rate"]) == (1, 1)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "\x1b[2J" not in printed


def test_another_service_that_is_right_passes(few: Path, selftest: Callable[..., tuple[int, Sheet, str, str]]) -> None:
    def careful(request: dict[str, Any]) -> bytes:
        assert request["hook"] == "order-sign"
        allergic = "entry" in request["prefetch"].get("allergies", {})
        return cards({"indicator": "critical", "summary": "Allergy on record"}) if allergic else cards()

    services = [
        {"hook": "order-sign", "id": "a", "prefetch": {"allergies": "AllergyIntolerance?patient={{context.patientId}}"}}
    ]
    with other_service(careful, services) as url:
        status, sheet, _, printed = selftest(url, "--cases", str(few))
    assert status == 0
    assert sheet["total"]["caught"] == 1
    assert "Judged by cards alone" in " ".join(printed.split())


def test_a_service_that_breaks_fails_every_case(
    few: Path, selftest: Callable[..., tuple[int, Sheet, str, str]]
) -> None:
    with other_service(lambda _: cards(), status=500) as url:
        status, sheet, _, _ = selftest(url, "--cases", str(few))
    assert status == 1
    assert sheet["total"]["failed"] == 3
    assert all("status 500" in case["reasons"][0] for case in sheet["cases"])
    assert sheet["total"]["false_alert_rate"] is None


def test_an_empty_folder_of_cases_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["selftest", "http://127.0.0.1:1", "--cases", str(tmp_path)]) == 1
    assert "no worked cases" in capsys.readouterr().err


def test_without_cases_at_hand_their_folder_has_to_be_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(run, "PACKAGE", tmp_path / "cds")
    assert run.cases_folder() is None
    assert main(["selftest", "http://127.0.0.1:1"]) == 1
    assert "--cases" in capsys.readouterr().err


def test_the_packaged_cases_come_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(run, "PACKAGE", tmp_path / "cds")
    (tmp_path / "tests" / "knowledge").mkdir(parents=True)
    assert run.cases_folder() == tmp_path / "tests" / "knowledge"
    (tmp_path / "cds" / "_cases").mkdir(parents=True)
    assert run.cases_folder() == tmp_path / "cds" / "_cases"


def test_show_ticks_the_worked_cases_of_a_drug(few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["knowledge", "show", "ketamine", "--cases", str(few)]) == 0
    shown = capsys.readouterr().out
    assert "case ✓    A confirmed allergy" in shown
    assert "case ✓    What to watch" in shown
    assert shown.count("case ✓") == 3


def test_check_with_cases_names_what_they_lack(few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["knowledge", "check", "--cases", str(few)]) == 1
    told = capsys.readouterr().out
    assert "ketamine.allergy lacks a case in which it speaks: warning" in told
    assert "ketamine.safe-use lacks a case in which it does not speak" in told
    assert "knowledge/drugs/ketamine.yaml:" in told


def test_check_with_the_cases_of_this_tree_finds_nothing_missing(capsys: pytest.CaptureFixture[str]) -> None:
    folder = run.cases_folder()
    assert folder is not None
    assert main(["knowledge", "check", "--cases", str(folder)]) == 0
    assert "every tier speaks in one, and every bound is pinned on both sides" in capsys.readouterr().out


def test_a_case_that_cannot_be_read_is_named_with_its_line(few: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (few / "drugs" / "ketamine.yaml").write_text(FEW.replace("expect: info", "expct: info"), "utf-8")
    assert main(["selftest", "http://127.0.0.1:1", "--cases", str(few)]) == 1
    assert "cases/drugs/ketamine.yaml:15" in capsys.readouterr().err
