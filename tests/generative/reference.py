"""A slow, obvious second opinion: every statement for every order, question by question, in plain fractions.

Written from the docstrings of ``cds.knowledge.criteria``; it shares the frozen values with the rules and none of
their code. An answer is True, False, or a set of labels of what is lacking (``{"N1"}``: the weight).

Where a body weight is lacking, it simply tries weights: the ends of what is possible, a grid between, every weight
at which a bound is crossed, and the middle of each pair of neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from cds.clinical.chart import Category, Certainty, Chart, Course
from cds.clinical.order import Drafts, Instruction, Order
from cds.clinical.quantity import UNITS, Quantity
from cds.knowledge import criteria as ask
from cds.knowledge.criteria import Criteria, GivenAs, Measure, Phase
from cds.knowledge.model import Kind, Knowledge, Level, Policy, Statement
from cds.terminology.terminology import Terminology
from tests.generative.reference_record import has_condition, is_allergic, says_nothing

Lacks = frozenset[str]
Answer = bool | Lacks
Range = tuple[Fraction, Fraction]
NO_INSTRUCTION = Instruction()


@dataclass(frozen=True)
class World:
    """One patient at one moment, and what words mean."""

    chart: Chart
    drafts: Drafts
    policy: Policy
    terms: Terminology

    def product(self, order: Order):
        return self.terms.product(order.medication)

    def names(self, order: Order) -> frozenset[str]:
        return self.product(order).ingredients

    def uses(self, order: Order) -> set[str]:
        found = {use for reason in order.reasons for use in self.terms.uses(reason)}
        return found or {"not-stated"}

    def days(self, key: str) -> timedelta:
        item = self.policy.items[key]
        return timedelta(hours=float(Fraction(item.value) * UNITS[item.unit].factor))

    @property
    def signing(self) -> list[Order]:
        return [order for order in self.drafts.orders if order.live]

    @property
    def judged(self) -> list[Order]:
        chosen = self.drafts.selected
        return [
            order
            for order in self.drafts.orders
            if (order.live or order.stopping) and (not chosen or order.reference in chosen)
        ]

    @property
    def replaced(self) -> set[str]:
        return {order.replaces for order in self.signing}

    @property
    def record(self) -> list[Order]:
        drafted = {order.reference for order in self.drafts.orders}
        return [order for order in self.chart.medicines if order.live and order.reference not in drafted]

    @property
    def current(self) -> list[Order]:
        return [order for order in self.record if order.current]

    def stopped(self, window: str) -> list[Order]:
        return [
            order
            for order in self.record
            if not order.current and order.ended and self.chart.as_of - order.ended <= self.days(window)
        ]

    @property
    def age(self) -> Range | None:
        birth = self.chart.birth
        if birth is None:
            return None
        return completed(birth.latest, self.chart.as_of.date()), completed(birth.earliest, self.chart.as_of.date())

    @property
    def weights(self) -> Range:
        """The lightest and the heaviest the patient can be."""
        lowest, highest = (Fraction(self.policy.number(f"weight-{end}")) for end in ("lowest", "highest"))
        weighed = [
            (one.when, kilograms(one.quantity))
            for one in self.chart.observations
            if self.terms.is_weight(one.concept) and one.quantity and kilograms(one.quantity) is not None
        ]
        if not weighed:
            return lowest, highest
        when, kilos = max(weighed, key=lambda row: row[0] or date.min)
        adult = self.age is not None and self.age[0] >= self.policy.number("adult-from")
        valid = self.days("weight-valid-adult" if adult else "weight-valid-child")
        too_old = when is not None and self.chart.as_of.date() - when > valid
        return (lowest, highest) if too_old or not lowest <= kilos <= highest else (kilos, kilos)

    def route(self, order: Order, instruction: Instruction | None = None) -> str:
        for one in [instruction] if instruction else order.instructions:
            if one.route:
                return self.terms.route(one.route) or "other"
        return self.product(order).route or "not-stated"

    def kind(self, route: str) -> str:
        if route in self.terms.route_groups["parenteral"]:
            return "parenteral"
        return "enteral" if route in self.terms.route_groups["systemic"] else "local"

    def kind_of(self, order: Order) -> str:
        return self.kind(self.route(order))


def completed(born: date, today: date) -> Fraction:
    years = today.year - born.year
    return Fraction(years if (today.month, today.day) >= (born.month, born.day) else years - 1)


def kilograms(quantity: Quantity) -> Fraction | None:
    dimension = quantity.unit.dimension
    if (dimension.weight, dimension.mass, dimension.time, dimension.volume) == (1, 0, 0, 0):
        return quantity.base
    if (dimension.mass, dimension.weight, dimension.time, dimension.volume) == (1, 0, 0, 0):
        return quantity.base / 10**6
    return None


# --- three-valued logic --------------------------------------------------------------------------------------


def every(answers: Iterable[Answer]) -> Answer:
    answers = list(answers)
    if any(answer is False for answer in answers):
        return False
    lacks = frozenset(lack for answer in answers if answer is not True for lack in answer)
    return lacks or True


def some(answers: Iterable[Answer]) -> Answer:
    answers = list(answers)
    if any(answer is True for answer in answers):
        return True
    return frozenset(lack for answer in answers if answer is not False for lack in answer) or False


def opposite(answer: Answer) -> Answer:
    return not answer if isinstance(answer, bool) else answer


# --- amounts at one body weight ------------------------------------------------------------------------------


class Lacking(Exception):
    """The amount cannot be had for this reason."""


@dataclass(frozen=True)
class Asked:
    """One instruction of an order, asked about one ingredient."""

    world: World
    order: Order
    instruction: Instruction
    ingredient: str


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


def rate(asked: Asked, per_kg: bool, weight: Fraction) -> Range | None:
    if asked.instruction.rate is None:
        if asked.instruction.timing.continuous:
            raise Lacking("N3")
        return None
    return converted(asked, asked.instruction.rate, per_kg, weight)


def day_of_instruction(asked: Asked, per_kg: bool, weight: Fraction) -> Range:
    """Milligrams in one day."""
    instruction = asked.instruction
    if instruction.unread:
        raise Lacking("N3")
    if instruction.rate is not None:
        low, high = converted(asked, instruction.rate, per_kg, weight)
        return low * 24, high * 24
    one = dose(asked, per_kg, weight)
    times = instruction.timing.per_day or ((Fraction(1), Fraction(1)) if instruction.timing.once else None)
    if one is None or times is None:
        raise Lacking("N3")
    low, high = one[0] * times[0], one[1] * times[1]
    most = instruction.max_per_day
    if most is not None and most.unit.dimension.mass == 1 and (most.unit.dimension.weight == -1) is per_kg:
        low, high = min(low, most.base * 24), min(high, most.base * 24)
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
    low, high = day_of_order(asked, asked.order, per_kg, weight)
    for other in others_that_add_up(asked):
        with suppress(Lacking):
            more = day_of_order(asked, other, per_kg, weight)
            low, high = low + more[0], high + more[1]
    return low, high


def may_be_more(asked: Asked) -> bool:
    """Whether another order of the drug adds to the day and cannot be read, so that nobody knows how much."""
    for other in others_that_add_up(asked):
        try:
            day_of_order(asked, other, False, Fraction(1))
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
        return dose(asked, per_kg, weight)
    if measure is Measure.RATE:
        return rate(asked, per_kg, weight)
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
        extra = open_ended(least, low, high) if criterion.measure is Measure.DAILY and may_be_more(asked) else [0]
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


# --- the other questions -------------------------------------------------------------------------------------


def route_is(asked: Asked, criterion: ask.RouteIs) -> Answer:
    world, implied = asked.world, asked.world.product(asked.order).route
    stated = world.terms.route(asked.instruction.route)
    if stated and implied in FIXED and world.kind(stated) != world.kind(implied):
        return frozenset({"N3"})
    route = world.route(asked.order, asked.instruction)
    return route in criterion.routes or (frozenset({"N3"}) if route == "not-stated" else False)


FIXED = ("topical", "oral", "rectal", "nasal", "transdermal", "ophthalmic")


def given_as(world: World, order: Order, instruction: Instruction) -> GivenAs | None:
    if instruction.rate is not None or instruction.timing.continuous:
        return GivenAs.INFUSION
    return GivenAs.BOLUS if world.kind(world.route(order, instruction)) == "parenteral" else None


def age_between(world: World, low: int, high: int) -> Answer:
    if world.age is None:
        return frozenset({"N4"})
    youngest, oldest = world.age
    if oldest < low or youngest > high:
        return False
    return (low <= youngest and oldest <= high) or frozenset({"N4"})


def age_is(world: World, criterion: ask.AgeIs) -> Answer:
    adult, elderly = (int(world.policy.number(key)) for key in ("adult-from", "elderly-from"))
    bands = {"child": (0, adult - 1), "adult": (adult, 999), "elderly": (elderly, 999)}
    return some(age_between(world, *bands[band]) for band in criterion.bands)


def phases(asked: Asked) -> set[Phase]:
    world = asked.world
    used = [
        other
        for other in (*world.current, *world.stopped("restart-after"))
        if asked.ingredient in world.names(other) and world.kind_of(other) == world.kind_of(asked.order)
    ]
    if not used:
        return {Phase.START}
    since = [other.started for other in used if other.started]
    if since and world.chart.as_of - min(since) >= world.days("long-term-after"):
        return {Phase.CONTINUING, Phase.LONG_TERM}
    return {Phase.CONTINUING}


def single(world: World, order: Order) -> bool:
    def once(one: Instruction) -> bool:
        untimed = one.timing.per_day is None and one.rate is None
        return one.timing.once or (untimed and given_as(world, order, one) is GivenAs.BOLUS)

    return bool(order.instructions) and all(once(one) for one in order.instructions)


def companions(asked: Asked, criterion: ask.TakenWith) -> set[tuple[str, str]]:
    world, order = asked.world, asked.order
    found: set[tuple[str, str]] = set()
    for other in (*world.signing, *world.record):
        drafted = other in world.signing
        if order in world.judged:
            now = drafted or other.current
            recent = not drafted and other in world.stopped("stopped-window")
            suits = ("current" in criterion.states and now) or ("stopped" in criterion.states and recent)
            suits = suits and other.reference not in world.replaced
        else:
            suits = "current" in criterion.states and drafted and other in world.judged
        routes = criterion.routes or world.terms.route_groups["systemic"]
        if (
            not suits
            or other.reference == order.reference
            or world.route(other) not in routes
            or (criterion.uses and not criterion.uses & world.uses(other))
            or (criterion.regular and single(world, other))
        ):
            continue
        for name in world.names(other) - world.names(order) - criterion.without:
            if name in criterion.ingredients or criterion.classes & world.terms.classes(name):
                found.add((other.reference, name))
    return found


def taken_with(asked: Asked, criterion: ask.TakenWith) -> Answer:
    if len({name for _, name in companions(asked, criterion)}) >= criterion.at_least:
        return True
    return frozenset({"N5"}) if asked.world.chart.missing(Category.MEDICINES) else False


def strengths_are(asked: Asked, criterion: ask.StrengthsAre) -> bool:
    held = {one.ingredient: one.strength for one in reversed(asked.world.product(asked.order).components)}
    return all(
        (strength := held.get(name)) is not None
        and strength.per.unit.dimension == strength.amount.unit.dimension
        and strength.amount.base / strength.per.base == wanted.base
        for name, wanted in criterion.strengths
    )


def is_stated(asked: Asked, measure: Measure) -> bool:
    try:
        values = {measured(asked, measure, False, weight) is not None for weight in asked.world.weights}
    except Lacking:
        return False
    return values == {True}


def ordered(world: World, services: frozenset[str]) -> bool:
    running = [one for one in (*world.drafts.services, *world.chart.services) if one.current]
    return services <= {slug for one in running for slug in world.terms.services(one.concept)}


def answer(asked: Asked, criterion: ask.Criterion) -> Answer:  # noqa: C901, PLR0912 - one question a line
    world, order = asked.world, asked.order
    match criterion:
        case ask.RouteIs():
            return route_is(asked, criterion)
        case ask.GivenAsIs():
            return given_as(world, order, asked.instruction) is criterion.given_as
        case ask.UseIs():
            return bool(world.uses(order) & criterion.uses)
        case ask.SettingIs():
            place = world.chart.encounter and world.terms.settings(world.chart.encounter)
            return bool((place or {"not-stated"}) & criterion.settings)
        case ask.AgeIs():
            return age_is(world, criterion)
        case ask.AgeBetween():
            return age_between(world, criterion.low, criterion.high)
        case ask.SexIs():
            return world.chart.sex.value in criterion.sexes
        case ask.PhaseIs():
            return criterion.phase in phases(asked)
        case ask.Stopping():
            return order.stopping
        case ask.AmountIs():
            return amount_is(asked, criterion)
        case ask.AmountStated():
            return is_stated(asked, criterion.measure)
        case ask.StrengthsAre():
            return strengths_are(asked, criterion)
        case ask.Diluted():
            return world.product(order).diluted
        case ask.Ordered():
            return ordered(world, criterion.services)
        case ask.HasCondition():
            return has_condition(world, criterion)
        case ask.NotRecorded():
            return says_nothing(world, criterion)
        case ask.Allergic():
            return is_allergic(world, asked.ingredient, criterion)
        case ask.TakenWith():
            return taken_with(asked, criterion)
        case ask.AnyOf():
            return some(group_holds(asked, group) for group in criterion.groups)
        case ask.Not():
            return opposite(group_holds(asked, criterion.group))


def group_holds(asked: Asked, group: Criteria) -> Answer:
    return every(answer(asked, criterion) for criterion in group)


# --- statements ----------------------------------------------------------------------------------------------


def inside(group: Criteria) -> Iterable[ask.Criterion]:
    for criterion in group:
        yield criterion
        if isinstance(criterion, ask.AnyOf):
            for more in criterion.groups:
                yield from inside(more)
        if isinstance(criterion, ask.Not):
            yield from inside(criterion.group)


def mentions(statement: Statement, kind: type) -> bool:
    groups = (statement.applies, *(tier.when for tier in statement.tiers))
    return any(isinstance(criterion, kind) for group in groups for criterion in inside(group))


def ingredient_of(statement: Statement, names: frozenset[str]) -> str | None:
    """The ingredient of the order that the statement speaks of; None when it speaks of another drug."""
    return min((min(group) for group in statement.about if group <= names), default=None)


@dataclass
class Found:
    statement: Statement
    order: str
    level: Level
    others: frozenset[tuple[str, str]]


@dataclass
class Verdict:
    """What the second opinion comes to: (statement, order, level) and (order, label of what is lacking)."""

    found: set[tuple[str, str, str]]
    lacking: set[tuple[str, str]]


def second_opinion(world: World, knowledge: Knowledge) -> Verdict:  # noqa: C901 - as above
    found: dict[tuple[str, str], Found] = {}
    lacks: set[tuple[str, str, Instruction]] = set()
    dead = [order for order in world.drafts.orders if order.stopping]
    company = [order for order in world.current if order.reference not in world.replaced]
    for order in (*world.signing, *dead, *company):
        judged = order in world.judged
        tried = covered = False
        for statement in knowledge.statements.values():
            ingredient = ingredient_of(statement, world.names(order))
            wanted = judged or mentions(statement, ask.TakenWith)
            if not statement.tiers or ingredient is None or not wanted:
                continue
            if mentions(statement, ask.Stopping) is not order.stopping:
                continue
            for instruction in order.instructions or (NO_INSTRUCTION,):
                asked = Asked(world, order, instruction, ingredient)
                applies = group_holds(asked, statement.applies)
                tried = tried or applies is not False
                covered = covered or covers(asked, statement)
                result, more = judge(asked, statement, applies)
                if judged:
                    lacks |= {(order.reference, lack, instruction) for lack in more}
                if result is not None:
                    key = statement.id, order.reference
                    if key not in found or result.level.rank > found[key].level.rank:
                        found[key] = result
        if judged and not order.stopping:
            first = order.instructions[0] if order.instructions else NO_INSTRUCTION
            if world.product(order).problem:
                lacks.add((order.reference, "N3", first))
            elif tried and not covered and any(one.dose or one.rate for one in order.instructions):
                lacks.add((order.reference, "N7", first))
    kept = [one for one in found.values() if not gives_way(one, list(found.values()))]
    return Verdict({(one.statement.id, one.order, one.level.value) for one in kept}, worth_saying(world, kept, lacks))


def judge(asked: Asked, statement: Statement, applies: Answer) -> tuple[Found | None, set[str]]:
    lacks: set[str] = set()
    for tier in sorted(enumerate(statement.tiers), key=lambda row: -row[0]):
        verdict = every((applies, group_holds(asked, tier[1].when)))
        if verdict is True:
            criteria = (*inside_true(asked, statement.applies), *inside_true(asked, tier[1].when))
            others = {other for one in criteria for other in companions(asked, one)}
            return Found(statement, asked.order.reference, tier[1].level, frozenset(others)), lacks
        if verdict is not False:
            lacks |= verdict
    return None, lacks


def inside_true(asked: Asked, group: Criteria) -> Iterable[ask.TakenWith]:
    """The questions after company that made a group hold: in ``any`` those of the first group that does."""
    for criterion in group:
        if isinstance(criterion, ask.TakenWith):
            yield criterion
        elif isinstance(criterion, ask.AnyOf):
            yield from inside_true(asked, next(one for one in criterion.groups if group_holds(asked, one) is True))


def gives_way(one: Found, found: list[Found]) -> bool:
    if one.level is Level.CRITICAL:
        return False
    stronger = [
        other
        for other in found
        if other.statement.id in one.statement.yields_to
        and other.order == one.order
        and (not one.others or not other.others or one.others & other.others)
    ]
    named = {other for strong in stronger for other in strong.others}
    return bool(stronger) and not (one.others and named and one.others - named)


def covers(asked: Asked, statement: Statement) -> bool:
    says_none = statement.kind is Kind.NOT_COVERED or statement.topic in ("paediatric", "strength", "coverage")
    groups = (statement.applies, *(tier.when for tier in statement.tiers))
    judges = any(
        isinstance(one, ask.AmountIs) and one.measure in (Measure.DOSE, Measure.RATE, Measure.DAILY)
        for group in groups
        for one in inside(group)
    )
    here = tuple(one for one in statement.applies if not isinstance(one, ask.PhaseIs))
    return (says_none or judges) and group_holds(asked, here) is not False


def worth_saying(world: World, found: list[Found], lacks: set[tuple[str, str, Instruction]]) -> set[tuple[str, str]]:
    critical = {one.order for one in found if one.level is Level.CRITICAL and one.statement.topic == "dose"}
    orders = {order.reference: order for order in world.judged}
    said: set[tuple[str, str]] = set()
    for reference, lack, instruction in lacks:
        if lack == "N1" and reference in critical:
            continue
        order = orders[reference]
        confused = (
            instruction.unread
            or order.unread
            or world.product(order).problem
            or isinstance(
                route_is(Asked(world, order, instruction, ""), ask.RouteIs(frozenset({"not-stated"}))), frozenset
            )
        )
        if lack == "N3" and world.drafts.selected and not confused:
            continue
        said.add((reference, lack))
    return said


__all__ = ["Certainty", "Course", "Verdict", "World", "second_opinion"]
