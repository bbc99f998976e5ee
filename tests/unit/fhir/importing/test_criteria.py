from __future__ import annotations

import copy

import pytest

from cds.clinical.quantity import quantity
from cds.fhir.importing.criteria import Criterions
from cds.fhir.importing.parts import NotUnderstood
from cds.fhir.publishing.criteria import KINDS, one
from cds.fhir.publishing.standard import Standard
from cds.knowledge.criteria import (
    AgeBetween,
    AgeIs,
    Allergic,
    AmountIs,
    AmountStated,
    AnyOf,
    Criterion,
    Diluted,
    GivenAs,
    GivenAsIs,
    HasCondition,
    Measure,
    Not,
    NotRecorded,
    Ordered,
    Phase,
    PhaseIs,
    RouteIs,
    SettingIs,
    SexIs,
    Stopping,
    StrengthsAre,
    TakenWith,
    UseIs,
)

NOTHING = Standard()
EXAMPLES: tuple[Criterion, ...] = (
    RouteIs(frozenset({"oral", "not-stated"})),
    GivenAsIs(GivenAs.BOLUS),
    UseIs(frozenset({"pain"})),
    SettingIs(frozenset({"ward", "home"})),
    AgeIs(frozenset({"child"})),
    AgeBetween(12, 55),
    SexIs(frozenset({"female", "unknown"})),
    PhaseIs(Phase.LONG_TERM),
    Stopping(),
    AmountIs(Measure.DOSE, low=quantity("0.10 mg/kg")),
    AmountIs(Measure.DAILY, low=quantity("5 mg/d"), low_included=True, high=quantity("10 mg/d"), high_included=True),
    AmountIs(Measure.RATE, high=quantity("2 mg/kg/h")),
    AmountStated(Measure.CONCENTRATION),
    StrengthsAre((("ketamine", quantity("1 %")), ("amitriptyline", quantity("2 %")))),
    Diluted(),
    Ordered(frozenset({"ecg"})),
    HasCondition(frozenset({"shock"})),
    HasCondition(
        frozenset({"shock", "diabetes"}),
        frozenset({"active", "resolved"}),
        frozenset({"unconfirmed"}),
        frozenset({"severe"}),
        frozenset({"recent", "unknown"}),
    ),
    NotRecorded("pregnancy"),
    Allergic(frozenset({"confirmed"}), frozenset({"esketamine"})),
    TakenWith(classes=frozenset({"opioid"})),
    TakenWith(
        frozenset({"morphine"}),
        frozenset({"opioid"}),
        frozenset({"current", "stopped"}),
        frozenset({"oral"}),
        regular=True,
        uses=frozenset({"pain"}),
        without=frozenset({"codeine"}),
        at_least=2,
    ),
    AnyOf(((Stopping(), Diluted()), (Not((SexIs(frozenset({"male"})),)),))),
    Not((AnyOf(((Stopping(),),)),)),
)


def _again(criterion: Criterion, held: Standard) -> Criterion:
    return Criterions(held).one(one(criterion, held))


def test_every_kind_of_criterion_has_an_example() -> None:
    assert {type(each) for each in EXAMPLES} == set(KINDS)


@pytest.mark.parametrize("criterion", EXAMPLES, ids=str)
def test_a_criterion_comes_back_as_it_was(criterion: Criterion) -> None:
    assert _again(criterion, NOTHING) == criterion


def test_a_figure_comes_back_with_its_digits() -> None:
    found = _again(AmountIs(Measure.DOSE, low=quantity("0.10 mg/kg")), NOTHING)
    assert isinstance(found, AmountIs)
    assert found.low is not None
    assert str(found.low.value) == "0.10"


def test_a_criterion_that_a_standard_element_holds_is_only_referred_to() -> None:
    route = RouteIs(frozenset({"oral"}))
    held = Standard(criteria={"route": route})
    assert [part["url"] for part in one(route, held)["extension"]] == ["kind", "element"]
    other = RouteIs(frozenset({"rectal"}))
    assert Criterions(Standard(criteria={"route": other})).one(one(route, held)) == other


@pytest.mark.parametrize(
    ("bound", "label"),
    [({"low": "10 mg"}, "high"), ({"high": "2 mg"}, "low"), ({"high": "2.0 mg"}, ""), ({"low": "2000 ug"}, "")],
)
def test_a_bound_refers_to_the_figure_it_repeats_digit_for_digit(bound: dict[str, str], label: str) -> None:
    held = Standard(figures={"low": quantity("2 mg"), "high": quantity("10 mg")})
    amount = AmountIs(Measure.DOSE, **{side: quantity(text) for side, text in bound.items()})
    said = one(amount, held)["extension"][-1]
    assert said.get("valueCode", "") == label
    assert _again(amount, held) == amount


def test_of_two_equal_figures_a_bound_above_means_the_maximum() -> None:
    held = Standard(figures={"high": quantity("600 mg/d"), "max": quantity("600 mg/d")})
    said = one(AmountIs(Measure.DAILY, low=quantity("600 mg/d")), held)["extension"][-1]
    assert said == {"url": "above", "valueCode": "max"}


@pytest.mark.parametrize(
    ("criterion", "part", "instead"),
    [
        (EXAMPLES[0], "kind", {"url": "kind", "valueCode": "unknown"}),
        (EXAMPLES[0], "value", {"url": "other", "valueCode": "oral"}),
        (EXAMPLES[1], "value", {"url": "value", "valueCode": "sprinkled"}),
        (EXAMPLES[9], "measure", {"url": "measure", "valueCode": "weight"}),
        (EXAMPLES[9], "above", {"url": "above", "valueCode": "max"}),
        (EXAMPLES[9], "above", {"url": "above", "valueString": "a lot"}),
        (EXAMPLES[9], "above", {"url": "beyond", "valueCode": "max"}),
        (EXAMPLES[16], "course", {"url": "course", "valueString": "active"}),
        (EXAMPLES[18], "value", {"url": "element", "valueCode": "disease"}),
        (EXAMPLES[20], "class", {"url": "element", "valueCode": "interactant"}),
        (EXAMPLES[22], "group", {"url": "group", "extension": [{"url": "remark", "valueString": "x"}]}),
    ],
)
def test_a_part_that_is_not_understood_is_refused(criterion: Criterion, part: str, instead: dict[str, object]) -> None:
    element = copy.deepcopy(one(criterion, NOTHING))
    element["extension"] = [instead if each["url"] == part else each for each in element["extension"]]
    with pytest.raises(NotUnderstood):
        Criterions(NOTHING).one(element)
