"""Cards on a terminal are understood without colour."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from cds.hooks.terminal import show_answer, show_order

CARD: dict[str, Any] = {
    "summary": "Too much.",
    "indicator": "critical",
    "detail": "The **limit** is 5.",
    "source": {"label": "A document"},
    "suggestions": [
        {"label": "Give 5", "isRecommended": True, "actions": [{"description": "Change the dose to 5."}]},
        {"label": "Remove the order", "actions": [{"description": "Remove the order"}]},
    ],
    "overrideReasons": [{"display": "Benefit outweighs the risk"}],
}


def shown(answer: dict[str, Any]) -> str:
    console = Console(file=io.StringIO(), width=100, force_terminal=False, color_system=None)
    show_answer(console, answer)
    return console.file.getvalue()  # type: ignore[attr-defined] - it is the StringIO above


def test_a_card_shows_everything_a_prescriber_would_see() -> None:
    text = shown({"cards": [CARD]})
    for part in (
        "STOP AND LOOK",
        "Too much.",
        "The limit is 5.",
        "What you can do",
        "• Give 5 (recommended)",
        "    Change the dose to 5.",
        "• Remove the order",
        "Reasons to override",
        "• Benefit outweighs the risk",
        "Source: A document",
    ):
        assert part in text
    assert text.count("Remove the order") == 1


@pytest.mark.parametrize(
    ("indicator", "words"),
    [("critical", "■ STOP AND LOOK"), ("warning", "▲ WARNING"), ("info", "● FOR YOUR INFORMATION"), ("new", "● CARD")],
)
def test_each_level_has_a_sign_and_words_of_its_own(indicator: str, words: str) -> None:
    assert words in shown({"cards": [{**CARD, "indicator": indicator}]})


def test_no_card_is_said_in_words() -> None:
    assert "Nothing to say" in shown({"cards": []})


def test_a_card_with_little_on_it_has_no_empty_headings() -> None:
    text = shown({"cards": [{"summary": "s", "indicator": "info", "source": {"label": "l"}}]})
    assert "What you can do" not in text
    assert "Reasons" not in text


def test_the_order_comes_with_its_story() -> None:
    console = Console(file=io.StringIO(), width=80, force_terminal=False, color_system=None)
    show_order(console, 3, "A title", "A [bold]story[/bold]")
    text = console.file.getvalue()  # type: ignore[attr-defined] - it is the StringIO above
    assert "3. A title" in text
    assert "A [bold]story[/bold]" in text
