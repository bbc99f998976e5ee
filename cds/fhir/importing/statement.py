"""A carrier's extensions become a statement again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from cds.fhir.exact import Element
from cds.fhir.importing.criteria import Criterions, bound
from cds.fhir.importing.parts import NotUnderstood, Parts, extensions, one_extension
from cds.fhir.publishing.criteria import CRITERION
from cds.fhir.publishing.standard import Standard
from cds.fhir.publishing.statement import APPLIES, STATEMENT, TIER, labels_in
from cds.knowledge.criteria import Criteria
from cds.knowledge.model import Kind, Level, Statement, SuggestionKind, SuggestionSpec, Tier

Chosen = TypeVar("Chosen", Kind, Level, SuggestionKind)


@dataclass(frozen=True, slots=True)
class Carried:
    """A statement with what its carrier says of it: its place among the others of its drug."""

    statement: Statement
    position: int


def carried(
    element: Element, says: str, standard: Standard, dose: tuple[tuple[str, str], ...], advice: str = ""
) -> Carried:
    """The statement a carrier holds; its citations come from its Provenance. NotUnderstood, in words."""
    marks = one_extension(element, STATEMENT, "statement")
    rule = marks.value("rule", "String", "")
    advice = advice or marks.value("advice", "String", "")
    applies = extensions(element, APPLIES)
    if len(applies) > 1:
        message = "'applies' stands more than once"
        raise NotUnderstood(message)
    texts = {"says": says, "advice": advice, "outside": marks.value("outside", "String", "")}
    stale = [*stale_texts(marks, texts, standard)]
    for each in extensions(element, TIER):
        parts = Parts(each.get("extension"), "a tier")
        own = {name: parts.value(name, "String", "") for name in ("say", "advice")}
        stale += stale_texts(parts, own, standard)
    if stale:
        raise NotUnderstood("; ".join(stale))
    found = Statement(
        id=marks.value("id", "String", ""),
        file="",
        line=0,
        kind=chosen(Kind, marks.code("kind")),
        about=tuple(each.codes("ingredient") for each in marks.inside("about")),
        says=says,
        cites=(),
        rule=rule,
        topic=marks.value("topic", "Code", ""),
        applies=_criteria(applies[0], standard) if applies else (),
        tiers=tuple(_tier(each, rule, advice, standard) for each in extensions(element, TIER)),
        advice=advice,
        yields_to=tuple(marks.values("yields-to", "String")),
        conflicts=tuple(marks.values("conflict", "String")),
        dose=dose,
        inventory=tuple(marks.values("inventory", "String")),
        outside=texts["outside"],
    )
    if not found.id or not found.about or not says:
        message = "a statement lacks its id, its words, or what it is about"
        raise NotUnderstood(message)
    return Carried(found, marks.value("position", "PositiveInt", 0))


def chosen(kind: type[Chosen], word: str) -> Chosen:
    """One word of an enumeration."""
    try:
        return kind(word)
    except ValueError:
        message = f"'{word}' is not known as {kind.__name__.lower()}"
        raise NotUnderstood(message) from None


def _criteria(element: Element, standard: Standard) -> Criteria:
    inner = element.get("extension", [])
    if any(each.get("url") != CRITERION for each in inner):
        message = "'applies' holds something that is no criterion"
        raise NotUnderstood(message)
    return Criterions(standard).group(inner)


def _tier(element: Element, rule: str, advice: str, standard: Standard) -> Tier:
    parts = Parts(element.get("extension"), "a tier")
    say = parts.value("say", "String", "")
    if not say:
        message = "a tier says nothing"
        raise NotUnderstood(message)
    own = parts.value("advice", "String", "")
    return Tier(
        level=chosen(Level, parts.code("level")),
        when=Criterions(standard).group(parts.items),
        say=say,
        rule=parts.value("rule", "String", "") or rule,
        advice=own or advice,
        suggest=tuple(_suggestions(parts, standard)),
        override=tuple(parts.values("override", "Code")),
    )


def _suggestions(parts: Parts, standard: Standard) -> Iterator[SuggestionSpec]:
    for inner in parts.inside("suggest"):
        amounts = inner.named("set")
        yield SuggestionSpec(
            kind=chosen(SuggestionKind, inner.code("kind")),
            amount=bound(amounts[0], standard) if amounts else None,
            uses=tuple(inner.values("use", "Code")),
            service=inner.value("service", "Code", ""),
            recommended=inner.value("recommended", "Boolean", default=False),
        )


def stale_texts(parts: Parts, texts: dict[str, str], standard: Standard) -> Iterator[str]:
    """What is wrong with texts that were written with a figure of the dose: they must still state it, for a card must
    not name an old limit.
    """
    for mark in parts.values("states", "String"):
        name, _, label = mark.partition(":")
        text = texts.get(name, "")
        figure = standard.figures.get(label)
        if figure is None:
            yield f"the text '{text}' was written with the figure '{label}', which the dose no longer holds"
        elif label not in labels_in(text, standard):
            yield (
                f"the dose now says {label} = {figure.value:f} {figure.unit.code}, and the text does not: '{text}' "
                f"(change the text with the figure)"
            )
