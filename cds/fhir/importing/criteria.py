"""``criterion`` extensions become criteria again; an unknown one is refused, because it would change a judgement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeVar

from cds.clinical.quantity import Quantity
from cds.fhir.exact import Element
from cds.fhir.importing.parts import NotUnderstood, Parts, quantity
from cds.fhir.publishing.criteria import CRITERION
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
    GivenAs,
    GivenAsIs,
    HasCondition,
    Measure,
    Not,
    NotRecorded,
    Ordered,
    Phase,
    PhaseIs,
    RouteIs,
    SettingIs,
    SexIs,
    Stopping,
    StrengthsAre,
    TakenWith,
    UseIs,
)

Chosen = TypeVar("Chosen", GivenAs, Phase, Measure)


def bound(element: Element, standard: Standard) -> Quantity:
    """A bound: the figure it names, or the quantity it holds."""
    if set(element) == {"url", "valueCode"}:
        label = element["valueCode"]
        if label not in standard.figures:
            message = f"'{element['url']}' refers to the figure '{label}', which the dose does not hold"
            raise NotUnderstood(message)
        return standard.figures[label]
    if set(element) != {"url", "valueQuantity"}:
        message = f"'{element.get('url')}' is neither a quantity nor the label of a figure"
        raise NotUnderstood(message)
    return quantity(element["valueQuantity"])


@dataclass(frozen=True, slots=True)
class Criterions:
    """Reads criteria that may refer to standard elements."""

    standard: Standard

    def group(self, elements: list[Element]) -> Criteria:
        """The criteria among some extensions, in their order."""
        return tuple(self.one(each) for each in elements if each.get("url") == CRITERION)

    def one(self, element: Element) -> Criterion:
        """One criterion."""
        parts = Parts(element.get("extension"), "a criterion")
        kind = parts.code("kind")
        if kind not in _READERS:
            message = f"the criterion '{kind}' is not known"
            raise NotUnderstood(message)
        parts.name = f"the criterion '{kind}'"
        held = parts.value("element", "Code", "")
        if held and held not in ("disease", "interactant"):
            return self._held(held, kind)
        return _READERS[kind](self, parts)

    def _held(self, name: str, kind: str) -> Criterion:
        found = self.standard.criteria.get(name)
        if found is None:
            message = f"the criterion '{kind}' refers to '{name}', which is not there or cannot be read"
            raise NotUnderstood(message)
        return found

    def amount(self, parts: Parts) -> Criterion:
        """An amount within bounds."""
        bounds = {name: self._bound(parts, name) for name in ("above", "from", "below", "up-to")}
        low, high = bounds["above"] or bounds["from"], bounds["below"] or bounds["up-to"]
        doubled = (bounds["above"] and bounds["from"]) or (bounds["below"] and bounds["up-to"])
        if doubled or not (low or high):
            message = "an amount needs a bound, and at most one on each side"
            raise NotUnderstood(message)
        included = bounds["from"] is not None, bounds["up-to"] is not None
        return AmountIs(_chosen(Measure, parts.code("measure")), low, included[0], high, included[1])

    def _bound(self, parts: Parts, name: str) -> Quantity | None:
        found = parts.named(name)
        if len(found) > 1:
            message = f"'{name}' stands {len(found)} times in {parts.name}"
            raise NotUnderstood(message)
        return bound(found[0], self.standard) if found else None

    def condition(self, parts: Parts) -> Criterion:
        """A condition on record."""
        return HasCondition(
            conditions=frozenset({self._disease(parts)}) if parts.named("element") else some(parts, "value"),
            courses=some(parts, "course"),
            certainties=some(parts, "certainty"),
            severities=parts.codes("severity"),
            onsets=parts.codes("onset"),
        )

    def no_data_on(self, parts: Parts) -> Criterion:
        """Nothing on record either way."""
        return NotRecorded(self._disease(parts) if parts.named("element") else parts.code("value"))

    def _disease(self, parts: Parts) -> str:
        if parts.code("element") != "disease" or not self.standard.condition:
            message = f"{parts.name} refers to a condition that the resource does not code"
            raise NotUnderstood(message)
        return self.standard.condition

    def taken_with(self, parts: Parts) -> Criterion:
        """Another order."""
        if parts.named("element"):
            ingredients, classes = self.standard.ingredients, self.standard.classes
        else:
            ingredients, classes = parts.codes("ingredient"), parts.codes("class")
        if not ingredients and not classes:
            message = f"{parts.name} names no other medicine"
            raise NotUnderstood(message)
        return TakenWith(
            ingredients=ingredients,
            classes=classes,
            states=some(parts, "state"),
            routes=parts.codes("route"),
            regular=parts.value("regular", "Boolean", default=False),
            uses=parts.codes("use"),
            without=parts.codes("without"),
            at_least=parts.value("at-least", "Integer", 1),
        )

    def any_of(self, parts: Parts) -> Criterion:
        """One of some groups."""
        return AnyOf(tuple(self._groups(parts)))

    def not_(self, parts: Parts) -> Criterion:
        """Not this group."""
        groups = list(self._groups(parts))
        if len(groups) != 1:
            message = f"{parts.name} needs one group"
            raise NotUnderstood(message)
        return Not(groups[0])

    def _groups(self, parts: Parts) -> Iterator[Criteria]:
        for inner in parts.inside("group"):
            group = self.group(inner.items)
            if not group or len(group) != len(inner.items):
                message = f"a group of {parts.name} holds something that is no criterion"
                raise NotUnderstood(message)
            yield group


def some(parts: Parts, url: str) -> frozenset[str]:
    """One code or more."""
    found = parts.codes(url)
    if not found:
        message = f"{parts.name} lacks '{url}'"
        raise NotUnderstood(message)
    return found


def _chosen(kind: type[Chosen], word: str) -> Chosen:
    try:
        return kind(word)
    except ValueError:
        message = f"'{word}' is not known here"
        raise NotUnderstood(message) from None


def _years(parts: Parts) -> Criterion:
    return AgeBetween(parts.value("low", "Integer", 0), parts.value("high", "Integer", 0))


def _strengths(parts: Parts) -> Criterion:
    rows = parts.inside("strength")
    return StrengthsAre(
        tuple((each.code("ingredient"), quantity(each.value("amount", "Quantity", None))) for each in rows)
    )


_READERS: Final[dict[str, Callable[[Criterions, Parts], Criterion]]] = {
    "route": lambda _, parts: RouteIs(some(parts, "value")),
    "given-as": lambda _, parts: GivenAsIs(_chosen(GivenAs, parts.code("value"))),
    "use": lambda _, parts: UseIs(some(parts, "value")),
    "setting": lambda _, parts: SettingIs(some(parts, "value")),
    "age": lambda _, parts: AgeIs(some(parts, "value")),
    "years": lambda _, parts: _years(parts),
    "sex": lambda _, parts: SexIs(some(parts, "value")),
    "phase": lambda _, parts: PhaseIs(_chosen(Phase, parts.code("value"))),
    "stopping": lambda _, __: Stopping(),
    "amount": Criterions.amount,
    "stated": lambda _, parts: AmountStated(_chosen(Measure, parts.code("measure"))),
    "strengths": lambda _, parts: _strengths(parts),
    "diluted": lambda _, __: Diluted(),
    "ordered": lambda _, parts: Ordered(some(parts, "value")),
    "condition": Criterions.condition,
    "no-data-on": Criterions.no_data_on,
    "allergy": lambda _, parts: Allergic(some(parts, "value"), parts.codes("ingredient")),
    "with": Criterions.taken_with,
    "any": Criterions.any_of,
    "not": Criterions.not_,
}
