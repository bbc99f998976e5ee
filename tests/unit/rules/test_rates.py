from typing import Any

import pytest

from cds.clinical.order import Order
from cds.clinical.quantity import unit
from cds.knowledge.criteria import Measure
from cds.rules.amount import Amount
from cds.rules.amounts import amount_of
from cds.rules.rates import others_rate
from tests.unit.rules.builders import case, chart, give, order, prescribe, takes

MG_PER_HOUR = unit("mg/h").dimension


def infusion(rate: str, reference: str = "MedicationRequest/new", **more: Any) -> Order:
    return prescribe("examplol", route="intravenous", rate=rate, continuous=True, reference=reference, **more)


def on_record(rate: str) -> Order:
    running = give(route="intravenous", rate=rate, continuous=True)
    return takes("examplol", running, reference="MedicationRequest/running")


def mg_per_hour(draft: Order, *beside: Order, medicines: tuple[Order, ...] = ()) -> Amount:
    found = amount_of(case(draft, chart(medicines=medicines), beside=beside), Measure.RATE, MG_PER_HOUR)
    assert isinstance(found, Amount)
    return found


OTHER = "MedicationRequest/other"


@pytest.mark.parametrize(
    ("draft", "beside", "medicines", "milligrams"),
    [
        (infusion("60 mg/h"), (), (), 60),
        (infusion("60 mg/h"), (infusion("50 mg/h", OTHER),), (), 110),
        (infusion("60 mg/h"), (), (on_record("80 mg/h"),), 140),
        (infusion("60 mg/h", replaces="MedicationRequest/running"), (), (on_record("80 mg/h"),), 60),
        (infusion("60 mg/h"), (prescribe("examplol", "10 mg", 3, "oral", reference=OTHER),), (), 60),
        (
            infusion("60 mg/h"),
            (prescribe("examplol", "10 mg", route="intravenous", once=True, reference=OTHER),),
            (),
            60,
        ),
        (infusion("60 mg/h"), (infusion("50 mg/h", OTHER, live=False),), (), 60),
    ],
)
def test_infusions_of_one_drug_by_one_kind_of_route_run_together(
    draft: Order, beside: tuple[Order, ...], medicines: tuple[Order, ...], milligrams: int
):
    found = mg_per_hour(draft, *beside, medicines=medicines)
    assert found.least.low == found.least.high == milligrams * unit("mg/h").factor


def test_parts_of_one_order_run_together_when_their_sequence_is_the_same():
    first = give(route="intravenous", rate="10 mg/h", sequence=1)
    second = give(route="intravenous", rate="20 mg/h", sequence=1)
    later = give(route="intravenous", rate="40 mg/h", sequence=2)
    assert mg_per_hour(order("examplol", first, second, later)).least.low == 30 * unit("mg/h").factor
    beside = order("examplol", first, second, later, reference=OTHER)
    assert mg_per_hour(infusion("5 mg/h"), beside).least.low == 45 * unit("mg/h").factor


def test_the_arithmetic_names_each_infusion():
    found = mg_per_hour(infusion("60 mg/h"), infusion("50 mg/h", OTHER))
    assert found.shown == "60 mg/h; plus 50 mg/h"
    assert found.sum_of == 2


def test_an_infusion_beside_it_that_cannot_be_read_leaves_the_sum_open():
    unreadable = prescribe("examplol", route="intravenous", continuous=True, reference=OTHER)
    found = mg_per_hour(infusion("60 mg/h"), unreadable)
    assert found.most is None
    assert found.missing is not None


def test_what_runs_beside_is_told_apart():
    alone = case(infusion("60 mg/h"), chart())
    assert others_rate(alone, MG_PER_HOUR) is None
    two = case(infusion("60 mg/h"), chart(), beside=(infusion("50 mg/h", OTHER),))
    others = others_rate(two, MG_PER_HOUR)
    assert isinstance(others, Amount)
    assert others.least.high == 50 * unit("mg/h").factor
    assert others_rate(case(prescribe("examplol", "5 mg", 1)), MG_PER_HOUR) is None
    unreadable = prescribe("examplol", route="intravenous", continuous=True, reference=OTHER)
    assert not isinstance(others_rate(case(infusion("60 mg/h"), chart(), beside=(unreadable,)), MG_PER_HOUR), Amount)
