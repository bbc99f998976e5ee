import pytest

from cds.knowledge.model import ReviewStatus
from tests.unit.knowledge.made_up import MadeUp

REVIEWED = "{author: A. Author, checker: B. Checker, status: reviewed, reviewed: 2026-01-02, next_review: 2027-01-02}"
BOTH = """\
combination: examplin-othermab
components: [examplin, othermab]
name: Examplin + Othermab
review: {author: A. Author, status: draft}
statements:
  - id: examplin-othermab.pair
    kind: other
    says: A pair.
    cite: {source: hiccups, section: "Pairs", lines: "6"}
"""


def test_a_drug_file_is_read_with_its_review(made: MadeUp) -> None:
    made.edit("{author: A. Author, status: draft}", REVIEWED)
    assert made.faults() == []
    (drug,) = made.examine().drugs
    assert (drug.id, drug.name, drug.components, drug.file) == (
        "examplin", "Examplin", ("examplin",), "drugs/examplin.yaml",
    )  # fmt: skip
    assert drug.review.status is ReviewStatus.REVIEWED
    assert drug.review.checker == "B. Checker"
    assert drug.reading_note == "A drug for tests."


def test_a_combination_is_about_its_components_in_one_product(made: MadeUp) -> None:
    made.write("combinations/examplin-othermab.yaml", BOTH)
    assert made.faults() == []
    assert made.examine().drugs[1].statements[0].about == (frozenset({"examplin", "othermab"}),)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("drug: examplin", "drug: othermab", "'othermab' stands in the file examplin.yaml: both should have the same"),
        ("drug: examplin", "drug: Examplin", "'Examplin' is not a name in lower case with hyphens"),
        ("drug: examplin\n", "drug: [examplin]\n", "'drug' should be one text"),
        ("name: Examplin\n", "", "a drug file lacks 'name'"),
        ("review: {author: A. Author, status: draft}\n", "", "a drug file lacks 'review'"),
        ("status: draft", "status: done", "'done' is not a review status; use draft, retired, reviewed or writing"),
        ("author: A. Author, ", "", "review lacks 'author'"),
        ("status: draft", "status: reviewed", "review lacks 'checker'"),
        ("{author: A. Author, status: draft}", REVIEWED.replace("B. Checker", "A. Author"), "must be another person"),
        ("{author: A. Author, status: draft}", REVIEWED.replace("2027", "2026"), "next review must be later than the"),
        ("note:", "nota:", "'nota' is not a key of a drug file; did you mean 'note'?"),
    ],
)
def test_a_fault_at_the_head_of_a_file_is_said(made: MadeUp, old: str, new: str, words: str) -> None:
    made.edit(old, new)
    assert any(words in fault for fault in made.faults()), made.faults()


def test_an_ingredient_that_the_tables_lack_is_a_fault_of_the_file(made: MadeUp) -> None:
    made.edit("slug,name\nexamplin,Examplin", "slug,name\nexamplix,Examplix", "terminology/ingredients.csv")
    words = "'examplin' is not an ingredient we know (knowledge/terminology); did you mean 'examplix'?"
    assert f"knowledge/drugs/examplin.yaml:1: {words}" in made.faults()


def test_a_combination_of_one_is_none(made: MadeUp) -> None:
    made.write("combinations/examplin-othermab.yaml", BOTH.replace("[examplin, othermab]", "[examplin]"))
    assert made.faults() == [
        "knowledge/combinations/examplin-othermab.yaml:2: a combination has two or more components"
    ]


def test_without_tables_ingredients_are_not_judged(made: MadeUp) -> None:
    (made.folder / "terminology/ingredients.csv").unlink()
    assert made.faults() == []
