"""Ways out: each kind, in the order's own words, rounded down to what can be given; nothing where it is not known."""

from typing import Any

import pytest

from cds.cards.card import Suggestion
from cds.cards.suggestions import service_suggestion, slip_suggestion, suggestions
from cds.clinical.change import ChangeDose, ChangeDuration, ChangeRate, CreateService, DeleteOrder, StateUse
from cds.clinical.chart import Chart
from cds.clinical.code import Coding, Concept
from cds.clinical.order import Order, ServiceOrder
from cds.clinical.quantity import quantity
from cds.knowledge import criteria as ask
from cds.knowledge.model import SuggestionKind, SuggestionSpec
from cds.rules.slips import slips
from cds.rules.statement import judge
from tests.unit.rules.builders import (
    NEW,
    PHARMACY,
    amount,
    case,
    chart,
    give,
    knowledge,
    order,
    prescribe,
    statement,
    takes,
    tier,
)


def to(target: str, **more: Any) -> SuggestionSpec:
    return SuggestionSpec(SuggestionKind.SET, quantity(target), **more)


def offered(
    draft: Order, *specs: SuggestionSpec, record: Chart | None = None, when: tuple[Any, ...] = (), **more: Any
) -> tuple[Suggestion, ...]:
    """What a statement that always fires offers for this order."""
    finding = judge(case(draft, record, **more), statement("always", tier("warning", *when, suggest=specs))).finding
    assert finding is not None
    # Of several ways to do the same, the one that changes least.
    return tuple(alternatives[0] for alternatives in suggestions(finding))


def changes(found: tuple[Suggestion, ...]) -> list[str]:
    """Each suggestion in short: the new dose, rate or time, and how often."""
    said: list[str] = []
    for suggestion in found:
        (change,) = suggestion.changes
        assert isinstance(change, ChangeDose | ChangeRate | ChangeDuration)
        assert (change.order, change.instruction) == (NEW, 0)
        if isinstance(change, ChangeDose):
            said.append(str(change.dose) if change.per_day is None else f"{change.dose} x {change.per_day}")
        else:
            said.append(str(change.rate if isinstance(change, ChangeRate) else change.over))
    return said


SIXTY = chart(weight="60 kg")


@pytest.mark.parametrize(
    ("draft", "target", "record", "dose"),
    [
        # in the order's own kind of unit: as the source states it
        (prescribe("examplol", "90 mg", 1), "50 mg", None, "50 mg"),
        (prescribe("examplol", "9 g", 1), "50 mg", None, "0.05 g"),
        (prescribe("examplol", "2 mg/kg", 1), "0.35 mg/kg", None, "0.35 mg/kg"),
        (prescribe("examplol", "900 ug/kg", 1), "0.35 mg/kg", None, "350 microgram/kg"),
        # by the body weight
        (prescribe("examplol", "90 mg", 1), "0.35 mg/kg", SIXTY, "21 mg"),
        (prescribe("examplol", "90 mg", 1), "0.35 mg/kg", chart(weight="61.3 kg"), "21 mg"),
        (prescribe("examplol", "9 mg/kg", 1), "300 mg", SIXTY, "5 mg/kg"),
        (prescribe("examplol", "9 mg/kg", 1), "50 mg", SIXTY, "50 mg"),
        (prescribe("examplol", "90 mg", 1), "0.35 mg/kg", None, None),
        (prescribe("examplol", "9 mg/kg", 1), "300 mg", None, None),
        # by the strength: whole units of the product, half a tablet where the order is in mg
        (prescribe("examplol tablet", "5 {tbl}", 1), "120 mg", None, "2 tablets"),
        (prescribe("examplol tablet", "5 {tbl}", 1), "49 mg", None, None),
        (prescribe("examplol tablet", "500 mg", 1), "120 mg", None, "100 mg"),
        (prescribe("examplol tablet", "500 mg", 1), "130 mg", None, "125 mg"),
        (prescribe("examplol tablet", "500 mg", 1), "24 mg", None, None),
        (prescribe("duplexol", "500 mg", 1), "190 mg", None, "100 mg"),
        (prescribe("examplol tablet", "5 {tbl}", 1), "2 mg/kg", SIXTY, "2 tablets"),
        (prescribe("examplol tablet", "5 {tbl}", 1), "2 mg/kg", None, None),
        (prescribe("examplol ampoule", "50 mL", 1), "123 mg", None, "12 mL"),
        (prescribe("examplol ampoule", "50 mL", 1), "129 mg", None, "12.5 mL"),
        (prescribe("examplol ampoule", "50 mL", 1), "18 mg", None, "1.8 mL"),
        (prescribe("examplol ampoule", "50 mL", 1), "5.55 mg", None, "0.55 mL"),
        (prescribe("examplol ampoule", "50 mL", 1), "0.0777 mg", None, "0.0077 mL"),
        (prescribe("examplol ampoule", "1 mL/kg", 1), "50 mg", SIXTY, "0.083 mL/kg"),
        (prescribe("examplol ampoule", "1 mL/kg", 1), "2 mg/kg", None, "0.2 mL/kg"),
        (prescribe("examplol ampoule", "1 mL/kg", 1), "50 mg", None, None),
        (prescribe("examplol", "5 {tbl}", 1), "120 mg", None, None),
        # nothing is made of a dose per body surface
        (prescribe("examplol", "9 mg/m2", 1), "50 mg", SIXTY, None),
        # nothing to change
        (prescribe("examplol", "50 mg", 1), "50 mg", None, None),
        (prescribe("examplol"), "50 mg", None, None),
        (prescribe("examplol", rate="5 mg/h"), "50 mg", None, None),
        # a range becomes the one dose
        (prescribe("examplol", "50 mg to 90 mg", 1), "50 mg", None, "50 mg"),
        # no fraction that nobody can measure: by the weight, rounded down
        (prescribe("examplol", "90 mg/kg", 1), "70 mg", chart(weight="61.3 kg"), "70 mg"),
        (prescribe("examplol", "90 mg", 1), "0.3333 mg/kg", chart(weight="61.37 kg"), "20 mg"),
    ],
)
def test_another_dose_is_offered_in_the_words_of_the_order(
    draft: Order, target: str, record: Chart | None, dose: str | None
):
    assert changes(offered(draft, to(target), record=record)) == ([] if dose is None else [dose])


@pytest.mark.parametrize(
    ("draft", "target", "record", "rate"),
    [
        (prescribe("examplol", rate="90 mg/h"), "50 mg/h", None, "50 mg/h"),
        (prescribe("examplol", rate="90 mg/h"), "0.35 mg/kg/h", SIXTY, "21 mg/h"),
        (prescribe("examplol", rate="9 mg/kg/h"), "100 mg/h", chart(weight="61.3 kg"), "100 mg/h"),
        (prescribe("examplol", rate="900 ug/kg/min"), "0.6 mg/kg/h", None, "10 microgram/kg/min"),
        (prescribe("examplol bag", rate="90 mL/h"), "0.35 mg/kg/h", SIXTY, "10.5 mL/h"),
        (prescribe("examplol bag", rate="90 mL/h"), "0.35 mg/kg/h", None, None),
        (prescribe("examplol", rate="50 mg/h"), "50 mg/h", None, None),
        (prescribe("examplol", "50 mg", 1), "50 mg/h", None, None),
        (prescribe("examplol", rate="90 mg/h"), "240 mg/d", None, "10 mg/h"),
    ],
)
def test_another_rate_is_offered_in_the_words_of_the_order(
    draft: Order, target: str, record: Chart | None, rate: str | None
):
    assert changes(offered(draft, to(target), record=record)) == ([] if rate is None else [rate])


HUNDRED_A_DAY = takes("examplol", give("50 mg", 2))


@pytest.mark.parametrize(
    ("draft", "medicines", "target", "dose"),
    [
        (prescribe("examplol", "200 mg", 3), (), "300 mg/d", "100 mg"),
        (prescribe("examplol", "200 mg", 3), (HUNDRED_A_DAY,), "400 mg/d", "100 mg"),
        (prescribe("examplol", "200 mg", 3), (HUNDRED_A_DAY,), "100 mg/d", None),
        (prescribe("examplol", "200 mg", 3), (HUNDRED_A_DAY,), "50 mg/d", None),
        (prescribe("examplol tablet", "5 {tbl}", 3), (HUNDRED_A_DAY,), "50 mg/d", None),
        # no room is guessed beside an order whose dose is not known
        (prescribe("examplol", "200 mg", 3), (takes("examplol", give("", 1)),), "300 mg/d", None),
        (prescribe("examplol", "200 mg", 3), (takes("examplol", give("1 mg/kg", 1)),), "300 mg/d", None),
        (prescribe("examplol", "5 {tbl}", 3), (), "300 mg/d", None),
        # an infusion leaves room too
        (prescribe("examplol", rate="90 mg/h"), (), "240 mg/d", "10 mg/h"),
        (prescribe("examplol", rate="90 mg/h"), (HUNDRED_A_DAY,), "340 mg/d", "10 mg/h"),
        (prescribe("examplol", rate="90 mg/h"), (HUNDRED_A_DAY,), "100 mg/d", None),
        (order("examplol", give(rate="90 mg/h"), give(rate="9 mg/h")), (), "240 mg/d", None),
        # fewer administrations where whole tablets do not allow as many
        (prescribe("examplol tablet", "5 {tbl}", 3), (), "100 mg/d", "1 tablet x 2"),
        (prescribe("examplol tablet", "5 {tbl}", 3), (), "50 mg/d", "1 tablet x 1"),
        (prescribe("examplol tablet", "5 {tbl}", 3), (), "49 mg/d", None),
        (prescribe("examplol", "200 mg", 3), (), "200 mg/d", "100 mg x 2"),
        # a range of administrations becomes its highest number
        (prescribe("examplol", "200 mg", (1, 3)), (), "300 mg/d", "100 mg x 3"),
        (prescribe("examplol", "100 mg", (1, 3)), (), "300 mg/d", "100 mg x 3"),
        (prescribe("examplol", "200 mg", "1.5"), (), "150 mg/d", "100 mg"),
        (prescribe("examplol tablet", "9 {tbl}", "1.5"), (), "50 mg/d", "1 tablet x 1"),
        (prescribe("examplol", "200 mg", "0.5"), (), "50 mg/d", "50 mg x 1"),
        # as it is, or not known, or several steps
        (prescribe("examplol", "100 mg", 3), (), "300 mg/d", None),
        (prescribe("examplol", "200 mg"), (), "300 mg/d", None),
        (prescribe("examplol", "200 mg", once=True), (), "100 mg/d", None),
        (prescribe("examplol"), (), "100 mg/d", None),
        (order("examplol", give("200 mg", 1), give("200 mg", 2)), (), "300 mg/d", None),
    ],
)
def test_another_daily_dose_leaves_room_for_the_other_orders_of_the_drug(
    draft: Order, medicines: tuple[Order, ...], target: str, dose: str | None
):
    found = offered(draft, to(target), record=chart(medicines=medicines))
    assert changes(found) == ([] if dose is None else [dose])


@pytest.mark.parametrize(
    ("draft", "target", "dose"),
    [
        (prescribe("examplol", "100 mg", 3), "2 /d", "150 mg x 2"),
        (prescribe("examplol", "100 mg", 1), "3 /d", None),
        (prescribe("examplol", "100 mg", 3), "4 /d", "75 mg x 4"),
        (prescribe("examplol tablet", "2 {tbl}", 3), "2 /d", "3 tablets x 2"),
        (prescribe("examplol tablet", "1 {tbl}", 3), "2 /d", None),
        (prescribe("examplol tablet", "50 mg", 3), "2 /d", "75 mg x 2"),
        (prescribe("examplol tablet", "50 mg", 3), "4 /d", None),
        (prescribe("duplexol", "100 mg", 3), "2 /d", None),
        (prescribe("examplol", "100 mg to 200 mg", 3), "2 /d", None),
        (prescribe("examplol", "100 mg"), "2 /d", None),
        (prescribe("examplol", rate="5 mg/h"), "2 /d", None),
    ],
)
def test_another_frequency_keeps_the_daily_dose_exactly_or_is_not_offered(draft: Order, target: str, dose: str | None):
    assert changes(offered(draft, to(target))) == ([] if dose is None else [dose])


def test_another_time_for_one_administration_is_offered_as_stated():
    found = offered(prescribe("examplol", "50 mg", 1, over="10 s"), to("60 s"))
    assert changes(found) == ["60 s"]
    assert found[0].label == "Give over 60 s"


def test_the_step_in_question_is_the_one_that_is_changed():
    steps = order("examplol", give("5 mg", 1), give("90 mg", 1, sequence=2))
    (found,) = offered(steps, to("50 mg"), step=1)
    assert found.changes == (ChangeDose(NEW, quantity("50 mg"), None, 1),)


def test_an_order_without_instructions_has_no_dose_to_change():
    assert offered(order("examplol"), to("50 mg")) == ()


def test_an_order_without_instructions_is_changed_at_its_first():
    (found,) = offered(order("examplol"), to("60 s"))
    assert found.changes == (ChangeDuration(NEW, quantity("60 s"), 0),)


@pytest.mark.parametrize(
    ("draft", "target", "record", "label"),
    [
        (prescribe("examplol", "90 mg", 1), "50 mg", None, "Change the dose to 50 mg"),
        (prescribe("examplol", "90 mg", 1), "0.35 mg/kg", SIXTY, "Change the dose to 21 mg (0.35 mg/kg)"),
        (prescribe("examplol tablet", "5 {tbl}", 1), "120 mg", None, "Change the dose to 2 tablets (120 mg)"),
        (prescribe("examplol", rate="90 mg/h"), "0.35 mg/kg/h", SIXTY, "Change the rate to 21 mg/h (0.35 mg/kg/h)"),
        (prescribe("examplol tablet", "9 {tbl}", 3), "150 mg/d", None, "Change to 1 tablet (50 mg) 3 times a day"),
        (prescribe("examplol", "200 mg", 2), "300 mg/d", None, "Change to 150 mg twice a day"),
        (prescribe("examplol", "100 mg", 2), "1 /d", None, "Change to 200 mg once a day, the same daily dose"),
        (prescribe("examplol", "200 mg", "1.5"), "150 mg/d", None, "Change to 100 mg 1.5 times a day"),
    ],
)
def test_the_button_says_what_it_does(draft: Order, target: str, record: Chart | None, label: str):
    assert [one.label for one in offered(draft, to(target), record=record)] == [label]


@pytest.mark.parametrize("recommended", [True, False])
@pytest.mark.parametrize(
    ("draft", "target"),
    [
        (prescribe("examplol", "90 mg", 1), "50 mg"),
        (prescribe("examplol", rate="90 mg/h"), "50 mg/h"),
        (prescribe("examplol", "90 mg", 1), "50 mg/d"),
        (prescribe("examplol", "90 mg", 2), "1 /d"),
        (prescribe("examplol", "90 mg", 1), "60 s"),
    ],
)
def test_what_the_statement_recommends_is_recommended(draft: Order, target: str, recommended: bool):
    assert [one.recommended for one in offered(draft, to(target, recommended=recommended))] == [recommended]


# --- the other kinds -----------------------------------------------------------------------------------------

DELETE = SuggestionSpec(SuggestionKind.DELETE)
DELETE_OTHER = SuggestionSpec(SuggestionKind.DELETE_OTHER)
STATE = SuggestionSpec(SuggestionKind.STATE_USE, uses=("pain", "sleep"))
ON_RECORD = prescribe("examplol", "50 mg", 1, draft=False)


def test_the_draft_can_be_removed():
    (found,) = offered(prescribe("examplol", "50 mg", 1), DELETE)
    assert found == Suggestion("Remove the examplol order", (DeleteOrder(NEW),))


def test_the_other_draft_of_a_pair_can_be_removed_and_a_medicine_on_record_cannot():
    other = prescribe("calmazine", "5 mg", 1, reference="MedicationRequest/other")
    found = offered(
        prescribe("examplol", "50 mg", 1),
        DELETE_OTHER,
        record=chart(medicines=(takes("dozamine", give("5 mg", 1)),)),
        when=(ask.TakenWith(classes=frozenset({"sedative"})),),
        beside=(other,),
    )
    assert found == (Suggestion("Remove the calmazine order", (DeleteOrder(other.reference),)),)


def test_reasons_can_be_stated_each_in_one_suggestion():
    found = offered(prescribe("examplol", "50 mg", 1), STATE)
    assert [one.label for one in found] == ["State the reason: pain", "State the reason: sleep"]
    (change,) = found[0].changes
    assert isinstance(change, StateUse)
    assert change.reason.codings == (Coding("http://example.org/uses", "P", "Pain"),)
    assert change.reason.text == "Pain"


def test_a_reason_that_is_there_already_is_not_offered():
    found = offered(prescribe("examplol", "50 mg", 1, reasons=("pain",)), STATE)
    assert [one.label for one in found] == ["Change the reason to: sleep"]


def test_a_service_that_is_under_way_is_not_ordered_again():
    record = chart(services=(ServiceOrder("ServiceRequest/1", Concept(text="ECG")),))
    spec = SuggestionSpec(SuggestionKind.ORDER, service="ecg")
    assert offered(prescribe("examplol", "50 mg", 1), spec, record=record) == ()


def test_a_service_can_be_ordered():
    (found,) = offered(prescribe("examplol", "50 mg", 1), SuggestionSpec(SuggestionKind.ORDER, service="body-weight"))
    assert found == service_suggestion(PHARMACY.names["body-weight"])
    assert found.label == "Order: body weight"
    (change,) = found.changes
    assert isinstance(change, CreateService)
    assert change.service.codings[0].code == "29463-7"


def test_capitals_that_belong_to_a_name_stay():
    assert service_suggestion(PHARMACY.names["ecg"]).label == "Order: ECG"
    (found,) = offered(prescribe("S-thing", "50 mg", 1), DELETE, ingredient="S-thing")
    assert found.label == "Remove the S-thing order"


@pytest.mark.parametrize("spec", [DELETE, STATE, to("5 mg"), SuggestionSpec(SuggestionKind.SET)])
def test_an_order_on_record_is_not_changed(spec: SuggestionSpec):
    assert offered(ON_RECORD, spec) == ()


def test_a_suggestion_to_set_nothing_offers_nothing():
    assert offered(prescribe("examplol", "50 mg", 1), SuggestionSpec(SuggestionKind.SET)) == ()


# --- unit slips ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("draft", "bound", "figures", "label", "change"),
    [
        (
            prescribe("examplol", rate="8 mg/min"),
            "12 mg/h",
            ("5 mg/h", "10 mg/h"),
            "Unit slip (per minute and per hour)? Change to 8 mg/h",
            ChangeRate(NEW, quantity("8 mg/h")),
        ),
        (
            prescribe("examplol", "5000 mg", 1),
            "10 mg",
            ("1 mg", "10 mg"),
            "Unit slip (milligram and microgram)? Change to 5 mg",
            ChangeDose(NEW, quantity("5000 ug")),
        ),
    ],
)
def test_a_slip_offers_the_order_with_the_other_unit_and_never_recommends_it(
    draft: Order, bound: str, figures: tuple[str, str], label: str, change: ChangeRate | ChangeDose
):
    one = statement("one", tier("warning", amount(above=bound)), dose=(("low", figures[0]), ("high", figures[1])))
    finding = judge(case(draft), one).finding
    assert finding is not None
    (slip,) = slips(finding, knowledge(one))
    assert slip_suggestion(finding, slip) == Suggestion(label, (change,))
