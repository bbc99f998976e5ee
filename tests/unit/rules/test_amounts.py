"""How much an order gives, by each measure, and whether a bound is met. Boundaries stand beside each other."""

from dataclasses import replace
from fractions import Fraction

import pytest

from cds.clinical.code import Concept
from cds.clinical.order import Instruction, Order, Timing
from cds.clinical.quantity import MASS, WEIGHT, Dimension, quantity, unit
from cds.knowledge.criteria import AmountIs, Measure
from cds.rules import administration, amounts
from cds.rules.amount import Amount
from cds.rules.amount_found import absolute_unit
from cds.rules.truth import Missing
from tests.unit.rules.asking import answer, verdict, why
from tests.unit.rules.builders import amount, both, case, chart, give, order, prescribe, takes

M = Measure


# --- bounds --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bound", "dose", "expected"),
    [
        ({"above": "0.5 mg"}, "0.5 mg", "false"),
        ({"above": "0.5 mg"}, "0.5000001 mg", "true"),
        ({"above": "0.5 mg"}, "500 ug", "false"),
        ({"above": "0.5 mg"}, "500.0000000001 ug", "true"),
        ({"at_least": "0.5 mg"}, "0.5 mg", "true"),
        ({"at_least": "0.5 mg"}, "0.4999999 mg", "false"),
        ({"below": "0.5 mg"}, "0.5 mg", "false"),
        ({"below": "0.5 mg"}, "0.4999999 mg", "true"),
        ({"up_to": "0.5 mg"}, "0.5 mg", "true"),
        ({"up_to": "0.5 mg"}, "0.5000001 mg", "false"),
        ({"above": "1 mg", "up_to": "2 mg"}, "1 mg", "false"),
        ({"above": "1 mg", "up_to": "2 mg"}, "1.0000001 mg", "true"),
        ({"above": "1 mg", "up_to": "2 mg"}, "2 mg", "true"),
        ({"above": "1 mg", "up_to": "2 mg"}, "2.0000001 mg", "false"),
        ({"above": "1 mg", "up_to": "2 mg"}, "0.5 mg to 3 mg", "true"),
        ({"above": "1 mg", "up_to": "2 mg"}, "2.1 mg to 3 mg", "false"),
        ({"above": "1 mg"}, "0.5 mg to 1 mg", "false"),
        ({"above": "1 mg"}, "0.5 mg to 1.0000001 mg", "true"),
        ({"below": "1 mg"}, "1 mg to 5 mg", "false"),
        ({"below": "1 mg"}, "0.9999999 mg to 5 mg", "true"),
    ],
)
def test_a_bound_is_met_exactly_and_a_range_meets_it_with_any_part(bound: dict[str, str], dose: str, expected: str):
    assert verdict(prescribe("examplol", dose, 1, "oral"), amount(**bound)) == expected


def test_a_criterion_without_a_bound_holds():
    assert answer(prescribe("examplol"), AmountIs(M.DOSE)).holds


@pytest.mark.parametrize(
    ("draft", "bound"),
    [
        (prescribe("examplol", rate="5 mg/h"), amount(above="1 mg")),
        (prescribe("examplol", "5 mg", 1), amount(above="1 mg/h")),
        (prescribe("examplol", "5 mg", once=True), amount(above="1 /d")),
        (prescribe("examplol", rate="5 mg/h"), amount(above="1 /d")),
        (prescribe("examplol", "5 mg", 1), amount(above="1 min")),
        (prescribe("examplol tablet", "5 mg", 1), amount(above="1 mg/mL", of=M.PRODUCT_STRENGTH)),
        (prescribe("examplol", "5 mg", 1), amount(above="1 mg/mL", of=M.PRODUCT_STRENGTH)),
        (prescribe("examplol ampoule", "5 mg", 1), amount(above="1 mg/mL", of=M.CONCENTRATION)),
        (prescribe("examplol", "5 mg", 1), amount(above="1 mg/d", of=M.PREVIOUS)),
        (prescribe("examplol", "5 mg", 1), amount(above="1 mg/d", of=M.STEP)),
        (prescribe("examplol"), amount(above="1 mg/d", of=M.STEP)),
        (prescribe("examplol", "5 mg", 1), amount(above="1 mg", of=M.STEP_DOSE)),
        (prescribe("examplol", "5 mg", 1), amount(above="1 h", of=M.INTERVAL)),
        (prescribe("examplol", "5 mg", 1), amount(above="1 mg/d", of=M.OVER_PARENTERAL)),
    ],
)
def test_an_amount_that_the_order_does_not_have_meets_no_bound(draft: Order, bound: AmountIs):
    assert verdict(draft, bound) == "false"


# --- doses and rates -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("draft", "weight", "wanted", "found"),
    [
        (prescribe("examplol", "5 mg", 1), "", "mg", "5 mg"),
        (prescribe("examplol", "5 mg to 8 mg", 1), "", "mg", "5-8 mg"),
        (prescribe("examplol", "35 mg", 1), "70 kg", "mg/kg", "0.5 mg/kg"),
        (prescribe("examplol", "0.5 mg/kg", 1), "70 kg", "mg", "35 mg"),
        (prescribe("examplol", "0.5 mg/kg", 1), "", "mg/kg", "0.5 mg/kg"),
        (prescribe("examplol tablet", "3 {tbl}", 1), "", "mg", "150 mg"),
        (prescribe("examplol tablet", "1.5 {tbl}", 1), "", "mg", "75 mg"),
        (prescribe("examplol ampoule", "2 mL", 1), "", "mg", "20 mg"),
        (prescribe("examplol ampoule", "7 mL", 1), "70 kg", "mg/kg", "1 mg/kg"),
        (prescribe("examplol ampoule", "0.1 mL/kg", 1), "70 kg", "mg", "70 mg"),
        (prescribe("examplol syrup", "10 mL", 1), "", "mg", "40 mg"),
        (prescribe("examplol bag", "10 mL", 1), "", "mg", "20 mg"),
        (prescribe("duplexol", "2 {cap}", 1), "", "mg", "200 mg"),
        (prescribe("examplol", rate="5 mg/h"), "", "mg/h", "5 mg/h"),
        (prescribe("examplol", rate="10 ug/kg/min"), "", "mg/kg/h", "0.6 mg/kg/h"),
        (prescribe("examplol", rate="7 mg/h to 14 mg/h"), "70 kg", "mg/kg/h", "0.1-0.2 mg/kg/h"),
        (prescribe("examplol bag", rate="7 mL/h"), "70 kg", "mg/kg/h", "0.2 mg/kg/h"),
        (prescribe("examplol ampoule", rate="7 mL/h"), "", "mg/h", "70 mg/h"),
    ],
)
def test_an_ordered_amount_is_brought_to_the_dimension_of_the_bound(draft: Order, weight: str, wanted: str, found: str):
    there = unit(wanted)
    measure = M.RATE if draft.instructions[0].rate else M.DOSE
    got = amounts.amount_of(case(draft, chart(weight=weight)), measure, there.dimension)
    assert isinstance(got, Amount)
    assert got.missing is None
    assert got.least.shown(there) == found
    assert got.most == got.least


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (prescribe("examplol", "5 mg/m2", 1), "a dose per body surface area cannot be compared with the sources"),
        (prescribe("examplol", "2 {tbl}", 1), "the strength of the product is not known"),
        (prescribe("examplol syrup", "2 {tbl}", 1), "the strength of the product is not known"),
        (prescribe("examplol tablet", "5 mL", 1), "the strength of the product is not known"),
        (prescribe("examplol", "5 %", 1), "the unit of the dose cannot be compared with the sources"),
        (prescribe("examplol"), "the dose could not be read"),
        (prescribe("examplol", unread=("the dose: no unit", "x")), "the dose: no unit; x"),
        (prescribe("examplol puzzle"), "the product could not be made out"),
        (order("examplol", Instruction(), unread=("the whole order",)), "the whole order"),
    ],
)
def test_a_dose_that_cannot_be_compared_says_why(draft: Order, words: str):
    assert why(draft, amount(above="1 mg")) == [("N3", words)]


def test_a_running_infusion_without_a_rate_lacks_the_rate():
    draft = prescribe("examplol", "5 mg", continuous=True)
    assert why(draft, amount(above="1 mg/h")) == [("N3", "the rate could not be read")]


def test_the_arithmetic_is_written_out():
    draft = prescribe("examplol tablet", "3 {tbl}", 2)
    assert answer(draft, amount(above="1 mg/kg"), "60 kg").facts[0].shown == (
        "3 tablets × 50 mg per tablet = 150 mg ÷ 60 kg = 2.5 mg/kg (body weight 60 kg of 2025-06-14)"
    )
    syrup = prescribe("examplol syrup", "10 mL", 1)
    assert answer(syrup, amount(above="1 mg")).facts[0].shown == "10 mL × 20 mg per 5 mL = 40 mg"


def test_the_values_for_a_card_are_the_amount_the_bound_and_the_bound_for_this_weight():
    facts = answer(prescribe("examplol", "35 mg", 1), amount(above="0.35 mg/kg"), "70 kg").facts
    assert dict(facts[0].values) == {
        "amount": "0.5 mg/kg",
        "limit": "0.35 mg/kg",
        "limit_here": "24.5 mg",
        "orders": "",
    }


def test_the_bound_stays_as_it_is_where_it_needs_no_weight():
    facts = answer(prescribe("examplol", "0.5 mg/kg", 1), amount(above="0.35 mg/kg")).facts
    assert dict(facts[0].values)["limit_here"] == "0.35 mg/kg"


# --- a weight that is not known ------------------------------------------------------------------------------
# The policy of these tests takes any weight from 0.5 to 300 kg for possible.


@pytest.mark.parametrize(
    ("dose", "bound", "expected"),
    [
        ("150 mg", {"above": "0.4999999 mg/kg"}, "true"),
        ("150 mg", {"above": "0.5 mg/kg"}, "unknown"),
        ("150 mg", {"at_least": "0.5 mg/kg"}, "true"),
        ("150 mg", {"above": "300 mg/kg"}, "false"),
        ("150 mg", {"at_least": "300 mg/kg"}, "unknown"),
        ("150 mg", {"below": "0.5 mg/kg"}, "false"),
        ("150 mg", {"up_to": "0.5 mg/kg"}, "unknown"),
        ("150 mg", {"above": "1 mg/kg", "up_to": "2 mg/kg"}, "unknown"),
        ("150 mg", {"above": "300 mg/kg", "below": "400 mg/kg"}, "false"),
        ("150 mg", {"above": "0.5 mg/kg", "below": "300 mg/kg"}, "unknown"),
        ("2 mg/kg", {"above": "600 mg"}, "false"),
        ("2 mg/kg", {"at_least": "600 mg"}, "unknown"),
        ("2 mg/kg", {"above": "1 mg", "below": "600 mg"}, "unknown"),
        ("2 mg/kg", {"at_least": "1 mg"}, "true"),
        ("0 mg", {"above": "0 mg/kg"}, "false"),
    ],
)
def test_a_bound_is_decided_without_a_weight_only_when_every_weight_decides_it_alike(
    dose: str, bound: dict[str, str], expected: str
):
    draft = prescribe("examplol", dose, 1)
    assert verdict(draft, amount(**bound)) == expected
    if expected == "unknown":
        assert why(draft, amount(**bound)) == [("N1", "no body weight on record")]


# --- the other measures --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("draft", "bound", "expected"),
    [
        (prescribe("examplol", "5 mg", 3), amount(above="3 /d"), "false"),
        (prescribe("examplol", "5 mg", 4), amount(above="3 /d"), "true"),
        (prescribe("examplol", "5 mg", (2, 4)), amount(above="3 /d"), "true"),
        (prescribe("examplol", "5 mg", "0.5"), amount(below="1 /d"), "true"),
        (order("examplol", give("5 mg", 1), give("5 mg", 2)), amount(at_least="3 /d"), "true"),
        (order("examplol", give("5 mg", 1), give("5 mg", 2, sequence=2)), amount(above="1 /d"), "false"),
        (order("examplol", give("5 mg", 1), give("5 mg")), amount(at_least="1 /d"), "false"),
        (order("examplol", give("5 mg", 1), give(rate="5 mg/h")), amount(at_least="1 /d"), "true"),
        (prescribe("examplol", "5 mg", over="59 s"), amount(below="1 min"), "true"),
        (prescribe("examplol", "5 mg", over="60 s"), amount(below="1 min"), "false"),
        (prescribe("examplol ampoule", "5 mg"), amount(at_least="10 mg/mL", of=M.PRODUCT_STRENGTH), "true"),
        (prescribe("examplol ampoule", "5 mg"), amount(above="10 mg/mL", of=M.PRODUCT_STRENGTH), "false"),
        (prescribe("examplol syrup", "5 mg"), amount(at_least="4 mg/mL", of=M.PRODUCT_STRENGTH), "true"),
        (prescribe("examplol bag", "5 mg"), amount(above="1.99 mg/mL", of=M.CONCENTRATION), "true"),
        (prescribe("examplol bag", "5 mg"), amount(above="2 mg/mL", of=M.CONCENTRATION), "false"),
    ],
)
def test_frequency_duration_strength_and_concentration(draft: Order, bound: AmountIs, expected: str):
    assert verdict(draft, bound) == expected


BEFORE = takes("examplol", give("50 mg", 2), days=7)  # 100 mg a day


@pytest.mark.parametrize(
    ("dose", "bound", "expected"),
    [
        ("60 mg", amount(above="100 mg/d", of=M.PREVIOUS), "false"),
        ("60 mg", amount(at_least="100 mg/d", of=M.PREVIOUS), "true"),
        ("75 mg", amount(above="50 mg/d", of=M.STEP), "false"),
        ("75.0000001 mg", amount(above="50 mg/d", of=M.STEP), "true"),
        ("40 mg", amount(below="0 mg/d", of=M.STEP), "true"),
        ("50 mg", amount(below="0 mg/d", of=M.STEP), "false"),
        ("75 mg", amount(at_least="25 mg", of=M.STEP_DOSE), "true"),
        ("75 mg", amount(above="25 mg", of=M.STEP_DOSE), "false"),
        ("75 mg", amount(below="168 h", of=M.INTERVAL), "false"),
        ("75 mg", amount(below="169 h", of=M.INTERVAL), "true"),
        ("", amount(above="50 mg/d", of=M.STEP), "unknown"),
    ],
)
def test_a_change_is_compared_with_the_order_in_force(dose: str, bound: AmountIs, expected: str):
    draft = prescribe("examplol", dose, 2, replaces=BEFORE.reference)
    assert verdict(draft, bound, medicines=(BEFORE,)) == expected


def test_the_order_in_force_is_the_replaced_one_else_the_newest_else_any():
    old, new = (
        takes("examplol", give(dose, 1), reference=ref, days=days)
        for dose, ref, days in (("10 mg", "A/1", 9), ("20 mg", "A/2", 3))
    )
    undated = takes("examplol", give("30 mg", 1), reference="A/3")
    for replaces, medicines, before in (
        ("A/1", (old, new), "10 mg/d"),
        ("", (old, new), "20 mg/d"),
        ("", (undated, old, new), "20 mg/d"),
        ("A/9", (undated, old), "10 mg/d"),
        ("", (undated,), "30 mg/d"),
    ):
        draft = prescribe("examplol", "5 mg", 1, replaces=replaces)
        same = amount(at_least=before, up_to=before, of=M.PREVIOUS)
        assert verdict(draft, same, medicines=medicines) == "true"


def test_what_is_lacking_in_the_order_in_force_is_said():
    draft = prescribe("examplol", "75 mg", 2)
    vague, undated = takes("examplol", give("", 1), days=5), takes("examplol", give("50 mg", 1))
    assert why(draft, amount(above="1 mg/d", of=M.STEP), medicines=(vague,)) == [("N3", "the dose could not be read")]
    assert why(draft, amount(above="1 h", of=M.INTERVAL), medicines=(undated,)) == [
        ("N5", "the start of the present dose")
    ]
    nothing = takes("examplol", days=5)
    assert verdict(draft, amount(above="1 mg", of=M.STEP_DOSE), medicines=(nothing,)) == "false"


def test_a_step_between_doses_per_kilogram_needs_the_weight():
    draft = prescribe("examplol", "2 mg/kg", 1)
    medicines = (takes("examplol", give("1 mg/kg", 1), days=7),)
    step = amount(above="200 mg/d", of=M.STEP)
    assert verdict(draft, step, medicines=medicines) == "unknown"
    assert verdict(draft, step, "200 kg", medicines=medicines) == "false"
    assert verdict(draft, step, "201 kg", medicines=medicines) == "true"
    assert verdict(draft, amount(above="300 mg/d", of=M.STEP), medicines=medicines) == "false"


def test_a_step_shows_what_was_before():
    draft = prescribe("examplol", "75 mg", 2)
    facts = answer(draft, amount(above="1 mg/d", of=M.STEP), medicines=(BEFORE,)).facts
    assert facts[0].shown == "before: 50 mg × 2 a day = 100 mg/day; 75 mg × 2 a day = 150 mg/day"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (takes("examplol", give(rate="5 mg/h", route="intravenous")), "true"),  # 120 mg a day; 150 is 30 over
        (takes("examplol", give(rate="7 mg/h", route="intravenous")), "false"),
        (takes("examplol", give("50 mg", 2)), "false"),
        (takes("calmazine", give("5 mg", 1, "intravenous")), "false"),
    ],
)
def test_an_oral_order_is_compared_with_the_parenteral_one_it_follows(record: Order, expected: str):
    draft = prescribe("examplol tablet", "75 mg", 2)
    assert verdict(draft, amount(above="0 mg/d", of=M.OVER_PARENTERAL), medicines=(record,)) == expected


# --- what is stated, and strengths ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("draft", "dimension", "mass"),
    [
        (prescribe("examplol tablet"), Dimension(count=1), 50),
        (prescribe("examplol tablet"), Dimension(volume=1), None),
        (prescribe("examplol syrup"), Dimension(volume=1), 4),
        (prescribe("examplol bag"), Dimension(volume=1), 2),
        (prescribe("examplol"), Dimension(count=1), None),
    ],
)
def test_the_mass_in_one_unit_of_the_product(draft: Order, dimension: Dimension, mass: int | None):
    assert administration.mass_per(case(draft), dimension) == mass


def test_an_absolute_unit_is_the_unit_without_its_kilogram():
    assert absolute_unit(unit("ug/kg/min")) == unit("ug/min")


def test_every_measure_has_a_dimension_to_be_asked_for_in():
    assert set(amounts.DIMENSION_OF) == set(M)


def test_a_dose_is_not_compared_with_a_body_weight():
    assert isinstance(amounts.amount_of(case(prescribe("examplol", "5 mg", 1)), M.DOSE, WEIGHT), Missing)


# --- a dose over hours, and a dose that is said twice ---------------------------------------------------------


@pytest.mark.parametrize(
    ("over", "bound", "expected"),
    [
        ("15 min", {"at_least": "40 mg/h"}, "true"),
        ("15 min", {"above": "40 mg/h"}, "false"),
        ("15 min", {"above": "1 mg"}, "false"),
        ("899 s", {"at_least": "1 mg/h"}, "false"),
        ("899 s", {"at_least": "10 mg"}, "true"),
        ("2 h", {"at_least": "5 mg/h", "up_to": "5 mg/h"}, "true"),
    ],
)
def test_an_injected_dose_of_a_quarter_of_an_hour_or_more_is_a_rate(over: str, bound: dict[str, str], expected: str):
    assert verdict(prescribe("examplol ampoule", "10 mg", 1, "intravenous", over=over), amount(**bound)) == expected


def test_a_dose_over_hours_is_still_so_much_a_day_and_no_rate_where_it_is_swallowed():
    draft = prescribe("examplol ampoule", "10 mg", 2, "intravenous", over="1 h")
    assert verdict(draft, amount(M.DAILY, at_least="20 mg/d", up_to="20 mg/d")) == "true"
    assert verdict(prescribe("examplol", "10 mg", 2, "oral", over="1 h"), amount(at_least="10 mg")) == "true"


@pytest.mark.parametrize(
    ("other", "weight", "expected"),
    [
        ("1 mL", "70 kg", "true"),
        ("1.25 mL", "70 kg", "true"),
        ("1.2501 mL", "70 kg", "unknown"),
        ("0.7999 mL", "70 kg", "unknown"),
        ("0.1 mg/kg", "100 kg", "true"),
        ("0.1 mg/kg", "50 kg", "unknown"),
        ("0.1 mg/kg", "", "true"),
        ("7 mg/h", "70 kg", "true"),
    ],
)
def test_a_dose_said_twice_is_known_only_where_the_two_agree(other: str, weight: str, expected: str):
    draft = prescribe("examplol ampoule", "10 mg", 1, "intravenous", also=(both(other),))
    assert verdict(draft, amount(at_least="10 mg"), weight) == expected


def test_a_rate_said_twice_is_known_only_where_the_two_agree():
    for other, expected in (("1 mL/h", "true"), ("2 mL/h", "unknown")):
        draft = prescribe("examplol ampoule", route="intravenous", rate="10 mg/h", also=(both(other),))
        assert verdict(draft, amount(at_least="10 mg/h")) == expected


# --- a maximum a day, and a push ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("most", "bound", "expected"),
    [
        ("200 mg/d", {"at_least": "200 mg/d"}, "true"),
        ("200 mg/d", {"above": "200 mg/d"}, "false"),
        ("4 g/d", {"at_least": "4000 mg/d"}, "true"),
    ],
)
def test_a_maximum_is_the_days_dose_where_no_frequency_is_stated(most: str, bound: dict[str, str], expected: str):
    assert verdict(prescribe("examplol", "50 mg", max_per_day=most), amount(M.DAILY, **bound)) == expected


def test_a_maximum_that_cannot_be_compared_leaves_the_day_unknown():
    draft = prescribe("examplol", "50 mg", max_per_day="20 mL/d")
    assert verdict(draft, amount(M.DAILY, above="1 mg/d")) == "unknown"


def test_a_rapid_push_takes_no_time_and_a_stated_time_wins():
    fast = prescribe("examplol", "50 mg", 1, "intravenous", rapid=True)
    assert verdict(fast, amount(M.DURATION, below="1 s")) == "true"
    slow = prescribe("examplol", "50 mg", 1, "intravenous", rapid=True, over="2 min")
    assert verdict(slow, amount(M.DURATION, below="60 s")) == "false"


@pytest.mark.parametrize(
    ("dose", "bound", "words"),
    [
        ("600 mg", {"above": "1 mg/kg"}, "at least 2 mg/kg, even at 300 kg,"),
        ("0.1 mg", {"below": "1 mg/kg"}, "at most 0.2 mg/kg, even at 0.5 kg,"),
    ],
)
def test_without_a_weight_the_amount_is_that_at_the_weight_that_decides(dose: str, bound: dict[str, str], words: str):
    (fact,) = answer(prescribe("examplol", dose, 1, "oral"), amount(**bound)).facts
    assert dict(fact.values)["amount"] == words


def test_two_strengths_leave_even_the_products_strength_unknown():
    draft = prescribe("examplol doubt", "1 mL", 1, "intravenous")
    for bound in (amount(M.PRODUCT_STRENGTH, at_least="1 mg/mL"), amount(at_least="1 mg")):
        assert why(draft, bound) == [("N3", "code and text state different strengths of the product")]


@pytest.mark.parametrize(
    ("dose", "bound", "words"),
    [
        ("0.400038 mg", {"above": "0.4 mg"}, "0.40004 mg"),
        ("0.4000000001 mg", {"above": "0.4 mg"}, "0.4000000001 mg"),
        ("0.40000000000000001 mg", {"above": "0.4 mg"}, "just over 0.4 mg"),
        ("0.39999999999999999 mg", {"below": "0.4 mg"}, "just under 0.4 mg"),
        ("0.4 mg", {"at_least": "0.4 mg"}, "0.4 mg"),
        ("123.456 mg", {"above": "0.4 mg"}, "123 mg"),
    ],
)
def test_an_amount_never_rounds_onto_the_limit_it_is_not(dose: str, bound: dict[str, str], words: str):
    (fact,) = answer(prescribe("examplol", dose, 1, "oral"), amount(**bound)).facts
    assert dict(fact.values)["amount"] == words


def test_a_dose_over_hours_whose_strength_is_not_known_has_no_known_rate():
    draft = prescribe("examplol", "1 mL", 1, "intravenous", over="1 h")
    assert why(draft, amount(above="1 mg/h")) == [("N3", "the strength of the product is not known")]


@pytest.mark.parametrize(
    ("parts", "dose"),
    [
        ((("30 mg", 1, True), ("40 mg", 1, True)), 70),
        ((("30 mg", 1, True), ("40 mg", 2, True)), 30),  # one after the other
        ((("30 mg", 1, True), ("40 mg", 1, False)), 30),  # not at the same time, as far as is known
        ((("30 mg", 1, False), ("40 mg", 1, False)), 30),
    ],
)
def test_parts_of_one_step_that_are_given_once_are_given_together(
    parts: tuple[tuple[str, int, bool], ...], dose: int
) -> None:
    steps = tuple(
        Instruction(
            sequence=step,
            route=Concept(text="oral"),
            dose=(quantity(amount), quantity(amount)),
            timing=Timing(once=once, per_day=None if once else (Fraction(1), Fraction(1))),
        )
        for amount, step, once in parts
    )
    draft = replace(prescribe("examplol", "1 mg", 1, "oral"), instructions=steps)
    found = amounts.amount_of(case(draft), Measure.DOSE, MASS)
    assert isinstance(found, Amount)
    assert found.least.low == dose
