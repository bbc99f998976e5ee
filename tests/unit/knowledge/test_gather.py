from pathlib import Path

import pytest

from cds.knowledge.gather import content_version, shown
from tests.unit.knowledge.made_up import MadeUp


def test_faults_of_all_files_come_in_one_run_sorted_by_file_and_line(made: MadeUp) -> None:
    made.edit("kind: indication", "kind: wish")
    made.edit("level: info", "level: loud")
    made.write("sources/hiccups.yaml", "source: [\n")
    made.write("override-reasons.yaml", "override_reasons: {A: &x b}\n")
    files = [fault.split(":")[0] for fault in made.faults()]
    assert files == sorted(files)
    assert {
        "knowledge/drugs/examplin.yaml",
        "knowledge/override-reasons.yaml",
        "knowledge/sources/hiccups.yaml",
    } == set(files)


def test_a_drug_file_that_cannot_be_read_does_not_hide_the_faults_of_another(made: MadeUp) -> None:
    made.write("drugs/broken.yaml", "drug: [\n")
    made.edit("kind: indication", "kind: wish")
    assert {fault.split(":")[0] for fault in made.faults()} >= {
        "knowledge/drugs/broken.yaml",
        "knowledge/drugs/examplin.yaml",
    }


def test_a_file_that_has_to_be_there_is_missed(made: MadeUp) -> None:
    (made.folder / "policy.yaml").unlink()
    (made.folder / "override-reasons.yaml").unlink()
    assert "knowledge/policy.yaml: the file cannot be opened (No such file or directory)" in made.faults()
    assert "knowledge/override-reasons.yaml: the file cannot be opened (No such file or directory)" in made.faults()


@pytest.mark.parametrize("name", ["conflicts.yaml", "not-carried.yaml", "topics.yaml", "inventory.csv"])
def test_a_file_that_may_be_absent_is_not_missed(made: MadeUp, name: str) -> None:
    (made.folder / name).unlink()
    assert not any(name in fault and "cannot be opened" in fault for fault in made.faults())


def test_an_inventory_that_is_not_utf_8_is_a_fault(made: MadeUp) -> None:
    (made.folder / "inventory.csv").write_bytes(b"id,source,lines,kind\n\xff")
    assert "knowledge/inventory.csv: the file is not UTF-8 text: save it as UTF-8" in made.faults()


def test_the_version_follows_the_content_and_not_its_line_ends(made: MadeUp, tmp_path: Path) -> None:
    first = content_version(made.folder)
    assert len(first) == 12
    path = made.folder / "drugs/examplin.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"  \r\n") + b"\n\n")
    assert content_version(made.folder) == first
    made.edit("75 mg/d", "76 mg/d")
    second = content_version(made.folder)
    assert second != first
    local = tmp_path / "local.yaml"
    local.write_text("policy: ours\n")
    assert content_version(made.folder, local) != second


def test_how_complete_we_are_is_no_part_of_the_version(made: MadeUp) -> None:
    first = content_version(made.folder)
    made.write("inventory.csv", "id,source,lines,kind\n")
    made.write("not-carried.yaml", "not_carried: []\n")
    made.write("README.md", "words\n")
    assert content_version(made.folder) == first


def test_two_files_that_swap_their_content_are_another_version(made: MadeUp) -> None:
    made.write("classes/a.yaml", "x")
    made.write("classes/b.yaml", "y")
    first = content_version(made.folder)
    made.write("classes/a.yaml", "y")
    made.write("classes/b.yaml", "x")
    assert content_version(made.folder) != first


def test_a_path_outside_the_folder_is_shown_by_its_name_alone(tmp_path: Path) -> None:
    assert shown(tmp_path / "knowledge/drugs/a.yaml", tmp_path / "knowledge") == "drugs/a.yaml"
    assert shown(tmp_path / "secret/local.yaml", tmp_path / "knowledge") == "local.yaml"
