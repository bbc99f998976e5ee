"""Dose pictures: what the statements describe, on one axis, with the order as a marker.

A row is a statement. Its bar is the range described; behind it the axis is shaded from where a card would speak.
Positions are shares of the axis, so that a picture has no width of its own and its text keeps its size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from cds.clinical.quantity import MASS, TIME, WEIGHT, Dimension, Quantity, Unit, quantity, shown, unit
from cds.knowledge.criteria import AgeIs, AmountIs, Criteria, GivenAsIs, Measure, Not, RouteIs, UseIs, every
from cds.knowledge.in_words import ALWAYS, in_words
from cds.knowledge.model import Drug, Statement

MEASURES: Final = {Measure.DOSE: "single dose", Measure.RATE: "infusion rate", Measure.DAILY: "daily dose"}
UNITS: Final = {
    (Measure.DOSE, MASS): unit("mg"),
    (Measure.DOSE, MASS - WEIGHT): unit("mg/kg"),
    (Measure.RATE, MASS - TIME): unit("mg/h"),
    (Measure.RATE, MASS - WEIGHT - TIME): unit("mg/kg/h"),
    (Measure.DAILY, MASS - TIME): unit("mg/d"),
    (Measure.DAILY, MASS - WEIGHT - TIME): unit("mg/kg/d"),
}
Axis = tuple[Measure, Dimension]
Marks = Mapping[Axis, tuple[Fraction, Fraction]]
"""What an order amounts to on each axis, in base units: (low, high)."""

_LOWS: Final = frozenset({"low", "start-low"})
_HIGHS: Final = frozenset({"high", "start-high", "start", "usual", "usual-high", "max"})
_STEPS: Final = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Bound:
    """From where on (``above``), or up to where, a card speaks. ``at`` is a share of the axis in per cent."""

    level: str
    above: bool
    at: float
    label: str
    words: str


@dataclass(frozen=True, slots=True)
class Row:
    """One statement on the axis."""

    statement: str
    applies: str
    low: float
    high: float
    range_words: str
    bounds: tuple[Bound, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A figure on the axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Picture:
    """One axis with its rows. ``mark`` is the order on it, in per cent; beyond the axis it stands at its end."""

    title: str
    unit: str
    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    mark: float | None = None
    mark_words: str = ""
    beyond: bool = False


def pictures(drug: Drug, only: Iterable[str] | None = None, marks: Marks | None = None) -> list[Picture]:
    """The pictures of a drug, one for each measure and unit. ``only``: these statements; ``marks``: an order."""
    chosen = None if only is None else frozenset(only)
    groups: dict[tuple[str, Axis], list[Statement]] = {}
    for statement in drug.statements:
        if chosen is None or statement.id in chosen:
            for axis in _axes(statement):
                # The statements that hold for one order share its axis, whatever use each of them names.
                about = "" if chosen is not None else _about(statement)
                groups.setdefault((about, axis), []).append(statement)
    made = [_picture(axis, about, group, marks or {}) for (about, axis), group in groups.items()]
    return [one for one in made if one is not None]


def _about(statement: Statement) -> str:
    """Route, manner and use of a statement, as the heading of its picture."""
    found = list(every(statement.applies))
    parts = [in_words((one,)).removeprefix("route: ") for one in statement.applies if isinstance(one, RouteIs)]
    parts += [in_words((one,)) for one in statement.applies if isinstance(one, GivenAsIs)]
    outside_not = [one for one in found if isinstance(one, UseIs) and not _excluded(one, statement.applies)]
    parts += [in_words((one,)) for one in outside_not[:1]]
    parts += ["in children"] if any(isinstance(one, AgeIs) and one.bands == {"child"} for one in found) else []
    return ", ".join(dict.fromkeys(parts)).replace(" or not stated", "") or "any route"


def _excluded(use: UseIs, criteria: Criteria) -> bool:
    return any(isinstance(one, Not) and use in every(one.group) for one in criteria)


def _axes(statement: Statement) -> list[Axis]:
    """The axes a statement has something on: figures of the passage, or bounds of its tiers."""
    found = {(bound.measure, _bound_of(bound).unit.dimension) for _, bound in _bounds(statement)}
    found |= {axis for axis in UNITS for _, _ in _figures(statement, axis)}
    return [axis for axis in UNITS if axis in found]


def _bounds(statement: Statement) -> Iterator[tuple[str, AmountIs]]:
    for tier in statement.tiers:
        for bound in _amounts(tier.when):
            yield tier.level.value, bound


def _amounts(criteria: Criteria) -> Iterator[AmountIs]:
    return (one for one in criteria if isinstance(one, AmountIs) and one.measure in MEASURES)


def _bound_of(bound: AmountIs) -> Quantity:
    found = bound.low if bound.low is not None else bound.high
    assert found is not None  # noqa: S101 - the reader lets no amount without a bound through
    return found


def _figures(statement: Statement, axis: Axis) -> Iterator[tuple[str, Quantity]]:
    """Figures of the passage on this axis. Doses are per administration, unless their unit is per day."""
    for label, value in statement.dose:
        if label not in _LOWS | _HIGHS:
            continue
        try:
            figure = quantity(value)
        except (ValueError, ArithmeticError):
            continue
        daily = figure.unit.code.endswith("/d")
        measure = Measure.DAILY if daily else Measure.RATE if figure.unit.dimension.time else Measure.DOSE
        if (measure, figure.unit.dimension) == axis:
            yield label, figure


def _picture(axis: Axis, about: str, statements: list[Statement], marks: Marks) -> Picture | None:
    measure, dimension = axis
    shown_in = UNITS[axis]
    values = [figure.base for one in statements for _, figure in _figures(one, axis)]
    values += [_bound_of(bound).base for one in statements for _, bound in _bounds(one) if _on(bound, axis)]
    values = [value for value in values if value > 0]
    if not values:
        return None
    top = max(values) * Fraction(4, 3)
    mark = marks.get((measure, dimension))
    if mark is not None and top < mark[1] <= top * 3:
        top = mark[1] * Fraction(10, 9)
    ticks, top = _ticks(top / shown_in.factor)
    top *= shown_in.factor
    return Picture(
        title=_title(about, f"{MEASURES[measure]} in {shown_in}"),
        unit=str(shown_in),
        rows=tuple(_row(one, axis, top) for one in statements),
        ticks=ticks,
        mark=None if mark is None else _share(mark[1], top),
        mark_words="" if mark is None else _between(mark[0], mark[1], shown_in),
        beyond=mark is not None and mark[1] > top,
    )


def _title(about: str, measure: str) -> str:
    text = f"{about}: {measure}" if about else measure
    return text[:1].upper() + text[1:]


def _on(bound: AmountIs, axis: Axis) -> bool:
    return (bound.measure, _bound_of(bound).unit.dimension) == axis


def _row(statement: Statement, axis: Axis, top: Fraction) -> Row:
    shown_in = UNITS[axis]
    figures = list(_figures(statement, axis))
    lows = [figure.base for label, figure in figures if label in _LOWS]
    highs = [figure.base for label, figure in figures if label in _HIGHS]
    low, high = min(lows, default=Fraction(0)), max(highs, default=Fraction(0))
    bounds = tuple(_shaded(level, bound, shown_in, top) for level, bound in _bounds(statement) if _on(bound, axis))
    described = f"described: {_described(lows, high, shown_in)}" if highs else ""
    return Row(
        statement=statement.id,
        applies="" if (applies := in_words(statement.applies)) == ALWAYS else applies,
        low=_share(low, top),
        high=_share(high, top),
        range_words=described,
        bounds=tuple(dict.fromkeys(bounds)),
        words="; ".join(part for part in (described, *_bounds_in_words(bounds)) if part),
    )


def _bounds_in_words(bounds: Iterable[Bound]) -> Iterator[str]:
    """From where on cards speak; one place at which two levels begin, for different uses, is told once."""
    places: dict[str, list[str]] = {}
    for bound in bounds:
        places.setdefault(bound.words.removeprefix(f"{bound.level} "), []).append(bound.level)
    return (f"{' or '.join(dict.fromkeys(levels))} {place}" for place, levels in places.items())


def _described(lows: list[Fraction], high: Fraction, shown_in: Unit) -> str:
    return _between(min(lows), high, shown_in) if lows else f"up to {_between(high, high, shown_in)}"


def _shaded(level: str, bound: AmountIs, shown_in: Unit, top: Fraction) -> Bound:
    above = bound.low is not None
    limit = _bound_of(bound)
    figure = shown(limit.base / shown_in.factor, 3)
    side = ("from" if bound.low_included else "above") if above else ("up to" if bound.high_included else "below")
    return Bound(level, above, _share(limit.base, top), figure, f"{level} {side} {figure} {shown_in}")


def _between(low: Fraction, high: Fraction, shown_in: Unit) -> str:
    first, last = shown(low / shown_in.factor, 3), shown(high / shown_in.factor, 3)
    return f"{first} {shown_in}" if first == last else f"{first} to {last} {shown_in}"


def _share(value: Fraction, top: Fraction) -> float:
    return round(float(min(value / top, Fraction(1))) * 100, 2)


def _ticks(top: Fraction) -> tuple[tuple[Tick, ...], Fraction]:
    """Four to six round figures from nought, and the end of the axis: the last of them."""
    step = Fraction(1)
    while step * 5 > top:
        step /= 10
    sizes = (step * factor * 10**power for power in range(9) for factor in _STEPS)
    size = next(size for size in sizes if size * 5 >= top)
    count = -(-top // size)
    end = size * count
    return tuple(Tick(_share(size * n, end), shown(size * n)) for n in range(int(count) + 1)), end
