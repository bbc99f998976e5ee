from decimal import Decimal
from pathlib import Path

import pytest

from cds.knowledge.examine import examine
from cds.knowledge.model import Policy
from tests.unit.knowledge.made_up import MadeUp

LOCAL = """\
policy: our hospital
version: "7"
items:
  - {key: adult-from, value: 10.5 a, outside: our choice, source: our committee}
"""


def faults_with(made: MadeUp, policy: str, where: Path) -> tuple[Policy | None, list[str]]:
    path = where / "local.yaml"
    path.write_text(policy, "utf-8")
    reading = examine(made.folder, path)
    return reading.policy, [str(fault) for fault in reading.faults]


def test_a_local_policy_overrides_items_and_brings_its_own_name(made: MadeUp, tmp_path: Path) -> None:
    policy, faults = faults_with(made, LOCAL, tmp_path)
    assert faults == []
    assert policy is not None
    assert (policy.name, policy.version) == ("our hospital", "7")
    assert policy.number("adult-from") == Decimal("10.5")
    base = made.examine().policy
    assert base is not None
    assert policy.number("weight-highest") == base.number("weight-highest")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "adult-from",
            "adult-form",
            "local.yaml:4: 'adult-form' is not an item of the policy; did you mean 'adult-from'?",
        ),
        ("10.5 a", "21 y", "local.yaml:4: '21 y' should be a number and the unit a"),
        ("10.5 a", "-21 a", "local.yaml:4: '-21 a' should be a number and the unit a"),
        ("10.5 a", "0x15 a", "local.yaml:4: '0x15 a' should be a number and the unit a"),
        ("10.5 a", "900 a", "local.yaml:1: 'adult-from' must be less than 'elderly-from'"),
        ("source: our committee", "sauce: x", "local.yaml:4: a policy item lacks 'source'"),
        ('version: "7"\n', "", "local.yaml:1: a policy lacks 'version'"),
    ],
)
def test_a_local_policy_with_a_fault_is_refused(made: MadeUp, tmp_path: Path, old: str, new: str, fault: str) -> None:
    _, faults = faults_with(made, LOCAL.replace(old, new), tmp_path)
    assert fault in faults


def test_a_local_policy_names_each_item_once(made: MadeUp, tmp_path: Path) -> None:
    _, faults = faults_with(made, LOCAL + LOCAL.split("items:\n")[1], tmp_path)
    assert faults == ["local.yaml:5: 'adult-from' stands here a second time"]


def test_a_local_policy_that_is_not_there_is_a_fault(made: MadeUp, tmp_path: Path) -> None:
    faults = [str(fault) for fault in examine(made.folder, tmp_path / "no.yaml").faults]
    assert faults == ["no.yaml: the file cannot be opened (No such file or directory)"]


def test_the_packaged_policy_must_have_every_item(made: MadeUp) -> None:
    text = made.text("policy.yaml")
    row = next(line for line in text.split("\n") if "most-cards" in line)
    made.write("policy.yaml", text.replace(row + "\n", ""))
    assert made.faults() == ["knowledge/policy.yaml:1: the policy lacks 'most-cards'"]


def test_a_bare_number_has_no_unit(made: MadeUp) -> None:
    made.edit("key: most-cards, value: '27'", "key: most-cards, value: '27 a'", "policy.yaml")
    assert any("'27 a' should be a number without a unit" in fault for fault in made.faults())


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("sources/hiccups.yaml", "source: hiccups", "source: cough", "'cough' stands in the file hiccups.yaml"),
        ("sources/hiccups.yaml", "sha256: ", "sha256: x", "a SHA-256 is 64 characters 0-9 and a-f"),
        ("sources/hiccups.yaml", "at-line-end", "anywhere", "'anywhere' is not a place of reference numbers"),
        ("sources/hiccups.yaml", '"1"}', '"1", key: "1"}', "line 1 is already listed under 'heading'"),
        ("sources/hiccups.yaml", "title: All about examplin\n", "", "a source lacks 'title'"),
        ("conflicts.yaml", "    why: They are about different days.\n", "", "a conflict lacks 'why'"),
        ("conflicts.yaml", "[examplin.top, examplin.with-othermab]", "[]", "X01 names no statement that it is between"),
        ("not-carried.yaml", "why:", "whey:", "'whey' is not a key of an entry; did you mean 'why'?"),
        ("override-reasons.yaml", "PROTOCOL:", "protocol:", "'protocol' is not well formed"),
        (
            "override-reasons.yaml",
            "\n  PROTOCOL: Local protocol followed",
            " none",
            "'override_reasons' should be codes, each with",
        ),
        ("topics.yaml", "pair: Pair", "Pair: Pair", "'Pair' is not well formed"),
        ("inventory.csv", "id,source,lines,kind", "id,source,lines", "the columns should be id,source,lines,kind"),
        ("inventory.csv", "HI-002,hiccups,4 7", "HI-001,hiccups,4 7", "each row needs an id of its own"),
        ("inventory.csv", "4 7", "4-7", "each row needs an id of its own, a source, and lines with spaces"),
    ],
)
def test_a_fault_of_a_smaller_file_is_said(made: MadeUp, name: str, old: str, new: str, words: str) -> None:
    made.edit(old, new, name)
    assert any(fault.startswith(f"knowledge/{name}:") and words in fault for fault in made.faults()), made.faults()


def test_a_conflict_and_an_entry_not_carried_stand_once(made: MadeUp) -> None:
    made.write("conflicts.yaml", made.text("conflicts.yaml") + made.text("conflicts.yaml").split("conflicts:\n")[1])
    made.write("not-carried.yaml", made.text("not-carried.yaml") + made.text("not-carried.yaml").split("\n")[1] + "\n")
    assert made.faults() == [
        "knowledge/conflicts.yaml:7: the conflict 'X01' stands here a second time (line 2)",
        "knowledge/not-carried.yaml:3: 'HI-004' stands here a second time (line 2)",
    ]


def test_a_source_need_not_list_headings(made: MadeUp) -> None:
    made.edit('headings: {heading: "1"}\n', "", "sources/hiccups.yaml")
    reading = made.examine()
    assert (reading.faults, dict(reading.sources["hiccups"].headings)) == ([], {})


@pytest.mark.parametrize("text", ["other: {A: b}\n", "topics:\n"])
def test_a_file_of_texts_without_its_texts_is_a_fault(made: MadeUp, text: str) -> None:
    made.write("topics.yaml", text)
    assert any(fault.startswith("knowledge/topics.yaml:1: ") for fault in made.faults())


def test_a_caveat_may_be_empty(made: MadeUp) -> None:
    made.edit("caveat: draft of the authors", 'caveat: ""', "sources/hiccups.yaml")
    reading = made.examine()
    assert reading.faults == []
    assert reading.sources["hiccups"].source.caveat == ""
