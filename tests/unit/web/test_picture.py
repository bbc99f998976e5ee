"""Dose pictures draw the figures of the statements and nothing else."""

from __future__ import annotations

from fractions import Fraction

import pytest

from cds.clinical.quantity import MASS, TIME, WEIGHT, quantity
from cds.knowledge.criteria import AmountIs, Measure, RouteIs
from cds.knowledge.model import Drug, Kind, Level, Review, ReviewStatus, Statement, Tier
from cds.service import Service
from cds.web.picture import pictures

DAILY = (Measure.DAILY, MASS - TIME)


def statement(name: str, dose: tuple[tuple[str, str], ...], *tiers: tuple[Level, AmountIs]) -> Statement:
    return Statement(
        id=f"examplamine.{name}",
        file="drugs/examplamine.yaml",
        line=1,
        kind=Kind.DOSE,
        about=(frozenset({"examplamine"}),),
        says="It is so.",
        cites=(),
        applies=(RouteIs(frozenset({"oral"})),),
        tiers=tuple(Tier(level, (when,), "say", "E1") for level, when in tiers),
        dose=dose,
    )


def drug(*statements: Statement) -> Drug:
    review = Review("A. Uthor", ReviewStatus.DRAFT)
    return Drug("examplamine", "Examplamine", ("examplamine",), review, "drugs/examplamine.yaml", statements)


def above(limit: str) -> AmountIs:
    return AmountIs(Measure.DAILY, low=quantity(limit))


RANGE = statement("range", (("low", "50 mg/d"), ("high", "75 mg/d")), (Level.WARNING, above("75 mg/d")))


def test_a_range_and_its_limit_stand_where_they_are_on_the_axis() -> None:
    (picture,) = pictures(drug(RANGE))
    (row,) = picture.rows
    assert picture.title == "Oral: daily dose in mg/day"
    assert [tick.label for tick in picture.ticks] == ["0", "20", "40", "60", "80", "100"]
    assert (row.low, row.high) == (50, 75)
    assert [(bound.level, bound.at) for bound in row.bounds] == [("warning", 75)]
    assert row.words == "described: 50 to 75 mg/day; warning above 75 mg/day"


def test_an_order_is_a_mark_and_lengthens_the_axis_up_to_a_point() -> None:
    near = pictures(drug(RANGE), {RANGE.id}, {DAILY: (Fraction(150) / 24, Fraction(150) / 24)})[0]
    assert near.mark_words == "150 mg/day"
    assert near.mark == 75
    assert not near.beyond
    far = pictures(drug(RANGE), {RANGE.id}, {DAILY: (Fraction(9000) / 24, Fraction(9000) / 24)})[0]
    assert far.mark == 100
    assert far.beyond


def test_doses_per_kilogram_and_per_day_have_axes_of_their_own() -> None:
    per_kg = statement("per-kg", (("start", "0.5 mg/kg"), ("usual", "2 mg/kg/d")))
    assert [picture.unit for picture in pictures(drug(per_kg))] == ["mg/kg", "mg/kg/day"]
    rate = statement("rate", (("low", "0.1 mg/kg/h"), ("high", "0.2 mg/kg/h")))
    (picture,) = pictures(
        drug(rate), {rate.id}, {(Measure.RATE, MASS - WEIGHT - TIME): (Fraction(1, 10), Fraction(1, 5))}
    )
    assert picture.mark_words == "0.1 to 0.2 mg/kg/h"


@pytest.mark.parametrize("dose", [(("onset-low", "1 wk"),), (("compared-with", "0.15 mg/kg"),), (("low", "some"),)])
def test_figures_that_are_no_dose_are_not_drawn(dose: tuple[tuple[str, str], ...]) -> None:
    assert pictures(drug(statement("other", dose))) == []


def test_every_figure_of_the_knowledge_that_is_drawn_is_within_its_axis(real_service: Service) -> None:
    for each in real_service.knowledge.drugs:
        for picture in pictures(each):
            for row in picture.rows:
                assert 0 <= row.low <= row.high <= 100
                assert all(0 < bound.at <= 100 for bound in row.bounds)


def test_one_place_at_which_two_levels_begin_is_told_once(real_service: Service) -> None:
    drug = next(drug for drug in real_service.knowledge.drugs if drug.id == "amitriptyline")
    (picture,) = pictures(drug, {"amitriptyline.highest"})
    assert picture.rows[0].words == "described: up to 150 mg/day; warning or critical above 150 mg/day"
