"""A card is shown whole, and nothing in it becomes markup of the page."""

from __future__ import annotations

import pytest

from cds.hooks.response import FINDINGS
from cds.web.cards import FIRST, checked, markdown, nothing, shown
from tests.canned import canned_knowledge

CARD = {
    "indicator": "warning",
    "summary": "<script>alert(1)</script>",
    "detail": "**One**\n\n<b>two</b>\n\n- three\n\n[four](javascript:alert(1))\n\n![five](https://example.org/x.png)",
    "source": {"label": "A document", "topic": {"display": "Dose"}},
    "suggestions": [{"label": "First", "actions": []}, {"label": "Second", "isRecommended": True, "actions": []}],
    "overrideReasons": [{"code": "A", "display": "Because"}, {"code": "B"}],
    "links": [{"label": "Read", "url": "https://cds.example.org/x", "type": "absolute"}],
}


def test_markdown_is_rendered_and_html_in_it_is_text() -> None:
    html = markdown(CARD["detail"])  # type: ignore[arg-type]
    assert "<strong>One</strong>" in html
    assert "&lt;b&gt;two&lt;/b&gt;" in html
    assert "<li>three" in html
    assert "javascript:" not in html.split("href")[-1].split(">")[0]
    assert "<img" not in html


def test_a_card_is_shown_with_everything_it_carries() -> None:
    (card,) = shown({"cards": [CARD]}, canned_knowledge(), lambda one: f"x={one['label']}")
    assert (card.level, card.level_words, card.topic) == ("warning", "Warning", "Dose")
    assert [(way.label, way.recommended, way.href) for way in card.ways] == [
        ("First", False, "x=First"),
        ("Second", True, "x=Second"),
    ]
    assert card.reasons == ("Because", "B")
    assert card.links == (("Read", "https://cds.example.org/x"),)
    assert card.detail.count("<p>") + card.detail.count("<ul>") == FIRST
    assert "four" in card.more


@pytest.mark.parametrize(
    ("reasons", "not_made"),
    [(("", ""), False), (("no weight", ""), False), (("no weight", "no age"), True), ((), False)],
)
def test_a_card_of_checks_that_could_not_be_made_is_told_from_one_that_stands_on_statements(
    reasons: tuple[str, ...], not_made: bool
) -> None:
    told = [{"statement": f"example.{number}", "reason": reason} for number, reason in enumerate(reasons)]
    (card,) = shown({"cards": [CARD | {"extension": {FINDINGS: told}}]}, canned_knowledge(), nothing)
    assert card.not_made is not_made


def test_suggestions_with_one_label_say_which_order_they_are_about() -> None:
    same = [{"label": "Remove", "uuid": "1"}, {"label": "Remove", "uuid": "2"}, {"label": "Other", "uuid": "3"}]
    (card,) = shown({"cards": [CARD | {"suggestions": same}]}, canned_knowledge(), nothing, lambda one: one["uuid"])
    assert [(way.label, way.about) for way in card.ways] == [("Remove", "1"), ("Remove", "2"), ("Other", "")]


def test_an_answer_without_a_report_has_checked_nothing() -> None:
    assert checked({"cards": []}, {}) == []
