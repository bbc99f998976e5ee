"""The second opinion on amounts: at one body weight, in plain fractions.

Where a body weight is lacking, it simply tries weights: the ends of what is possible, a grid between, every weight
at which a bound is crossed, and the middle of each pair of neighbours.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise

from cds.clinical.order import Order
from cds.clinical.quantity import Quantity
from cds.knowledge import criteria as ask
from cds.knowledge.criteria import Measure
from tests.generative.reference_world import Answer, Asked, Range


class Lacking(Exception):
    """The amount cannot be had for this reason."""


def converted(asked: Asked, pair: tuple[Quantity, Quantity], per_kg: bool, weight: Fraction) -> Range:
    """Milligrams (per hour where it is a rate), per kilogram if that is wanted."""
    dimension = pair[0].unit.dimension
    low, high = sorted(quantity.base for quantity in pair)
    if dimension.surface:
        raise Lacking("N3")
    is_mass = dimension.mass == 1
    if dimension.count or dimension.volume:
        inside = in_one(asked, volume=bool(dimension.volume))
        low, high, is_mass = low * inside, high * inside, True
    if not is_mass:
        raise Lacking("N3")
    has_kg = dimension.weight == -1
    if per_kg and not has_kg:
        return low / weight, high / weight
    if has_kg and not per_kg:
        return low * weight, high * weight
    return low, high


def in_one(asked: Asked, *, volume: bool) -> Fraction:
    """Milligrams in one mL or in one tablet."""
    product = asked.world.product(asked.order)
    if volume and product.concentration:
        return product.concentration.base
    for component in product.components:
        if component.ingredient == asked.ingredient and component.strength:
            per = component.strength.per
            if (per.unit.dimension.volume if volume else per.unit.dimension.count) == 1:
                return component.strength.amount.base / per.base
            break
    raise Lacking("N3")


def dose(asked: Asked, per_kg: bool, weight: Fraction) -> Range | None:
    if asked.instruction.dose is None:
        if asked.instruction.rate is not None:
            return None
        raise Lacking("N3")
    return converted(asked, asked.instruction.dose, per_kg, weight)


def at_once(asked: Asked, per_kg: bool, weight: Fraction) -> Range | None:
    """One administration, with the parts of its step that are given once by the same route, as it is."""
    own = dose(asked, per_kg, weight)
    if own is None or not asked.instruction.timing.once:
        return own
    low, high = own
    route = asked.world.route(asked.order, asked.instruction)
    for one in asked.order.instructions:
        beside = one is not asked.instruction and one.sequence == asked.instruction.sequence and one.timing.once
        if beside and asked.world.route(asked.order, one) == route:
            with suppress(Lacking):
                more = dose(Asked(asked.world, asked.order, one, asked.ingredient), per_kg, weight) or (0, 0)
                low, high = low + more[0], high + more[1]
    return low, high


def rate(asked: Asked, per_kg: bool, weight: Fraction) -> Range | None:
    if asked.instruction.rate is None:
        if asked.instruction.timing.continuous:
            raise Lacking("N3")
        return None
    return converted(asked, asked.instruction.rate, per_kg, weight)


def running(asked: Asked, per_kg: bool, weight: Fraction) -> Range | None:
    """The infusion with all that runs beside it and can be read."""
    own = rate(asked, per_kg, weight)
    if own is None:
        return None
    low, high = own
    for one in asked.order.instructions:
        if one is not asked.instruction and one.sequence == asked.instruction.sequence:
            with suppress(Lacking):
                more = rate(Asked(asked.world, asked.order, one, asked.ingredient), per_kg, weight) or (0, 0)
                low, high = low + more[0], high + more[1]
    for other in others_that_add_up(asked):
        with suppress(Lacking):
            more = rate_of_order(asked, other, per_kg, weight)
            low, high = low + more[0], high + more[1]
    return low, high


def rate_of_order(asked: Asked, order: Order, per_kg: bool, weight: Fraction) -> Range:
    steps: dict[int, Range] = {}
    for one in order.instructions:
        low, high = rate(Asked(asked.world, order, one, asked.ingredient), per_kg, weight) or (0, 0)
        before = steps.get(one.sequence, (Fraction(0), Fraction(0)))
        steps[one.sequence] = before[0] + low, before[1] + high
    return max(steps.values(), key=lambda step: step[1], default=(Fraction(0), Fraction(0)))


def day_of_instruction(asked: Asked, per_kg: bool, weight: Fraction) -> Range:
    """Milligrams in one day."""
    instruction = asked.instruction
    if instruction.unread:
        raise Lacking("N3")
    if instruction.rate is not None:
        low, high = converted(asked, instruction.rate, per_kg, weight)
        return low * 24, high * 24
    times = instruction.timing.per_day or ((Fraction(1), Fraction(1)) if instruction.timing.once else None)
    most = instruction.max_per_day
    if times is None and most is not None:  # only the maximum says how much a day
        low, high = converted(asked, (most, most), per_kg, weight)
        return low * 24, high * 24
    one = dose(asked, per_kg, weight)
    if one is None or times is None:
        raise Lacking("N3")
    low, high = one[0] * times[0], one[1] * times[1]
    if most is not None:
        with suppress(Lacking):  # a maximum that cannot be compared does not count
            cap = converted(asked, (most, most), per_kg, weight)[1] * 24
            low, high = min(low, cap), min(high, cap)
    return low, high


def day_of_order(asked: Asked, order: Order, per_kg: bool, weight: Fraction) -> Range:
    steps: dict[int, Range] = {}
    if not order.instructions:
        raise Lacking("N3")
    for instruction in order.instructions:
        low, high = day_of_instruction(Asked(asked.world, order, instruction, asked.ingredient), per_kg, weight)
        before = steps.get(instruction.sequence, (Fraction(0), Fraction(0)))
        steps[instruction.sequence] = before[0] + low, before[1] + high
    return max(steps.values(), key=lambda step: step[1])


def others_that_add_up(asked: Asked) -> list[Order]:
    world = asked.world
    return [
        other
        for other in (*world.signing, *world.current)
        if other.reference != asked.order.reference
        and other.reference not in world.replaced
        and asked.ingredient in world.names(other)
        and world.kind_of(other) == world.kind_of(asked.order)
    ]


def daily(asked: Asked, per_kg: bool, weight: Fraction) -> Range:
    """The day's total of all orders of the drug that can be read."""
    if not asked.order.instructions:
        raise Lacking("N3")
    low = high = Fraction(0)
    for one in asked.order.instructions:
        if one.sequence == asked.instruction.sequence:
            more = day_of_instruction(Asked(asked.world, asked.order, one, asked.ingredient), per_kg, weight)
            low, high = low + more[0], high + more[1]
    for other in others_that_add_up(asked):
        with suppress(Lacking):
            more = day_of_order(asked, other, per_kg, weight)
            low, high = low + more[0], high + more[1]
    return low, high


def may_be_more(asked: Asked, measure: Measure) -> bool:
    """Whether another order of the drug adds to it and cannot be read, so that nobody knows how much."""
    for other in others_that_add_up(asked):
        try:
            (day_of_order if measure is Measure.DAILY else rate_of_order)(asked, other, False, Fraction(1))
        except Lacking:
            return True
    return False


def in_force(asked: Asked) -> Order | None:
    """The order before this one."""
    world = asked.world
    before = [
        other
        for other in world.current
        if asked.ingredient in world.names(other)
        and world.kind_of(other) == world.kind_of(asked.order)
        and other.reference != asked.order.reference
    ]
    before = [other for other in before if other.reference == asked.order.replaces] or before
    dated = [other for other in before if other.started]
    if dated:
        return max(dated, key=lambda other: other.started)
    return before[0] if before else None


def difference(now: Range, before: Range) -> Range:
    return now[0] - before[1], now[1] - before[0]


def measured(asked: Asked, measure: Measure, per_kg: bool, weight: Fraction) -> Range | None:  # noqa: C901, PLR0912 - one plain case after the other, on purpose: it is the slow, obvious reading
    """The amount in mg, h, administrations a day, mg/mL; a day's amounts in mg a day."""
    world, instruction, before = asked.world, asked.instruction, in_force(asked)
    if measure is Measure.DOSE:
        return at_once(asked, per_kg, weight)
    if measure is Measure.RATE:
        return running(asked, per_kg, weight)
    if measure is Measure.DAILY:
        return daily(asked, per_kg, weight)
    if measure is Measure.FREQUENCY:
        together = [
            one for one in asked.order.instructions if one.sequence == instruction.sequence and one.rate is None
        ]
        times = [one.timing.per_day for one in together]
        return (sum(t[0] for t in times), sum(t[1] for t in times)) if times and all(times) else None
    if measure is Measure.DURATION:
        return (instruction.over.base, instruction.over.base) if instruction.over else None
    if measure is Measure.CONCENTRATION:
        mixed = world.product(asked.order).concentration
        return (mixed.base, mixed.base) if mixed else None
    if measure is Measure.PRODUCT_STRENGTH:
        for component in world.product(asked.order).components:
            if component.ingredient == asked.ingredient:
                strength = component.strength
                if strength is None or strength.per.unit.dimension.volume != 1:
                    return None
                return (strength.amount.base / strength.per.base,) * 2
        return None
    if measure is Measure.OVER_PARENTERAL:
        injected = [
            other
            for other in (*world.current, *world.stopped("parenteral-window"))
            if asked.ingredient in world.names(other) and world.kind_of(other) == "parenteral"
        ]
        before = injected[0] if injected else None
    if before is None:
        return None
    if measure is Measure.INTERVAL:
        if before.started is None:
            raise Lacking("N5")
        hours = Fraction(int((world.chart.as_of - before.started).total_seconds()), 3600)
        return hours, hours
    if measure is Measure.STEP_DOSE:
        if not before.instructions:
            return None
        now = dose(asked, per_kg, weight)
        earlier = dose(Asked(world, before, before.instructions[0], asked.ingredient), per_kg, weight)
        return None if now is None or earlier is None else difference(now, earlier)
    if measure is Measure.PREVIOUS:
        return day_of_order(asked, before, per_kg, weight)
    now = day_of_order(asked, asked.order, per_kg, weight)
    return difference(now, day_of_order(asked, before, per_kg, weight))


PER_DAY = {Measure.DAILY, Measure.PREVIOUS, Measure.STEP, Measure.OVER_PARENTERAL, Measure.FREQUENCY}


def amount_is(asked: Asked, criterion: ask.AmountIs) -> Answer:
    bound = criterion.low or criterion.high
    if bound is None:
        return True
    per_kg = bound.unit.dimension.weight == -1
    # Amounts of a day are reckoned per day here; the base unit of a bound is per hour.
    scale = 24 if criterion.measure in PER_DAY else 1
    low, high = (end.base * scale if end else None for end in (criterion.low, criterion.high))

    def meets(value: tuple[Fraction, Fraction]) -> bool:
        least, most = value
        above = low is None or most > low or (criterion.low_included and most == low)
        return above and (high is None or least < high or (criterion.high_included and least == high))

    def at(weight: Fraction) -> Range | None:
        return measured(asked, criterion.measure, per_kg, weight)

    lightest, heaviest = asked.world.weights
    try:
        values = {weight: at(weight) for weight in {lightest, heaviest}}
        if None in values.values():
            return False
        if values[lightest] != values[heaviest]:
            values = {weight: at(weight) for weight in worth_trying(at, lightest, heaviest, per_kg, (low, high))}
        lack = "N1" if values[lightest] != values[heaviest] else "N5"
    except Lacking as lacking:
        return frozenset({str(lacking)})
    outcomes: set[bool] = set()
    for least, most in values.values():
        sums = criterion.measure in (Measure.DAILY, Measure.RATE)
        extra = open_ended(least, low, high) if sums and may_be_more(asked, criterion.measure) else [0]
        outcomes |= {meets((least + more, most + more)) for more in extra}
    return outcomes.pop() if len(outcomes) == 1 else frozenset({lack})


def open_ended(least: Fraction, low: Fraction | None, high: Fraction | None) -> list[Fraction]:
    """How much more it might be: nothing, anything, and enough to fall between the bounds."""
    more = [Fraction(0), Fraction(10) ** 12]
    if low is not None and high is not None:
        more += [max(low - least, Fraction(0)), max((low + high) / 2 - least, Fraction(0))]
    return more


def worth_trying(
    at: Callable[[Fraction], Range | None],
    lightest: Fraction,
    heaviest: Fraction,
    per_kg: bool,
    bounds: tuple[Fraction | None, Fraction | None],
) -> list[Fraction]:
    """Weights at which the answer could change. An amount is a straight line in the weight, or in one over the
    weight for an amount per kilogram, with a kink here and there.
    """

    def flip(x: Fraction) -> Fraction:
        return 1 / x if per_kg else x

    ends = sorted((flip(lightest), flip(heaviest)))
    grid = [ends[0] + (ends[1] - ends[0]) * Fraction(step, 12) ** 3 for step in range(13)]
    points = set(grid)
    for one, next_ in pairwise(grid):
        for side in (0, 1):
            y1, y2 = at(flip(one))[side], at(flip(next_))[side]
            if y1 == y2:
                continue
            for bound in bounds:
                if bound is not None:
                    points.add(one + (bound - y1) * (next_ - one) / (y2 - y1))
    inside = sorted(point for point in points if ends[0] <= point <= ends[1])
    middles = [(one + next_) / 2 for one, next_ in pairwise(inside)]
    return [flip(point) for point in (*inside, *middles)]
