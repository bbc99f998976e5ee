"""Cards on a terminal, for a clinician: the level in words and by a sign, never by colour alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

LEVELS: Final = {
    "critical": ("■ STOP AND LOOK", "bold red"),
    "warning": ("▲ WARNING", "bold yellow"),
    "info": ("● FOR YOUR INFORMATION", "bold cyan"),
}
"""The indicator's sign and words, and a colour for those who see it."""


def show_order(console: Console, number: int, title: str, story: str) -> None:
    """The order and the patient, before the answer."""
    console.print()
    console.rule(Text(f"{number}. {title}", style="bold"), align="left", style="dim")
    console.print(Text(story))


def show_answer(console: Console, answer: Mapping[str, Any]) -> None:
    """The cards of one answer, loudest first as the service sends them."""
    cards = answer.get("cards") or []
    if not cards:
        console.print(Text("✓ Nothing to say: the order passes without a card.", style="green"))
    for card in cards:
        console.print(_card(card))


def _card(card: Mapping[str, Any]) -> RenderableType:
    words, style = LEVELS.get(str(card.get("indicator")), ("● CARD", "bold"))
    parts: list[RenderableType] = [Text(str(card.get("summary", "")), style="bold")]
    if card.get("detail"):
        parts += [Text(), Markdown(str(card["detail"]), hyperlinks=False)]
    parts += _listed("What you can do", _suggestions(card.get("suggestions") or []))
    parts += _listed("Reasons to override", (str(r.get("display", "")) for r in card.get("overrideReasons") or []))
    source = card.get("source") or {}
    parts += [Text(), Text(f"Source: {source.get('label', 'not named')}", style="dim")]
    return Panel(Group(*parts), title=Text(words, style=style), title_align="left", border_style=style)


def _suggestions(suggestions: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for suggestion in suggestions:
        recommended = " (recommended)" if suggestion.get("isRecommended") else ""
        yield f"{suggestion.get('label', '')}{recommended}"
        for action in suggestion.get("actions") or []:
            if action.get("description") and action["description"] != suggestion.get("label"):
                yield f"    {action['description']}"


def _listed(heading: str, lines: Iterable[str]) -> list[RenderableType]:
    texts = [Text(line if line.startswith("    ") else f"• {line}") for line in lines]
    return [Text(), Text(heading, style="underline"), Padding(Group(*texts), (0, 0, 0, 2))] if texts else []
