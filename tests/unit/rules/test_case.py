import pytest

from cds.clinical.code import Concept
from cds.clinical.order import Order
from cds.knowledge.criteria import GivenAs, Phase
from tests.unit.rules.builders import case, chart, give, order, prescribe, takes, took

START, CONTINUING, LONG = Phase.START, Phase.CONTINUING, Phase.LONG_TERM
ORAL = give("50 mg", 2, "oral")


@pytest.mark.parametrize(
    ("drug", "stated", "route"),
    [
        ("examplol", "oral", "oral"),
        ("examplol", "", "not-stated"),
        ("examplol tablet", "", "oral"),
        ("examplol cream", "", "topical"),
        ("examplol ampoule", "intravenous", "intravenous"),
        ("examplol", "by owl", "other"),
        ("examplol tablet", "rectal", "rectal"),
    ],
)
def test_the_route_is_the_stated_one_else_the_one_the_form_implies(drug: str, stated: str, route: str):
    assert case(prescribe(drug, "50 mg", 1, stated)).route == route


def test_a_step_without_a_route_does_not_take_that_of_another_step():
    draft = order("examplol tablet", give("50 mg", 1), give("50 mg", 1, "intravenous"))
    assert [case(draft, step=step).route for step in (0, 1)] == ["oral", "intravenous"]


@pytest.mark.parametrize(
    ("drug", "stated", "disagree"),
    [
        ("examplol cream", "oral", True),
        ("examplol tablet", "intravenous", True),
        ("examplol tablet", "topical", True),
        ("examplol tablet", "sublingual", False),
        ("examplol tablet", "by owl", False),
        ("examplol tablet", "", False),
        ("examplol ampoule", "oral", False),
    ],
)
def test_a_form_and_a_route_of_different_kinds_disagree(drug: str, stated: str, disagree: bool):
    assert bool(case(prescribe(drug, "50 mg", 1, stated)).disagreement) is disagree


@pytest.mark.parametrize(
    ("draft", "given_as"),
    [
        (prescribe("examplol", "5 mg", route="intravenous"), GivenAs.BOLUS),
        (prescribe("examplol", "5 mg", route="intramuscular"), GivenAs.BOLUS),
        (prescribe("examplol", rate="5 mg/h", route="intravenous"), GivenAs.INFUSION),
        (prescribe("examplol", "5 mg", route="intravenous", continuous=True), GivenAs.INFUSION),
        (prescribe("examplol", rate="5 mg/h", route="subcutaneous"), GivenAs.INFUSION),
        (prescribe("examplol", "5 mg", route="oral"), None),
        (prescribe("examplol", "5 mg"), None),
    ],
)
def test_a_rate_is_an_infusion_and_another_injection_a_bolus(draft: Order, given_as: GivenAs | None):
    assert case(draft).given_as is given_as


@pytest.mark.parametrize(
    ("medicines", "phase"),
    [
        ((), {START}),
        ((takes("examplol", ORAL, days=1),), {CONTINUING}),
        ((takes("examplol", ORAL),), {CONTINUING}),
        ((takes("examplol", ORAL, days=27),), {CONTINUING}),
        ((takes("examplol", ORAL, days=28),), {CONTINUING, LONG}),
        ((takes("examplol", ORAL, days=1), takes("duplexol", days=90)), {CONTINUING, LONG}),
        ((took("examplol", ORAL, ended=30),), {CONTINUING}),
        ((took("examplol", ORAL, ended=31),), {START}),
        ((took("examplol", ORAL, ended=30, days=60),), {CONTINUING, LONG}),
        ((takes("examplol cream", days=90),), {START}),
        ((takes("examplol", give("5 mg", 1, "intravenous"), days=90),), {START}),
        ((takes("calmazine", ORAL, days=90),), {START}),
    ],
)
def test_the_phase_follows_from_the_drug_on_record_by_the_same_kind_of_route(
    medicines: tuple[Order, ...], phase: set[Phase]
):
    assert case(prescribe("examplol tablet", "50 mg", 2), chart(medicines=medicines)).phase == phase


ON_TREATMENT = {CONTINUING}


@pytest.mark.parametrize(
    ("begun", "phase"), [(27, ON_TREATMENT), (30, {CONTINUING, LONG}), (31, {START}), (None, {START})]
)
def test_what_began_within_the_window_and_is_over_shows_use(begun: int | None, phase: set[Phase]):
    before = took("examplol tablet", ended=None, days=begun)
    assert case(prescribe("examplol tablet", "50 mg", 2), chart(medicines=(before,))).phase == phase


@pytest.mark.parametrize(("days", "phase"), [(1, ON_TREATMENT), (0, {START}), (None, {START})])
def test_an_order_that_is_signed_anew_was_taken_before_today(days: int | None, phase: set[Phase]):
    again = prescribe("examplol tablet", "50 mg", 2, status="active")
    before = takes("examplol tablet", days=days, reference=again.reference)
    assert case(again, chart(medicines=(before,))).phase == phase


def test_a_drug_stopped_and_ordered_again_in_one_session_goes_on():
    stopped = prescribe("examplol tablet", "50 mg", 2, reference="MedicationRequest/1", live=False, stopping=True)
    again = prescribe("examplol tablet", "50 mg", 2)
    assert case(again, beside=(stopped,)).phase == ON_TREATMENT
    here = case(again, beside=(stopped,)).situation
    assert here.goes_on(here.stopping[0], "examplol")
    assert not case(stopped).situation.goes_on(here.stopping[0], "examplol")


@pytest.mark.parametrize(("step", "phase"), [(0, {START}), (1, ON_TREATMENT), (2, ON_TREATMENT)])
def test_of_the_steps_of_an_order_only_the_first_is_a_start(step: int, phase: set[Phase]):
    steps = [give(f"{dose} mg", 1, sequence=place) for place, dose in enumerate((25, 50, 100), 1)]
    assert case(order("examplol tablet", *steps), step=step).phase == phase


def test_the_kind_of_route_of_an_order_is_that_of_the_first_instruction_that_states_one():
    vague = takes("examplol", give("5 mg", 1), give("5 mg", 1, "intravenous"))
    draft = prescribe("examplol ampoule", "5 mg", 1, "intravenous")
    assert [seen.order for seen in case(draft, chart(medicines=(vague,))).same_ingredient] == [vague]


def test_the_strength_is_that_of_the_ingredient_in_question():
    draft = order("duplexol", give("1 {cap}", 1))
    strengths = [case(draft, ingredient=name).strength for name in ("examplol", "calmazine", "dozamine")]
    assert [one and str(one.amount) for one in strengths] == ["100 mg", "5 mg", None]


def test_a_route_that_code_and_text_name_differently_is_a_disagreement() -> None:
    there = case(prescribe("examplol", "1 mg", 1, "intravenous", text_route=Concept(text="intramuscular")))
    assert there.disagreement == "text and coded route disagree"
    same = case(prescribe("examplol", "1 mg", 1, "intravenous", text_route=Concept(text="intravenous")))
    assert not same.disagreement
