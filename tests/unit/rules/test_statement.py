import pytest

from cds.clinical.order import Order
from cds.knowledge import criteria as ask
from cds.knowledge.criteria import Measure, Phase
from cds.knowledge.model import Kind, Statement, Tier
from cds.rules.statement import NOT_FOR_THIS_ORDER, covers, judge
from tests.unit.rules.builders import amount, case, chart, give, prescribe, route, statement, takes, tier

QUIET, LOUD, LOUDEST = (
    tier("info", amount(above="10 mg")),
    tier("warning", amount(above="20 mg")),
    tier("critical", amount(above="1 mg/kg")),
)
LIMIT = statement("limit", QUIET, LOUD, LOUDEST, applies=(route("oral"),))


def oral(dose: str) -> Order:
    return prescribe("examplol", dose, 1, "oral")


@pytest.mark.parametrize(
    ("dose", "level"), [("10 mg", None), ("10.0001 mg", "info"), ("20.0001 mg", "warning"), ("71 mg", "critical")]
)
def test_the_loudest_tier_that_holds_is_the_finding(dose: str, level: str | None):
    found = judge(case(oral(dose), chart(weight="70 kg")), LIMIT).finding
    assert (found.level.value if found else None) == level


def test_a_louder_tier_that_could_not_be_decided_is_kept_beside_a_quieter_finding():
    outcome = judge(case(oral("25 mg")), LIMIT)
    assert outcome.finding is not None
    assert outcome.finding.tier is LOUD
    assert [(one.missing.lack.value, one.level.value, one.statement) for one in outcome.not_assessed] == [
        ("N1", "critical", LIMIT.id)
    ]


def test_a_tier_that_could_not_be_decided_is_not_assessed_where_no_other_holds():
    outcome = judge(case(oral("5 mg")), LIMIT)
    assert outcome.finding is None
    assert len(outcome.not_assessed) == 1


def test_a_statement_that_does_not_concern_the_order_says_nothing():
    assert judge(case(prescribe("examplol", "99 mg", 1, "nasal")), LIMIT) is NOT_FOR_THIS_ORDER
    assert not NOT_FOR_THIS_ORDER.applied


def test_where_it_is_open_whether_a_statement_applies_only_tiers_that_could_hold_are_not_assessed():
    outcome = judge(case(prescribe("examplol", "15 mg", 1), chart(weight="70 kg")), LIMIT)
    assert outcome.finding is None
    assert [(one.missing.words, one.level.value) for one in outcome.not_assessed] == [
        ("the route is not stated", "info")
    ]


def test_a_tier_without_a_condition_always_holds():
    assert judge(case(oral("1 mg")), statement("always", tier("info"))).finding


def test_what_applies_and_the_tier_found_is_gathered():
    named = statement("named", tier("info", amount(above="10 mg")), applies=(ask.AgeIs(frozenset({"adult"})),))
    finding = judge(case(oral("25 mg")), named).finding
    assert finding is not None
    assert finding.values == {"age": "40", "amount": "25 mg", "limit": "10 mg", "limit_here": "10 mg", "orders": ""}
    assert finding.key == (named.id, finding.order)


BESIDE = ask.TakenWith(frozenset({"calmazine"}))


@pytest.mark.parametrize(
    ("tiers", "applies", "company", "stopping"),
    [
        ((tier("info"),), (), False, False),
        ((tier("info"),), (BESIDE,), True, False),
        ((tier("info", BESIDE),), (), True, False),
        ((tier("info", ask.Not((BESIDE,))),), (), True, False),
        ((tier("info", ask.AnyOf(((), (ask.Not((BESIDE,)),)))),), (), True, False),
        ((tier("info"),), (ask.Stopping(),), False, True),
    ],
)
def test_what_a_statement_speaks_of_is_found_in_all_its_criteria(
    tiers: tuple[Tier, ...], applies: ask.Criteria, company: bool, stopping: bool
):
    one = statement("one", *tiers, applies=applies)
    assert one.speaks_of_company is company
    assert one.speaks_of_stopping is stopping


def test_all_criteria_are_listed_those_inside_others_too():
    inner, outer = route("oral"), ask.Not((ask.Diluted(),))
    one = statement("one", tier("info", ask.AnyOf(((inner,), (outer,)))), applies=(ask.Stopping(),))
    assert [type(found) for found in one.criteria] == [
        ask.Stopping,
        ask.AnyOf,
        ask.RouteIs,
        ask.Not,
        ask.Diluted,
    ]


JUDGES = tier("warning", amount(above="10 mg"))
FREQUENCY = tier("info", amount(above="3 /d"))


@pytest.mark.parametrize(
    ("one", "covered"),
    [
        (statement("dose", JUDGES, applies=(route("oral"),)), True),
        (statement("dose", JUDGES, applies=(route("nasal"),)), False),
        (statement("dose", JUDGES, applies=(route("oral"), ask.PhaseIs(Phase.CONTINUING))), True),
        (statement("daily", tier("warning", amount(above="10 mg", of=Measure.DAILY))), True),
        (statement("often", FREQUENCY), False),
        (statement("none given", tier("info"), kind=Kind.NOT_COVERED), True),
        (statement("children", tier("info"), topic="paediatric"), True),
        (statement("else", tier("info"), topic="safety"), False),
    ],
)
def test_a_use_is_covered_by_a_statement_that_judges_an_amount_or_says_there_is_none(one: Statement, covered: bool):
    assert covers(case(oral("5 mg")), one) is covered


def test_an_open_question_covers_a_use():
    vague = prescribe("examplol", "5 mg", 1)
    assert covers(case(vague), statement("dose", JUDGES, applies=(route("oral"),)))


def test_the_others_of_a_finding_are_each_named_once():
    both = statement("both", tier("info", BESIDE), applies=(BESIDE,))
    finding = judge(case(oral("5 mg"), chart(medicines=(takes("calmazine", give("1 mg", 1)),))), both).finding
    assert finding is not None
    assert finding.others == (("MedicationRequest/calmazine", "calmazine"),)
