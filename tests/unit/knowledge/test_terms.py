"""The terminology files: all faults are found in one run, each with its file and line."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from cds.errors import KnowledgeError
from cds.knowledge.fields import Noted
from cds.knowledge.read_files import read_policy
from cds.knowledge.strict import parse
from cds.knowledge.terms import lookup, read_tables

KNOWLEDGE = Path(__file__).parents[3] / "knowledge"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("terminology", "classes", "conditions"):
        shutil.copytree(KNOWLEDGE / name, tmp_path / "knowledge" / name)
    shutil.copy(KNOWLEDGE / "policy.yaml", tmp_path / "knowledge")
    return tmp_path / "knowledge"


def change(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    before = path.read_text("utf-8")
    assert old in before
    path.write_text(before.replace(old, new, 1), "utf-8")


def faults(folder: Path) -> list[str]:
    with pytest.raises(KnowledgeError) as caught:
        lookup(folder)
    return [str(fault) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("classes/halothane.yaml", "ingredient: halothane", "ingredient: halothan", "did you mean 'halothane'"),
        ("classes/halothane.yaml", "class: halothane", "class: xenon", "the file 'halothane'"),
        ("classes/halothane.yaml", 'verified: "1"', "verified: maybe", "not how a code was checked"),
        ("conditions/shock.yaml", '"27942005"', '"27942006"', "wrong check digit"),
        ("conditions/shock.yaml", "system: snomed", "system: snomde", "did you mean 'snomed'"),
        ("conditions/shock.yaml", "display: Septic shock", "display: Sepsis shock", ""),
        ("conditions/shock.yaml", "display: Cardiogenic shock", "display: Heart shock", "in another place"),
        ("conditions/liver-disease.yaml", "severity: severe", "severity: bad", "not a severity"),
        ("conditions/alcohol-use.yaml", "course: remission", "course: better", "not a course"),
        ("terminology/words.yaml", "condition: liver-disease", "condition: liver", "'liver' is not a condition"),
        ("terminology/words.yaml", "severity: severe", "severity: bad", "'bad' is not a severity"),
        ("conditions/pregnancy.yaml", "valid: pregnancy-valid", "valid: 294 mg", "time such as"),
        ("conditions/pregnancy.yaml", '"loinc 82810-3"', '"loinc 82810-4"', "wrong check digit"),
        ("terminology/names.csv", "Elavil,amitriptyline", "Elavil,amitriptylin", "did you mean 'amitriptyline'"),
        ("terminology/names.csv", "Lyrica,pregabalin", "Elavil,pregabalin", "already stands for amitriptyline"),
        ("terminology/products.csv", "amitriptyline=150 mg", "amitriptyline=150 mgs", "is not a strength"),
        ("terminology/products.csv", ",tablet,", ",tablett,", "is not a form"),
        ("terminology/products.csv", "code,display", "rxcui,display", "the columns should be"),
        ("terminology/ingredients.csv", "373464007", "373464008", "wrong check digit"),
        ("terminology/ingredients.csv", "N06AA09", "N01AX03", "already stands for"),
        ("terminology/routes.yaml", "route: buccal", "route: sideways", "statements can name"),
        ("terminology/uses.yaml", "broader: [pain]", "broader: [pian]", "did you mean 'pain'"),
        ("conditions/shock.yaml", "condition: shock", "condition: shocks", "the file 'shock'"),
        ("conditions/shock.yaml", 'code: "27942005", ', "", "a code needs 'code'"),
        ("conditions/pregnancy.yaml", '"loinc 82810-3"', '"lionc 82810-3"', "such as 'loinc 82810-3'"),
        ("classes/theophylline.yaml", "ingredient: aminophylline", "ingredient: theophylline", "second time"),
        ("terminology/names.csv", "Elavil,amitriptyline,", "Elavil,,", "lacks its ingredients"),
        ("terminology/names.csv", "Lyrica,pregabalin,amitriptyline-pregabalin", "Lyrica,pregabalin,", "its origin"),
        ("terminology/names.csv", "Abilify,aripiprazole,outside", "Abilify", "1 columns instead of 3"),
        ("terminology/ingredients.csv", "\nketamine,", "\nKetamine,", "not a slug"),
        ("terminology/ingredients.csv", "\nketamine,", "\namitriptyline,", "second time"),
        ("terminology/ingredients.csv", ",>=2\n", ",sure\n", "how a code was checked"),
        ("terminology/products.csv", "ketamine=10 mg", "ketamin=10 mg", "is not an ingredient"),
        ("terminology/products.csv", ",1\n", ",sure\n", "how a code was checked"),
        ("terminology/products.csv", "\n206970,", "\n206967,", "stands here a second time"),
        ("terminology/forms.yaml", "measured: mass", "measured: weight", "'volume' or 'mass'"),
        ("terminology/forms.yaml", "route: rectal", "route: rectul", "did you mean 'rectal'"),
        ("terminology/forms.yaml", "[capsule, capsules", "[tablet, capsules", "already stands for 'tablet'"),
        ("terminology/routes.yaml", '"78421000"', '"47625008"', "already stands for 'intravenous'"),
        ("terminology/routes.yaml", "[intramuscular,", "[intravenous,", "already stands for 'intravenous'"),
        ("terminology/routes.yaml", "exact: [sl]", "exact: [td]", "already stands for 'transdermal'"),
        ("terminology/settings.yaml", "classes: [HH,", "classes: [AMB,", "already stands for 'ambulatory'"),
        ("terminology/uses.yaml", "[acute pain,", "[pain,", "already stands for 'pain'"),
        (
            "terminology/observations.yaml",
            "observation: body-weight",
            "observation: weight",
            "'body-weight' is missing",
        ),
        ("terminology/services.yaml", "words: [ecg,", "word: [ecg,", "did you mean 'words'"),
    ],
)
def test_a_fault_is_told_with_its_file(copy: Path, name: str, old: str, new: str, said: str) -> None:
    change(copy, name, old, new)
    if not said:
        lookup(copy)  # one code alone may change its display
        return
    found = faults(copy)
    assert any(fault.startswith(f"knowledge/{name}") and said in fault for fault in found), found


def test_all_faults_of_all_files_come_at_once(copy: Path) -> None:
    change(copy, "classes/halothane.yaml", "ingredient: halothane", "ingredient: halothan")
    change(copy, "conditions/shock.yaml", '"27942005"', '"27942006"')
    change(copy, "terminology/ingredients.csv", "373464007", "373464008")
    assert len(faults(copy)) >= 3


@pytest.mark.parametrize("name", ["products.csv", "routes.yaml", "words.yaml", "diluents.yaml", "uses.yaml"])
def test_a_missing_file_is_a_fault(copy: Path, name: str) -> None:
    (copy / "terminology" / name).unlink()
    assert any(f"terminology/{name}: the file is missing" in fault for fault in faults(copy))


def test_every_product_of_the_tree_has_its_ingredients() -> None:
    products = read_tables(KNOWLEDGE).medicines.products
    assert len(products) > 5000
    assert all(row.components for row in products.values())


def test_every_document_slug_of_a_name_exists() -> None:
    rows = (KNOWLEDGE / "terminology" / "names.csv").read_text("utf-8").splitlines()[1:]
    origins = {row.rsplit(",", 1)[1] for row in rows}
    known = {"outside", "amitriptyline-ketamine", "amitriptyline-pregabalin", "ketamine-pain", "lamotrigine-ketamine"}
    assert origins <= known


@pytest.mark.bench
def test_all_tables_are_read_in_well_under_a_second() -> None:
    began = time.perf_counter()
    read_tables(KNOWLEDGE)
    assert time.perf_counter() - began < 0.5


def test_a_site_policy_changes_how_long_a_pregnancy_on_record_counts(copy: Path) -> None:
    node, _ = parse((copy / "policy.yaml").read_bytes(), "policy.yaml")
    assert node is not None
    policy = read_policy(node, Noted("policy.yaml"))
    assert policy is not None
    assert lookup(copy, policy).valid_days("pregnancy") == 294
    shorter = replace(policy.items["pregnancy-valid"], value=Decimal(280))
    changed = replace(policy, items={**policy.items, "pregnancy-valid": shorter})
    assert lookup(copy, changed).valid_days("pregnancy") == 280
