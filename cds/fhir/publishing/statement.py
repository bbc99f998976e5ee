"""What FHIR has no element for: a statement's rule, topic, tiers and marks, as extensions of its carrier."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cds.fhir.exact import Element
from cds.fhir.publishing import names
from cds.fhir.publishing.criteria import bound, criteria
from cds.fhir.publishing.elements import codes, complex_extension, part, texts
from cds.fhir.publishing.standard import Standard
from cds.knowledge.figures import Figure, claims, lacking
from cds.knowledge.model import Statement, SuggestionSpec, Tier

STATEMENT: Final = names.extension("statement")
APPLIES: Final = names.extension("applies")
TIER: Final = names.extension("tier")


def extensions(statement: Statement, position: int, standard: Standard, *, advice: bool = True) -> list[Element]:
    """Everything of a statement but what its carrier's own elements and its Provenance say.

    ``advice`` is false where an element of the carrier holds it.
    """
    marks = _marks(statement, position, standard)
    return [
        *complex_extension(STATEMENT, (each for each in marks if advice or each["url"] != "advice")),
        *complex_extension(APPLIES, criteria(statement.applies, standard)),
        *(found for tier in statement.tiers for found in _tier(tier, statement, standard)),
    ]


def _marks(statement: Statement, position: int, standard: Standard) -> Iterator[Element]:
    yield part("id", "String", statement.id)
    yield part("kind", "Code", str(statement.kind))
    yield part("position", "PositiveInt", position)
    for group in statement.about:
        yield from complex_extension("about", codes("ingredient", group))
    yield from texts("rule", statement.rule)
    if statement.topic:
        yield part("topic", "Code", statement.topic)
    yield from texts("advice", statement.advice)
    yield from texts("outside", statement.outside)
    yield from texts("yields-to", *statement.yields_to)
    yield from texts("conflict", *statement.conflicts)
    yield from texts("inventory", *statement.inventory)
    for name, text in (("says", statement.says), ("advice", statement.advice), ("outside", statement.outside)):
        yield from stated(name, text, standard)


def stated(name: str, text: str, standard: Standard) -> list[Element]:
    """Which figures of the dose a text repeats: ``says:max``. Whoever changes the figure must change the text."""
    return [part("states", "String", f"{name}:{label}") for label in labels_in(text, standard)]


def labels_in(text: str, standard: Standard) -> list[str]:
    """The labels of the dose's figures that a text states."""
    said = claims(text)
    return [
        label
        for label, figure in standard.figures.items()
        if not lacking((Figure(figure.value, figure.unit.code),), said)
    ]


def _tier(tier: Tier, statement: Statement, standard: Standard) -> list[Element]:
    return complex_extension(TIER, _tier_parts(tier, statement, standard))


def _tier_parts(tier: Tier, statement: Statement, standard: Standard) -> Iterator[Element]:
    yield part("level", "Code", str(tier.level))
    yield from criteria(tier.when, standard)
    yield part("say", "String", tier.say)
    if tier.rule != statement.rule:
        yield from texts("rule", tier.rule)
    if tier.advice != statement.advice:
        yield from texts("advice", tier.advice)
    for spec in tier.suggest:
        yield from complex_extension("suggest", _suggestion(spec, standard))
    yield from (part("override", "Code", code) for code in tier.override)
    yield from stated("say", tier.say, standard)
    if tier.advice != statement.advice:
        yield from stated("advice", tier.advice, standard)


def _suggestion(spec: SuggestionSpec, standard: Standard) -> Iterator[Element]:
    yield part("kind", "Code", str(spec.kind))
    if spec.amount:
        yield bound("set", spec.amount, standard)
    yield from (part("use", "Code", use) for use in spec.uses)
    if spec.service:
        yield part("service", "Code", spec.service)
    if spec.recommended:
        yield part("recommended", "Boolean", True)
