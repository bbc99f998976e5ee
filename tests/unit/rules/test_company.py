from typing import Any

import pytest

from cds.clinical.chart import Category, Chart
from cds.clinical.order import Drafts, Order
from cds.knowledge.criteria import TakenWith
from cds.rules.case import Case
from cds.rules.company import is_single, taken_with
from cds.rules.truth import Answer
from tests.unit.rules.builders import case, chart, give, order, prescribe, situation, takes, took

DRAFT = prescribe("examplol tablet", "50 mg", 2)
DAILY = give("5 mg", 1, "oral")


def beside(**asked: Any) -> TakenWith:
    sets = {name: frozenset(value) if isinstance(value, set) else value for name, value in asked.items()}
    return TakenWith(**sets)


def answer(asked: TakenWith, *medicines: Order, drafts: tuple[Order, ...] = (), **more: Any) -> Answer:
    return taken_with(case(DRAFT, chart(medicines=medicines, **more), beside=drafts), asked)


SEDATIVE = beside(classes={"sedative"})
CALMAZINE = beside(ingredients={"calmazine"})


@pytest.mark.parametrize(
    ("asked", "other", "holds"),
    [
        (CALMAZINE, takes("calmazine", DAILY), True),
        (SEDATIVE, takes("calmazine", DAILY), True),
        (SEDATIVE, takes("vitamin", DAILY), False),
        (CALMAZINE, takes("dozamine", DAILY), False),
        (CALMAZINE, takes("calmazine", DAILY, current=False), False),
        (CALMAZINE, takes("calmazine", DAILY, live=False), False),
        (CALMAZINE, takes("duplexol", DAILY), True),
        (beside(classes={"sedative"}, without={"calmazine"}), takes("calmazine", DAILY), False),
        (beside(classes={"sedative"}, without={"calmazine"}), takes("dozamine", DAILY), True),
        (beside(ingredients={"examplol"}), takes("examplol", DAILY), False),
        # the route of the other order
        (CALMAZINE, takes("calmazine cream"), False),
        (beside(ingredients={"calmazine"}, routes={"topical"}), takes("calmazine cream"), True),
        (beside(ingredients={"calmazine"}, routes={"intravenous"}), takes("calmazine", DAILY), False),
        # its use
        (beside(ingredients={"calmazine"}, uses={"sleep"}), takes("calmazine", reasons=("sleep",)), True),
        (beside(ingredients={"calmazine"}, uses={"sleep"}), takes("calmazine", reasons=("pain",)), False),
        (beside(ingredients={"calmazine"}, uses={"not-stated"}), takes("calmazine"), True),
        # single doses
        (beside(ingredients={"calmazine"}, regular=True), takes("calmazine", give("5 mg", once=True)), False),
        (beside(ingredients={"calmazine"}, regular=True), takes("calmazine", DAILY), True),
        (beside(ingredients={"calmazine"}, regular=True), takes("calmazine"), True),
        # stopped lately
        (beside(ingredients={"calmazine"}, states={"stopped"}), took("calmazine", ended=14), True),
        (beside(ingredients={"calmazine"}, states={"stopped"}), took("calmazine", ended=15), False),
        (beside(ingredients={"calmazine"}, states={"stopped"}), took("calmazine", ended=None), True),
        (beside(ingredients={"calmazine"}, states={"stopped"}), takes("calmazine"), False),
        (CALMAZINE, took("calmazine", ended=1), False),
    ],
)
def test_another_medicine_on_record_is_found_as_the_statement_describes_it(asked: TakenWith, other: Order, holds: bool):
    assert answer(asked, other).holds is holds


def test_another_draft_counts_like_a_current_medicine():
    other = prescribe("calmazine", "5 mg", 1, reference="MedicationRequest/other")
    assert answer(SEDATIVE, drafts=(other,)).holds


def test_a_medicine_that_a_draft_replaces_no_longer_counts():
    new = prescribe("dozamine", reference="MedicationRequest/2", replaces="MedicationRequest/calmazine")
    assert not answer(CALMAZINE, takes("calmazine", DAILY), drafts=(new,)).holds


STOPPED = beside(ingredients={"calmazine"}, states={"stopped"})


@pytest.mark.parametrize(
    ("ends", "holds"),
    [
        (prescribe("dozamine", reference="MedicationRequest/2", replaces="MedicationRequest/calmazine"), True),
        (prescribe("calmazine", reference="MedicationRequest/2", replaces="MedicationRequest/calmazine"), False),
        (prescribe("calmazine", reference="MedicationRequest/calmazine", live=False, stopping=True), True),
        (prescribe("calmazine", reference="MedicationRequest/calmazine", live=False), True),
        (prescribe("dozamine", reference="MedicationRequest/2"), False),
    ],
)
def test_a_medicine_that_ends_with_what_is_signed_is_stopped_today(ends: Order, holds: bool):
    found = answer(STOPPED, takes("calmazine", DAILY), drafts=(ends,))
    assert found.holds is holds
    assert [dict(fact.values)["ago"] for fact in found.facts] == (["today"] if holds else [])


def test_an_order_stopped_beside_it_that_the_record_does_not_hold_is_stopped_today():
    stopping = prescribe("calmazine", reference="MedicationRequest/2", live=False, stopping=True)
    assert answer(STOPPED, drafts=(stopping,)).holds


def test_a_medicine_stopped_and_ordered_again_in_one_session_goes_on():
    stopping = prescribe("calmazine", reference="MedicationRequest/calmazine", live=False, stopping=True)
    again = prescribe("calmazine", "5 mg", 1, reference="MedicationRequest/2")
    found = answer(STOPPED, takes("calmazine", DAILY), drafts=(stopping, again))
    assert not found.holds


@pytest.mark.parametrize(
    ("medicines", "holds"),
    [
        (("calmazine",), False),
        (("calmazine", "dozamine"), True),
        (("calmazine", "calmazine"), False),
    ],
)
def test_at_least_counts_distinct_ingredients(medicines: tuple[str, ...], holds: bool):
    others = [takes(name, DAILY, reference=f"A/{number}") for number, name in enumerate(medicines)]
    assert answer(beside(classes={"sedative"}, at_least=2), *others).holds is holds


@pytest.mark.parametrize(("medicines", "truth"), [((), "unknown"), ((takes("calmazine"),), "true")])
def test_medicines_that_could_not_be_read_leave_open_what_was_not_found(medicines: tuple[Order, ...], truth: str):
    found = answer(SEDATIVE, *medicines, missing=(Category.MEDICINES,))
    assert found.truth.value == truth
    assert [(one.lack.value, one.words) for one in found.missing] == ([("N5", "medicines")] if not medicines else [])


@pytest.mark.parametrize(
    ("other", "words", "ago"),
    [
        (takes("calmazine"), "Calmazine: current medicine on record", None),
        (took("calmazine", ended=0), "Calmazine: stopped, today", "today"),
        (took("calmazine", ended=None), "Calmazine: stopped, date unknown", "date unknown"),
        (took("calmazine", ended=1), "Calmazine: stopped, 1 day ago", "1 day ago"),
        (took("calmazine", ended=9), "Calmazine: stopped, 9 days ago", "9 days ago"),
        (took("calmazine", ended=-2), "Calmazine: stopped, today", "today"),
    ],
)
def test_the_other_medicine_is_named_with_where_it_stands(other: Order, words: str, ago: str | None):
    fact = answer(beside(ingredients={"calmazine"}, states={"current", "stopped"}), other).facts[0]
    assert fact.shown == words
    assert fact.others == ((other.reference, "calmazine"),)
    assert dict(fact.values) == {"other": "Calmazine"} | ({} if ago is None else {"ago": ago})


def test_two_others_are_named_together():
    drafted = prescribe("dozamine", reference="MedicationRequest/2")
    fact = answer(SEDATIVE, takes("calmazine"), drafts=(drafted,)).facts[0]
    assert fact.values == (("other", "Dozamine, Calmazine"),)
    assert fact.shown == "Dozamine: among the drafts; Calmazine: current medicine on record"


# --- a medicine on record is judged only against the drafts --------------------------------------------------


def from_record(medicine: str, record: Chart, drafts: Drafts, asked: TakenWith) -> bool:
    here = situation(drafts, record)
    seen = next(one for one in here.current if medicine in one.names)
    return taken_with(Case(here, seen, seen.order.instructions[0], medicine), asked).holds


EXAMPLOL_NOW = takes("examplol tablet", DAILY)


def test_a_medicine_on_record_meets_the_drafts_and_not_the_rest_of_the_record():
    draft = prescribe("dozamine", reference="MedicationRequest/2")
    record = chart(medicines=(EXAMPLOL_NOW, takes("calmazine", DAILY), took("dozamine", ended=1)))
    assert from_record("examplol", record, Drafts((draft,)), beside(ingredients={"dozamine"}))
    assert not from_record("examplol", record, Drafts((draft,)), CALMAZINE)
    stopped = beside(ingredients={"dozamine"}, states={"stopped"})
    assert not from_record("examplol", record, Drafts((draft,)), stopped)


def test_a_medicine_on_record_does_not_meet_a_draft_that_stops_another():
    stop = prescribe("calmazine", "5 mg", 1, live=False, stopping=True)
    assert not from_record("examplol", chart(medicines=(EXAMPLOL_NOW,)), Drafts((stop,)), CALMAZINE)


# --- single administrations ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "single"),
    [
        (takes("calmazine"), False),
        (takes("calmazine", DAILY), False),
        (takes("calmazine", give("5 mg", once=True)), True),
        (takes("calmazine", give("5 mg", route="intravenous")), True),
        (takes("calmazine", give("5 mg", 2, "intravenous")), False),
        (takes("calmazine", give(rate="5 mg/h", route="intravenous")), False),
        (takes("calmazine", give("5 mg")), False),
        (takes("calmazine", give("5 mg", once=True), DAILY), False),
    ],
)
def test_an_order_is_single_when_it_says_so_or_is_an_injection_without_timing(other: Order, single: bool):
    here = situation(DRAFT, chart(medicines=(other,)))
    assert is_single(here, here.current[0]) is single


def test_an_order_is_not_company_to_itself():
    assert not taken_with(case(order("duplexol", DAILY)), SEDATIVE).holds
