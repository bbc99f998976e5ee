"""An answer is judged by its findings, or by its cards alone, and neither way guesses."""

from __future__ import annotations

from typing import Any

import pytest

from cds.knowledge.model import Level
from cds.selftest.answers import FINDINGS, REVIEW, offered, on_card
from cds.selftest.judge import Way, failed, judge, way_of
from cds.selftest.question import Thing
from tests.unit.selftest.conftest import question

INFO, WARNING, CRITICAL = Level.INFO, Level.WARNING, Level.CRITICAL


def thing(label: str, *levels: Level, saying: str = "", offers: str = "", rules: frozenset[str] = frozenset()) -> Thing:
    return Thing(label, frozenset(levels or Level), saying, offers, rules)


def told(statement: str, level: str, rule: str = "X1") -> dict[str, Any]:
    return {"statement": statement, "rule": rule, "level": level, "orders": ["MedicationRequest/draft-1"]}


def card(
    indicator: str, summary: str = "Ketamine: stop", *findings: dict[str, Any], detail: str = ""
) -> dict[str, Any]:
    made = {"indicator": indicator, "summary": summary, "detail": detail}
    return {**made, "extension": {FINDINGS: list(findings)}} if findings else made


def by_findings(asked: Any, *cards: dict[str, Any]) -> Any:
    return judge(asked, {"cards": list(cards)}, Way.FINDINGS)


def by_cards(asked: Any, *cards: dict[str, Any]) -> Any:
    return judge(asked, {"cards": list(cards)}, Way.CARDS)


def test_the_wanted_finding_at_its_level_is_right() -> None:
    assert by_findings(question(thing("a.b", WARNING)), card("warning", "x", told("a.b", "warning"))).passed is True


@pytest.mark.parametrize("level", ["info", "critical"])
def test_another_level_does_not_do_instead(level: str) -> None:
    verdict = by_findings(question(thing("a.b", WARNING)), card(level, "x", told("a.b", level)))
    assert verdict.missed == ("a.b warning",)


def test_a_rule_may_be_named_instead_of_a_statement() -> None:
    assert by_findings(question(thing("K2", INFO)), card("info", "x", told("a.b", "info", "K2"))).passed is True


def test_a_check_that_was_not_made_is_not_the_finding_of_its_statement() -> None:
    wanted = thing("a.b", WARNING, rules=frozenset({"X1"}))
    verdict = by_findings(question(wanted), card("warning", "x", told("a.b", "warning", "N3")))
    assert verdict.missed
    assert verdict.wrong == ("N3 warning (a.b)",)


def test_the_words_of_the_tier_must_stand_on_its_card() -> None:
    asked = question(thing("a.b", INFO, saying="below the range"))
    assert by_findings(asked, card("info", "5 mg is below the range.", told("a.b", "info"))).passed is True
    assert by_findings(asked, card("info", "x", told("a.b", "info"), detail="It is below the range.")).passed is True
    verdict = by_findings(asked, card("info", "5 mg is above the range.", told("a.b", "info")))
    assert verdict.missed == ("a.b info ('… below the range …')",)


def test_a_warning_that_nobody_expects_is_wrong_and_information_is_not() -> None:
    asked = question(thing("a.b", INFO))
    told_info = card("info", "x", told("a.b", "info"))
    assert by_findings(asked, told_info, card("info", "y", told("c.d", "info"))).passed is True
    verdict = by_findings(asked, told_info, card("warning", "y", told("c.d", "warning")))
    assert verdict.wrong == ("X1 warning (c.d)",)
    assert by_findings(question(thing("a.b", INFO), allowed=(thing("c.d", WARNING),)), told_info,
                       card("warning", "y", told("c.d", "warning"))).passed is True  # fmt: skip


def test_what_must_not_be_said_is_wrong_at_every_level_named() -> None:
    asked = question(unwanted=(thing("a.b"),))
    assert by_findings(asked).passed is True
    assert by_findings(asked, card("info", "x", told("a.b", "info"))).wrong == ("X1 info (a.b)",)
    only = question(unwanted=(thing("a.b", CRITICAL),))
    assert by_findings(only, card("info", "x", told("a.b", "info"))).passed is True


def test_an_offer_is_read_as_an_amount_of_a_day() -> None:
    repeat = {"frequency": 2, "period": 1, "periodUnit": "d"}
    how = {"timing": {"repeat": repeat}, "doseAndRate": [{"doseQuantity": {"value": 25, "code": "mg"}}]}
    action = {"type": "update", "resource": {"dosageInstruction": [how, {"timing": {"repeat": {"count": 1}}}]}}
    shown = {**card("warning", "x", told("a.b", "warning")), "suggestions": [{"label": "y", "actions": [action]}]}
    assert offered(shown) == {"50 mg/d", "2 /d"}
    assert by_findings(question(thing("a.b", WARNING, offers="50 mg/d")), shown).passed is True
    assert by_findings(question(thing("a.b", WARNING, offers="75 mg/d")), shown).passed is False


@pytest.mark.parametrize("extension", [None, [], {}, {FINDINGS: "x"}, {FINDINGS: ["x", {}, {"level": "loud"}]}])
def test_findings_in_an_unknown_shape_are_left_out(extension: Any) -> None:
    assert on_card({"extension": extension}) == []


def test_a_finding_without_a_statement_is_kept() -> None:
    (said,) = on_card({"extension": {FINDINGS: [{"rule": "N3", "level": "warning", "orders": 3}]}})
    assert (said.statement, said.rule, said.orders) == ("", "N3", ())


@pytest.mark.parametrize("suggestions", ["x", [1], [{"actions": [{"resource": {"dosageInstruction": ["x"]}}]}]])
def test_an_offer_in_an_unknown_shape_is_none(suggestions: Any) -> None:
    assert offered({"suggestions": suggestions}) == set()


# --- by cards alone ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("indicator", "summary", "passed"),
    [
        ("critical", "Patient has an allergy to this medicine", True),
        ("critical", "KETAMINE is contraindicated", True),
        ("warning", "Ketamine: allergy", False),
        ("critical", "Another drug", False),
        ("critical", "Esketamine", False),
        ("loud", "Ketamine", False),
    ],
)
def test_a_card_at_or_above_the_level_that_names_drug_or_problem_is_right(
    indicator: str, summary: str, passed: bool
) -> None:
    assert by_cards(question(thing("a.b", CRITICAL)), card(indicator, summary)).passed is passed


def test_a_warning_on_a_clean_order_is_wrong() -> None:
    asked = question(unwanted=(thing("a.b"),))
    assert asked.clean
    assert by_cards(asked, card("info", "Ketamine")).passed is True
    verdict = by_cards(asked, card("warning", "Anything"))
    assert verdict.passed is False
    assert verdict.alerted


def test_what_cards_alone_cannot_tell_is_not_judged() -> None:
    mixed = question(unwanted=(thing("a.b"),), allowed=(thing("c.d", WARNING),))
    assert not mixed.clean
    assert not mixed.must
    assert by_cards(mixed, card("critical", "Ketamine")).passed is None


def test_no_answer_is_wrong() -> None:
    assert failed(question(unwanted=(thing("a.b"),)), Way.CARDS, "status 500").passed is False


@pytest.mark.parametrize(
    ("answer", "way"),
    [
        ({"cards": []}, None),
        ({"cards": [], "extension": {REVIEW: {}}}, Way.FINDINGS),
        ({"cards": [card("info", "x", told("a", "info"))]}, Way.FINDINGS),
        ({"cards": [card("info", "x", told("a", "info")), card("info")]}, Way.CARDS),
        ({"cards": [{"extension": "x"}], "extension": "x"}, Way.CARDS),
    ],
)
def test_the_way_is_chosen_by_what_the_answer_tells(answer: dict[str, Any], way: Way | None) -> None:
    assert way_of(answer) is way
