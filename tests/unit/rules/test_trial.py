"""What an order is after a change that is offered, and what would then be found."""

from __future__ import annotations

from fractions import Fraction

import pytest

from cds.clinical.change import Change, ChangeDose, ChangeDuration, ChangeRate, CreateService, DeleteOrder, StateUse
from cds.clinical.code import Concept
from cds.clinical.order import Instruction, Order, Timing
from cds.clinical.quantity import quantity
from cds.rules.trial import changed
from tests.unit.rules.builders import NEW, both, prescribe

OTHER = "MedicationRequest/other"

DRAFT = prescribe("examplol", "50 mg", 2, "oral")
(STEP,) = DRAFT.instructions


def only(order: Order) -> Instruction:
    (step,) = order.instructions
    return step


def test_a_new_dose_leaves_how_often_it_is_given():
    step = only(changed(DRAFT, [ChangeDose(NEW, quantity("20 mg"))]))
    assert step.dose == (quantity("20 mg"), quantity("20 mg"))
    assert step.timing == STEP.timing


def test_a_new_dose_may_say_how_often_as_well():
    step = only(changed(DRAFT, [ChangeDose(NEW, quantity("20 mg"), Fraction(3))]))
    assert step.timing == Timing((Fraction(3), Fraction(3)))


def test_a_new_rate_and_a_new_duration():
    step = only(changed(DRAFT, [ChangeRate(NEW, quantity("5 mg/h")), ChangeDuration(NEW, quantity("60 s"))]))
    assert (step.rate, step.over) == ((quantity("5 mg/h"), quantity("5 mg/h")), quantity("60 s"))


def test_a_stated_reason_takes_the_place_of_every_other():
    order = changed(DRAFT, [StateUse(NEW, Concept(text="one")), StateUse(NEW, Concept(text="two"))])
    assert order.reasons == (Concept(text="two"),)


@pytest.mark.parametrize(
    "change",
    [
        DeleteOrder(NEW),
        CreateService(Concept(text="ecg")),
        ChangeDose(OTHER, quantity("20 mg")),
        StateUse(OTHER, Concept(text="one")),
    ],
)
def test_what_is_not_about_the_order_leaves_it_as_it_is(change: Change):
    assert changed(DRAFT, [change]) == DRAFT


def test_another_way_of_saying_the_old_dose_goes_with_it() -> None:
    said_twice = prescribe("examplol", "10 mg", 1, "oral", also=(both("20 mg"),))
    (step,) = changed(said_twice, (ChangeDose(NEW, quantity("5 mg")),)).instructions
    assert step.also == ()
