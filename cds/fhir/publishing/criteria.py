"""Criteria as extensions: one ``criterion`` each, its parts named as in the knowledge files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from cds.clinical.quantity import Quantity
from cds.fhir.exact import Element
from cds.fhir.publishing import names
from cds.fhir.publishing.elements import codes, complex_extension, part, quantity
from cds.fhir.publishing.standard import Standard
from cds.knowledge.criteria import (
    AgeBetween,
    AgeIs,
    Allergic,
    AmountIs,
    AmountStated,
    AnyOf,
    Criteria,
    Criterion,
    Diluted,
    GivenAsIs,
    HasCondition,
    Not,
    NotRecorded,
    Ordered,
    PhaseIs,
    RouteIs,
    SettingIs,
    SexIs,
    Stopping,
    StrengthsAre,
    TakenWith,
    UseIs,
)

CRITERION: Final = names.extension("criterion")
KINDS: Final[dict[type[Criterion], str]] = {
    RouteIs: "route", GivenAsIs: "given-as", UseIs: "use", SettingIs: "setting", AgeIs: "age", AgeBetween: "years",
    SexIs: "sex", PhaseIs: "phase", Stopping: "stopping", AmountIs: "amount", AmountStated: "stated",
    StrengthsAre: "strengths", Diluted: "diluted", Ordered: "ordered", HasCondition: "condition",
    NotRecorded: "no-data-on", Allergic: "allergy", TakenWith: "with", AnyOf: "any", Not: "not",
}  # fmt: skip
"""The name of each criterion, as in the knowledge files."""


def criteria(group: Criteria, standard: Standard) -> list[Element]:
    """A group of criteria; all of them must hold."""
    return [one(criterion, standard) for criterion in group]


def one(criterion: Criterion, standard: Standard) -> Element:
    """One criterion; only its kind and ``element`` where a standard element holds what it asks for."""
    element = standard.element_of(criterion)
    parts = [part("element", "Code", element)] if element else list(_parts(criterion, standard))
    return {"url": CRITERION, "extension": [part("kind", "Code", KINDS[type(criterion)]), *parts]}


def _parts(criterion: Criterion, standard: Standard) -> Iterator[Element]:  # noqa: C901, PLR0912 - as in a table
    match criterion:
        case RouteIs(values) | UseIs(values) | SettingIs(values) | AgeIs(values) | SexIs(values) | Ordered(values):
            yield from codes("value", values)
        case GivenAsIs(value) | PhaseIs(value):
            yield part("value", "Code", str(value))
        case AgeBetween(low, high):
            yield part("low", "Integer", low)
            yield part("high", "Integer", high)
        case AmountIs():
            yield from _amount(criterion, standard)
        case AmountStated(measure):
            yield part("measure", "Code", str(measure))
        case StrengthsAre(strengths):
            for name, amount in strengths:
                parts = [part("ingredient", "Code", name), part("amount", "Quantity", quantity(amount))]
                yield from complex_extension("strength", parts)
        case HasCondition():
            yield from _condition(criterion, standard)
        case NotRecorded(condition):
            yield _held(condition, standard)
        case Allergic(kinds, substances):
            yield from codes("value", kinds)
            yield from codes("ingredient", substances)
        case TakenWith():
            yield from _with(criterion, standard)
        case AnyOf(groups):
            for group in groups:
                yield from complex_extension("group", criteria(group, standard))
        case Not(group):
            yield from complex_extension("group", criteria(group, standard))
        case _:  # Stopping and Diluted are said by their kind
            return


def _amount(amount: AmountIs, standard: Standard) -> Iterator[Element]:
    yield part("measure", "Code", str(amount.measure))
    if amount.low:
        yield bound("from" if amount.low_included else "above", amount.low, standard)
    if amount.high:
        yield bound("up-to" if amount.high_included else "below", amount.high, standard)


def bound(url: str, value: Quantity, standard: Standard) -> Element:
    """A bound: the label of the figure it means, or the quantity where the dose holds no such figure."""
    label = standard.label_of(value, url)
    return part(url, "Code", label) if label else part(url, "Quantity", quantity(value))


def _held(condition: str, standard: Standard) -> Element:
    if condition == standard.condition:
        return part("element", "Code", "disease")
    return part("value", "Code", condition)


def _condition(criterion: HasCondition, standard: Standard) -> Iterator[Element]:
    if criterion.conditions == {standard.condition}:
        yield part("element", "Code", "disease")
    else:
        yield from codes("value", criterion.conditions)
    yield from codes("course", criterion.courses)
    yield from codes("certainty", criterion.certainties)
    yield from codes("severity", criterion.severities)
    yield from codes("onset", criterion.onsets)


def _with(other: TakenWith, standard: Standard) -> Iterator[Element]:
    named = (other.ingredients, other.classes)
    if any(named) and named == (standard.ingredients, standard.classes):
        yield part("element", "Code", "interactant")
    else:
        yield from codes("ingredient", other.ingredients)
        yield from codes("class", other.classes)
    yield from codes("state", other.states)
    yield from codes("route", other.routes)
    if other.regular:
        yield part("regular", "Boolean", True)
    yield from codes("use", other.uses)
    yield from codes("without", other.without)
    if other.at_least != 1:
        yield part("at-least", "Integer", other.at_least)
