from typing import Any

import pytest

from cds.clinical.chart import Chart, Sex
from cds.clinical.code import Concept
from cds.clinical.order import Drafts, Order, ServiceOrder
from cds.clinical.quantity import quantity
from cds.knowledge import criteria as ask
from cds.knowledge.criteria import Criterion, GivenAs, Measure, Phase
from cds.rules.case import Case
from cds.rules.criteria import answer, holds
from tests.unit.rules.builders import amount, born, case, chart, give, prescribe, problem, route, situation, takes

ORAL = prescribe("examplol tablet", "50 mg", 2, "oral", reasons=("back pain",))
DRIP = prescribe("examplol bag", rate="5 mg/h", route="intravenous")
VAGUE = prescribe("examplol", "50 mg", 2)
STOP = prescribe("examplol", "50 mg", 2, stopping=True, live=False)


def some(*names: str) -> frozenset[str]:
    return frozenset(names)


def is_true(criterion: Criterion, draft: Order = ORAL, record: Chart | None = None) -> str:
    return answer(case(draft, record), criterion).truth.value


@pytest.mark.parametrize(
    ("criterion", "draft", "truth"),
    [
        (route("oral"), ORAL, "true"),
        (route("nasal"), ORAL, "false"),
        (route("oral"), VAGUE, "unknown"),
        (route("oral", "not-stated"), VAGUE, "true"),
        (route("oral"), prescribe("examplol cream", "5 mg", 1, "oral"), "unknown"),
        (route("topical"), prescribe("examplol cream", "5 mg", 1, "oral"), "unknown"),
        (route("oral"), prescribe("examplol", "5 mg", 1, "by owl"), "false"),
        (ask.GivenAsIs(GivenAs.INFUSION), DRIP, "true"),
        (ask.GivenAsIs(GivenAs.BOLUS), DRIP, "false"),
        (ask.GivenAsIs(GivenAs.BOLUS), ORAL, "false"),
        (ask.UseIs(some("pain")), ORAL, "true"),
        (ask.UseIs(some("back-pain")), ORAL, "true"),
        (ask.UseIs(some("sleep")), ORAL, "false"),
        (ask.UseIs(some("not-stated")), ORAL, "false"),
        (ask.UseIs(some("not-stated")), VAGUE, "true"),
        (ask.PhaseIs(Phase.START), ORAL, "true"),
        (ask.PhaseIs(Phase.CONTINUING), ORAL, "false"),
        (ask.Stopping(), ORAL, "false"),
        (ask.Stopping(), STOP, "true"),
        (ask.Diluted(), ORAL, "false"),
        (ask.Diluted(), DRIP, "true"),
        (ask.AmountStated(Measure.DOSE), ORAL, "true"),
        (ask.AmountStated(Measure.RATE), ORAL, "false"),
        (ask.AmountStated(Measure.RATE), DRIP, "true"),
        (ask.AmountStated(Measure.CONCENTRATION), DRIP, "true"),
        (ask.AmountStated(Measure.CONCENTRATION), ORAL, "false"),
        (ask.AmountStated(Measure.DOSE), prescribe("examplol"), "false"),
        (amount(above="49 mg"), ORAL, "true"),
        (ask.StrengthsAre((("examplol", quantity("2 %")),)), prescribe("examplol cream"), "true"),
        (ask.StrengthsAre((("examplol", quantity("20 mg/g")),)), prescribe("examplol cream"), "true"),
        (ask.StrengthsAre((("examplol", quantity("2.01 %")),)), prescribe("examplol cream"), "false"),
        (ask.StrengthsAre((("examplol", quantity("2 %")),)), ORAL, "false"),
        (ask.StrengthsAre((("calmazine", quantity("2 %")),)), prescribe("examplol cream"), "false"),
        (ask.StrengthsAre((("examplol", quantity("2 %")),)), VAGUE, "false"),
        (ask.AnyOf(((route("nasal"),), (route("oral"),))), ORAL, "true"),
        (ask.AnyOf(((route("nasal"),), (route("topical"),))), ORAL, "false"),
        (ask.AnyOf(((route("nasal"),), (ask.Diluted(),))), VAGUE, "unknown"),
        (ask.AnyOf(((),)), ORAL, "true"),
        (ask.Not((route("nasal"),)), ORAL, "true"),
        (ask.Not((route("oral"),)), ORAL, "false"),
        (ask.Not((route("oral"),)), VAGUE, "unknown"),
        (ask.Not((route("oral"), ask.Diluted())), ORAL, "true"),
    ],
)
def test_a_question_about_the_order(criterion: Criterion, draft: Order, truth: str):
    assert is_true(criterion, draft) == truth


CHILD, ADULT, ELDERLY = (ask.AgeIs(some(band)) for band in ("child", "adult", "elderly"))


@pytest.mark.parametrize(
    ("criterion", "record", "truth"),
    [
        (CHILD, chart(17), "true"),
        (CHILD, chart(18), "false"),
        (CHILD, chart(0), "true"),
        (ADULT, chart(17), "false"),
        (ADULT, chart(18), "true"),
        (ADULT, chart(65), "true"),
        (ELDERLY, chart(64), "false"),
        (ELDERLY, chart(65), "true"),
        (ELDERLY, chart(110), "true"),
        (CHILD, chart(None), "unknown"),
        (CHILD, chart(birth=born(17, or_up_to=18)), "unknown"),
        (ADULT, chart(birth=born(18, or_up_to=19)), "true"),
        (ELDERLY, chart(birth=born(17, or_up_to=18)), "false"),
        (ask.AgeIs(some("child", "elderly")), chart(17), "true"),
        (ask.AgeIs(some("child", "elderly")), chart(40), "false"),
        (ask.AgeBetween(12, 55), chart(11), "false"),
        (ask.AgeBetween(12, 55), chart(12), "true"),
        (ask.AgeBetween(12, 55), chart(55), "true"),
        (ask.AgeBetween(12, 55), chart(56), "false"),
        (ask.AgeBetween(12, 55), chart(birth=born(55, or_up_to=56)), "unknown"),
        (ask.AgeBetween(12, 55), chart(None), "unknown"),
        (ask.SexIs(some("female", "unknown")), chart(sex=Sex.FEMALE), "true"),
        (ask.SexIs(some("female", "unknown")), chart(sex=Sex.MALE), "false"),
        (ask.SexIs(some("female", "unknown")), chart(sex=Sex.UNKNOWN), "true"),
        (ask.SettingIs(some("ward")), chart(place="ward"), "true"),
        (ask.SettingIs(some("ward")), chart(), "false"),
        (ask.SettingIs(some("not-stated")), chart(), "true"),
        (ask.HasCondition(some("infarct")), chart(conditions=(problem("infarct"),)), "true"),
        (ask.NotRecorded("pregnancy"), chart(), "true"),
        (ask.Allergic(some("confirmed")), chart(), "false"),
        (ask.TakenWith(some("calmazine")), chart(medicines=(takes("calmazine", give("5 mg", 1)),)), "true"),
        (ask.Ordered(some("ecg")), chart(), "false"),
        (ask.Ordered(some("ecg")), chart(services=(ServiceOrder("S/1", Concept(text="ECG")),)), "true"),
    ],
)
def test_a_question_about_the_record(criterion: Criterion, record: Chart, truth: str):
    assert is_true(criterion, ORAL, record) == truth


def test_the_age_is_there_for_the_card():
    assert answer(case(ORAL, chart(40)), ADULT).facts[0].values == (("age", "40"),)


def test_an_age_not_known_says_why():
    partial = chart(birth=born(17, or_up_to=18))
    words = [answer(case(ORAL, record), CHILD).missing[0].words for record in (chart(None), partial)]
    assert words == ["the age is not known", "the birth date is not exact enough"]


def test_all_criteria_of_a_group_must_hold_and_an_empty_group_does():
    here = case(ORAL)
    assert holds(here, ()).holds
    assert holds(here, (route("oral"), ADULT)).holds
    assert not holds(here, (route("oral"), CHILD)).holds


def test_every_kind_of_question_has_an_answer():
    kinds: tuple[Any, ...] = ask.Criterion.__args__
    here = situation(Drafts((ORAL,)))
    asked = {
        ask.AmountStated: ask.AmountStated(Measure.DOSE),
        ask.AnyOf: ask.AnyOf(()),
        ask.Not: ask.Not(()),
        ask.NotRecorded: ask.NotRecorded("pregnancy"),
        ask.GivenAsIs: ask.GivenAsIs(GivenAs.BOLUS),
        ask.PhaseIs: ask.PhaseIs(Phase.START),
        ask.AmountIs: amount(above="1 mg"),
        ask.AgeBetween: ask.AgeBetween(0, 9),
        ask.StrengthsAre: ask.StrengthsAre(()),
        ask.Stopping: ask.Stopping(),
        ask.Diluted: ask.Diluted(),
        ask.TakenWith: ask.TakenWith(),
    }
    for kind in kinds:
        criterion = asked.get(kind) or kind(frozenset())
        assert answer(Case(here, here.signing[0], ORAL.instructions[0], "examplol"), criterion).truth
