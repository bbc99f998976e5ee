"""Laws that hold for every order and record, over the knowledge of this tree, through the use case that every door
calls. Each is a promise a prescriber can rely on without knowing the rules.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cds.cards.card import Reviewed, Told
from cds.cards.offers import SEVERAL
from cds.clinical.change import ChangeDose, ChangeDuration, ChangeRate, StateUse
from cds.clinical.chart import Category, Chart, Gap
from cds.clinical.code import Concept
from cds.clinical.order import Drafts, Instruction, Medication, Order, Timing
from cds.clinical.quantity import Quantity, unit
from cds.knowledge import criteria as ask
from cds.knowledge.criteria import Measure
from cds.knowledge.model import Kind, Level, Statement
from tests.generative.patients import charts, drafts, orders
from tests.generative.real import COMPANY, COVERED, HOSPITAL, UNRELATED, service
from tests.unit.rules.builders import NOW

CHANGES = (ChangeDose, ChangeRate, ChangeDuration, StateUse)
LACKS = {"N1", "N2", "N3", "N4", "N5"}
CHARTS = charts(HOSPITAL, gaps=False)
SIGNING = drafts(HOSPITAL, select=False)
DRAFT = orders(HOSPITAL, "Draft/0", draft=True).filter(lambda one: one.live)


def told(reviewed: Reviewed) -> list[Told]:
    return [one for card in reviewed.cards for one in card.told]


def findings(reviewed: Reviewed) -> set[tuple[str, str, Level, frozenset[str]]]:
    """All that is told, without the order in which it is."""
    return {("" if one.reason else one.statement, one.rule, one.level, frozenset(one.orders)) for one in told(reviewed)}


def lacks(reviewed: Reviewed) -> set[str]:
    """The labels of what could not be checked."""
    return {one.rule for one in told(reviewed) if one.reason}


# --- the same orders, the same answer ------------------------------------------------------------------------


@given(SIGNING, charts(HOSPITAL))
def test_the_same_input_gives_the_same_cards(signing: Drafts, chart: Chart):
    assert service().review(signing, chart) == service().review(signing, chart)


@given(drafts(HOSPITAL, most=3, select=False), charts(HOSPITAL))
def test_the_order_in_which_drafts_stand_does_not_matter(signing: Drafts, chart: Chart):
    turned = replace(signing, orders=signing.orders[::-1])
    assert findings(service().review(turned, chart)) == findings(service().review(signing, chart))


@given(SIGNING, charts(HOSPITAL))
def test_the_order_in_which_the_record_stands_does_not_matter(signing: Drafts, chart: Chart):
    # Two weights of one day, or two orders begun on one day, may be read either way.
    days = [one.when for one in chart.observations]
    begun = [one.started for one in chart.medicines]
    assume(len(set(days)) == len(days) and len(set(begun)) == len(begun))
    turned = replace(
        chart,
        medicines=chart.medicines[::-1],
        conditions=chart.conditions[::-1],
        observations=chart.observations[::-1],
    )
    assert findings(service().review(signing, turned)) == findings(service().review(signing, chart))


@given(SIGNING, charts(HOSPITAL))
def test_an_order_of_an_unrelated_drug_changes_nothing(signing: Drafts, chart: Chart):
    more = Order("Draft/unrelated", Medication(Concept(text=UNRELATED)), (Instruction(),), draft=True, live=True)
    beside = replace(signing, orders=(*signing.orders, more))
    assert findings(service().review(beside, chart)) == findings(service().review(signing, chart))


# --- units ---------------------------------------------------------------------------------------------------

OTHER_UNITS = {
    "mg": ("ug", 1000), "mg/kg": ("ug/kg", 1000), "mg/h": ("g/h", Decimal("0.001")), "mg/kg/h": ("ug/kg/h", 1000),
    "ug/kg/min": ("mg/kg/min", Decimal("0.001")), "mL/h": ("mL/d", 24), "mL": ("L", Decimal("0.001")),
    "{tbl}": ("{tablet}", 1), "{cap}": ("{capsule}", 1), "mg/d": ("mg/h", None), "mg/kg/d": ("ug/kg/d", 1000),
    "kg": ("g", 1000), "[lb_av]": ("[oz_av]", 16),
}  # fmt: skip


def rewritten(quantity: Quantity) -> Quantity:
    """The same amount in another unit."""
    code, factor = OTHER_UNITS.get(quantity.unit.code, (quantity.unit.code, 1))
    if factor is None:
        return quantity
    assert Fraction(factor) == quantity.unit.factor / unit(code).factor or code in ("g", "[oz_av]")
    return Quantity(quantity.value * factor, unit(code))


def in_other_units(instruction: Instruction) -> Instruction:
    def both(pair: tuple[Quantity, Quantity] | None) -> tuple[Quantity, Quantity] | None:
        return None if pair is None else (rewritten(pair[0]), rewritten(pair[1]))

    most = instruction.max_per_day
    return replace(
        instruction,
        dose=both(instruction.dose),
        rate=both(instruction.rate),
        max_per_day=None if most is None else rewritten(most),
    )


@given(SIGNING, CHARTS)
def test_an_amount_written_in_another_unit_is_the_same_amount(signing: Drafts, chart: Chart):
    other = replace(
        signing,
        orders=tuple(
            replace(order, instructions=tuple(in_other_units(one) for one in order.instructions))
            for order in signing.orders
        ),
    )
    weighed = tuple(
        replace(seen, quantity=rewritten(seen.quantity)) if seen.quantity else seen for seen in chart.observations
    )
    there = service().review(other, replace(chart, observations=weighed))
    assert findings(there) == findings(service().review(signing, chart))


# --- more of a drug is never less of a problem ---------------------------------------------------------------

AMOUNTS = {Measure.DOSE, Measure.RATE, Measure.DAILY, Measure.STEP, Measure.STEP_DOSE}


def grows(statement: Statement) -> bool:
    """Whether all the amounts it asks for are "more than", and none stands under ``not``."""
    amounts = [one for one in statement.criteria if isinstance(one, ask.AmountIs)]
    denied = any(isinstance(one, ask.Not) for one in statement.criteria)
    return bool(amounts) and not denied and all(one.high is None and one.measure in AMOUNTS for one in amounts)


def raised(order: Order, factor: int) -> Order:
    def more(pair: tuple[Quantity, Quantity] | None) -> tuple[Quantity, Quantity] | None:
        return None if pair is None else tuple(Quantity(one.value * factor, one.unit) for one in pair)

    return replace(
        order,
        instructions=tuple(replace(one, dose=more(one.dose), rate=more(one.rate)) for one in order.instructions),
    )


@given(DRAFT, CHARTS, st.sampled_from([2, 3, 10, 1000]))
def test_raising_a_dose_never_removes_a_finding_that_it_is_too_high(draft: Order, chart: Chart, factor: int):
    statements = service().knowledge.statements

    def loudest(order: Order) -> int:
        reviewed = service().review(Drafts((order,)), chart)
        return max(
            (
                one.level.rank
                for one in told(reviewed)
                if not one.reason
                and order.reference in one.orders
                and one.statement in statements
                and grows(statements[one.statement])
            ),
            default=-1,
        )

    assert loudest(raised(draft, factor)) >= loudest(draft)


# --- interactions --------------------------------------------------------------------------------------------


def plain(reference: str, drug: str, *, draft: bool) -> Order:
    dose = Quantity(Decimal(1), unit("mg"))
    oral = Instruction(route=Concept(text="oral"), dose=(dose, dose), timing=Timing((Fraction(1), Fraction(1))))
    return Order(reference, Medication(Concept(text=drug)), (oral,), draft=draft, current=True)


def interactions(reviewed: Reviewed) -> set[tuple[str, Level]]:
    """What is told of two drugs together, whoever is the newcomer. What asks after the phase is left out."""
    statements = service().knowledge.statements
    return {
        (one.statement, one.level)
        for one in told(reviewed)
        if one.statement in statements
        and statements[one.statement].kind is Kind.INTERACTION
        and not any(isinstance(asked, ask.PhaseIs) for asked in statements[one.statement].criteria)
    }


@pytest.mark.parametrize("covered", [*COVERED[:6]])
@pytest.mark.parametrize("other", [*COMPANY, *COVERED[:6]])
def test_two_drugs_interact_whichever_of_them_is_the_new_one(covered: str, other: str):
    chart = Chart(NOW)
    one, two = plain("A/1", covered, draft=True), plain("A/2", other, draft=True)

    def beside(new: Order, old: Order) -> set[tuple[str, Level]]:
        record = replace(chart, medicines=(replace(old, draft=False),))
        return interactions(service().review(Drafts((new,)), record))

    together = interactions(service().review(Drafts((one, two)), chart))
    assert beside(one, two) == beside(two, one) == together


@given(DRAFT, st.sampled_from(COMPANY), CHARTS)
def test_a_drug_beside_it_is_told_of_whether_it_is_drafted_or_taken(draft: Order, other: str, chart: Chart):
    bare = replace(chart, medicines=())
    new = plain("Draft/1", other, draft=True)
    drafted = service().review(Drafts((draft, new)), bare)
    taken = service().review(Drafts((draft,)), replace(bare, medicines=(replace(new, draft=False),)))
    assert interactions(drafted) == interactions(taken)


# --- never a silent pass -------------------------------------------------------------------------------------


def lost(before: Reviewed, after: Reviewed) -> set[tuple[str, str]]:
    """Findings of a warning or more that are no longer told, as (statement, first order)."""
    kept = {(one.statement, one.orders[0]) for one in told(after) if not one.reason}
    gone = {
        (one.statement, one.orders[0])
        for one in told(before)
        if not one.reason and one.level is not Level.INFO and (one.statement, one.orders[0]) not in kept
    }
    return gone - {pair for pair in gone if pair[1] in critical_dose(after)}


def critical_dose(reviewed: Reviewed) -> set[str]:
    """Orders that are too high whatever else is known."""
    return {
        one.orders[0]
        for card in reviewed.cards
        for one in card.told
        if one.level is Level.CRITICAL and not one.reason and card.topic == "dose"
    }


@given(SIGNING, CHARTS)
def test_without_the_weight_a_finding_is_still_told_or_the_missing_weight_is(signing: Drafts, chart: Chart):
    weightless = replace(
        chart,
        observations=tuple(seen for seen in chart.observations if not service().terminology.is_weight(seen.concept)),
    )
    before, after = service().review(signing, chart), service().review(signing, weightless)
    missed = {order for one in told(after) if one.rule == "N1" for order in one.orders}
    assert {order for _, order in lost(before, after)} <= missed


@given(SIGNING, CHARTS, st.sampled_from([Category.CONDITIONS, Category.MEDICINES, Category.ALLERGIES]))
def test_without_a_part_of_the_record_a_finding_is_still_told_or_the_missing_part_is(
    signing: Drafts, chart: Chart, category: Category
):
    bare = {
        Category.CONDITIONS: replace(chart, conditions=(), observations=chart.observations),
        Category.MEDICINES: replace(chart, medicines=()),
        Category.ALLERGIES: replace(chart, allergies=()),
    }[category]
    before = service().review(signing, chart)
    after = service().review(signing, replace(bare, gaps=(Gap(category, "no answer"),)))
    if lost(before, after):
        assert any(category.value in one.reason for one in told(after) if one.rule == "N5")


@given(SIGNING, CHARTS)
def test_without_the_birth_date_a_finding_is_still_told_or_that_the_age_decides(signing: Drafts, chart: Chart):
    before, after = service().review(signing, chart), service().review(signing, replace(chart, birth=None))
    missed = {order for one in told(after) if one.rule in ("N1", "N4") for order in one.orders}
    assert {order for _, order in lost(before, after)} <= missed


# --- what a prescriber gets ----------------------------------------------------------------------------------


def texts(reviewed: Reviewed) -> Iterable[str]:
    for card in reviewed.cards:
        yield card.summary
        yield from (suggestion.label for suggestion in card.suggestions)


@given(SIGNING, charts(HOSPITAL))
def test_cards_are_few_short_and_recommend_one_thing_at_most(signing: Drafts, chart: Chart):
    reviewed = service().review(signing, chart)
    loud = [card for card in reviewed.cards if card.level is Level.CRITICAL]
    assert len(reviewed.cards) <= max(5, len(loud) + 2)
    for card in reviewed.cards:
        assert 0 < len(card.summary) < 140
        assert sum(one.recommended for one in card.suggestions) <= 1
        assert card.told
    assert not any("{" in text or "None" in text or "  " in text for text in texts(reviewed))
    ranks = [card.level.rank for card in reviewed.cards]
    assert ranks == sorted(ranks, reverse=True)


def at(reviewed: Reviewed, level: Level, topic: str) -> set[str]:
    """The statements that are told at this level or louder on cards of a topic."""
    cards = [card for card in reviewed.cards if card.topic == topic]
    return {one.statement for card in cards for one in card.told if not one.reason and one.level.rank >= level.rank}


def louder(reviewed: Reviewed, level: Level) -> set[str]:
    """The statements that are told louder than this."""
    return {one.statement for one in told(reviewed) if not one.reason and one.level.rank > level.rank}


@given(DRAFT, CHARTS)
def test_after_any_offered_change_the_card_is_gone_or_says_less(draft: Order, chart: Chart):
    reviewed = service().review(Drafts((draft,)), chart)
    for card in reviewed.cards:
        before = at(reviewed, card.level, card.topic)
        for suggestion in card.suggestions:
            for change in suggestion.changes:
                if card.topic == SEVERAL or not before or not isinstance(change, CHANGES):
                    continue
                again = service().review(Drafts((changed(draft, change),)), chart)
                after = at(again, card.level, card.topic)
                if card.level is Level.CRITICAL:
                    assert not after, suggestion.label
                elif card.level is Level.WARNING:
                    assert after < before, suggestion.label
                assert louder(again, card.level) <= louder(reviewed, card.level), suggestion.label
                assert not (suggestion.recommended and card.level is Level.WARNING and after), suggestion.label


@given(DRAFT, CHARTS)
def test_a_recommended_dose_or_rate_answers_the_excess_that_the_card_is_led_by(draft: Order, chart: Chart):
    statements = service().knowledge.statements
    reviewed = service().review(Drafts((draft,)), chart)
    before = {one.statement: one.level for one in told(reviewed) if not one.reason}
    for card in reviewed.cards:
        for suggestion in card.suggestions:
            for change in suggestion.changes:
                if not suggestion.recommended or not isinstance(change, ChangeDose | ChangeRate):
                    continue
                after = told(service().review(Drafts((changed(draft, change),)), chart))
                levels = {one.statement: one.level for one in after if not one.reason}
                lead = card.told[0].statement
                if lead in before and grows(statements[lead]):
                    assert lead not in levels or levels[lead].rank < before[lead].rank


def changed(order: Order, change: ChangeDose | ChangeRate | ChangeDuration | StateUse) -> Order:
    """The order as it is when the suggestion is taken."""
    if isinstance(change, StateUse):
        return replace(order, reasons=(change.reason,))
    one = order.instructions[change.instruction]
    if isinstance(change, ChangeRate):
        one = replace(one, rate=(change.rate, change.rate))
    elif isinstance(change, ChangeDuration):
        one = replace(one, over=change.over)
    else:
        one = replace(one, dose=(change.dose, change.dose))
        if change.per_day is not None:
            one = replace(one, timing=replace(one.timing, per_day=(change.per_day, change.per_day), once=False))
    instructions = list(order.instructions)
    instructions[change.instruction] = one
    return replace(order, instructions=tuple(instructions))
