from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from cds.cli import main
from cds.fhir import exact
from cds.fhir.publishing.releases import Release
from cds.settings import Settings
from tests.published import bundle, edited, guideline, published


@pytest.mark.parametrize("release", list(Release))
def test_the_whole_can_be_written_as_a_bundle(tmp_path: Path, release: Release) -> None:
    path = tmp_path / "out.json"
    assert main(["export", "--fhir", release, "-o", str(path)]) == 0
    assert path.read_bytes() == bundle(release)


def test_a_transaction_of_one_drug_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    assert main(["export", "--as", "transaction", "--drug", "ketamine", "-o", str(path)]) == 0
    found = json.loads(path.read_text("utf-8"))
    assert (found["type"], found["id"]) == ("transaction", "ketamine")


def test_output_is_what_is_asked_for_and_notes_go_beside_it(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["export", "--fhir", "r4", "--as", "ndjson"]) == 0
    out, notes = capfdbinary.readouterr()
    assert [exact.read(line) for line in out.splitlines()] == list(published(Release.R4))
    assert b"r4 has no place for Substance.instance" in notes


def test_an_unknown_drug_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--drug", "ketamin"]) == 1
    assert "did you mean 'ketamine'?" in capsys.readouterr().err


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "-o", str(tmp_path / "absent" / "out.json")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_a_folder_and_its_export_do_not_differ(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "out.json"
    path.write_bytes(bundle())
    assert main(["export", "--diff", str(Settings().knowledge), str(path)]) == 0
    assert "nothing changed that a card depends on" in capsys.readouterr().out


def test_a_bundle_that_can_run_is_told_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "out.json"
    path.write_bytes(bundle())
    assert main(["import", str(path)]) == 0
    out = capsys.readouterr().out
    assert "understood  MedicationKnowledge/ketamine: " in out
    assert "Nothing refused." in out


def test_a_bundle_that_cannot_run_is_told_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def stopped(resource: dict[str, object]) -> None:
        guideline(resource, "amitriptyline.highest")["modifierExtension"] = [{"url": "https://x.test/not"}]

    path = tmp_path / "out.json"
    path.write_bytes(edited("MedicationKnowledge/amitriptyline", stopped))
    assert main(["import", str(path)]) == 1
    assert "refused     MedicationKnowledge/amitriptyline: " in capsys.readouterr().out


def test_a_file_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", str(tmp_path / "absent.json")]) == 1
    assert "cannot be opened" in capsys.readouterr().err


def test_a_difference_with_a_bundle_that_is_refused_is_not_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "out.json"
    path.write_bytes(b'{"resourceType": "Bundle"}')
    assert main(["export", "--diff", str(path), str(path)]) == 1
    assert "it is no FHIR Bundle" in capsys.readouterr().err


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    """Applications that would have been served. What is set for workers ends with the test."""
    calls: list[Any] = []
    monkeypatch.setattr("cds.operations.serving.run", lambda app, **_: calls.append(app))
    monkeypatch.setattr("cds.hooks.log.configure", lambda: None)
    monkeypatch.setenv("CDS_DATABASE", "none")
    for name in ("CDS_BUNDLE", "CDS_KNOWLEDGE", "CDS_HASH_KEY", "PROMETHEUS_MULTIPROC_DIR"):
        monkeypatch.setenv(name, "")
    return calls


def test_a_service_runs_on_a_published_bundle(tmp_path: Path, served: list[Any]) -> None:
    path = tmp_path / "out.json"
    path.write_bytes(bundle())
    assert main(["serve", "--knowledge", str(path)]) == 0
    (app,) = served
    assert app.state.endpoints.service.knowledge.drugs[0].file == "MedicationKnowledge/amitriptyline"
    # Worker processes read it there.
    assert os.environ["CDS_BUNDLE"] == str(path)


def test_a_service_runs_on_another_folder(served: list[Any]) -> None:
    folder = Settings().knowledge
    assert main(["serve", "--knowledge", str(folder)]) == 0
    assert os.environ["CDS_KNOWLEDGE"] == str(folder)
    assert os.environ["CDS_BUNDLE"] == ""


def test_a_bundle_that_is_not_there_starts_nothing(
    tmp_path: Path, served: list[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--knowledge", str(tmp_path / "absent.json")]) == 1
    assert served == []
    assert "CDS_BUNDLE must be a file" in capsys.readouterr().err
