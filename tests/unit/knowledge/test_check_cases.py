"""The house rule for worked cases names each tier, each bound and each silence that no case shows."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from cds.clinical.quantity import UNITS, Quantity
from cds.knowledge.check_cases import bounds, missing, tiers_meant
from cds.knowledge.criteria import AgeBetween, AmountIs, AnyOf, Measure, Not, Phase, PhaseIs
from cds.knowledge.model import Kind, Level, Statement, SuggestionKind, SuggestionSpec, Tier
from cds.knowledge.worked import Edge, Scene, Side, WorkedCase


def q(value: str, code: str) -> Quantity:
    return Quantity(Decimal(value), UNITS[code])


def above(value: str, code: str) -> AmountIs:
    return AmountIs(Measure.DAILY, low=q(value, code))


def tier(level: Level, say: str, *when: object, sets: str = "") -> Tier:
    suggest = (SuggestionSpec(SuggestionKind.SET, q(sets, "mg/d")),) if sets else ()
    return Tier(level, when, say, "X1", suggest=suggest)  # type: ignore[arg-type]


STATEMENT = Statement(
    "a.top", "drugs/a.yaml", 7, Kind.DOSE, (frozenset({"a"}),), "Says.", (),
    tiers=(
        tier(Level.INFO, "close to it", above("5", "mg/d")),
        tier(Level.INFO, "far from it", above("6", "mg/d")),
        tier(Level.CRITICAL, "above it", above("7", "mg/d")),
    ),
)  # fmt: skip
QUIET = replace(STATEMENT, id="a.note", tiers=())


def case(level: Level | None, name: str = "x", saying: str = "", edge: Edge | None = None) -> WorkedCase:
    never = frozenset[Level]() if level else frozenset(Level)
    scene = Scene({}, "", ())
    return WorkedCase(name, "a.top", scene, level, saying, "", never, frozenset(), edge, "", "cases/a.yaml", 3)


def at_bounds() -> list[WorkedCase]:
    return [
        case(None, f"{side} {value}", edge=Edge(side, q(value, "mg/d"))) for value in ("5", "6", "7") for side in Side
    ]


WHOLE = [
    case(Level.INFO, "close", "close to"),
    case(Level.INFO, "far", "far from"),
    case(Level.CRITICAL, "above"),
    *at_bounds(),
]


def told(cases: list[WorkedCase]) -> list[str]:
    return [str(fault) for fault in missing([STATEMENT, QUIET], cases)]


def test_a_whole_set_lacks_nothing() -> None:
    assert told(WHOLE) == []


def test_without_cases_every_tier_and_bound_is_missed() -> None:
    found = told([])
    assert [line for line in found if "it speaks" in line] == [
        'drugs/a.yaml:7: a.top lacks a case in which it speaks: info, "close to it"',
        'drugs/a.yaml:7: a.top lacks a case in which it speaks: info, "far from it"',
        "drugs/a.yaml:7: a.top lacks a case in which it speaks: critical",
    ]
    assert "drugs/a.yaml:7: a.top lacks a case in which it does not speak" in found
    assert len([line for line in found if "with the amount" in line]) == 9


@pytest.mark.parametrize("number", range(len(WHOLE)))
def test_each_case_that_is_taken_away_is_missed(number: int) -> None:
    assert len(told(WHOLE[:number] + WHOLE[number + 1 :])) == 1


def test_the_same_figure_in_another_unit_is_the_same_bound() -> None:
    (moved,) = [one for one in WHOLE if one.edge == Edge(Side.EXACTLY, q("5", "mg/d"))]
    others = [one for one in WHOLE if one is not moved]
    assert told([*others, replace(moved, edge=Edge(Side.EXACTLY, q("5000", "ug/d")))]) == []


def test_a_case_that_may_mean_two_tiers_has_to_say_which() -> None:
    (fault,) = told([*WHOLE, case(Level.INFO, "open")])
    assert fault == "cases/a.yaml:3: 2 tiers of a.top may be meant: 'saying' or 'offering' tells which one"
    (fault,) = told([*WHOLE, case(Level.WARNING, "never")])
    assert "no tier of a.top" in fault


def test_an_offer_tells_tiers_apart() -> None:
    two = replace(STATEMENT, tiers=(tier(Level.INFO, "same"), tier(Level.INFO, "same", sets="5")))
    for offering, number in (("nothing", 0), ("5 mg/d", 1)):
        assert tiers_meant(two, replace(case(Level.INFO), offering=offering)) == [number]


def test_a_sentence_stands_once_for_a_statement() -> None:
    (fault,) = told([*WHOLE, replace(WHOLE[0], line=9)])
    assert fault == "cases/a.yaml:9: this sentence stands also on line 3"


@pytest.mark.parametrize("unknown", ["a.tpo", "a.note"])
def test_a_statement_that_cannot_speak_has_no_cases(unknown: str) -> None:
    (fault,) = told([*WHOLE, replace(case(None), statement=unknown)])
    assert f"no statement that can speak is called '{unknown}'" in fault
    (fault,) = told([*WHOLE[:-1], replace(WHOLE[-1], also=frozenset({unknown, "N1", "a.top"}))])
    assert f"'also' names '{unknown}', which cannot speak" in fault


def test_bounds_are_found_inside_any_and_not_and_in_years() -> None:
    inner = (AnyOf(((above("1", "mg/d"),), (Not((above("2", "mg/d"),)),))), PhaseIs(Phase.START))
    found = bounds(replace(STATEMENT, applies=(*inner, AgeBetween(12, 55)), tiers=()))
    assert [(str(one.value), one.unit.code) for one in found] == [
        ("1", "mg/d"),
        ("2", "mg/d"),
        ("12", "a"),
        ("55", "a"),
    ]
