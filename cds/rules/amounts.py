"""How much an order gives: per dose, per hour, per day, per kilogram; exact, with the arithmetic written out.

An amount that depends on something not known (the weight, another order's dose) is kept as the least and the most
it can be. A bound that decides the same way at both ends is decided; otherwise what is lacking is said. So a limit
that no plausible weight could reach needs no weight.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Final, cast

from cds.clinical.order import Instruction
from cds.clinical.quantity import (
    MASS,
    TIME,
    VOLUME,
    Dimension,
    Quantity,
    Span,
    Unit,
    shown,
    unit,
)
from cds.knowledge.criteria import AmountIs, Measure
from cds.rules import administration, rates
from cds.rules.amount import Amount, Found, added_up, both, plus
from cds.rules.amount_found import AmountFound
from cds.rules.case import Case, kind_of_route
from cds.rules.situation import Seen
from cds.rules.together import Together, alike, summed, total, without
from cds.rules.truth import FALSE, TRUE, Answer, Lack, Missing, Truth, known

PER_TIME: Final = Dimension() - TIME
MASS_RATE: Final = MASS - TIME
MG_PER_DAY: Final = unit("mg/d")
MG: Final = unit("mg")


def amount_of(case: Case, measure: Measure, wanted: Dimension) -> Found:
    """The amount of this measure in this dimension; what is lacking; or None when the order has no such amount.

    Worked out once for each case: many limits ask for the same amount.
    """
    key = (measure, wanted)
    if key not in case.amounts:
        case.amounts[key] = _MEASURES[measure](case, wanted)
    return cast("Found", case.amounts[key])


def answer(case: Case, criterion: AmountIs) -> Answer:
    """Whether the amount lies within the criterion's bounds.

    For an ordered range it is enough that some part of it does, so both ends are checked.
    """
    bound = criterion.high if criterion.low is None else criterion.low
    if bound is None:
        return TRUE
    found = amount_of(case, criterion.measure, bound.unit.dimension)
    if found is None:
        return FALSE
    if isinstance(found, Missing):
        return Answer(Truth.UNKNOWN, (found,))
    at_least = _within(found.least, criterion)
    at_most = _within(found.most, criterion) if found.most is not None else criterion.high is None
    if at_least and at_most:
        return known(True, AmountFound(case, found, bound, below=criterion.low is None))
    if found.missing is not None and (at_least != at_most or _between(found, criterion)):
        return Answer(Truth.UNKNOWN, (found.missing,))
    return FALSE


def _within(span: Span, criterion: AmountIs) -> bool:
    """Whether some value from low to high of the span satisfies both bounds."""
    low, high = criterion.low, criterion.high
    if low is not None and not (span.high > low.base or (criterion.low_included and span.high == low.base)):
        return False
    return high is None or span.low < high.base or (criterion.high_included and span.low == high.base)


def _between(found: Amount, criterion: AmountIs) -> bool:
    """Whether the bounds fall between the two ends of what is not known."""
    low, high = criterion.low, criterion.high
    if low is None or high is None:
        return False
    ends = [span.low for span in (found.least, found.most) if span is not None]
    return min(ends) <= low.base and (found.most is None or max(ends) >= high.base)


def _dose(case: Case, wanted: Dimension) -> Found:
    """The dose of one administration. Parts of one step that are each given once, by one route, are given together
    (reading 2.1: equal sequence); what of them cannot be read is said of the part itself.
    """
    own = administration.dose(case, wanted)
    if not isinstance(own, Amount) or not case.instruction.timing.once:
        return own
    parts = [own]
    for one in case.seen.order.instructions:
        if one is not case.instruction and one.sequence == case.instruction.sequence and one.timing.once:
            view = Case(case.situation, case.seen, one, case.ingredient)
            part = administration.dose(view, wanted) if view.route == case.route else None
            if isinstance(part, Amount):
                parts.append(part)
    return own if len(parts) == 1 else replace(total(parts), words=lambda: added_up(parts))


def own_daily(case: Case, wanted: Dimension) -> Found:
    """The daily dose of this order alone."""
    in_use = _together(case, wanted).orders.get(case.seen.order.reference)
    if in_use is case.seen:
        return _daily_of_other(case, case.seen, wanted)
    return _daily_of(case, case.seen, wanted)  # it is not in use, or with another dose than it has


# --- a day, over all orders that count -----------------------------------------------------------------------


def _daily(case: Case, wanted: Dimension) -> Found:
    """The daily total of the ingredient: this order in the step that is looked at, the other drafts, and the current
    medicines that no draft replaces, all by the same kind of route.
    """
    reference = case.seen.order.reference
    in_use = _together(case, wanted)
    in_steps = len({one.sequence for one in case.seen.order.instructions}) > 1
    own = _daily_of(case, case.seen, wanted, case.instruction.sequence) if in_steps else own_daily(case, wanted)
    if in_steps or in_use.orders.get(reference) is not case.seen:  # not in use, or with another dose than it has
        in_use = without(in_use, reference)
    if not isinstance(own, Amount):
        return own
    missing = own.missing or next((one for name, one in in_use.missing if name != reference), None)
    words = lambda: added_up([own, *(part for name, part in in_use.parts.items() if name != reference)])  # noqa: E731
    count = len(in_use.orders) + (reference not in in_use.orders)
    if in_use.total is None or reference in in_use.orders:
        least, most = (in_use.total or own).least, (in_use.total or own).most
    else:
        least, most = own.least + in_use.total.least, plus(own.most, in_use.total.most)
    return Amount(least, None if in_use.open_ended else most, missing, count, words)


def _together(case: Case, wanted: Dimension) -> Together:
    """All orders in use that add up with one of this kind of route; summed once for a review."""
    situation = case.situation
    key = (f"all {kind_of_route(situation, case.seen)}", case.ingredient, wanted)
    if key not in situation.daily:
        orders = alike(case)
        situation.daily[key] = summed(
            {seen.order.reference: seen for seen in orders},
            {seen.order.reference: _daily_of_other(case, seen, wanted) for seen in orders},
        )
    return cast("Together", situation.daily[key])


def _daily_of_other(case: Case, seen: Seen, wanted: Dimension) -> Found:
    """The daily dose of another order, worked out once for a review."""
    key = (seen.order.reference, case.ingredient, wanted)
    known_doses = case.situation.daily
    if key not in known_doses:
        known_doses[key] = _daily_of(case, seen, wanted)
    return cast("Found", known_doses[key])


def _daily_of(case: Case, seen: Seen, wanted: Dimension, step: int | None = None) -> Found:
    """The daily dose of one order: instructions of one sequence add up, sequences follow each other (the highest
    counts, or else only the one that is named).
    """
    steps: dict[int, list[Found]] = {}
    for instruction in seen.order.instructions:
        if step is not None and instruction.sequence != step:
            continue
        view = Case(case.situation, seen, instruction, case.ingredient)
        steps.setdefault(instruction.sequence, []).append(_per_day(view, wanted))
    if not steps:
        return Missing(Lack.ORDER, "the dose could not be read")
    sums = [_sum(step) for step in steps.values()]
    known_sums = [step for step in sums if isinstance(step, Amount)]
    if len(known_sums) < len(sums):
        return next(step for step in sums if not isinstance(step, Amount))
    return _highest(known_sums)


def _highest(steps: list[Amount]) -> Amount:
    """The step that gives most, at each end of what is not known: they may be different steps."""
    leading = max(steps, key=lambda amount: amount.least.high)
    most = max((step.most or step.least for step in steps), key=lambda span: span.high)
    missing = next((step.missing for step in steps if step.missing), None)
    return Amount(leading.least, most, missing, 1, leading.words)


def _sum(amounts: list[Found]) -> Found:
    total = amounts[0]
    for more in amounts[1:]:
        if not isinstance(total, Amount) or not isinstance(more, Amount):
            return total if not isinstance(total, Amount) else more
        total = Amount(
            total.least + more.least,
            plus(total.most, more.most),
            total.missing or more.missing,
            1,
            both(total.words, more.words),
        )
    return total


def _per_day(view: Case, wanted: Dimension) -> Found:
    """One instruction over a day. A rate counts as running for 24 h, a single dose once."""
    instruction = view.instruction
    if instruction.unread:
        return administration.unread(view, "the dose")
    if instruction.rate is not None:
        found = administration.rate(view, wanted)
        if not isinstance(found, Amount):
            return found
        rate, running = instruction.rate, found.least
        words = lambda: f"{administration.written(rate)} = {running.shown(_daily_unit(wanted))}"  # noqa: E731
        return Amount(running, found.most, found.missing, 1, words)
    times = _times_a_day(instruction)
    if times is None and instruction.max_per_day is not None:
        return _at_most(view, instruction.max_per_day, wanted)
    dose = administration.each(view, wanted - PER_TIME)
    if not isinstance(dose, Amount):
        return dose
    if times is None:
        return Missing(Lack.ORDER, "the frequency could not be read")
    low, high = times
    per_day = Span(low / 24, high / 24, PER_TIME)
    least, most = dose.least * per_day, dose.most * per_day if dose.most is not None else None
    total = _capped(view, Amount(least, most, dose.missing, 1, lambda: _over_a_day(dose, instruction, times)))
    return replace(total, words=lambda: f"{total.shown} = {total.least.shown(_daily_unit(wanted))}")


def _at_most(view: Case, ceiling: Quantity, wanted: Dimension) -> Found:
    """The stated maximum of a day, where nothing else says how often the dose may be given."""
    found = administration.converted(view, (ceiling, ceiling), wanted)
    if not isinstance(found, Amount):
        return found
    words = lambda: f"at most {found.shown or ceiling}"  # noqa: E731
    return replace(found, words=words)


def _over_a_day(dose: Amount, instruction: Instruction, times: tuple[Fraction, Fraction]) -> str:
    low, high = times
    often = shown(low, 2) if low == high else f"{shown(low, 2)} to {shown(high, 2)}"
    written = administration.written(instruction.dose) if instruction.dose else ""
    return f"{dose.shown or written} × {often} a day"


def _capped(view: Case, day: Amount) -> Amount:
    """No more than the maximum a day that the instruction states, brought to the same dimension."""
    ceiling = view.instruction.max_per_day
    cap = None if ceiling is None else administration.converted(view, (ceiling, ceiling), day.least.dimension)
    if not isinstance(cap, Amount):
        return day
    least, most = _lower(day.least, cap.least), _lower(day.most or day.least, cap.most or cap.least)
    if (least, most) == (day.least, day.most):
        return day
    missing = day.missing or (cap.missing if least != most else None)
    return Amount(least, most, missing, 1, lambda: f"{day.shown}, at most {cap.shown or ceiling}")


def _lower(span: Span, cap: Span) -> Span:
    return Span(min(span.low, cap.low), min(span.high, cap.high), span.dimension)


def _times_a_day(instruction: Instruction) -> tuple[Fraction, Fraction] | None:
    timing = instruction.timing
    if timing.per_day is not None:
        return timing.per_day
    return (Fraction(1), Fraction(1)) if timing.once else None


def _daily_unit(dimension: Dimension) -> Unit:
    return unit("mg/kg/d") if dimension.weight else MG_PER_DAY


# --- the other measures --------------------------------------------------------------------------------------


def _frequency(case: Case, wanted: Dimension) -> Found:
    """Administrations a day, over the instructions that run together. A single dose has none."""
    together = [
        one for one in case.seen.order.instructions if one.sequence == case.instruction.sequence and one.rate is None
    ]
    rates = [one.timing.per_day for one in together]
    if not rates or any(rate is None for rate in rates):
        return None
    low = sum((rate[0] for rate in rates if rate), Fraction(0))
    high = sum((rate[1] for rate in rates if rate), Fraction(0))
    return Amount.exactly(Span(low / 24, high / 24, wanted))


def _duration(case: Case, _: Dimension) -> Found:
    over = case.instruction.over
    if over is None and case.instruction.rapid:
        at_once = Span(Fraction(0), Fraction(0), TIME)
        return Amount(at_once, at_once, name="a rapid push")
    return None if over is None else Amount.exactly(Span.of(over))


def _product_strength(case: Case, _: Dimension) -> Found:
    strength = case.strength
    if case.seen.product.two_strengths:
        return administration.strength_unknown(case)
    if strength is None or strength.per.unit.dimension != VOLUME:
        return None
    return Amount.exactly(Span.of(strength.amount) / Span.of(strength.per))


def _concentration(case: Case, _: Dimension) -> Found:
    concentration = case.seen.concentration
    return None if concentration is None else Amount.exactly(Span.of(concentration))


def _previous_order(case: Case) -> Seen | None:
    """The order in force before this one: the one it replaces, else, for an order to be signed, the newest current
    one of the drug.
    """
    before = [other for other in case.same_ingredient if other.order.reference != case.seen.order.reference]
    named = [other for other in before if other.order.reference == case.seen.order.replaces]
    choice = named if named or case.situation.drafts.taken else before
    if not choice:
        return None
    dated = [other for other in choice if other.order.started is not None]
    return max(dated, key=lambda other: other.order.started or case.situation.chart.as_of) if dated else choice[0]


def _previous(case: Case, wanted: Dimension) -> Found:
    before = _previous_order(case)
    return None if before is None else _daily_of(case, before, wanted)


def _step(case: Case, wanted: Dimension) -> Found:
    before = _previous(case, wanted)
    return None if before is None else _difference(_daily_of(case, case.seen, wanted), before)


def _step_dose(case: Case, wanted: Dimension) -> Found:
    before = _previous_order(case)
    if before is None or not before.order.instructions:
        return None
    earlier = administration.each(Case(case.situation, before, before.order.instructions[0], case.ingredient), wanted)
    return _difference(administration.each(case, wanted), earlier)


def _interval(case: Case, wanted: Dimension) -> Found:
    before = _previous_order(case)
    if before is None:
        return None
    if before.order.started is None:
        return Missing(Lack.RECORD, "the start of the present dose")
    elapsed = case.situation.chart.as_of - before.order.started
    hours = Fraction(int(elapsed.total_seconds()), 3600)
    return Amount.exactly(Span(hours, hours, wanted))


def _over_parenteral(case: Case, wanted: Dimension) -> Found:
    """This order's daily dose less that of the parenteral order of the drug that it follows."""
    situation = case.situation
    lately = situation.stopped_of(case.ingredient, "parenteral-window")
    recent = (*situation.current_of(case.ingredient), *lately)
    before = [other for other in recent if kind_of_route(situation, other) == "parenteral"]
    if not before:
        return None
    return _difference(_daily_of(case, case.seen, wanted), _daily_of(case, before[0], wanted))


def _difference(now: Found, before: Found) -> Found:
    if not isinstance(now, Amount) or not isinstance(before, Amount):
        return now if not isinstance(now, Amount) else before
    words = both(before.words, now.words, "before: ")
    least, most = _less(now.least, before.least), _less(now.most or now.least, before.most or before.least)
    return Amount(least, most, now.missing or before.missing, 1, words)


def _less(now: Span, before: Span) -> Span:
    return Span(now.low - before.high, now.high - before.low, now.dimension)


_MEASURES: Final[dict[Measure, Callable[[Case, Dimension], Found]]] = {
    Measure.DOSE: _dose,
    Measure.RATE: rates.running,
    Measure.DAILY: _daily,
    Measure.FREQUENCY: _frequency,
    Measure.DURATION: _duration,
    Measure.PRODUCT_STRENGTH: _product_strength,
    Measure.CONCENTRATION: _concentration,
    Measure.PREVIOUS: _previous,
    Measure.STEP: _step,
    Measure.STEP_DOSE: _step_dose,
    Measure.INTERVAL: _interval,
    Measure.OVER_PARENTERAL: _over_parenteral,
}

# The dimension in which an amount is asked for when only its presence matters.
DIMENSION_OF: Final[dict[Measure, Dimension]] = {
    Measure.DOSE: MASS,
    Measure.RATE: MASS_RATE,
    Measure.DAILY: MASS_RATE,
    Measure.FREQUENCY: PER_TIME,
    Measure.DURATION: TIME,
    Measure.PRODUCT_STRENGTH: MASS - VOLUME,
    Measure.CONCENTRATION: MASS - VOLUME,
    Measure.PREVIOUS: MASS_RATE,
    Measure.STEP: MASS_RATE,
    Measure.STEP_DOSE: MASS,
    Measure.INTERVAL: TIME,
    Measure.OVER_PARENTERAL: MASS_RATE,
}
