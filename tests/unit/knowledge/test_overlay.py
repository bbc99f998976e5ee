"""A site's overlay is applied while it holds, named when it does not; a critical card is never one person's word."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cds.errors import KnowledgeError
from cds.knowledge.content import content_of
from cds.knowledge.criteria import Not, RouteIs, SettingIs
from cds.knowledge.examine import examine, knowledge_of
from cds.knowledge.model import Knowledge, Level
from cds.knowledge.overlay import Overlaid, State, apply, draft, read_overlay
from cds.knowledge.vocabulary import Vocabulary
from tests.unit.knowledge.made_up import MadeUp

TOP, PAIR = "examplin.top", "examplin.with-othermab"
DAY = date(2026, 11, 24)


@pytest.fixture
def knowledge(made: MadeUp) -> Knowledge:
    return knowledge_of(examine(made.folder), "v1")


def entry(knowledge: Knowledge, statement: str = TOP, **changes: str | None) -> str:
    """An entry that lowers a statement to info."""
    known = knowledge.statements.get(statement)
    fields: dict[str, str | None] = {
        "statement": statement,
        "content": f'"{content_of(known) if known else "0" * 12}"',
        "change": "lower",
        "to": "info",
        "author": "A. Author",
        "reviewer": "R. Reviewer",
        "reason": "Our pharmacists see each of these orders anyway.",
        "date": '"2026-11-01"',
        "expires": '"2027-05-01"',
    } | changes
    lines = [f"{key}: {value}" for key, value in fields.items() if value is not None]
    return "  - " + "\n    ".join(lines) + "\n"


def overlaid(knowledge: Knowledge, folder: Path, *entries: str, today: date = DAY) -> Overlaid:
    path = folder / "overlay.yaml"
    path.write_text("overlay: st-elsewhere\nversion: '3'\nentries:\n" + "".join(entries), encoding="utf-8")
    return apply(read_overlay(path, knowledge, Vocabulary()), knowledge, today)


def faults(knowledge: Knowledge, folder: Path, *entries: str) -> str:
    with pytest.raises(KnowledgeError) as refused:
        overlaid(knowledge, folder, *entries)
    return str(refused.value)


def test_a_lowered_statement_speaks_no_louder_than_the_site_wants_and_says_who_wants_it(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    found = overlaid(knowledge, tmp_path, entry(knowledge)).knowledge
    statement = found.statements[TOP]
    assert [tier.level for tier in statement.tiers] == [Level.INFO, Level.INFO]
    assert "st-elsewhere: lowered to info by A. Author, 2026-11-01" in statement.outside
    assert statement.outside.startswith("The level is ours.")
    assert found.statements[PAIR] is knowledge.statements[PAIR]


def test_a_statement_that_is_switched_off_never_fires(knowledge: Knowledge, tmp_path: Path) -> None:
    found = overlaid(knowledge, tmp_path, entry(knowledge, change="off", to=None)).knowledge
    assert not found.statements[TOP].fires
    assert all(TOP not in {one.id for one in rows} for rows in found.by_ingredient.values())
    assert knowledge.statements[TOP].fires


def test_a_narrowed_statement_asks_for_more(knowledge: Knowledge, tmp_path: Path) -> None:
    only = entry(knowledge, change="narrow", to=None, only="{setting: [ward]}")
    unless = entry(knowledge, change="narrow", to=None, **{"except": "{route: [oral]}"})
    before = knowledge.statements[TOP].applies
    assert overlaid(knowledge, tmp_path, only).knowledge.statements[TOP].applies == (
        *before,
        SettingIs(frozenset({"ward"})),
    )
    (*_, last) = overlaid(knowledge, tmp_path, unless).knowledge.statements[TOP].applies
    assert last == Not((RouteIs(frozenset({"oral"})),))


def test_cards_and_records_show_the_overlay_beside_the_policy(knowledge: Knowledge, tmp_path: Path) -> None:
    version = overlaid(knowledge, tmp_path, entry(knowledge)).knowledge.policy.version
    assert version.startswith(f"{knowledge.policy.version}, overlay st-elsewhere 3 (")
    changed = overlaid(knowledge, tmp_path, entry(knowledge, reason="Another reason.")).knowledge.policy.version
    assert changed != version


@pytest.mark.parametrize(
    ("today", "state", "turns"),
    [
        (date(2026, 10, 31), State.AHEAD, date(2026, 11, 1)),
        (date(2026, 11, 1), State.APPLIED, date(2027, 5, 1)),
        (date(2027, 4, 30), State.APPLIED, date(2027, 5, 1)),
        (date(2027, 5, 1), State.EXPIRED, None),
    ],
)
def test_an_entry_holds_from_its_date_until_it_expires(
    knowledge: Knowledge, tmp_path: Path, today: date, state: State, turns: date | None
) -> None:
    found = overlaid(knowledge, tmp_path, entry(knowledge), today=today)
    assert [one for _, one in found.states] == [state]
    assert found.turns == turns
    assert (found.knowledge.statements[TOP] != knowledge.statements[TOP]) is (state is State.APPLIED)


def test_an_entry_survives_an_upgrade_that_leaves_its_statement_alone(made: MadeUp, knowledge: Knowledge) -> None:
    written = entry(knowledge)
    made.edit("Used for hiccups", "Against hiccups")
    upgraded = knowledge_of(examine(made.folder), "v2")
    ((_, state),) = overlaid(upgraded, made.folder.parent, written).states
    assert state is State.APPLIED


def test_an_entry_is_set_aside_when_its_statement_changes_beneath_it(made: MadeUp, knowledge: Knowledge) -> None:
    written = entry(knowledge)
    made.edit("up-to: 75 mg/d", "up-to: 70 mg/d")
    upgraded = knowledge_of(examine(made.folder), "v2")
    found = overlaid(upgraded, made.folder.parent, written)
    assert [state for _, state in found.states] == [State.CHANGED]
    assert found.knowledge.statements[TOP] == upgraded.statements[TOP]


def test_an_entry_of_a_statement_that_is_gone_is_named(knowledge: Knowledge, tmp_path: Path) -> None:
    found = overlaid(knowledge, tmp_path, entry(knowledge, "examplin.no-more"))
    assert [state for _, state in found.states] == [State.GONE]


@pytest.mark.parametrize("reviewer", [None, "A. Author", "a. author"])
@pytest.mark.parametrize("change", ["off", "lower", "narrow"])
def test_what_can_be_critical_needs_a_second_reviewer(
    knowledge: Knowledge, tmp_path: Path, change: str, reviewer: str | None
) -> None:
    more: dict[str, str | None] = {
        "off": {"to": None}, "lower": {}, "narrow": {"to": None, "only": "{setting: [ward]}"},
    }[change]  # fmt: skip
    written = entry(knowledge, change=change, reviewer=reviewer, **more)
    assert "overlay.yaml:4: 'examplin.top' can be critical: it needs a 'reviewer'" in faults(
        knowledge, tmp_path, written
    )


def test_what_is_never_critical_needs_one_person(knowledge: Knowledge, tmp_path: Path) -> None:
    quiet = replace(
        knowledge,
        drugs=tuple(
            replace(drug, statements=tuple(replace(one, tiers=one.tiers[:1]) for one in drug.statements))
            for drug in knowledge.drugs
        ),
    )
    found = overlaid(quiet, tmp_path, entry(quiet, change="off", to=None, reviewer=None))
    assert [state for _, state in found.states] == [State.APPLIED]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"author": None}, "lacks 'author'"),
        ({"reason": None}, "lacks 'reason'"),
        ({"expires": None}, "lacks 'expires'"),
        ({"content": None}, "lacks 'content'"),
        ({"expires": '"2026-11-01"'}, "must be after 'date'"),
        ({"expires": '"2027-11-03"'}, "a year after it at the latest"),
        ({"change": "silence"}, "is not a change"),
        ({"to": None}, "to lower needs 'to'"),
        ({"change": "off"}, "'to' goes with 'change: lower'"),
        ({"change": "narrow", "to": None}, "to narrow needs 'only' or 'except'"),
        ({"change": "narrow", "to": None, "only": "{routes: [oral]}"}, "'routes' is not a key of only"),
        ({"colour": "blue"}, "'colour' is not a key of an entry"),
    ],
)
def test_a_fault_is_named_with_its_line(
    knowledge: Knowledge, tmp_path: Path, changes: dict[str, str | None], words: str
) -> None:
    found = faults(knowledge, tmp_path, entry(knowledge, **changes))
    assert words in found
    assert found.startswith("overlay.yaml:")


def test_two_entries_for_one_statement_are_a_fault(knowledge: Knowledge, tmp_path: Path) -> None:
    assert "has an entry already" in faults(knowledge, tmp_path, entry(knowledge), entry(knowledge))


def test_a_file_that_is_not_there_is_a_fault(knowledge: Knowledge, tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"none\.yaml: the file cannot be opened"):
        read_overlay(tmp_path / "none.yaml", knowledge, Vocabulary())


def test_a_draft_can_be_filled_in_and_read(knowledge: Knowledge, tmp_path: Path) -> None:
    text = draft(knowledge.statements[TOP], DAY)
    assert "needed: another person" in text
    filled = text.replace("author: ", "author: A").replace(
        "reviewer:  # needed: another person than the author", "reviewer: R"
    )
    filled = filled.replace("reason: ", "reason: because")
    ((_, state),) = overlaid(knowledge, tmp_path, filled).states
    assert state is State.APPLIED


def test_the_content_does_not_depend_on_the_place_or_the_process(made: MadeUp, knowledge: Knowledge) -> None:
    statement = knowledge.statements[TOP]
    assert content_of(replace(statement, file="elsewhere.yaml", line=999, inventory=())) == content_of(statement)
    assert content_of(replace(statement, says="Something else.")) != content_of(statement)
    first, second = (replace(statement, about=(frozenset(group),)) for group in (["a", "b"], ["b", "a"]))
    assert content_of(first) == content_of(second)
