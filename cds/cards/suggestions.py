"""Ways out: the same order with another dose, rate, timing or reason; its deletion; a measurement to be made.

A computed amount is rounded down to what can be given, so it stays inside the limit it comes from. Nothing here
ever starts a drug, and nothing computes a figure that no document states.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Final

from cds.cards.card import Suggestion
from cds.cards.wording import drug_name
from cds.clinical.change import (
    ChangeDose,
    ChangeDuration,
    ChangeRate,
    CreateService,
    DeleteOrder,
    StateUse,
)
from cds.clinical.code import Coding, Concept
from cds.clinical.order import times_a_day
from cds.clinical.quantity import COUNT, MASS, VOLUME, Quantity, Unit, shown, unit
from cds.knowledge.criteria import NOT_STATED, Measure, measure_of
from cds.knowledge.model import SuggestionKind, SuggestionSpec
from cds.rules import administration, amounts, rates
from cds.rules.amount import Amount
from cds.rules.case import Case
from cds.rules.finding import Finding
from cds.rules.slips import Slip
from cds.terminology.model import Named

Alternatives = tuple[Suggestion, ...]
"""Ways to do the same, the one that changes least first: a day's dose in its own or another number of doses."""


def suggestions(finding: Finding) -> tuple[Alternatives, ...]:
    """What the holding tier offers, as far as it can be worked out for this order."""
    found = (alternatives for spec in finding.tier.suggest for alternatives in _offered(finding, spec))
    return tuple(alternatives for alternatives in found if alternatives)


def _offered(finding: Finding, spec: SuggestionSpec) -> Iterator[Alternatives]:
    if spec.kind is SuggestionKind.SET:
        yield tuple(_set(finding, spec))
    else:
        yield from ((suggestion,) for suggestion in _OFFERS[spec.kind](finding, spec))


def _set(finding: Finding, spec: SuggestionSpec) -> Iterator[Suggestion]:
    target = spec.amount
    if target is None or not finding.case.seen.order.draft:
        return
    measure = measure_of(target.unit.code)
    if measure is Measure.DAILY:
        yield from _set_daily(finding.case, target, spec)
        return
    offered = _SETTERS[measure](finding.case, target, spec)
    if offered is not None:
        yield offered


def _set_dose(case: Case, target: Quantity, spec: SuggestionSpec) -> Suggestion | None:
    pair = case.instruction.dose
    if pair is None:
        return None
    dose = _in_the_orders_words(case, target.base, target.unit, pair[0].unit)
    if dose is None or (dose == pair[0] == pair[1]):
        return None
    label = f"Change the dose to {_as_amount(dose, target)}"
    change = ChangeDose(case.seen.order.reference, dose, None, _position(case))
    return Suggestion(label, (change,), spec.recommended)


def _set_rate(case: Case, target: Quantity, spec: SuggestionSpec) -> Suggestion | None:
    """Bring the rate down to the target, leaving room for what is known to run beside it."""
    others = rates.others_rate(case, target.unit.dimension)
    if others is None:
        return _change_rate(case, target, spec)
    left = _exactly(target.base - others.least.high, target.unit) if isinstance(others, Amount) else None
    return None if left is None else _change_rate(case, left, spec)


def _change_rate(case: Case, target: Quantity, spec: SuggestionSpec) -> Suggestion | None:
    pair = case.instruction.rate
    if pair is None:
        return None
    rate = _in_the_orders_words(case, target.base, target.unit, pair[0].unit)
    if rate is None or (rate == pair[0] == pair[1]):
        return None
    label = f"Change the rate to {_as_amount(rate, target)}"
    return Suggestion(label, (ChangeRate(case.seen.order.reference, rate, _position(case)),), spec.recommended)


def _set_daily(case: Case, target: Quantity, spec: SuggestionSpec) -> Iterator[Suggestion]:
    """Bring the day's total down to the target, leaving room for the other orders that add to it, in as many doses as
    the order has, or else in another number of them.
    """
    others = _others_daily(case, target)
    if others is None or len(case.seen.order.instructions) > 1:
        return
    room = target.base - others
    if case.instruction.rate is not None:
        left = _exactly(room, target.unit) if others else target
        offered = None if left is None else _change_rate(case, left, spec)
        if offered is not None:
            yield offered
        return
    pair, now = case.instruction.dose, case.instruction.timing.per_day
    if pair is None or now is None:
        return
    for times in _times(now[1]):
        dose = _in_the_orders_words(case, room * 24 / times, _per_dose(target.unit), pair[0].unit)
        per_day = None if times == now[0] == now[1] else times
        if dose == pair[0] == pair[1] and per_day is None:
            return  # it is so already
        if dose is not None:
            label = f"Change to {_with_mass(case, dose)} {times_a_day(times, times)}"
            change = ChangeDose(case.seen.order.reference, dose, per_day, _position(case))
            yield Suggestion(label, (change,), spec.recommended)


def _times(now: Fraction) -> Iterator[Fraction]:
    """The order's own number of administrations, then those in use: fewer first, then more. An order's own that is
    not in use is kept only where it is less than one a day; once a day is then tried first.
    """
    if now < 1:
        yield Fraction(1)
    if now <= _MOST_TIMES:
        yield now
    yield from (Fraction(times) for times in range(_MOST_TIMES, 0, -1) if times < now)
    yield from (Fraction(times) for times in range(1, _MOST_TIMES + 1) if times > now >= 1)


# More administrations than this are never offered.
_MOST_TIMES: Final = 4


def _others_daily(case: Case, target: Quantity) -> Fraction | None:
    """What the other orders of the drug give in a day; None where that is not known, so that no room is guessed."""
    total = amounts.amount_of(case, Measure.DAILY, target.unit.dimension)
    own = amounts.own_daily(case, target.unit.dimension)
    if isinstance(total, Amount) and isinstance(own, Amount) and total.missing is None:
        return total.least.high - own.least.high
    return None


def _per_dose(per_day: Unit) -> Unit:
    return unit(per_day.code.removesuffix("/d"))


def _set_frequency(case: Case, target: Quantity, spec: SuggestionSpec) -> Suggestion | None:
    """Spread the same daily dose over another number of administrations."""
    pair, now = case.instruction.dose, case.instruction.timing.per_day
    if pair is None or now is None or pair[0] != pair[1] or case.instruction.max_per_day is not None:
        return None  # with a maximum a day, dose and frequency do not make the day's dose
    times = target.base * 24
    spread = pair[0].base * now[0] / times
    piece = _piece(case) if pair[0].unit.dimension == MASS else None
    if piece is not None:
        dose = _in_steps(spread, piece, pair[0].unit)
    else:
        dose = (_practicable if pair[0].unit.dimension.count else _exactly)(spread, pair[0].unit)
    if dose is None or dose.base * times != pair[0].base * now[0]:
        return None
    label = f"Change to {_with_mass(case, dose)} {times_a_day(times, times)}, the same daily dose"
    change = ChangeDose(case.seen.order.reference, dose, times, _position(case))
    return Suggestion(label, (change,), spec.recommended)


def _set_duration(case: Case, target: Quantity, spec: SuggestionSpec) -> Suggestion | None:
    label = f"Give over {target}"
    change = ChangeDuration(case.seen.order.reference, target, _position(case))
    return Suggestion(label, (change,), spec.recommended)


def _in_the_orders_words(case: Case, base: Fraction, given: Unit, wanted: Unit) -> Quantity | None:
    """An amount of ``given`` unit in the unit the order uses: by the weight, by the strength, rounded down."""
    dimension = given.dimension
    value = base
    mass_side = wanted.dimension.count == 0 and wanted.dimension.volume == 0
    weight_wanted = wanted.dimension.weight
    if wanted.dimension.surface:
        return None
    if dimension.weight != weight_wanted:
        weight = case.situation.weight
        if not weight.known:
            return None
        value = value * weight.span.low if dimension.weight < weight_wanted else value / weight.span.low
    if not mass_side:
        kind = COUNT if wanted.dimension.count else VOLUME
        per_unit = administration.mass_per(case, kind)
        if per_unit is None:
            return None
        return _practicable(value / per_unit, wanted)
    piece = _piece(case) if wanted.dimension == MASS else None
    if piece is not None:
        return _in_steps(value, piece, wanted)
    if dimension.weight != weight_wanted:
        # A figure that has no weight in it is clearer in its own unit than rounded in the order's: 100 mg/h.
        plain = not dimension.weight
        return _exactly(value, wanted) or (_exactly(base, given) if plain else _practicable(value, wanted))
    return _exactly(value, wanted) or _exactly(base, given)


def _piece(case: Case) -> Fraction | None:
    """The smallest amount (mg) that can be made of the ordered product: half a tablet, a whole capsule; None where
    the product is not counted out.
    """
    per_unit = administration.mass_per(case, COUNT)
    if per_unit is None:
        return None
    return per_unit / 2 if case.seen.product.form in _HALVED else per_unit


# Forms that are commonly halved (ours; a score line is not on record).
_HALVED: Final = frozenset({"tablet"})


def _in_steps(base: Fraction, step: Fraction, wanted: Unit) -> Quantity | None:
    """Rounded down to whole steps, in the wanted unit."""
    steps = (base / step).numerator // (base / step).denominator
    return _exactly(steps * step, wanted) if steps else None


def _exactly(base: Fraction, wanted: Unit) -> Quantity | None:
    """The amount in this unit, if it is a short decimal there."""
    value = base / wanted.factor
    decimal = Decimal(value.numerator) / Decimal(value.denominator)
    short = Fraction(decimal) == value and len(decimal.normalize().as_tuple().digits) <= _SHORT
    return Quantity(decimal, wanted) if short and value > 0 else None


# Digits of an amount that a person still reads at a glance.
_SHORT: Final = 4


def _practicable(base: Fraction, wanted: Unit) -> Quantity | None:
    """Rounded down to what can be measured out: whole product units; 0.5 from 10 up, 0.1 from 1 up, two digits
    below.
    """
    value = base / wanted.factor
    if value <= 0:
        return None
    if wanted.dimension.count:
        whole = value.numerator // value.denominator
        return Quantity(Decimal(whole), wanted) if whole else None
    step = next((step for least, step in _STEPS if value >= least), None) or _two_digits(value)
    return _in_steps(base, step * wanted.factor, wanted)


# From this value up, this is the step that is measured out.
_STEPS: Final = ((10, Fraction(1, 2)), (1, Fraction(1, 10)))


def _two_digits(value: Fraction) -> Fraction:
    step = Fraction(1, 100)
    while value < 10 * step:
        step /= 10
    return step


def _with_mass(case: Case, dose: Quantity) -> str:
    """A number of tablets with what is in them: ``1 tablet (150 mg)``."""
    per_unit = administration.mass_per(case, COUNT) if dose.unit.dimension == COUNT else None
    return str(dose) if per_unit is None else f"{dose} ({shown(dose.base * per_unit, 2)} mg)"


def _as_amount(chosen: Quantity, target: Quantity) -> str:
    return str(chosen) if chosen.unit == target.unit else f"{chosen} ({target})"


def _position(case: Case) -> int:
    for number, instruction in enumerate(case.seen.order.instructions):
        if instruction is case.instruction:
            return number
    return 0


def _delete(finding: Finding, spec: SuggestionSpec) -> Iterator[Suggestion]:
    if finding.case.seen.order.draft:
        label = f"Remove the {_lower(drug_name(finding.case))} order"
        yield Suggestion(label, (DeleteOrder(finding.order),), spec.recommended)


def _delete_other(finding: Finding, spec: SuggestionSpec) -> Iterator[Suggestion]:
    situation = finding.case.situation
    drafts = {seen.order.reference for seen in situation.signing}
    for reference, ingredient in finding.others:
        if reference in drafts:
            name = situation.terminology.names[ingredient].name
            yield Suggestion(f"Remove the {_lower(name)} order", (DeleteOrder(reference),), spec.recommended)


def _state_use(finding: Finding, spec: SuggestionSpec) -> Iterator[Suggestion]:
    if not finding.case.seen.order.draft:
        return
    names = finding.case.situation.terminology.names
    for use in spec.uses:
        if use not in finding.case.seen.uses:
            named = names[use]
            verb = "State the reason" if NOT_STATED in finding.case.seen.uses else "Change the reason to"
            label = f"{verb}: {_lower(named.name)}"
            yield Suggestion(label, (StateUse(finding.order, _concept(named)),), spec.recommended)


def _order(finding: Finding, spec: SuggestionSpec) -> Iterator[Suggestion]:
    situation = finding.case.situation
    named = situation.terminology.names[spec.service]
    ordered = (*situation.drafts.services, *situation.chart.services)
    if any(one.current and spec.service in situation.terminology.services(one.concept) for one in ordered):
        return  # it is under way
    yield Suggestion(f"Order: {_lower(named.name)}", (CreateService(_concept(named)),), spec.recommended)


def slip_suggestion(finding: Finding, slip: Slip) -> Suggestion:
    """The order as it would be if a unit had been mistaken; never the recommended way out."""
    reference, position = finding.order, _position(finding.case)
    change = (
        ChangeRate(reference, slip.amount, position)
        if slip.is_rate
        else ChangeDose(reference, slip.amount, None, position)
    )
    return Suggestion(f"Unit slip ({slip.units})? Change to {slip.in_words}", (change,))


def service_suggestion(named: Named) -> Suggestion:
    """The suggestion to order one service."""
    return Suggestion(f"Order: {_lower(named.name)}", (CreateService(_concept(named)),))


def _concept(named: Named) -> Concept:
    codings = (Coding(*named.code),) if named.code else ()
    return Concept(codings, named.name)


def _lower(name: str) -> str:
    """A name inside a sentence: capitals that belong to it (ECG, S- before an enantiomer) stay."""
    return name if name[1:2].isupper() or name[1:2] == "-" else name[:1].lower() + name[1:]


_OFFERS: Final[dict[SuggestionKind, Callable[[Finding, SuggestionSpec], Iterator[Suggestion]]]] = {
    SuggestionKind.DELETE: _delete,
    SuggestionKind.DELETE_OTHER: _delete_other,
    SuggestionKind.STATE_USE: _state_use,
    SuggestionKind.ORDER: _order,
}
_SETTERS: Final[dict[Measure, Callable[[Case, Quantity, SuggestionSpec], Suggestion | None]]] = {
    Measure.DOSE: _set_dose,
    Measure.RATE: _set_rate,
    Measure.FREQUENCY: _set_frequency,
    Measure.DURATION: _set_duration,
}
