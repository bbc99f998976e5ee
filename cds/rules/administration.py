"""One administration, or one rate: what is ordered, brought to the dimension of a limit."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Final

from cds.clinical.order import Strength
from cds.clinical.quantity import COUNT, MASS, TIME, VOLUME, WEIGHT, Dimension, Quantity, Span, Unit, shown, unit
from cds.rules.amount import Amount, Found, Words, no_words
from cds.rules.case import Case
from cds.rules.truth import Lack, Missing


def dose(case: Case, wanted: Dimension) -> Found:
    """The dose of one administration; None for an order by rate, and for a dose that runs so long that it is one."""
    return None if case.runs_over is not None else each(case, wanted)


def each(case: Case, wanted: Dimension) -> Found:
    """What one administration gives, however long it runs; None for an order by rate."""
    if case.instruction.dose is None:
        return None if case.instruction.rate is not None else unread(case, "the dose")
    return contradicted(case, case.instruction.dose) or converted(case, case.instruction.dose, wanted)


def rate(case: Case, wanted: Dimension) -> Found:
    """The rate of an infusion, stated or as a dose over hours; None where the order is none."""
    if case.instruction.rate is not None:
        return contradicted(case, case.instruction.rate) or converted(case, case.instruction.rate, wanted)
    if case.runs_over is not None:
        return _over_time(case, case.runs_over, wanted)
    return unread(case, "the rate") if case.instruction.timing.continuous else None


def _over_time(case: Case, over: Quantity, wanted: Dimension) -> Found:
    """The rate of a dose that is given over a stated time."""
    found = each(case, wanted + TIME)
    if not isinstance(found, Amount) or not over.base:
        return found
    pair, time = case.instruction.dose, Span.of(over)
    least = found.least / time
    most = None if found.most is None else found.most / time
    words = lambda: f"{found.shown or (written(pair) if pair else '')} over {over} = {_plain(least)}"  # noqa: E731
    return Amount(least, most, found.missing, 1, words)


# Two amounts that are said to be one dose may differ by this factor (ours): doses are rounded to what can be drawn up,
# and a calculated dose may come from another weight than the newest on record.
_AGREE: Final = Fraction(5, 4)


def contradicted(case: Case, pair: tuple[Quantity, Quantity]) -> Missing | None:
    """That the order says the same dose or rate a second time and means another amount, where the weight and the
    product can tell.
    """
    for other in case.instruction.also:
        if other[0].unit.dimension.time != pair[0].unit.dimension.time:
            continue
        wanted = MASS if not pair[0].unit.dimension.time else MASS - TIME
        one, two = converted(case, pair, wanted), converted(case, other, wanted)
        if not isinstance(one, Amount) or not isinstance(two, Amount) or one.missing or two.missing:
            continue
        if one.least.low > two.least.high * _AGREE or two.least.low > one.least.high * _AGREE:
            said = f"{written(pair)} and {written(other)}"
            return Missing(Lack.ORDER, f"the order states the dose twice, and the two disagree ({said})")
    return None


def converted(case: Case, pair: tuple[Quantity, Quantity], wanted: Dimension) -> Found:
    """Bring an ordered amount to the dimension of a limit: product units and volumes by the strength, kilograms by
    the body weight.
    """
    span = Span.of(*pair)
    reckoned = no_words
    if span.dimension.surface:
        return Missing(Lack.ORDER, "a dose per body surface area cannot be compared with the sources")
    if span.dimension.count or span.dimension.volume:
        strength = _strength_for(case, span.dimension)
        if strength is None and span.dimension.volume and case.seen.diluted:
            return Missing(Lack.ORDER, "the order tells of a dilution, and not with certainty how strong it is then")
        if strength is None:
            return strength_unknown(case)
        span = span * (Span.of(strength.amount) / Span.of(strength.per))
        reckoned = _by_strength(pair, strength, span)
    if span.dimension == wanted:
        return Amount.exactly(span, reckoned)
    return _by_weight(case, span, wanted, lambda: reckoned() or written(pair))


def strength_unknown(case: Case) -> Missing:
    """Why the strength of the product is not known."""
    doubt = case.seen.product.two_strengths
    words = (
        "code and text state different strengths of the product"
        if doubt
        else ("the strength of the product is not known")
    )
    return Missing(Lack.ORDER, words)


def _by_strength(pair: tuple[Quantity, Quantity], strength: Strength, mass: Span) -> Words:
    """The arithmetic from product units or a volume to what is in them."""
    return lambda: f"{written(pair)} × {strength.amount} per {_per(strength.per, pair[0].unit)} = {_plain(mass)}"


def _by_weight(case: Case, span: Span, wanted: Dimension, words: Words) -> Found:
    """An amount per kilogram from an absolute one, or the other way round."""
    weight = case.situation.weight
    if span.dimension - WEIGHT == wanted:
        result, sign = span / weight.span, "÷"
    elif span.dimension + WEIGHT == wanted:
        result, sign = span * weight.span, "×"
    else:
        return Missing(Lack.ORDER, "the unit of the dose cannot be compared with the sources")
    if weight.known:
        return Amount.exactly(
            result, lambda: f"{words()} {sign} {shown(weight.span.low, 2)} kg = {_plain(result)} ({weight.words})"
        )
    ends = (weight.span.high, weight.span.low) if sign == "÷" else (weight.span.low, weight.span.high)
    least, most = (_scale(span, end, sign, wanted) for end in ends)
    edge = "at most" if sign == "÷" else "at least"
    bounded = lambda: f"{words()} {sign} {edge} {shown(ends[0])} kg = at least {_plain(least)} ({weight.words})"  # noqa: E731
    return Amount(least, most, Missing(Lack.WEIGHT, weight.words), 1, bounded)


def _scale(span: Span, weight: Fraction, sign: str, wanted: Dimension) -> Span:
    factor = 1 / weight if sign == "÷" else weight
    return Span(span.low * factor, span.high * factor, wanted)


def _strength_for(case: Case, dimension: Dimension) -> Strength | None:
    """The strength that turns product units or volumes into mass: that of the preparation as given, if it is known,
    else that of the product.
    """
    concentration = case.seen.concentration
    if dimension.volume and concentration is not None:
        mass, _, volume = concentration.unit.code.partition("/")
        return Strength(Quantity(concentration.value, unit(mass)), Quantity(Decimal(1), unit(volume)))
    if dimension.volume and case.seen.diluted:
        return None  # the strength is that of what went into the fluid
    strength = case.strength
    if strength is None:
        return None
    measures = COUNT if dimension.count else VOLUME
    return strength if strength.per.unit.dimension == measures else None


def unread(case: Case, what: str) -> Missing:
    """That something of the order could not be read, in the words of what could not."""
    said = case.instruction.unread or case.seen.order.unread
    problem = case.seen.product.problem
    words = "; ".join(said) or problem or f"{what} could not be read"
    return Missing(Lack.ORDER, words)


def written(pair: tuple[Quantity, Quantity]) -> str:
    """An amount or a range as it was ordered."""
    low, high = pair
    return str(low) if low == high else f"{low} to {high}"


def _per(quantity: Quantity, unit_ordered: Unit) -> str:
    """``tablet`` for one tablet, in the word the order uses; ``5 mL`` for more than one."""
    if quantity.unit.dimension == COUNT and quantity.value == 1:
        return str(unit_ordered)
    return str(quantity.unit) if quantity.value == 1 else str(quantity)


def _plain(span: Span) -> str:
    """A span in the everyday unit of its dimension."""
    return span.shown(unit(_EVERYDAY[span.dimension])) if span.dimension in _EVERYDAY else ""


_EVERYDAY: Final = {
    MASS: "mg",
    MASS - WEIGHT: "mg/kg",
    MASS - TIME: "mg/h",
    MASS - TIME - WEIGHT: "mg/kg/h",
}


def mass_per(case: Case, measures: Dimension) -> Fraction | None:
    """Milligrams in one product unit or one mL, where the strength is known."""
    strength = _strength_for(case, measures)
    return None if strength is None else strength.amount.base / strength.per.base
