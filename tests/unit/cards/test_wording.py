"""Findings as sentences: names, placeholders, citations, both sides of a disagreement, nothing that could be markup."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from cds.cards import wording
from cds.clinical.order import Order
from cds.knowledge import criteria as ask
from cds.knowledge.model import Citation, Conflict, Knowledge, Review, ReviewStatus, Source, Statement
from cds.rules.finding import Finding
from cds.rules.statement import judge
from tests.unit.rules.builders import (
    amount,
    case,
    chart,
    give,
    knowledge,
    order,
    prescribe,
    statement,
    takes,
    tier,
    took,
)


def found(draft: Order, one: Statement, *medicines: Order, **more: Any) -> Finding:
    finding = judge(case(draft, chart(medicines=medicines, **more)), one).finding
    assert finding is not None
    return finding


TODAY = date(2026, 11, 24)
ALWAYS = statement("always", tier("info"))
DRAFT = prescribe("examplol tablet", "3 {tbl}", 2)


# --- names ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drug", "about", "name"),
    [
        ("examplol tablet", None, "examplol"),
        ("duplexol", None, "calmazine/examplol"),
        ("duplexol", "examplol", "examplol"),
        ("duplexol", ("calmazine", "examplol"), "calmazine/examplol"),
        ("calmazine", "examplol", "calmazine"),
        ("S-thing", None, "S-thing"),
        ("something else", None, "this drug"),
    ],
)
def test_the_drug_is_named_as_the_statement_speaks_of_it(drug: str, about: object, name: str):
    one = None if about is None else statement("one", tier("info"), about=about)
    assert wording.drug_name(case(prescribe(drug)), one) == name


def test_an_ingredient_without_a_name_is_called_by_its_slug(monkeypatch: pytest.MonkeyPatch):
    here = case(prescribe("examplol"))
    monkeypatch.delitem(here.situation.terminology.names, "examplol")
    assert wording.drug_name(here) == "examplol"


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (prescribe("examplol", "50 mg"), "50 mg"),
        (prescribe("examplol", "50 mg to 90 mg"), "50 mg to 90 mg"),
        (prescribe("examplol", rate="5 mg/h"), "5 mg/h"),
        (prescribe("examplol"), "dose not stated"),
    ],
)
def test_the_dose_is_said_as_ordered(draft: Order, words: str):
    assert wording.ordered(draft.instructions[0]) == words


# --- placeholders --------------------------------------------------------------------------------------------

WITH_SEDATIVE = statement(
    "with", tier("info", ask.TakenWith(classes=frozenset({"sedative"}), states=frozenset({"current", "stopped"})))
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{drug} is ordered as {ordered}.", "Examplol is ordered as 3 tablets."),
        ("a day it is {daily}", "A day it is 300 mg/day"),
        ("the {nothing} is empty", "The is empty"),
        ("two   spaces\nand a line", "Two spaces and a line"),
        ("", ""),
    ],
)
def test_placeholders_are_filled_and_a_sentence_begins_with_a_capital(text: str, said: str):
    assert wording.filled(text, found(DRAFT, ALWAYS)) == said


def test_a_daily_dose_that_is_not_known_is_said_to_be():
    assert wording.filled("{daily}", found(prescribe("examplol", "5 mg"), ALWAYS)) == "An unknown daily dose"


def test_the_amount_found_and_the_limit_it_passes_are_there():
    limit = statement("limit", tier("info", amount(above="0.5 mg/kg")))
    text = "{amount} is above {limit}, here {limit_here}"
    finding = found(prescribe("examplol", "70 mg", 1), limit, weight="70 kg")
    assert wording.filled(text, finding) == "1 mg/kg is above 0.5 mg/kg, here 35 mg"


@pytest.mark.parametrize(
    ("medicines", "said"),
    [
        ((takes("calmazine", give("5 mg", 1)),), "With calmazine"),
        (
            (takes("calmazine", give("5 mg", 1)), takes("dozamine", give("5 mg", 1))),
            "With calmazine, dozamine",
        ),
        ((takes("calmazine", give("5 mg", 1)), takes("calmazine", give("5 mg", 1), reference="A/2")), "With calmazine"),
        ((took("calmazine", ended=3),), "With calmazine"),
    ],
)
def test_the_other_drugs_are_each_named_once(medicines: tuple[Order, ...], said: str):
    assert wording.filled("with {other}", found(DRAFT, WITH_SEDATIVE, *medicines)) == said


# --- length --------------------------------------------------------------------------------------------------


def test_a_summary_of_139_characters_stays_and_a_longer_one_ends_at_a_word():
    words = "abcdefghi " * 14
    assert wording.short(words[:139]) == words[:139]
    cut = wording.short(words[:139] + "j")
    assert cut == ("abcdefghi " * 13).rstrip() + "…"
    assert len(cut) <= 139


def test_no_comma_or_stop_stands_before_the_dots():
    assert wording.short("a" * 130 + "; and much more than there is room for") == "a" * 130 + "; and…"
    assert wording.short("a" * 136 + "; bcdefgh") == "a" * 136 + "…"


def test_one_long_word_is_cut_where_it_must_be():
    assert wording.short("a" * 200) == "a" * 138 + "…"


# --- citations -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ((7,), "The Book, Chapter 1, line 7"),
        ((3, 4, 5, 9), "The Book, Chapter 1, lines 3-5, 9"),
        ((9, 4, 3), "The Book, Chapter 1, lines 3-4, 9"),
        ((1, 3, 5), "The Book, Chapter 1, lines 1, 3, 5"),
    ],
)
def test_a_citation_is_written_as_a_reader_follows_it(lines: tuple[int, ...], words: str):
    assert wording.cited(Citation("book", "Chapter 1", lines), knowledge()) == words


# --- the detail ----------------------------------------------------------------------------------------------


def test_the_detail_says_what_to_do_what_was_reckoned_and_where_it_is_written():
    limit = statement(
        "limit", tier("info", amount(above="100 mg")), advice="give less {drug}", outside="the level is ours"
    )
    assert wording.explained(found(DRAFT, limit), knowledge(limit)) == [
        "**What to do:** Give less examplol",
        "**Here:** 3 tablets × 50 mg per tablet = 150 mg.",
        "**The source:** What the book says about limit (The Book, Chapter 1, lines 3-5, 9)",
        "**Beyond the documents:** The level is ours",
    ]


def test_a_plain_finding_has_only_its_source():
    assert wording.explained(found(DRAFT, ALWAYS), knowledge(ALWAYS)) == [
        "**The source:** What the book says about always (The Book, Chapter 1, lines 3-5, 9)"
    ]


def test_the_advice_of_the_tier_comes_before_that_of_the_statement():
    one = statement("one", tier("info", advice="the tier's"), advice="the statement's")
    assert wording.explained(found(DRAFT, one), knowledge(one))[0] == "**What to do:** The tier's"


def test_a_dose_read_from_free_text_is_said_to_be():
    draft = order("examplol", give("50 mg", 1, from_text=True))
    assert wording.explained(found(draft, ALWAYS), knowledge(ALWAYS))[0].startswith("**Read from free text:**")


def test_a_finding_beside_another_is_one_line():
    one = statement("one", tier("warning", amount(above="100 mg"), say="{drug} {amount} is a lot."), advice="give less")
    assert wording.mentioned(found(DRAFT, one), knowledge(one)) == (
        "- **Warning:** Examplol 150 mg is a lot. Give less Here: 3 tablets × 50 mg per tablet = 150 mg. "
        "(The Book, Chapter 1, lines 3-5, 9)"
    )
    assert wording.mentioned(found(DRAFT, ALWAYS), knowledge(ALWAYS)) == (
        "- **Info:** Examplol (The Book, Chapter 1, lines 3-5, 9)"
    )


# --- disagreements -------------------------------------------------------------------------------------------

HERE = (Citation("book", "Chapter 1", (1,)),)
ELSEWHERE = (Citation("book", "Chapter 2", (50,)),)


def side(name: str, **more: Any) -> Statement:
    return statement(name, **{"cites": ELSEWHERE, "topic": ""} | more)


def disagreement(*between: Statement, name: str = "C1") -> Conflict:
    return Conflict(name, tuple(one.id for one in between), "the book disagrees", "we take the lower", "safer")


def both_sides(*others: Statement, conflicts: tuple[str, ...] = ("C1",)) -> str:
    main = statement("main", tier("info"), cites=HERE, conflicts=conflicts)
    known = {"C1": disagreement(main, *others)}
    lines = wording.explained(found(DRAFT, main), knowledge(main, *others, conflicts=known))
    return next((line for line in lines if "differ" in line), "")


def test_both_sides_of_a_disagreement_are_shown_and_what_was_decided():
    assert both_sides(side("other")) == (
        "**The documents differ:** The book disagrees Decided: We take the lower "
        "Also stated: What the book says about other (The Book, Chapter 2, line 50)."
    )


BARE = "**The documents differ:** The book disagrees Decided: We take the lower"


@pytest.mark.parametrize(
    "other",
    [
        side("of another drug", about="calmazine"),
        side("of another topic", topic="pregnancy"),
        side("of the same lines", cites=HERE),
    ],
)
def test_a_side_that_is_not_about_this_or_stands_in_the_same_lines_is_not_repeated(other: Statement):
    assert both_sides(other) == BARE


def test_a_card_has_room_for_two_other_sides():
    shown = both_sides(*(side(f"side {number}") for number in range(4)))
    assert [f"side {number}" in shown for number in range(4)] == [True, True, False, False]


def test_a_disagreement_of_whole_documents_shows_only_what_was_decided():
    assert both_sides(*(side(f"side {number}") for number in range(8))) == BARE


def test_a_disagreement_that_is_not_in_the_knowledge_is_not_shown():
    assert both_sides(side("other"), conflicts=("C9",)) == ""


def test_a_side_that_is_not_in_the_knowledge_is_not_shown():
    main = statement("main", tier("info"), cites=HERE, conflicts=("C1",))
    known = {"C1": Conflict("C1", (main.id, "gone.away"), "the book disagrees", "we take the lower", "safer")}
    lines = wording.explained(found(DRAFT, main), knowledge(main, conflicts=known))
    assert BARE in lines


def test_a_side_is_told_once_on_a_card():
    other = side("other")
    main = statement("main", tier("info"), cites=HERE, conflicts=("C1", "C2"))
    known = {name: disagreement(main, other, name=name) for name in ("C1", "C2")}
    lines = wording.explained(found(DRAFT, main), knowledge(main, other, conflicts=known))
    assert sum("Also stated" in line for line in lines) == 1
    assert sum("differ" in line for line in lines) == 2


# --- the last line -------------------------------------------------------------------------------------------

REVIEWED = Review("an author", ReviewStatus.REVIEWED)


@pytest.mark.parametrize(
    ("known", "statements", "words"),
    [
        (
            knowledge(ALWAYS),
            [ALWAYS],
            "_Documents: The Book (updated 2024-02-03; not yet checked). "
            "Knowledge v1 (draft, not yet checked by a second person), policy house 7._",
        ),
        (
            knowledge(ALWAYS, review=REVIEWED),
            [ALWAYS],
            "_Documents: The Book (updated 2024-02-03; not yet checked). Knowledge v1, policy house 7._",
        ),
        (knowledge(ALWAYS), [], "_Knowledge v1, policy house 7._"),
    ],
)
def test_the_last_line_says_which_documents_how_old_and_in_what_state(
    known: Knowledge, statements: list[Statement], words: str
):
    assert wording.footer(statements, known, TODAY) == words


@pytest.mark.parametrize(("due", "told"), [(date(2026, 11, 24), False), (date(2026, 11, 23), True), (None, False)])
def test_a_review_that_is_overdue_is_said_from_the_day_after_it_was_due(due: date | None, told: bool):
    known = knowledge(ALWAYS, review=replace(REVIEWED, next_review=due))
    assert ("review OVERDUE" in wording.footer([ALWAYS], known, TODAY)) is told


def test_a_document_without_date_or_caveat_says_so_and_a_release_of_codes_is_named():
    known = replace(knowledge(ALWAYS, review=REVIEWED), release="RxNorm 2025_01")
    known.sources["book"] = Source("book", "The Book", "book.txt", "0", None)
    assert wording.footer([ALWAYS, ALWAYS], known, TODAY) == (
        "_Documents: The Book (undated). Knowledge v1, policy house 7, RxNorm 2025\\_01._"
    )


# --- nothing that could be markup ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain text, 0.35 mg/kg (1-2)", "plain text, 0.35 mg/kg (1-2)"),
        ("*bold* _it_ `code`", r"\*bold\* \_it\_ \`code\`"),
        ("[link](x)", r"\[link\](x)"),
        ("# title | a ~b~", r"\# title \| a \~b\~"),
        ("back\\slash", "back\\\\slash"),
        ("<script>&amp;", "&lt;script&gt;&amp;amp;"),
        ("a\nb\r\tc\x00\u202e\u200b", "abc"),
        ("µg ≥ 5 × é", "µg ≥ 5 × é"),
    ],
)
def test_text_is_shown_as_it_is(text: str, safe: str):
    assert wording.escaped(text) == safe


@pytest.mark.parametrize("address", ["http://example.org", "FTP://example.org", "WWW.example.org", "a@example.org"])
def test_an_address_is_broken_by_a_space_so_that_no_viewer_makes_a_link_of_it(address: str):
    shown = wording.escaped(f"see {address}.")
    assert address not in shown
    assert shown.replace(" ", "") == f"see{address}."


@pytest.mark.parametrize("field", ["says", "outside", "advice"])
def test_what_an_author_writes_is_no_markup(field: str):
    sly = statement("sly", tier("info"), **{field: "see <b>*this*</b>"})
    lines = wording.explained(found(DRAFT, sly), knowledge(sly))
    assert any(r"ee &lt;b&gt;\*this\*&lt;/b&gt;" in line for line in lines)
