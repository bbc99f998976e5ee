"""Names are found by the beginnings of their words, the covered ones first."""

from __future__ import annotations

from cds.web.catalogue import Catalogue, Item
from cds.web.workbench import Workbench

CODE = ("urn:x", "1", "x")
SOME = Catalogue(
    [
        Item("otherol 5 MG Oral Tablet", CODE, False),
        Item("examplamine", CODE, True),
        Item("examplamine 10 MG Oral Tablet", CODE, True),
        Item("norexamplamine", CODE, False),
    ]
)


def test_every_word_must_begin_a_word_of_the_name() -> None:
    assert [one.name for one in SOME.find("exam 10")] == ["examplamine 10 MG Oral Tablet"]
    assert [one.name for one in SOME.find("exam")] == ["examplamine", "examplamine 10 MG Oral Tablet"]
    assert SOME.find("amplamine") == []


def test_nothing_typed_offers_what_is_covered() -> None:
    assert all(one.covered for one in SOME.find(""))


def test_a_name_is_known_whatever_its_case() -> None:
    found = SOME.named(" EXAMPLAMINE ")
    assert found is not None
    assert found.name == "examplamine"
    assert SOME.named("examplam") is None


def test_all_covered_ingredients_can_be_found(bench: Workbench) -> None:
    names = {one.name.casefold() for one in bench.catalogue.items if one.covered}
    for slug in bench.service.knowledge.covered:
        assert bench.service.terminology.names[slug].name.casefold() in names


def test_a_misspelled_name_is_near_a_covered_one(bench: Workbench) -> None:
    assert bench.catalogue.near("amitryptiline") == "amitriptyline"
    assert bench.catalogue.near("Lamotrigin") == "lamotrigine"


def test_a_known_name_and_a_wholly_other_one_are_near_nothing(bench: Workbench) -> None:
    assert [bench.catalogue.near(name) for name in ("amitriptyline", "Ketamine", "amoxicillin", "xyz")] == [""] * 4
