"""The text of a resource for people: what is said, when a card speaks of it, and how loudly."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from cds.fhir.exact import Element
from cds.knowledge.in_words import ALWAYS, citation, in_words, plain
from cds.knowledge.model import Statement


def narrative(title: str, paragraphs: Iterable[str]) -> Element:
    """A generated narrative: a title and paragraphs, as XHTML."""
    body = "".join(f"<p>{escape(text)}</p>" for text in paragraphs if text)
    return {
        "status": "generated",
        "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><p><b>{escape(title)}</b></p>{body}</div>',
    }


def statement_in_words(spoken: Statement) -> list[str]:
    """A statement as a few paragraphs."""
    rows = [spoken.says]
    if spoken.dose:
        rows.append("Figures: " + "; ".join(f"{plain(label)} {value}" for label, value in spoken.dose))
    applies = in_words(spoken.applies)
    if applies != ALWAYS:
        rows.append(f"Applies: {applies}.")
    for tier in spoken.tiers:
        when = in_words(tier.when)
        rows.append(f"{tier.level.value.upper()}{'' if when == ALWAYS else f' when {when}'}: {tier.say}")
        if tier.advice:
            rows.append(f"Advice: {tier.advice}")
    if not spoken.tiers:
        rows.append("Never on a card; kept for reading.")
    rows += [f"Source: {citation(cite)}." for cite in spoken.cites]
    if spoken.outside:
        rows.append(f"Beyond the source: {spoken.outside}")
    return rows
