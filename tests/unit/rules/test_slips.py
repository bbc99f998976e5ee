"""Amounts far out of range that one unit mistaken for another would explain."""

import pytest

from cds.clinical.chart import Chart
from cds.clinical.order import Order
from cds.knowledge.criteria import AmountIs, Measure
from cds.knowledge.model import Statement
from cds.rules.slips import slips
from cds.rules.statement import judge
from tests.unit.rules.builders import amount, case, chart, give, knowledge, order, prescribe, statement, tier

# A documented infusion of 5-10 mg/h, above 12 mg/h a warning, above 24 mg/h critical.
RATES = statement(
    "rates",
    tier("info", amount(below="1 mg/h")),
    tier("warning", amount(above="12 mg/h")),
    tier("critical", amount(above="24 mg/h")),
    dose=(("low", "5 mg/h"), ("high", "10 mg/h"), ("every", "as needed")),
)
DOSES = statement(
    "doses", tier("warning", amount(above="100 mg")), dose=(("low", "20 mg"), ("high", "100 mg"), ("max", "much"))
)
START = statement("start", tier("warning", amount(above="5 mg")), dose=(("start", "5 mg"),))
PER_KG = statement("per-kg", tier("warning", amount(above="1 mg/kg")), dose=(("low", "0.5 mg/kg"), ("high", "1 mg/kg")))
A_DAY = statement("a day", tier("critical", amount(above="200 mg/d")), dose=(("low", "100 mg/d"), ("high", "200 mg/d")))


def found(draft: Order, one: Statement, *more: Statement, record: Chart | None = None) -> list[tuple[int, str, str]]:
    finding = judge(case(draft, record), one).finding
    assert finding is not None
    return [(slip.factor, str(slip.amount), slip.in_words) for slip in slips(finding, knowledge(one, *more))]


@pytest.mark.parametrize(
    ("draft", "one", "expected"),
    [
        (prescribe("examplol", rate="8 mg/min"), RATES, [(60, "8 mg/h", "8 mg/h")]),
        (prescribe("examplol", rate="170 mg/h"), RATES, [(24, "170 mg/day", "7.0833 mg/h")]),
        (prescribe("examplol", rate="7 ug/h"), RATES, [(1000, "7 mg/h", "7 mg/h")]),
        (prescribe("examplol", "50 g", 1), DOSES, [(1000, "50 mg", "50 mg")]),
        (prescribe("examplol", "5000 mg", 1), START, [(1000, "5000 microgram", "5 mg")]),
        # neither within a documented range nor near one
        (prescribe("examplol", rate="999 mg/h"), RATES, []),
        # only a little too much: a slip is never a small excess
        (prescribe("examplol", rate="23.9 mg/h"), RATES, []),
        # a range, or a dose that is not there, is not second-guessed
        (prescribe("examplol", rate="8 mg/min to 9 mg/min"), RATES, []),
        # medicines on record are not corrected
        (prescribe("examplol", rate="8 mg/min", draft=False), RATES, []),
    ],
)
def test_a_slip_is_named_when_the_amount_would_then_be_in_a_documented_range(
    draft: Order, one: Statement, expected: list[tuple[int, str, str]]
):
    assert found(draft, one) == expected


def test_a_slip_is_named_by_what_was_mistaken():
    finding = judge(case(prescribe("examplol", rate="8 mg/min")), RATES).finding
    assert finding is not None
    (slip,) = slips(finding, knowledge(RATES))
    assert (slip.units, slip.is_rate) == ("per minute and per hour", True)


def test_a_range_of_another_statement_about_the_drug_will_do():
    bare = statement("bare", tier("warning", amount(above="12 mg/h")))
    draft = prescribe("examplol", rate="8 mg/min")
    assert found(draft, bare) == []
    assert found(draft, bare, RATES) == [(60, "8 mg/h", "8 mg/h")]


def test_an_infusion_is_compared_with_the_range_of_a_day():
    assert found(prescribe("examplol", rate="150 mg/h"), A_DAY) == [(24, "150 mg/day", "150 mg/day")]


def test_a_dose_is_not_compared_with_the_range_of_a_day():
    assert found(prescribe("examplol", "150000 mg", 1), A_DAY) == []


def test_an_amount_within_the_range_of_its_own_statement_is_no_slip():
    strict = statement("strict", tier("warning", amount(above="1 mg/h")), dose=(("low", "5 mg/h"), ("high", "10 mg/h")))
    assert found(prescribe("examplol", rate="8 mg/h"), strict) == []


def test_a_correction_that_the_statement_would_still_warn_of_is_none():
    strict = statement("strict", tier("warning", amount(above="1 mg/h")))
    assert found(prescribe("examplol", rate="8 mg/min"), strict, RATES) == []


@pytest.mark.parametrize(("level", "slip"), [("warning", True), ("info", False)])
def test_information_that_would_remain_is_quiet_enough_for_a_warning_only(level: str, slip: bool):
    remains = statement("remains", tier("info", amount(above="1 mg/h")), tier(level, amount(above="12 mg/h")))
    assert bool(found(prescribe("examplol", rate="8 mg/min"), remains, RATES)) is slip


def test_an_amount_that_hangs_on_an_unknown_weight_is_not_second_guessed():
    draft = prescribe("examplol", "50000 mg", 1)
    assert found(draft, PER_KG) == []
    assert found(draft, PER_KG, record=chart(weight="60 kg")) == [(1000, "50000 microgram", "0.8333 mg/kg")]


@pytest.mark.parametrize(
    "one",
    [
        statement("often", tier("warning", amount(above="1 /d"))),
        statement("always", tier("warning")),
        statement("unbounded", tier("warning", AmountIs(Measure.DOSE))),
    ],
)
def test_a_finding_that_compares_no_dose_has_no_slip(one: Statement):
    assert found(prescribe("examplol", "5000 mg", 3), one, START) == []


def test_an_order_without_an_amount_has_no_slip():
    assert found(order("examplol"), statement("unbounded", tier("warning", AmountIs(Measure.DOSE)))) == []


def test_only_the_step_in_question_is_changed():
    steps = order("examplol", give("5 mg", 1), give("5000 mg", 1, sequence=2))
    finding = judge(case(steps, step=1), START).finding
    assert finding is not None
    assert [str(slip.amount) for slip in slips(finding, knowledge(START))] == ["5000 microgram"]
