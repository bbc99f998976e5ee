"""The answer to each criterion: one row of a table for each kind of question."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from cds.knowledge import criteria as asked
from cds.knowledge.criteria import NOT_STATED, Criteria, Criterion
from cds.rules import administration, amounts, company, record
from cds.rules.case import Case, strength_of
from cds.rules.truth import FALSE, TRUE, Answer, Fact, Lack, Missing, Truth, all_of, any_of, known, negated, unknown


def holds(case: Case, criteria: Criteria) -> Answer:
    """Whether all criteria of a group hold. An empty group holds. The first that does not ends the search."""
    answers: list[Answer] = []
    for criterion in criteria:
        found = _ANSWERS[type(criterion)](case, criterion)
        if found is FALSE:
            return FALSE
        answers.append(found)
    return all_of(answers)


def answer(case: Case, criterion: Criterion) -> Answer:
    """Whether one criterion holds."""
    return _ANSWERS[type(criterion)](case, criterion)


def _route(case: Case, criterion: asked.RouteIs) -> Answer:
    if case.disagreement:
        # A cream by mouth: neither the route nor the form can be relied on.
        return unknown(Lack.ORDER, case.disagreement)
    if case.route in criterion.routes:
        return TRUE
    if case.route != NOT_STATED:
        return FALSE
    in_words = bool(case.instruction.unread and case.instruction.text)  # which may name it
    missing = administration.unread(case, "the route") if in_words else Missing(Lack.ORDER, "the route is not stated")
    return Answer(Truth.UNKNOWN, (missing,))


def _given_as(case: Case, criterion: asked.GivenAsIs) -> Answer:
    return known(case.given_as is criterion.given_as)


def _use(case: Case, criterion: asked.UseIs) -> Answer:
    return known(bool(case.seen.uses & criterion.uses))


def _setting(case: Case, criterion: asked.SettingIs) -> Answer:
    return known(bool(case.settings & criterion.settings))


def _age(case: Case, criterion: asked.AgeIs) -> Answer:
    if len(criterion.bands) == 1:
        return _band(case, *criterion.bands)
    return any_of([_band(case, band) for band in sorted(criterion.bands)])


def _band(case: Case, band: str) -> Answer:
    """Whether the age lies in a band of the policy; a partial birth date may leave it open."""
    return _years(case, *case.situation.policy.bands[band])


def _age_between(case: Case, criterion: asked.AgeBetween) -> Answer:
    return _years(case, criterion.low, criterion.high)


def _years(case: Case, low: int, high: int) -> Answer:
    age = case.situation.age
    if age is None:
        return unknown(Lack.AGE, "the age is not known")
    youngest, oldest = age
    if low <= youngest and oldest <= high:
        return known(True, Fact((("age", str(youngest)),)))
    return FALSE if oldest < low or youngest > high else unknown(Lack.AGE, "the birth date is not exact enough")


def _sex(case: Case, criterion: asked.SexIs) -> Answer:
    return known(case.situation.chart.sex.value in criterion.sexes)


def _phase(case: Case, criterion: asked.PhaseIs) -> Answer:
    return known(criterion.phase in case.phase)


def _stopping(case: Case, _: asked.Stopping) -> Answer:
    """Whether the order ends the drug; one that is ordered anew beside it goes on."""
    return known(case.seen.order.stopping and not case.situation.goes_on(case.seen, case.ingredient))


def _stated(case: Case, criterion: asked.AmountStated) -> Answer:
    wanted = amounts.DIMENSION_OF[criterion.measure]
    found = amounts.amount_of(case, criterion.measure, wanted)
    return known(found is not None and not isinstance(found, Missing))


def _strengths(case: Case, criterion: asked.StrengthsAre) -> Answer:
    """Whether each ingredient has exactly this share of the product. Nothing stated: not true."""
    for ingredient, wanted in criterion.strengths:
        strength = strength_of(case.seen, ingredient)
        if strength is None or strength.per.unit.dimension != strength.amount.unit.dimension:
            return FALSE
        if strength.amount.base / strength.per.base != wanted.base:
            return FALSE
    return TRUE


def _diluted(case: Case, _: asked.Diluted) -> Answer:
    return known(case.seen.diluted)


def _any(case: Case, criterion: asked.AnyOf) -> Answer:
    return any_of([holds(case, group) for group in criterion.groups])


def _not(case: Case, criterion: asked.Not) -> Answer:
    return negated(holds(case, criterion.group))


_ANSWERS: Final[dict[type, Callable[[Case, Any], Answer]]] = {
    asked.RouteIs: _route,
    asked.GivenAsIs: _given_as,
    asked.UseIs: _use,
    asked.SettingIs: _setting,
    asked.AgeIs: _age,
    asked.AgeBetween: _age_between,
    asked.SexIs: _sex,
    asked.PhaseIs: _phase,
    asked.Stopping: _stopping,
    asked.AmountIs: amounts.answer,
    asked.AmountStated: _stated,
    asked.StrengthsAre: _strengths,
    asked.Diluted: _diluted,
    asked.Ordered: record.ordered,
    asked.HasCondition: record.has_condition,
    asked.NotRecorded: record.not_recorded,
    asked.Allergic: record.allergic,
    asked.TakenWith: company.taken_with,
    asked.AnyOf: _any,
    asked.Not: _not,
}
