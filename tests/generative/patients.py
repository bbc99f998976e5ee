"""Orders and records as Hypothesis draws them, from a hospital's words: what it orders, records and calls things."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from hypothesis import strategies as st

from cds.clinical.chart import (
    Allergy,
    Birth,
    Category,
    Certainty,
    Chart,
    Condition,
    Course,
    Encounter,
    Gap,
    Observation,
    Sex,
)
from cds.clinical.code import Concept
from cds.clinical.order import Drafts, Instruction, Medication, Order, ServiceOrder, Timing
from cds.clinical.quantity import Quantity, unit
from tests.unit.rules.builders import NOW

TODAY = NOW.date()


@dataclass(frozen=True)
class Hospital:
    """The words of one hospital. ``doses`` and ``rates`` are figures with units that make sense near its limits."""

    drugs: tuple[str, ...]
    others: tuple[str, ...]
    doses: tuple[str, ...]
    rates: tuple[str, ...]
    routes: tuple[Concept, ...]
    reasons: tuple[Concept, ...]
    problems: tuple[Concept, ...]
    weight: Concept
    places: tuple[Concept, ...] = ()
    services: tuple[Concept, ...] = ()
    tests: tuple[Concept, ...] = ()
    answers: tuple[Concept, ...] = (Concept(),)
    sizes: tuple[str, ...] = field(default=("0.3 kg", "9 kg", "20 kg", "70 kg", "71.5 kg", "300 kg", "154 [lb_av]"))


def parsed(text: str) -> Quantity:
    number, _, code = text.partition(" ")
    return Quantity(Decimal(number), unit(code))


def near(figures: tuple[str, ...]) -> st.SearchStrategy[Quantity]:
    """One of these figures, or a hair beside it."""
    hair = st.sampled_from([Decimal(0), Decimal("0.0000001"), Decimal("-0.0000001")])
    return st.builds(
        lambda one, by: Quantity(max(one.value + by, Decimal(0)), one.unit), st.sampled_from(figures).map(parsed), hair
    )


def pairs(figures: tuple[str, ...]) -> st.SearchStrategy[tuple[Quantity, Quantity]]:
    same = near(figures).map(lambda one: (one, one))
    wide = near(figures).map(lambda one: (one, Quantity(one.value * 2, one.unit)))
    return same | same | same | wide


PER_DAY = st.sampled_from([(1, 1), (2, 2), (3, 3), (4, 4), (6, 6), (1, 3), (Fraction(1, 2), Fraction(1, 2))]).map(
    lambda pair: (Fraction(pair[0]), Fraction(pair[1]))
)
TIMINGS = st.one_of(
    PER_DAY.map(Timing),
    PER_DAY.map(Timing),
    PER_DAY.map(lambda often: Timing(often, as_needed=True)),
    st.just(Timing(once=True)),
    st.just(Timing()),
)


def instructions(hospital: Hospital) -> st.SearchStrategy[Instruction]:
    routes = st.sampled_from(hospital.routes)
    unread = st.sampled_from([(), (), (), (), (), (), ("the dose",)])
    sequence = st.sampled_from([1, 1, 1, 2])
    ceiling = st.none() | st.none() | near(tuple(f"{one}/d" for one in hospital.doses if one.endswith(("mg", "kg"))))
    over = st.sampled_from([None, None, parsed("30 s"), parsed("1 min"), parsed("2 min")])
    doses = st.builds(
        Instruction,
        sequence=sequence,
        route=routes,
        dose=pairs(hospital.doses),
        timing=TIMINGS,
        over=over,
        max_per_day=ceiling,
        unread=unread,
    )
    rates = st.builds(
        Instruction, route=routes, rate=pairs(hospital.rates), timing=st.just(Timing(continuous=True)), unread=unread
    )
    bare = st.builds(Instruction, route=routes, timing=TIMINGS)
    return doses | doses | doses | rates | bare


@st.composite
def orders(draw: st.DrawFn, hospital: Hospital, reference: str, *, draft: bool, drugs: tuple[str, ...] = ()) -> Order:
    drug = draw(st.sampled_from(drugs or hospital.drugs))
    several = draw(st.lists(instructions(hospital), min_size=0 if not draft else 1, max_size=2))
    started = draw(st.sampled_from([None, 0, 3, 27, 28, 90]))
    ended = draw(st.sampled_from([None, 0, 1, 14, 15, 30, 31])) if not draft else None
    current = draft or draw(st.booleans())
    stopping = draft and draw(st.sampled_from([False] * 9 + [True]))
    return Order(
        reference,
        Medication(Concept(text=drug)),
        tuple(several),
        draft=draft,
        live=not stopping and draw(st.sampled_from([True] * 9 + [False])),
        stopping=stopping,
        current=current,
        reasons=draw(st.lists(st.sampled_from(hospital.reasons), max_size=1).map(tuple)),
        started=None if started is None else NOW - timedelta(days=started),
        ended=None if current or ended is None else NOW - timedelta(days=ended),
        replaces=draw(st.sampled_from(["", "", "", "", "Record/0", "Record/1"])) if draft else "",
        unread=draw(st.sampled_from([()] * 9 + [("the order",)])),
    )


def drafts(hospital: Hospital, *, most: int = 2, select: bool = True) -> st.SearchStrategy[Drafts]:
    numbers = st.integers(1, most)
    chosen = st.sampled_from([frozenset(), frozenset(), frozenset({"Draft/0"})]) if select else st.just(frozenset())
    services = st.lists(st.sampled_from(hospital.services), max_size=2) if hospital.services else st.just([])
    return numbers.flatmap(
        lambda number: st.builds(
            Drafts,
            st.tuples(
                *(
                    orders(
                        hospital,
                        f"Draft/{n}",
                        draft=True,
                        drugs=() if n == 0 else (*hospital.drugs, *hospital.others),
                    )
                    for n in range(number)
                )
            ),
            services.map(lambda found: tuple(ServiceOrder(f"S/{n}", one) for n, one in enumerate(found))),
            chosen,
        )
    )


def days_ago(*days: int) -> st.SearchStrategy[date]:
    return st.sampled_from(days).map(lambda number: TODAY - timedelta(days=number))


def problems(hospital: Hospital) -> st.SearchStrategy[Condition]:
    dates = st.none() | days_ago(1, 90, 183, 184, 294, 295, 400)
    return st.builds(
        Condition,
        st.just("Condition/1"),
        st.sampled_from(hospital.problems),
        st.sampled_from([Course.ACTIVE, Course.ACTIVE, *Course]),
        st.sampled_from([Certainty.CONFIRMED, Certainty.CONFIRMED, *Certainty]),
        st.sampled_from(["", "", "severe", "mild"]),
        onset=dates,
        recorded=dates,
    )


def observations(hospital: Hospital) -> st.SearchStrategy[Observation]:
    when = st.none() | days_ago(0, 5, 30, 31, 100, 101, 365, 366)
    weights = st.builds(
        lambda size, day: Observation("Observation/w", hospital.weight, day, parsed(size)),
        st.sampled_from(hospital.sizes),
        when,
    )
    if not hospital.tests:
        return weights
    results = st.builds(
        lambda code, day, value, flag, figure: Observation("Observation/t", code, day, figure, "", value, flag),
        st.sampled_from(hospital.tests),
        when,
        st.sampled_from(hospital.answers),
        st.sampled_from([None, None, True, False]),
        st.sampled_from([None, parsed("59 mL/min"), parsed("60 mL/min"), parsed("21 mg/L"), parsed("1 mg")]),
    )
    return weights | results


def birth(ages: st.SearchStrategy[int]) -> st.SearchStrategy[Birth | None]:
    days = st.integers(0, 360)

    def born(age: int, extra: int) -> Birth:
        day = TODAY.replace(year=TODAY.year - age) - timedelta(days=extra)
        return Birth(day, day)

    return st.builds(born, ages, days)


AGES = st.sampled_from([0, 5, 11, 12, 17, 18, 30, 40, 55, 56, 64, 65, 80])


@st.composite
def charts(draw: st.DrawFn, hospital: Hospital, *, gaps: bool = True) -> Chart:
    categories = [Category.CONDITIONS, Category.MEDICINES, Category.ALLERGIES, Category.WEIGHT]
    missing = draw(st.lists(st.sampled_from(categories), max_size=1)) if gaps else []
    names = (*hospital.drugs, *hospital.others)
    medicines = [
        draw(orders(hospital, f"Record/{n}", draft=False, drugs=names)) for n in range(draw(st.integers(0, 3)))
    ]
    allergies = st.builds(
        Allergy,
        st.just("Allergy/1"),
        st.sampled_from(names).map(lambda text: Concept(text=text)),
        st.sampled_from(list(Certainty)),
        st.booleans(),
        st.booleans(),
    )
    place = draw(st.sampled_from([None, *hospital.places]))
    running = draw(st.lists(st.sampled_from(hospital.services), max_size=1)) if hospital.services else []
    return Chart(
        NOW,
        draw(birth(AGES)),
        draw(st.sampled_from(list(Sex))),
        tuple(draw(st.just([]) | st.lists(observations(hospital), max_size=3))),
        tuple(draw(st.lists(problems(hospital), max_size=2))),
        tuple(draw(st.lists(allergies, max_size=1))),
        tuple(medicines),
        tuple(ServiceOrder("S/r", one) for one in running),
        Encounter("Encounter/1", (), (place,)) if place else None,
        tuple(Gap(category, "no answer") for category in missing),
    )
