"""Statements as Hypothesis draws them, over the made-up pharmacy of the unit tests: every kind of question, nested."""

from __future__ import annotations

from hypothesis import strategies as st

from cds.clinical.code import Coding, Concept
from cds.clinical.quantity import quantity
from cds.knowledge import criteria as ask
from cds.knowledge.criteria import Criteria, GivenAs, Measure, Phase, measure_of
from cds.knowledge.model import Kind, Knowledge, Level, Statement, Tier
from tests.generative.patients import Hospital
from tests.unit.rules.builders import CONDITIONS, EVIDENCE, PRODUCTS, SERVICES, USES, knowledge

DOSES = (
    "50 mg", "0.5 mg/kg", "2 mg/kg", "100 mg", "0.5 mg", "1 g", "1 mg/kg", "50 ug", "1 {tbl}", "3 {cap}", "5 mL",
    "9 mg/m2",
)  # fmt: skip
RATES = ("5 mg/h", "0.5 mg/kg/h", "10 ug/kg/min", "2 mL/h", "100 mg/d")
HOSPITAL = Hospital(
    drugs=("examplol", "examplol tablet", "examplol ampoule", "duplexol", *PRODUCTS),
    others=("something else",),
    doses=DOSES,
    rates=RATES,
    routes=tuple(Concept(text=one) for one in ("", "", "oral", "oral", "intravenous", "topical", "nasal", "by owl")),
    reasons=tuple(Concept(text=one) for one in (*USES, "nothing known")),
    problems=tuple(Concept(text=one) for one in (*CONDITIONS, "hiccups")),
    weight=Concept(text="weight"),
    places=tuple(Concept(text=one) for one in ("ward", "home")),
    services=tuple(Concept(text=one) for one in SERVICES),
    tests=tuple(Concept(text=one) for one in EVIDENCE),
    answers=(Concept(), Concept((Coding("", "yes"),)), Concept((Coding("", "no"),))),
    sizes=("0.4 kg", "0.5 kg", "20 kg", "70 kg", "100 kg", "300 kg", "301 kg"),
)
NAMES = ("examplol", "calmazine", "dozamine")
SLUGS = ("liver-trouble", "kidney-trouble", "infarct", "pregnancy")


def sets(*names: str, least: int = 1) -> st.SearchStrategy[frozenset[str]]:
    return st.sets(st.sampled_from(names), min_size=least).map(frozenset)


BOUNDS = (
    "0.5 mg/kg", "50 mg", "2 mg/kg", "100 mg", "100 mg/d", "2 mg/kg/d", "5 mg/h", "0.5 mg/kg/h", "150 mg/d", "1 /d",
    "3 /d", "1 min",
)  # fmt: skip
NAMED = (
    ("10 mg/mL", Measure.PRODUCT_STRENGTH), ("2 mg/mL", Measure.CONCENTRATION), ("100 mg/d", Measure.PREVIOUS),
    ("50 mg/d", Measure.STEP), ("1 mg/kg/d", Measure.STEP), ("50 mg", Measure.STEP_DOSE), ("72 h", Measure.INTERVAL),
    ("10 mg/d", Measure.OVER_PARENTERAL),
)  # fmt: skip


@st.composite
def amounts(draw: st.DrawFn) -> ask.AmountIs:
    plain = st.sampled_from(BOUNDS).map(lambda text: (text, measure_of(text.partition(" ")[2])))
    text, measure = draw(plain | st.sampled_from(NAMED))
    number, _, code = text.partition(" ")
    low, high = quantity(text), quantity(f"{float(number) * 1.5:g} {code}")
    sides = draw(st.sampled_from(["above", "below", "between"]))
    return ask.AmountIs(
        measure,
        low if sides != "below" else None,
        sides != "below" and draw(st.booleans()),
        high if sides == "between" else low if sides == "below" else None,
        sides != "above" and draw(st.booleans()),
    )


COMPANY = st.builds(
    ask.TakenWith,
    sets(*NAMES, least=0),
    sets("sedative", least=0),
    sets("current", "stopped"),
    sets("oral", "topical", least=0),
    st.booleans(),
    sets("pain", "sleep", "not-stated", least=0),
    sets("calmazine", least=0),
    st.integers(1, 2),
)
SIMPLE: st.SearchStrategy[ask.Criterion] = st.one_of(
    st.builds(ask.RouteIs, sets("oral", "intravenous", "nasal", "topical", "other", "not-stated")),
    st.builds(ask.GivenAsIs, st.sampled_from(GivenAs)),
    st.builds(ask.UseIs, sets("pain", "back-pain", "sleep", "not-stated")),
    st.builds(ask.SettingIs, sets("ward", "home", "not-stated")),
    st.builds(ask.AgeIs, sets("child", "adult", "elderly")),
    st.builds(ask.AgeBetween, st.sampled_from([5, 12, 18]), st.sampled_from([18, 55])),
    st.builds(ask.SexIs, sets("female", "male", "unknown")),
    st.builds(ask.PhaseIs, st.sampled_from(Phase)),
    amounts(),
    amounts(),
    amounts(),
    st.builds(ask.AmountStated, st.sampled_from(Measure)),
    st.just(ask.StrengthsAre((("examplol", quantity("2 %")),))),
    st.just(ask.Diluted()),
    st.builds(ask.Ordered, sets("ecg", "oximetry")),
    st.builds(
        ask.HasCondition,
        sets(*SLUGS),
        sets("active", "remission", "resolved"),
        sets("confirmed", "unconfirmed"),
        sets("severe", "mild", "unknown", least=0),
        sets("recent", "older", "unknown", least=0),
    ),
    st.builds(ask.NotRecorded, st.sampled_from(SLUGS)),
    st.builds(ask.Allergic, sets("confirmed", "unconfirmed", "intolerance")),
    COMPANY,
)


def groups(criteria: st.SearchStrategy[ask.Criterion]) -> st.SearchStrategy[Criteria]:
    return st.lists(criteria, max_size=2).map(tuple)


CRITERIA = st.recursive(
    SIMPLE,
    lambda inner: (
        st.builds(ask.AnyOf, st.lists(groups(inner), min_size=1, max_size=2).map(tuple))
        | st.builds(ask.Not, groups(inner))
    ),
    max_leaves=4,
)
TIERS = st.builds(
    Tier,
    st.sampled_from(Level),
    groups(CRITERIA) | amounts().map(lambda one: (one,)),
    st.just("{drug} {amount} {other} {condition}."),
    st.just("X1"),
)


@st.composite
def statements(draw: st.DrawFn, number: int) -> Statement:
    about = draw(
        st.sampled_from([(frozenset({one}),) for one in NAMES])
        | st.just((frozenset({"examplol", "calmazine"}),))
        | st.just((frozenset({"dozamine"}), frozenset({"examplol"})))
    )
    tiers = draw(st.lists(TIERS, min_size=1, max_size=2))
    yields_to = draw(st.lists(st.sampled_from([f"examplol.{n}" for n in range(4)]), max_size=1))
    applies = draw(groups(CRITERIA) | st.just(()))
    if draw(st.sampled_from([False] * 9 + [True])):
        applies = (*applies, ask.Stopping())
    return Statement(
        f"examplol.{number}",
        "f.yaml",
        1,
        draw(st.sampled_from([Kind.DOSE, Kind.NOT_COVERED])),
        about,
        "",
        (),
        topic=draw(st.sampled_from(["dose", "safety", "coverage"])),
        applies=applies,
        tiers=tuple(sorted(tiers, key=lambda tier: tier.level.rank)),
        yields_to=tuple(one for one in yields_to if one != f"examplol.{number}"),
    )


KNOWLEDGE: st.SearchStrategy[Knowledge] = st.tuples(*(statements(n) for n in range(4))).map(
    lambda some: knowledge(*some)
)
