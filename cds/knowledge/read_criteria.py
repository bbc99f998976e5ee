"""``applies:`` and ``when:`` become criteria: one small reader per key, in one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from cds.clinical.quantity import Quantity
from cds.knowledge.criteria import (
    NOT_STATED,
    OTHER_USE,
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
    measure_of,
)
from cds.knowledge.fields import Fields, Noted, listed
from cds.knowledge.strict import Mapping as MappingNode
from cds.knowledge.strict import Node
from cds.knowledge.vocabulary import (
    ALLERGIES,
    BANDS,
    CERTAINTIES,
    COURSES,
    DIMENSIONS,
    ONSETS,
    ROUTE_GROUPS,
    ROUTES,
    SETTING_GROUPS,
    SETTINGS,
    SEVERITIES,
    SEXES,
    STATES,
    Vocabulary,
)

_BOUNDS: Final = ("above", "from", "below", "up-to")
_OLDEST: Final = 150


def read_criteria(node: Node, noted: Noted, vocabulary: Vocabulary, name: str) -> Criteria:
    """All criteria of one map, in the order written."""
    fields = Fields(node, noted, tuple(_READERS), name)
    if not isinstance(node, MappingNode):
        return ()
    if not node.entries:
        noted.at(node, f"'{name}' holds nothing: leave it out where it should always hold")
    return tuple(
        criterion
        for key, _ in node.entries
        if key.text in _READERS
        for criterion in _READERS[key.text](fields, vocabulary)
    )


def resolved(fields: Fields, key: str, allowed: frozenset[str], groups: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Slugs with the groups among them taken apart."""
    chosen = fields.chosen(key, allowed | groups.keys(), f"a {key} or a group of them")
    return frozenset().union(*(groups.get(slug, frozenset({slug})) for slug in chosen))


def slugs(fields: Fields, key: str, known: frozenset[str] | None, what: str) -> frozenset[str]:
    """Slugs of the terminology; not judged where the tables are missing."""
    if known is None:
        return frozenset(scalar.text for scalar in fields.scalars(key))
    return fields.chosen(key, known, what)


def _route(fields: Fields, _: Vocabulary) -> Iterator[Criterion]:
    yield RouteIs(resolved(fields, "route", ROUTES, ROUTE_GROUPS))


def _given_as(fields: Fields, _: Vocabulary) -> Iterator[Criterion]:
    found = fields.choice("given-as", GivenAs, "a way to give it")
    if found:
        yield GivenAsIs(found)


def _use(fields: Fields, vocabulary: Vocabulary) -> Iterator[Criterion]:
    known = None if vocabulary.uses is None else vocabulary.uses | {NOT_STATED, OTHER_USE}
    yield UseIs(slugs(fields, "use", known, "a use we know (knowledge/terminology/uses.yaml)"))


def _setting(fields: Fields, _: Vocabulary) -> Iterator[Criterion]:
    yield SettingIs(resolved(fields, "setting", SETTINGS, SETTING_GROUPS))


def _age(fields: Fields, _: Vocabulary) -> Iterator[Criterion]:
    yield AgeIs(fields.chosen("age", BANDS, "an age band"))


def _years(fields: Fields, vocabulary: Vocabulary) -> Iterator[Criterion]:
    for node in fields.each("years"):
        inner = Fields(node, fields.noted, ("from", "to"), "years")
        found = AgeBetween(_year(inner, "from", 0, vocabulary), _year(inner, "to", _OLDEST, vocabulary))
        if found.low > found.high:
            inner.fault("from", f"from {found.low} is more than to {found.high}")
        yield found


def _year(fields: Fields, key: str, default: int, vocabulary: Vocabulary) -> int:
    """A whole number of years, or the key of a policy item in years."""
    chosen = vocabulary.chosen.get(fields.text(key))
    return int(chosen.value) if chosen is not None and chosen.unit.code == "a" else fields.integer(key, default)


def _sex(fields: Fields, _: Vocabulary) -> Iterator[Criterion]:
    yield SexIs(fields.chosen("sex", SEXES, "a sex"))


def _phase(fields: Fields, _: Vocabulary) -> Iterator[Criterion]:
    found = fields.choice("phase", Phase, "a phase")
    if found:
        yield PhaseIs(found)


def _stopping(fields: Fields, _: Vocabulary) -> Iterator[Criterion]:
    if fields.yes("stopping"):
        yield Stopping()


def _amounts(fields: Fields, _: Vocabulary) -> Iterator[Criterion]:
    for node in fields.each("amount"):
        found = _amount(Fields(node, fields.noted, (*_BOUNDS, "of"), "amount"))
        if found:
            yield found


def _amount(fields: Fields) -> AmountIs | None:
    bounds = {key: fields.quantity(key) for key in _BOUNDS if key in fields}
    if not bounds and not fields.misspelt:
        fields.noted.at(fields.node, f"an amount needs a bound: {listed(_BOUNDS)}")
    for one, other in (("above", "from"), ("below", "up-to")):
        if one in bounds and other in bounds:
            fields.fault(other, f"'{one}' and '{other}' bound the same side: keep one")
    low, high = bounds.get("above") or bounds.get("from"), bounds.get("below") or bounds.get("up-to")
    given = [bound for bound in (low, high) if bound]
    if not given or None in bounds.values():
        return None
    named = fields.choice("of", Measure, "an amount of an order")
    measures = {named or measure_of(bound.unit.code) for bound in given}
    found = AmountIs(measures.pop(), low, "from" in bounds, high, "up-to" in bounds)
    if measures or not all(bound.unit.dimension in DIMENSIONS[found.measure] for bound in given):
        units = listed((bound.unit.code for bound in given), "and")
        fields.noted.at(
            fields.node,
            f"{units} does not measure one {found.measure}; name what is meant with of: {listed(sorted(Measure))}",
        )
        return None
    return found if _in_order(fields, found) else None


def _in_order(fields: Fields, found: AmountIs) -> bool:
    if found.low is None or found.high is None:
        return True
    if found.low.unit.dimension != found.high.unit.dimension:
        fields.noted.at(fields.node, f"{found.low.unit.code} and {found.high.unit.code} cannot be compared")
        return False
    closed = found.low_included and found.high_included
    if found.low.base > found.high.base or (found.low.base == found.high.base and not closed):
        fields.noted.at(fields.node, f"no amount lies above {found.low} and below {found.high}")
        return False
    return True


def _stated(fields: Fields, _: Vocabulary) -> Iterator[Criterion]:
    for word in sorted(fields.chosen("stated", list(Measure), "an amount of an order")):
        yield AmountStated(Measure(word))


def _strengths(fields: Fields, vocabulary: Vocabulary) -> Iterator[Criterion]:
    node = fields.raw("strengths")
    if not isinstance(node, MappingNode):
        fields.fault("strengths", "'strengths' should be ingredients with their strengths")
        return
    names = {key.text for key, _ in node.entries}
    inner = Fields(node, fields.noted, names, "strengths")
    for key, _ in node.entries:
        if vocabulary.ingredients is not None:
            inner.known(key, vocabulary.ingredients, "an ingredient we know")
    found = {name: inner.quantity(name) for name in sorted(names)}
    yield StrengthsAre(tuple((name, value) for name, value in found.items() if isinstance(value, Quantity)))


def _diluted(fields: Fields, _: Vocabulary) -> Iterator[Criterion]:
    if fields.yes("diluted"):
        yield Diluted()


def _ordered(fields: Fields, vocabulary: Vocabulary) -> Iterator[Criterion]:
    yield Ordered(slugs(fields, "ordered", vocabulary.services, "a service we know"))


def _condition(fields: Fields, vocabulary: Vocabulary) -> Iterator[Criterion]:
    keys = ("is", "course", "certainty", "severity", "onset")
    for node in fields.each("condition"):
        inner = Fields(node, fields.noted, keys, "condition")
        inner.require("is")
        yield HasCondition(
            conditions=slugs(inner, "is", vocabulary.conditions, "a condition we know (knowledge/conditions)"),
            courses=inner.chosen("course", COURSES, "a course") or frozenset({"active"}),
            certainties=inner.chosen("certainty", CERTAINTIES, "a certainty") or frozenset({"confirmed"}),
            severities=inner.chosen("severity", SEVERITIES, "a severity"),
            onsets=inner.chosen("onset", ONSETS, "an onset"),
        )


def _no_data_on(fields: Fields, vocabulary: Vocabulary) -> Iterator[Criterion]:
    for slug in sorted(slugs(fields, "no-data-on", vocabulary.conditions, "a condition we know")):
        yield NotRecorded(slug)


def _allergy(fields: Fields, vocabulary: Vocabulary) -> Iterator[Criterion]:
    kinds = fields.chosen("allergy", ALLERGIES, "a kind of allergy")
    yield Allergic(kinds, slugs(fields, "allergy-to", vocabulary.ingredients, "an ingredient we know"))


def _allergy_to(fields: Fields, _: Vocabulary) -> Iterator[Criterion]:
    """Read together with ``allergy``, which it only completes."""
    fields.require("allergy")
    return iter(())


def _with(fields: Fields, vocabulary: Vocabulary) -> Iterator[Criterion]:
    keys = ("ingredient", "class", "state", "route", "regular", "use", "without", "at-least")
    for node in fields.each("with"):
        inner = Fields(node, fields.noted, keys, "with")
        found = TakenWith(
            ingredients=slugs(inner, "ingredient", vocabulary.ingredients, "an ingredient we know"),
            classes=slugs(inner, "class", vocabulary.classes, "a class we know (knowledge/classes)"),
            states=inner.chosen("state", STATES, "a state") or frozenset({"current"}),
            routes=resolved(inner, "route", ROUTES, ROUTE_GROUPS),
            regular=inner.yes("regular"),
            uses=slugs(inner, "use", vocabulary.uses, "a use we know (knowledge/terminology/uses.yaml)"),
            without=slugs(inner, "without", vocabulary.ingredients, "an ingredient we know"),
            at_least=inner.integer("at-least", 1),
        )
        if "ingredient" not in inner and "class" not in inner:
            inner.noted.at(node, "'with' needs an ingredient or a class")
        if found.at_least < 1:
            inner.fault("at-least", "'at-least' counts from 1")
        yield found


def _any(fields: Fields, vocabulary: Vocabulary) -> Iterator[Criterion]:
    groups = tuple(read_criteria(node, fields.noted, vocabulary, "any") for node in fields.each("any"))
    if groups:
        yield AnyOf(groups)


def _not(fields: Fields, vocabulary: Vocabulary) -> Iterator[Criterion]:
    for node in fields.each("not"):
        yield Not(read_criteria(node, fields.noted, vocabulary, "not"))


_READERS: Final[dict[str, Callable[[Fields, Vocabulary], Iterator[Criterion]]]] = {
    "route": _route,
    "given-as": _given_as,
    "use": _use,
    "setting": _setting,
    "age": _age,
    "years": _years,
    "sex": _sex,
    "phase": _phase,
    "stopping": _stopping,
    "amount": _amounts,
    "stated": _stated,
    "strengths": _strengths,
    "diluted": _diluted,
    "ordered": _ordered,
    "condition": _condition,
    "no-data-on": _no_data_on,
    "allergy": _allergy,
    "allergy-to": _allergy_to,
    "with": _with,
    "any": _any,
    "not": _not,
}
CRITERIA_KEYS: Final = tuple(_READERS)
