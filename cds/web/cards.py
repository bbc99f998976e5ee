"""Cards as the pages show them: the wire's card with its markdown rendered, its level in sign, word and colour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from markdown_it import MarkdownIt
from markupsafe import Markup

from cds.hooks.response import FINDINGS, REVIEW
from cds.knowledge.model import Knowledge

LEVEL_WORDS: Final = {"critical": "Stop and look", "warning": "Warning", "info": "For information"}
FIRST: Final = 3
"""Paragraphs of a card's detail that are shown at once: what to do, the arithmetic, the source."""
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


@dataclass(frozen=True, slots=True)
class Way:
    """A suggestion as a button. ``about`` tells which order is meant where the label does not. ``href`` is the case
    after it was accepted, ``card`` and ``number`` its place.
    """

    label: str
    about: str
    recommended: bool
    href: str
    card: int
    number: int


@dataclass(frozen=True, slots=True)
class Shown:
    """A card to show. ``detail`` is what a prescriber needs first and ``more`` the rest of it. ``statements`` are the
    ids it stands on, or of the checks that could not be made where ``not_made``; ``links`` (label, address) what it
    carries itself.
    """

    level: str
    level_words: str
    summary: str
    detail: Markup
    more: Markup
    source: str
    topic: str
    ways: tuple[Way, ...]
    reasons: tuple[str, ...]
    statements: tuple[str, ...]
    not_made: bool
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of one order, by its reference. Statements by id; ``lacking`` in words. ``outside`` is what of the
    case no check is about, in words.
    """

    order: str
    drug: str
    covered: bool
    checked: tuple[str, ...]
    fired: tuple[str, ...]
    clear: tuple[str, ...]
    lacking: tuple[str, ...]
    outside: tuple[str, ...]


Of = Callable[[Mapping[str, Any]], str]
"""Something about a suggestion of the wire."""


def nothing(_: Mapping[str, Any]) -> str:
    """Nothing to add about it."""
    return ""


def shown(answer: Mapping[str, Any], knowledge: Knowledge, href: Of, about: Of = nothing) -> list[Shown]:
    """The cards of an answer. ``href`` gives the address of the case after a suggestion, ``about`` the order it is
    about in words; what they give may be empty.
    """
    return [_card(number, card, knowledge, href, about) for number, card in enumerate(answer.get("cards") or [])]


def _card(place: int, card: Mapping[str, Any], knowledge: Knowledge, href: Of, about: Of) -> Shown:
    suggestions = card.get("suggestions") or []
    labels = [one["label"] for one in suggestions]
    told = (card.get("extension") or {}).get(FINDINGS) or []
    names = dict.fromkeys(str(one.get("statement", "")) for one in told)
    blocks = str(card.get("detail", "")).split("\n\n")
    return Shown(
        level=card["indicator"],
        level_words=LEVEL_WORDS.get(card["indicator"], card["indicator"]),
        summary=card["summary"],
        detail=markdown("\n\n".join(blocks[:FIRST])),
        more=markdown("\n\n".join(blocks[FIRST:])),
        source=card["source"]["label"],
        topic=((card["source"].get("topic") or {}).get("display")) or "",
        ways=tuple(
            Way(
                one["label"],
                # Two orders of one drug are told apart by what each of them says.
                about(one) if labels.count(one["label"]) > 1 else "",
                bool(one.get("isRecommended")),
                href(one),
                place,
                number,
            )
            for number, one in enumerate(suggestions)
        ),
        reasons=tuple(one.get("display", one.get("code", "")) for one in card.get("overrideReasons") or []),
        statements=tuple(name for name in names if name in knowledge.statements),
        not_made=bool(told) and all(one.get("reason") for one in told),
        links=tuple((one["label"], one["url"]) for one in card.get("links") or []),
    )


def checked(answer: Mapping[str, Any], outside: Mapping[str, tuple[str, ...]]) -> list[Checked]:
    """The report on every order of an answer. ``outside``: by reference of an order, what no check is about."""
    orders = ((answer.get("extension") or {}).get(REVIEW) or {}).get("orders") or []
    return [
        Checked(
            order=one.get("order", ""),
            drug=one.get("drug", ""),
            covered=bool(one.get("covered")),
            checked=tuple(one.get("checked") or ()),
            fired=tuple(one.get("fired") or ()),
            clear=tuple(one.get("clear") or ()),
            lacking=tuple(lack.get("reason", "") for lack in one.get("notAssessed") or ()),
            outside=outside.get(one.get("order", ""), ()),
        )
        for one in orders
    ]


def markdown(text: str) -> Markup:
    """GitHub-flavoured markdown as HTML; HTML in it is shown as text, and pictures are not loaded."""
    return Markup(_MARKDOWN.render(text))  # noqa: S704 - the renderer escapes everything that is not its own
