"""A slow, obvious second opinion: every statement for every order, question by question.

Written from the docstrings of ``cds.knowledge.criteria``; it shares the frozen values with the rules and none of
their code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cds.clinical.chart import Category
from cds.clinical.order import Instruction, Order
from cds.knowledge import criteria as ask
from cds.knowledge.criteria import Criteria, GivenAs, Measure, Phase
from cds.knowledge.model import Kind, Knowledge, Level, Statement
from tests.generative.reference_amounts import Lacking, amount_is, measured
from tests.generative.reference_record import has_condition, is_allergic, says_nothing
from tests.generative.reference_world import Answer, Asked, World, every, opposite, some

NO_INSTRUCTION = Instruction()


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
    begun = [
        other
        for other in world.record
        if not other.current
        and other.ended is None
        and other.started
        and world.chart.as_of - other.started <= world.days("restart-after")
    ]
    drafted = {order.reference for order in world.drafts.orders}
    again = [
        other
        for other in world.chart.medicines
        if other.reference in drafted
        and other.current
        and other.started
        and other.started.date() < world.chart.as_of.date()
    ]
    stopping = [order for order in world.drafts.orders if order.stopping]
    used = [
        other
        for other in (*world.current, *world.stopped("restart-after"), *begun, *again, *stopping)
        if asked.ingredient in world.names(other) and world.kind_of(other) == world.kind_of(asked.order)
    ]
    if not used:
        first = min((one.sequence for one in asked.order.instructions), default=asked.instruction.sequence)
        return {Phase.CONTINUING if asked.instruction.sequence > first else Phase.START}
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
    ending = [other for other in world.drafts.orders if other.stopping]
    for other in (*world.signing, *ending, *world.record):
        drafted = other in world.signing
        if order in world.judged:
            now = (drafted or other.current) and other not in ending and other.reference not in world.replaced
            recent = not drafted and other.reference in world.left_off()
            suits = ("current" in criterion.states and now) or ("stopped" in criterion.states and recent)
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
            named = {slug for reason in order.reasons for slug in world.terms.settings_in_reason(reason)}
            return bool((place or named or {"not-stated"}) & criterion.settings)
        case ask.AgeIs():
            return age_is(world, criterion)
        case ask.AgeBetween():
            return age_between(world, criterion.low, criterion.high)
        case ask.SexIs():
            return world.chart.sex.value in criterion.sexes
        case ask.PhaseIs():
            return criterion.phase in phases(asked)
        case ask.Stopping():
            routed = (world.route(order), asked.ingredient)
            again = any(
                routed == (world.route(one), routed[1]) and routed[1] in world.names(one) for one in world.signing
            )
            return order.stopping and not again
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
