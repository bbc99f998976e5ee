from __future__ import annotations

import json
from pathlib import Path

import pytest

from cds.cli import main
from cds.fhir import exact
from cds.fhir.publishing.releases import Release
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
    from cds.settings import Settings

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
