from dataclasses import replace
from datetime import date

import pytest

from cds.knowledge.examine import knowledge_of
from cds.knowledge.model import Review, ReviewStatus
from cds.knowledge.monograph import Case, as_text, monograph, review_in_words
from tests.unit.knowledge.made_up import MadeUp
from tests.unit.knowledge.test_read_drug import BOTH

TOP = """\
examplin.top  [max dose]
------------------------
Up to 75 mg a day for adults, beginning at 5 to 10 mg a day, split in 2 or 3 doses.
  figures   start low 5 mg/d, start high 10 mg/d, max 75 mg/d
  stands    hiccups, "Dosage", lines 4, 7
  applies   route: oral; in adults
  INFO      when daily dose above 50 mg/day and up to 75 mg/day
            "{drug} {amount}: close to {limit}." (X1)
    advice  Lower the dose.
  CRITICAL  when daily dose above 75 mg/day
            "{drug} {amount}: above {limit}." (X1)
    advice  Lower the dose.
    offers  change to 75 mg/day (recommended)
    offers  delete the draft
    unless  Local protocol followed
  outside   The level is ours. From 50 mg/day on it is near.
  X01       The top is higher than the start. Decided: Both stand. Why: They are about different
            days.
  carries   HI-002
  cases     no cases
"""


def page(made: MadeUp, cases: dict[str, tuple[Case, ...]] | None = None, which: int = 0) -> str:
    reading = made.examine()
    return as_text(monograph(knowledge_of(reading, "v"), reading.drugs[which], cases))


def test_a_statement_is_shown_whole(made: MadeUp) -> None:
    assert TOP in page(made)


def test_the_head_says_who_wrote_it_and_from_what(made: MadeUp) -> None:
    assert page(made).startswith(
        "Examplin\n========\n\nReview: DRAFT, written by A. Author, not yet checked by a second person\n"
        "Source: hiccups: All about examplin, 2025-11-13 (draft of the authors)\n\nA drug for tests.\n"
    )


def test_what_never_speaks_says_so(made: MadeUp) -> None:
    made.edit("kind: indication\n", "kind: indication\n    applies: {route: [oral]}\n")
    text = page(made)
    assert "  speaks    never on a card; kept for reading and for the export\n  applies   route: oral\n" in text


def test_cases_are_shown_with_a_mark(made: MadeUp) -> None:
    cases = {"examplin.top": (Case("75 mg is fine", True), Case("76 mg is not", False), Case("no dose"))}
    text = page(made, cases)
    assert "  case \u2713    75 mg is fine\n  case \u2717    76 mg is not\n  case -    no dose\n" in text
    assert text.count("no cases") == 1


def test_a_combination_names_its_parts_and_a_part_the_combination(made: MadeUp) -> None:
    made.write("combinations/examplin-othermab.yaml", BOTH)
    assert "One product of: examplin, othermab" in page(made, which=1)
    assert "Other files also speak of it: examplin-othermab.pair" in page(made)


def test_a_source_without_date_and_caveat_is_shown_without(made: MadeUp) -> None:
    made.edit("updated: 2025-11-13\ncaveat: draft of the authors\n", "", "sources/hiccups.yaml")
    made.edit("note: A drug for tests.\n", "")
    assert "Source: hiccups: All about examplin\n\nexamplin.indication" in page(made)


@pytest.mark.parametrize(
    ("review", "words"),
    [
        (Review("A", ReviewStatus.WRITING), "BEING WRITTEN by A; the service leaves it out"),
        (Review("A", ReviewStatus.DRAFT, "B"), "DRAFT, written by A, checked by B"),
        (
            Review("A", ReviewStatus.REVIEWED, "B", date(2026, 1, 2), date(2027, 1, 2)),
            "reviewed, written by A, checked by B on 2026-01-02, next review 2027-01-02",
        ),
        (Review("A", ReviewStatus.RETIRED, "B", date(2026, 1, 2)), "retired, written by A, checked by B on 2026-01-02"),
    ],
)
def test_the_review_is_said_in_words(review: Review, words: str) -> None:
    assert review_in_words(review) == words


def test_an_unknown_source_or_conflict_does_not_stop_the_page(made: MadeUp) -> None:
    reading = made.examine()
    bare = replace(knowledge_of(reading, "v"), sources={}, conflicts={}, override_reasons={})
    text = as_text(monograph(bare, reading.drugs[0]))
    assert "unless  PROTOCOL" in text
    assert "X01" not in text
