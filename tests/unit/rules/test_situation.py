from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest

from cds.clinical.chart import Birth, Category, Certainty, Observation
from cds.clinical.code import Coding, Concept
from cds.clinical.order import Drafts, Order
from tests.unit.rules.builders import (
    NOW,
    TODAY,
    ago,
    born,
    chart,
    give,
    policy,
    prescribe,
    problem,
    situation,
    takes,
    took,
    weighed,
)

ORDER = prescribe("examplol")
WIDE = (Fraction(1, 2), Fraction(300))


# --- weight --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "kilograms"),
    [
        ("70 kg", "70"),
        ("70500 g", "70.5"),
        ("100 [lb_av]", "45.359237"),
        ("0.5 kg", "0.5"),
        ("300 kg", "300"),
    ],
)
def test_a_weight_is_read_in_kilograms_whatever_its_unit(value: str, kilograms: str):
    weight = situation(ORDER, chart(weight=value)).weight
    assert weight.known
    assert (weight.span.low, weight.span.high) == (Fraction(kilograms), Fraction(kilograms))


@pytest.mark.parametrize("value", ["0.4999 kg", "300.0001 kg", "70 mg"])
def test_a_weight_beyond_belief_is_not_used_and_every_weight_stays_possible(value: str):
    weight = situation(ORDER, chart(weight=value)).weight
    assert not weight.known
    assert (weight.span.low, weight.span.high) == WIDE
    assert "not plausible" in weight.words


@pytest.mark.parametrize(
    ("age", "days", "known"),
    [
        (18, 365, True),
        (18, 366, False),
        (17, 30, True),
        (17, 31, False),
        (None, 30, True),
        (None, 31, False),
        (40, None, True),
        (40, -3, True),
    ],
)
def test_a_weight_holds_a_year_for_an_adult_and_a_month_for_a_child_or_an_unknown_age(
    age: int | None, days: int | None, known: bool
):
    record = chart(age, observations=(weighed("60 kg", days),))
    assert situation(ORDER, record).weight.known is known


def test_the_newest_weight_counts_and_one_without_a_date_only_where_there_is_no_other():
    record = chart(observations=(weighed("90 kg", None), weighed("50 kg", 20), weighed("60 kg", 10)))
    assert situation(ORDER, record).weight.words == f"body weight 60 kg of {ago(10).isoformat()}"
    alone = chart(observations=(weighed("90 kg", None),))
    assert situation(ORDER, alone).weight.words == "body weight 90 kg, undated"


def test_other_observations_and_weights_without_a_value_are_no_weights():
    other = Observation("Observation/1", Concept(text="height"), TODAY, weighed("70 kg").quantity)
    empty = Observation("Observation/2", Concept(text="weight"), TODAY)
    volume = weighed("5 mL")
    weight = situation(ORDER, chart(observations=(other, empty, volume))).weight
    assert not weight.known
    assert weight.words == "no body weight on record"


def test_a_weight_that_could_not_be_fetched_says_why():
    weight = situation(ORDER, chart(missing=(Category.WEIGHT,))).weight
    assert weight.words == "the server did not answer"


# --- age -----------------------------------------------------------------------------------------------------


def test_age_is_completed_years_and_changes_on_the_birthday():
    for day, years in ((TODAY.day, 25), (TODAY.day + 1, 24)):
        birthday = TODAY.replace(year=2000, day=day)
        assert situation(ORDER, chart(birth=Birth(birthday, birthday))).age == (years, years)


def test_a_partial_birth_date_leaves_a_range_of_ages():
    assert situation(ORDER, chart(birth=born(17, or_up_to=18))).age == (17, 18)


def test_without_a_birth_date_the_age_is_not_known():
    assert situation(ORDER, chart(age=None)).age is None


# --- windows -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "counts"), [(0, True), (14, True), (15, False), (None, True)])
def test_a_medicine_stopped_within_the_window_or_nobody_knows_when_counts(days: int | None, counts: bool):
    here = situation(ORDER, chart(medicines=(took("calmazine", ended=days),)))
    assert bool(here.maybe_stopped_within(here.days("stopped-window"))) is counts


@pytest.mark.parametrize(("days", "counts"), [(14, True), (15, False)])
def test_an_end_without_a_date_that_was_over_before_the_window_does_not_count(days: int, counts: bool):
    here = situation(ORDER, chart(medicines=(took("calmazine", ended=None, over_by=NOW - timedelta(days=days)),)))
    assert bool(here.maybe_stopped_within(here.days("stopped-window"))) is counts


def test_a_window_is_given_in_the_units_of_the_policy():
    here = situation(ORDER, rules=policy(stopped_window="36 h"))
    assert here.days("stopped-window").total_seconds() == 36 * 3600


def test_a_current_medicine_is_not_a_stopped_one():
    here = situation(ORDER, chart(medicines=(takes("calmazine", ended=NOW),)))
    assert [seen.names for seen in here.current] == [frozenset({"calmazine"})]
    assert here.maybe_stopped_within(here.days("stopped-window")) == ()


# --- orders --------------------------------------------------------------------------------------------------


def test_drafts_that_are_not_to_be_acted_on_are_left_alone():
    dead = prescribe("examplol", live=False)
    assert situation(dead).signing == ()


def test_an_order_on_record_that_is_itself_drafted_or_not_live_is_not_on_record():
    same = takes("examplol", reference=ORDER.reference)
    negated = takes("calmazine", live=False)
    assert situation(ORDER, chart(medicines=(same, negated))).on_record == ()


def said(reference: str, *tells_of: str, drug: str = "calmazine") -> Order:
    return takes(drug, give("10 mg", 2), reference=f"MedicationStatement/{reference}", tells_of=tells_of)


PRESCRIBED = takes("calmazine", give("5 mg", 2), reference="MedicationRequest/1")


@pytest.mark.parametrize(
    ("medicines", "kept"),
    [
        ((PRESCRIBED, said("a", "MedicationRequest/1")), 1),
        ((PRESCRIBED, said("a", "MedicationStatement/b"), said("b", "MedicationRequest/1")), 1),
        ((PRESCRIBED, said("a", "MedicationRequest/1", drug="dozamine")), 2),
        ((PRESCRIBED, said("a", "MedicationRequest/unknown")), 2),
        ((PRESCRIBED, said("a")), 2),
        ((said("a", "MedicationStatement/b"), said("b", "MedicationStatement/a")), 2),
        ((said("a", ORDER.reference, drug="examplol"),), 0),
        ((took("calmazine", ended=3, reference="MedicationRequest/1"), said("a", "MedicationRequest/1")), 2),
    ],
)
def test_a_statement_that_reports_on_a_medicine_taken_or_signed_is_counted_once_with_it(
    medicines: tuple[Order, ...], kept: int
):
    assert len(situation(ORDER, chart(medicines=medicines)).on_record) == kept


def test_a_draft_that_stops_a_medicine_is_judged_and_not_signed():
    stop = prescribe("examplol", live=False, stopping=True)
    here = situation(stop)
    assert here.signing == ()
    assert [seen.order for seen in here.stopping] == [stop] == [seen.order for seen in here.judging]


def test_at_order_select_only_the_selected_drafts_are_judged():
    other = prescribe("calmazine", reference="MedicationRequest/other")
    here = situation(Drafts((ORDER, other), selected=frozenset({other.reference})))
    assert [seen.order for seen in here.judging] == [other]
    assert len(here.signing) == 2


def test_a_draft_that_replaces_an_order_names_it():
    assert situation(prescribe("examplol", replaces="MedicationRequest/old")).replaced == {"MedicationRequest/old"}


@pytest.mark.parametrize(
    ("reasons", "uses"),
    [
        ((), {"not-stated"}),
        (("something else",), {"other-use"}),
        (("on the ward",), {"not-stated"}),
        (("back pain",), {"back-pain", "pain"}),
        (("sleep", "something else"), {"sleep"}),
    ],
)
def test_the_uses_of_an_order_are_its_reasons_and_broader_ones(reasons: tuple[str, ...], uses: set[str]):
    assert situation(prescribe("examplol", reasons=reasons)).signing[0].uses == uses


@pytest.mark.parametrize(
    ("coding", "uses"),
    [
        (Coding("http://snomed.info/sct", "8009008"), {"other-use"}),
        (Coding("urn:local", "R-17"), {"not-stated"}),
        (Coding("urn:local", "R-17", "Nocturnal enuresis"), {"other-use"}),
        (Coding("", ""), {"not-stated"}),
    ],
)
def test_a_reason_that_nobody_can_know_is_none(coding: Coding, uses: set[str]):
    reasoned = replace(prescribe("examplol"), reasons=(Concept((coding,)),))
    assert situation(reasoned).signing[0].uses == uses


@pytest.mark.parametrize(("place", "settings"), [("", {"not-stated"}), ("ward", {"ward"})])
def test_the_setting_is_where_the_encounter_is(place: str, settings: set[str]):
    assert situation(ORDER, chart(place=place)).settings == settings


def test_refuted_and_unrecognised_conditions_are_not_among_the_conditions():
    record = chart(conditions=(problem("infarct", certainty=Certainty.REFUTED), problem("hiccups")))
    assert situation(ORDER, record).conditions == {}


def test_conditions_and_evidence_are_gathered_by_what_they_speak_of():
    record = chart(
        conditions=(problem("liver trouble"), problem("severe liver trouble")),
        observations=(Observation("Observation/1", Concept(text="liver flag")), weighed("70 kg")),
    )
    here = situation(prescribe("examplol", route="oral"), record)
    assert [recognised.severity for _, recognised in here.conditions["liver-trouble"]] == ["", "severe"]
    assert list(here.evidence) == ["liver-trouble"]


def test_an_order_without_instructions_is_seen_all_the_same():
    assert situation(takes("examplol", give()), chart()).signing[0].names == {"examplol"}
