"""How much a patient gets in a day: one order, and all orders of the drug that count."""

import pytest

from cds.clinical.order import Order
from cds.clinical.quantity import MASS, TIME, unit
from cds.knowledge.criteria import Measure
from cds.rules import amounts
from cds.rules.amounts import Amount
from tests.unit.rules.asking import answer, verdict, why
from tests.unit.rules.builders import amount, case, chart, give, order, prescribe, takes

M = Measure


@pytest.mark.parametrize(
    ("draft", "weight", "daily"),
    [
        (prescribe("examplol", "50 mg", 3), "", "150 mg/day"),
        (prescribe("examplol", "50 mg", (2, 4)), "", "100-200 mg/day"),
        (prescribe("examplol", "50 mg to 100 mg", (1, 2)), "", "50-200 mg/day"),
        (prescribe("examplol", "50 mg", "0.5"), "", "25 mg/day"),
        (prescribe("examplol", "50 mg", once=True), "", "50 mg/day"),
        (prescribe("examplol", rate="5 mg/h"), "", "120 mg/day"),
        (prescribe("examplol", "1 mg/kg", 2), "60 kg", "120 mg/day"),
        (prescribe("examplol tablet", "2 {tbl}", 2), "", "200 mg/day"),
        (order("examplol", give("50 mg", 1), give("100 mg", 1)), "", "150 mg/day"),
        (order("examplol", give("50 mg", 1), give("100 mg", 1, sequence=2)), "", "100 mg/day"),
        (order("examplol", give("50 mg", 1, sequence=3), give("10 mg", 1, sequence=2)), "", "50 mg/day"),
        (prescribe("examplol", "50 mg", 6, as_needed=True, max_per_day="200 mg/d"), "", "200 mg/day"),
        (prescribe("examplol", "50 mg", (1, 6), max_per_day="200 mg/d"), "", "50-200 mg/day"),
        (prescribe("examplol", "50 mg", 4, max_per_day="200 mg/d"), "", "200 mg/day"),
        (prescribe("examplol", "50 mg", 3, max_per_day="200 mg/d"), "", "150 mg/day"),
        (prescribe("examplol", "50 mg", 6, max_per_day="3 mg/kg/d"), "60 kg", "180 mg/day"),
        (prescribe("examplol", "1 mg/kg", 6, max_per_day="180 mg/d"), "60 kg", "180 mg/day"),
        (prescribe("examplol ampoule", "10 mL", 6, max_per_day="20 mL/d"), "", "200 mg/day"),
        (prescribe("examplol", "50 mg", 6, max_per_day="20 mL/d"), "", "300 mg/day"),
    ],
)
def test_the_daily_dose_of_an_order(draft: Order, weight: str, daily: str):
    found = amounts.own_daily(case(draft, chart(weight=weight)), MASS - TIME)
    assert isinstance(found, Amount)
    assert found.least.shown(unit("mg/d")) == daily


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (prescribe("examplol", "50 mg"), "the frequency could not be read"),
        (order("examplol"), "the dose could not be read"),
        (order("examplol", give("50 mg", 1), give("", 1)), "the dose could not be read"),
        (order("examplol", give("", 1), give("50 mg", 1)), "the dose could not be read"),
        (order("examplol", give("50 mg"), give("50 mg", 1, sequence=2)), "the frequency could not be read"),
        (prescribe("examplol", "50 mg", 1, unread=("the maximum",)), "the maximum"),
        (prescribe("examplol", rate="5 %"), "the unit of the dose cannot be compared with the sources"),
    ],
)
def test_a_daily_dose_that_cannot_be_worked_out_says_why(draft: Order, words: str):
    assert why(draft, amount(above="1 mg/d")) == [("N3", words)]


OTHER_DRAFT = prescribe("examplol tablet", "1 {tbl}", 2, reference="MedicationRequest/other")


@pytest.mark.parametrize(
    ("draft", "beside", "medicines", "total", "orders"),
    [
        (prescribe("examplol tablet", "50 mg", 1), (), (), "50 mg/day", ""),
        (prescribe("examplol tablet", "50 mg", 1), (OTHER_DRAFT,), (), "150 mg/day", " over 2 orders"),
        (
            prescribe("examplol tablet", "50 mg", 1),
            (),
            (takes("examplol", give("30 mg", 1)),),
            "80 mg/day",
            " over 2 orders",
        ),
        (
            prescribe("examplol tablet", "50 mg", 1),
            (OTHER_DRAFT,),
            (takes("examplol", give("30 mg", 1)),),
            "180 mg/day",
            " over 3 orders",
        ),
        (
            prescribe("examplol tablet", "50 mg", 1, replaces="MedicationRequest/examplol"),
            (),
            (takes("examplol", give("30 mg", 1)),),
            "50 mg/day",
            "",
        ),
        (
            prescribe("examplol tablet", "50 mg", 1),
            (),
            (takes("examplol", give("30 mg", 1), current=False),),
            "50 mg/day",
            "",
        ),
        (prescribe("examplol tablet", "50 mg", 1), (), (takes("examplol cream", give("30 mg", 1)),), "50 mg/day", ""),
        (
            prescribe("examplol tablet", "50 mg", 1),
            (),
            (takes("duplexol", give("1 {cap}", 1)),),
            "150 mg/day",
            " over 2 orders",
        ),
        (prescribe("examplol tablet", "50 mg", 1), (), (takes("calmazine", give("9 mg", 1)),), "50 mg/day", ""),
        (
            prescribe("examplol tablet", "50 mg", 1),
            (),
            (takes("examplol", give("30 mg", 1, "intravenous")),),
            "50 mg/day",
            "",
        ),
    ],
)
def test_a_day_adds_up_the_drafts_and_current_medicines_of_the_drug_by_one_kind_of_route(
    draft: Order, beside: tuple[Order, ...], medicines: tuple[Order, ...], total: str, orders: str
):
    facts = answer(draft, amount(above="1 mg/d"), beside=beside, medicines=medicines).facts
    values = dict(facts[0].values)
    assert (values["amount"], values["orders"]) == (total, orders)


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        ({"above": "40 mg/d"}, "true"),
        ({"above": "50 mg/d"}, "unknown"),
        ({"below": "50 mg/d"}, "false"),
        ({"up_to": "90 mg/d"}, "unknown"),
    ],
)
def test_an_order_beside_it_whose_dose_is_not_readable_leaves_the_total_open_at_the_top(
    bound: dict[str, str], expected: str
):
    draft, vague = prescribe("examplol", "50 mg", 1), takes("examplol", give("", 1))
    assert verdict(draft, amount(**bound), medicines=(vague,)) == expected
    if expected == "unknown":
        assert why(draft, amount(**bound), medicines=(vague,)) == [("N5", "the dose of another order of the same drug")]


def test_the_total_needs_a_weight_where_one_of_its_orders_is_per_kilogram():
    draft, per_kg = prescribe("examplol", "50 mg", 1), takes("examplol", give("1 mg/kg", 1))
    assert verdict(draft, amount(above="100 mg/d"), medicines=(per_kg,)) == "unknown"
    assert verdict(draft, amount(above="350 mg/d"), medicines=(per_kg,)) == "false"
    assert verdict(draft, amount(above="50 mg/d"), medicines=(per_kg,)) == "true"
    assert verdict(draft, amount(above="100 mg/d"), "51 kg", medicines=(per_kg,)) == "true"


def test_the_total_is_written_out_order_by_order():
    draft = prescribe("examplol tablet", "2 {tbl}", 1)
    facts = answer(draft, amount(above="1 mg/d"), medicines=(takes("examplol", give("30 mg", 2)),)).facts
    assert facts[0].shown == (
        "2 tablets × 50 mg per tablet = 100 mg × 1 a day = 100 mg/day; plus 30 mg × 2 a day = 60 mg/day"
    )


def test_of_two_steps_of_another_order_the_higher_counts_at_each_possible_weight():
    other = order("examplol", give("100 mg", 1), give("5 mg/kg", 1, sequence=2), reference="MedicationRequest/other")
    draft = order("examplol", give("1 mg", 1))
    assert verdict(draft, amount(above="601 mg/d"), beside=(other,)) == "unknown"
    assert verdict(draft, amount(above="1501 mg/d"), beside=(other,)) == "false"
    assert verdict(draft, amount(above="100 mg/d"), beside=(other,)) == "true"


@pytest.mark.parametrize(("step", "daily"), [(0, "25 mg/day"), (1, "50 mg/day"), (2, "100 mg/day")])
def test_the_steps_of_an_order_are_each_judged_by_their_own_day(step: int, daily: str):
    steps = [give(f"{dose} mg", 1, sequence=place) for place, dose in enumerate((25, 50, 100), 1)]
    found = amounts.amount_of(case(order("examplol", *steps), step=step), Measure.DAILY, MASS - TIME)
    assert isinstance(found, Amount)
    assert found.least.shown(unit("mg/d")) == daily


def test_a_stated_maximum_caps_the_day_whatever_the_weight():
    draft = prescribe("examplol", "5 mg/kg", 4, as_needed=True, max_per_day="400 mg/d")
    assert verdict(draft, amount(above="400 mg/d")) == "false"
    assert verdict(draft, amount(at_least="400 mg/d")) == "unknown"


def test_a_maximum_per_kilogram_needs_the_weight_where_it_matters():
    draft = prescribe("examplol", "50 mg", 6, as_needed=True, max_per_day="3 mg/kg/d")
    assert verdict(draft, amount(above="300 mg/d")) == "false"
    assert why(draft, amount(above="200 mg/d")) == [("N1", "no body weight on record")]
    assert verdict(draft, amount(above="200 mg/d"), "66 kg") == "false"
    assert verdict(draft, amount(above="200 mg/d"), "67 kg") == "true"


def test_a_maximum_that_is_reached_is_part_of_the_arithmetic():
    capped = prescribe("examplol", "50 mg", 6, as_needed=True, max_per_day="200 mg/d")
    assert answer(capped, amount(above="1 mg/d")).facts[0].shown == "50 mg × 6 a day, at most 200 mg/day = 200 mg/day"
    free = prescribe("examplol", "50 mg", 2, as_needed=True, max_per_day="200 mg/d")
    assert answer(free, amount(above="1 mg/d")).facts[0].shown == "50 mg × 2 a day = 100 mg/day"
