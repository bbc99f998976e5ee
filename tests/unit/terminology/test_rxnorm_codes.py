"""A loaded release behind the tables of this tree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cds.clinical.code import ATC, NDC, RXNORM, SNOMED, Concept
from cds.clinical.order import Medication
from cds.terminology import rxnorm_load
from cds.terminology.lookup import Lookup
from cds.terminology.rxnorm_codes import extended
from cds.terminology.rxnorm_files import Folder
from cds.terminology.rxnorm_load import disagreements
from cds.terminology.rxnorm_store import Release
from tests.unit.terminology import rrf
from tests.unit.terminology.writing import code, rxnorm, text, written


def made(place: Path, **changed: Any) -> Release:
    rxnorm_load.load(Folder.open(rrf.write(place / "rrf", **changed)), place / "made")
    return Release(place / "made")


@pytest.fixture(scope="module")
def wide(terms: Lookup, tmp_path_factory: pytest.TempPathFactory) -> Lookup:
    return Lookup(extended(terms.tables, made(tmp_path_factory.mktemp("rxnorm"))))


@pytest.mark.parametrize(
    ("concept", "is_written"),
    [
        pytest.param(rxnorm("4001"), "zorvane 12.5 mg/1 unit", id="a product"),
        pytest.param(rxnorm("7001"), "zorvane 12.5 mg/1 unit", id="a replaced one"),
        pytest.param(rxnorm("1003"), "quelline", id="an ingredient"),
        pytest.param(code(NDC, "0009-5190-02"), "quelline 50 mg/1 mL", id="an NDC with hyphens"),
        pytest.param(code(NDC, "00009519002"), "quelline 50 mg/1 mL", id="an NDC of eleven digits"),
        pytest.param(code(ATC, "X99ZZ01"), "zorvane", id="an ATC code"),
        pytest.param(code(SNOMED, "4001"), "", id="a code of another system"),
        pytest.param(rxnorm("4001x"), "", id="no code of RxNorm"),
        pytest.param(code(NDC, "0009519002"), "", id="an NDC that can be read in three ways"),
    ],
)
def test_a_code_that_only_the_release_knows_is_made_out(wide: Lookup, concept: Concept, is_written: str) -> None:
    assert written(wide.product(Medication(concept))) == is_written
    assert bool(wide.unknown(concept)) is not bool(is_written)


def test_a_product_and_a_text_that_name_different_medicines_are_a_problem(wide: Lookup, terms: Lookup) -> None:
    known = next(slug for key, slug in terms.tables.medicines.ingredients.items() if key[0] == RXNORM)
    concept = rxnorm("4001", words=terms.names[known].name)
    assert "different medicines" in wide.product(Medication(concept)).problem
    assert not terms.product(Medication(concept)).problem


def test_the_tables_say_the_same_with_a_release_behind_them(wide: Lookup, terms: Lookup) -> None:
    for key in list(terms.tables.medicines.products)[::100]:
        medication = Medication(rxnorm(key[1]))
        assert wide.product(medication) == terms.product(medication)
    assert wide.product(Medication(text("4001"))) == terms.product(Medication(text("4001")))


COVERED = frozenset({"pregabalin"})


def replaced(rows: list[rrf.Row], *others: rrf.Row, without: str) -> list[rrf.Row]:
    return [*(row for row in rows if row[0] != without and row[4] != without), *others]


def test_a_release_that_agrees_with_the_tables_is_taken(terms: Lookup, tmp_path: Path) -> None:
    assert disagreements(made(tmp_path), terms.tables.medicines, COVERED) == []


def test_a_covered_product_with_another_strength_in_the_release_is_a_fault(terms: Lookup, tmp_path: Path) -> None:
    names = replaced(rrf.NAMES, rrf.conso("483449", "SCDC", "pregabalin 80 MG"), without="483449")
    (fault,) = disagreements(made(tmp_path, names=names), terms.tables.medicines, COVERED)
    assert "RxCUI 483450" in fault
    assert "75 mg" in fault
    assert "80 mg" in fault


def test_a_covered_product_with_other_ingredients_in_the_release_is_a_fault(terms: Lookup, tmp_path: Path) -> None:
    names = [*rrf.NAMES, rrf.conso("483442", "SCD", "quelline 5 MG Oral Capsule")]
    relations = [*rrf.RELATIONS, rrf.rel("483442", "consists_of", "3003")]
    release = made(tmp_path, names=names, relations=relations)
    (fault,) = disagreements(release, terms.tables.medicines, COVERED)
    assert "RxCUI 483442" in fault
    assert "quelline" in fault
    assert disagreements(release, terms.tables.medicines, frozenset()) == []
