import shutil
from pathlib import Path

import pytest

from cds.clinical.code import Concept
from cds.clinical.order import Medication
from cds.errors import KnowledgeError
from cds.knowledge.load import load
from tests.unit.knowledge.made_up import DRUG, MadeUp
from tests.unit.knowledge.whole import KNOWLEDGE


def test_the_knowledge_of_this_tree_loads() -> None:
    knowledge, _ = load(KNOWLEDGE)
    assert knowledge.covered
    assert knowledge.version == load(KNOWLEDGE)[0].version


def test_a_folder_with_a_made_up_drug_loads_and_checks(whole: MadeUp) -> None:
    knowledge, lookup = load(whole.folder, documents=whole.documents)
    assert knowledge.covered == {"examplin"}
    assert lookup.product(Medication(Concept(text="Examplin"))).ingredients == {"examplin"}


def test_one_more_drug_needs_its_file_its_source_and_its_name_in_the_table(whole: MadeUp, tmp_path: Path) -> None:
    """Nothing in the code is touched to add a drug beside those of this tree."""
    both = tmp_path / "both"
    shutil.copytree(KNOWLEDGE, both)
    before, _ = load(both)
    for name in ("drugs/examplin.yaml", "sources/hiccups.yaml", "terminology/ingredients.csv"):
        shutil.copy(whole.folder / name, both / name)
    text = DRUG.replace("    conflicts: [X01]\n", "").replace("topic: pair", "topic: safety")
    for name in ("HI-001", "HI-002", "HI-003"):
        text = text.replace(f"    carries: [{name}]\n", "")
    (both / "drugs/examplin.yaml").write_text(text, "utf-8")
    after, _ = load(both)
    assert after.covered - before.covered == {"examplin"}
    assert after.version != before.version
    assert after.statements["examplin.top"].tiers[1].say == "{drug} {amount}: above {limit}."


def test_faults_of_statements_and_of_the_terminology_come_together(whole: MadeUp) -> None:
    whole.edit("kind: indication", "kind: wish")
    whole.write("terminology/uses.yaml", "uses: [\n")
    with pytest.raises(KnowledgeError) as caught:
        load(whole.folder)
    files = {fault.path for fault in caught.value.faults}
    assert files == {"knowledge/drugs/examplin.yaml", "knowledge/terminology/uses.yaml"}


def test_statements_at_fault_stop_the_start_even_if_the_terminology_is_sound(whole: MadeUp) -> None:
    whole.edit("kind: indication", "kind: wish")
    with pytest.raises(KnowledgeError, match="'wish' is not a kind of statement"):
        load(whole.folder)


def test_a_local_policy_changes_the_version(whole: MadeUp, tmp_path: Path) -> None:
    local = tmp_path / "local.yaml"
    local.write_text("policy: ours\nversion: '2'\nitems: []\n", "utf-8")
    knowledge, _ = load(whole.folder, local)
    assert (knowledge.policy.name, knowledge.policy.version) == ("ours", "2")
    assert knowledge.version != load(whole.folder)[0].version
