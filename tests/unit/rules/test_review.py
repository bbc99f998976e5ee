"""One review over orders and record: which statements are tried, which give way, what is said of what is lacking."""

from dataclasses import replace

import pytest

from cds.clinical.chart import Category, Chart
from cds.clinical.order import Drafts, Order
from cds.knowledge import criteria as ask
from cds.knowledge.model import Statement
from cds.rules.truth import Lack
from tests.unit.rules.builders import (
    NEW,
    amount,
    born,
    chart,
    fired,
    give,
    lacking,
    order,
    prescribe,
    review,
    route,
    statement,
    takes,
    tier,
)

DRAFT = prescribe("examplol tablet", "50 mg", 2)
LIMIT = statement("limit", tier("warning", amount(above="90 mg/d")))
BESIDE = ask.TakenWith(frozenset({"calmazine"}))
WITH_EXAMPLOL = ask.TakenWith(frozenset({"examplol"}))
WITH_CALMAZINE = statement("with-calmazine", tier("warning", BESIDE), topic="company")
WITH_SEDATIVES = statement(
    "with-sedatives",
    tier("info", ask.TakenWith(classes=frozenset({"sedative"}))),
    topic="company",
    yields_to=(WITH_CALMAZINE.id,),
)
CALMAZINE = takes("calmazine", give("5 mg", 1))
DOZAMINE = takes("dozamine", give("5 mg", 1))


# --- which statements ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("drug", "about", "judged"),
    [
        ("examplol", "examplol", True),
        ("duplexol", "examplol", True),
        ("duplexol", ("examplol", "calmazine"), True),
        ("examplol", ("examplol", "calmazine"), False),
        ("calmazine", ("examplol", "calmazine"), False),
        ("vitamin", "examplol", False),
        ("something else", "examplol", False),
    ],
)
def test_a_statement_is_tried_on_orders_of_what_it_is_about(drug: str, about: object, judged: bool):
    findings = review(prescribe(drug, "5 mg", 1), chart(), statement("always", tier("info"), about=about))
    assert bool(fired(findings)) is judged
    assert bool(findings.judged[0].checked) is judged


def test_a_statement_with_several_alternatives_is_tried_once():
    several = statement("always", tier("info"))
    several = replace(several, about=(frozenset({"calmazine"}), frozenset({"examplol"})))
    assert fired(review(prescribe("duplexol"), chart(), several)) == [("always", "info")]


def test_a_statement_of_stopping_is_for_stopped_orders_and_every_other_for_the_rest():
    stop = statement("stop", tier("info"), applies=(ask.Stopping(),))
    ending = prescribe("examplol", "50 mg", 2, stopping=True, live=False)
    assert fired(review(ending, chart(), stop, LIMIT)) == [("stop", "info")]
    assert fired(review(DRAFT, chart(), stop, LIMIT)) == [("limit", "warning")]


def test_an_order_that_is_not_to_be_acted_on_is_not_judged():
    findings = review(prescribe("examplol", "50 mg", 2, live=False), chart(), LIMIT)
    assert findings.judged == ()


def test_every_instruction_is_judged_and_the_loudest_finding_is_kept():
    limits = statement("one dose", tier("info", amount(above="10 mg")), tier("critical", amount(above="50 mg")))
    steps = order("examplol", give("20 mg", 1), give("60 mg", 1, sequence=2), give("20 mg", 1, sequence=3))
    findings = review(steps, chart(), limits)
    assert fired(findings) == [("one dose", "critical")]
    assert findings.found[0].case.instruction is steps.instructions[1]


def test_what_was_checked_and_what_was_clear_is_listed():
    over = statement("over", tier("info", amount(above="10 mg")))
    under = statement("under", tier("info", amount(above="90 mg")))
    open_ = statement("open", tier("info", amount(above="1 mg/kg")))
    other_route = statement("nasal", tier("info"), applies=(route("nasal"),))
    judged = review(DRAFT, chart(), over, under, open_, other_route).judged[0]
    assert judged.checked == (over.id, under.id, open_.id)
    assert judged.clear == (under.id,)
    assert judged.ingredients == ("examplol",)


# --- company -------------------------------------------------------------------------------------------------


def test_a_medicine_on_record_is_only_asked_what_a_draft_does_to_it():
    about_calmazine = statement("calmazine-with", tier("warning", WITH_EXAMPLOL), about="calmazine")
    always = statement("calmazine-always", tier("critical"), about="calmazine")
    findings = review(DRAFT, chart(medicines=(CALMAZINE,)), about_calmazine, always)
    assert fired(findings) == [("calmazine-with", "warning")]
    assert findings.found[0].order == CALMAZINE.reference
    assert [one.order for one in findings.judged] == [NEW]


def test_a_medicine_on_record_that_is_replaced_is_not_asked():
    about_calmazine = statement("calmazine-with", tier("warning", WITH_EXAMPLOL), about="calmazine")
    draft = prescribe("examplol tablet", "50 mg", 2, replaces=CALMAZINE.reference)
    assert fired(review(draft, chart(medicines=(CALMAZINE,)), about_calmazine)) == []


def test_what_could_not_be_checked_of_a_medicine_on_record_is_not_said():
    about = statement(
        "calmazine-with",
        tier("warning", WITH_EXAMPLOL, amount(above="1 mg/kg")),
        about="calmazine",
    )
    assert lacking(review(DRAFT, chart(medicines=(CALMAZINE,)), about)) == []


def test_at_order_select_the_other_drafts_are_company_only():
    other = prescribe("calmazine", "5 mg", 1, reference="MedicationRequest/other")
    always = statement("calmazine-always", tier("critical"), about="calmazine")
    drafts = Drafts((DRAFT, other), selected=frozenset({NEW}))
    assert fired(review(drafts, chart(), WITH_CALMAZINE, always)) == [("with-calmazine", "warning")]


# --- giving way ----------------------------------------------------------------------------------------------


def test_a_finding_gives_way_to_the_one_it_names():
    loud = statement("loud", tier("warning"))
    quiet = statement("quiet", tier("warning"), yields_to=(loud.id,))
    assert fired(review(DRAFT, chart(), loud, quiet)) == [("loud", "warning")]
    assert fired(review(DRAFT, chart(), quiet)) == [("quiet", "warning")]


def test_a_critical_finding_never_gives_way():
    loud = statement("loud", tier("warning"))
    critical = statement("critical", tier("critical"), yields_to=(loud.id,))
    assert len(review(DRAFT, chart(), loud, critical).found) == 2


def test_a_finding_of_another_order_is_not_given_way_to():
    loud = statement("loud", tier("warning"), applies=(route("oral"),))
    quiet = statement("quiet", tier("warning"), applies=(route("nasal"),), yields_to=(loud.id,))
    nasal = prescribe("examplol", "50 mg", 1, "nasal", reference="MedicationRequest/nasal")
    assert len(review((DRAFT, nasal), chart(), loud, quiet).found) == 2


@pytest.mark.parametrize(
    ("medicines", "findings"),
    [
        ((CALMAZINE,), [("with-calmazine", ["calmazine"])]),
        ((DOZAMINE,), [("with-sedatives", ["dozamine"])]),
        ((CALMAZINE, DOZAMINE), [("with-calmazine", ["calmazine"]), ("with-sedatives", ["dozamine"])]),
    ],
)
def test_of_several_other_drugs_only_those_the_stronger_finding_names_are_given_up(
    medicines: tuple[Order, ...], findings: list[tuple[str, list[str]]]
):
    found = review(DRAFT, chart(medicines=medicines), WITH_CALMAZINE, WITH_SEDATIVES).found
    said = [(one.statement.id.removeprefix("examplol."), [name for _, name in one.others]) for one in found]
    assert said == findings


def test_findings_of_different_other_drugs_stand_beside_each_other():
    with_dozamine = statement(
        "with-dozamine", tier("info", ask.TakenWith(frozenset({"dozamine"}))), yields_to=(WITH_CALMAZINE.id,)
    )
    findings = review(DRAFT, chart(medicines=(CALMAZINE, DOZAMINE)), WITH_CALMAZINE, with_dozamine)
    assert len(findings.found) == 2


def test_facts_without_other_drugs_stay_when_some_are_given_up():
    both = statement(
        "both",
        tier("info", ask.TakenWith(classes=frozenset({"sedative"})), amount(above="1 mg")),
        yields_to=(WITH_CALMAZINE.id,),
    )
    findings = review(DRAFT, chart(medicines=(CALMAZINE, DOZAMINE)), WITH_CALMAZINE, both)
    kept = next(one for one in findings.found if one.statement is both)
    assert kept.values["amount"] == "50 mg"
    assert kept.others == ((DOZAMINE.reference, "dozamine"),)


# --- what could not be checked -------------------------------------------------------------------------------

PER_KG = statement("per-kg", tier("warning", amount(above="1 mg/kg")))


def test_a_lack_is_said_once_for_an_order_at_its_loudest():
    more = statement("per-kg too", tier("info", amount(above="2 mg/kg")), tier("critical", amount(above="3 mg/kg")))
    findings = review(DRAFT, chart(), PER_KG, more)
    assert lacking(findings) == [("N1", "no body weight on record")]
    assert findings.not_assessed[0].level.value == "critical"


def test_a_weight_is_not_asked_for_beside_a_critical_dose():
    too_much = statement("too much", tier("critical", amount(above="10 mg")))
    assert lacking(review(DRAFT, chart(), PER_KG, too_much)) == []
    elsewhere = statement("else", tier("critical"), topic="allergy")
    assert lacking(review(DRAFT, chart(), PER_KG, elsewhere)) == [("N1", "no body weight on record")]


def test_a_record_that_could_not_be_read_is_said():
    findings = review(DRAFT, chart(missing=(Category.MEDICINES,)), WITH_CALMAZINE, LIMIT)
    assert lacking(findings) == [("N5", "medicines")]


@pytest.mark.parametrize(
    ("draft", "said_at_sign", "said_at_select"),
    [
        (prescribe("examplol", "50 mg"), True, False),
        (prescribe("examplol", "50 mg", unread=("the timing",)), True, True),
        (order("examplol", give("50 mg"), unread=("the order",)), True, True),
        (prescribe("examplol cream", "50 mg", 1, "oral"), True, True),
        (prescribe("examplol puzzle", "50 mg", 1, "oral"), True, True),
    ],
)
def test_an_order_still_being_written_is_not_called_unreadable_unless_it_contradicts_itself(
    draft: Order, said_at_sign: bool, said_at_select: bool
):
    daily = statement("daily", tier("warning", amount(above="10 mg/d")), applies=(route("oral", "not-stated"),))
    signing, selecting = Drafts((draft,)), Drafts((draft,), selected=frozenset({NEW}))
    assert bool(lacking(review(signing, chart(), daily))) is said_at_sign
    assert bool(lacking(review(selecting, chart(), daily))) is said_at_select


def test_a_use_without_a_dose_in_the_sources_is_said_quietly():
    nasal = statement("nasal", tier("warning", amount(above="10 mg")), applies=(route("nasal"),))
    quiet = statement("quiet", tier("info"), topic="safety")
    findings = review(DRAFT, chart(), nasal, quiet)
    assert lacking(findings) == [("N7", "the knowledge sources give no dose for this use")]
    assert lacking(review(DRAFT, chart(), LIMIT, quiet)) == []
    assert lacking(review(order("examplol tablet"), chart(), nasal, quiet)) == []
    assert lacking(review(prescribe("vitamin", "1 mg", 1), chart(), nasal, quiet)) == []


def test_a_covered_drug_whose_product_could_not_be_made_out_is_said():
    assert lacking(review(prescribe("examplol puzzle"), chart())) == [("N3", "the product could not be made out")]
    ending = prescribe("examplol puzzle", stopping=True, live=False)
    assert lacking(review(ending, chart())) == []


# --- age -----------------------------------------------------------------------------------------------------


def at_age(level: str, *bands: str, name: str = "age", topic: str = "dose") -> Statement:
    return statement(f"{name} {'-'.join(bands)}", tier(level), applies=(ask.AgeIs(frozenset(bands)),), topic=topic)


UNKNOWN = chart(None)
DECIDES = ("N4", "the age is not known, and what is advised depends on it")


@pytest.mark.parametrize(
    ("statements", "record", "findings", "lacks"),
    [
        # the same at every age
        ((at_age("warning", "child", "adult"),), UNKNOWN, [("age child-adult", "warning")], []),
        ((statement("always", tier("critical")),), UNKNOWN, [("always", "critical")], []),
        # a warning at some ages: the age decides
        ((at_age("warning", "child"),), UNKNOWN, [], [DECIDES]),
        ((at_age("critical", "child"),), UNKNOWN, [], [DECIDES]),
        # only information differs: all of it is said
        (
            (at_age("info", "child"), at_age("info", "elderly")),
            UNKNOWN,
            [("age child", "info"), ("age elderly", "info")],
            [],
        ),
        # critical at every age, for different reasons: that of the oldest is said
        ((at_age("critical", "child"), at_age("critical", "adult")), UNKNOWN, [("age adult", "critical")], []),
        # a birth date that leaves only some bands open
        ((at_age("warning", "child"),), chart(birth=born(40, or_up_to=41)), [], []),
        ((at_age("warning", "child"),), chart(birth=born(64, or_up_to=65)), [], []),
        ((at_age("warning", "elderly"),), chart(birth=born(64, or_up_to=65)), [], [DECIDES]),
        ((at_age("warning", "child"),), chart(birth=born(16, or_up_to=17)), [("age child", "warning")], []),
        ((at_age("warning", "child"),), chart(birth=born(17, or_up_to=18)), [], [DECIDES]),
    ],
)
def test_without_an_age_what_holds_at_every_age_is_said_and_else_that_the_age_decides(
    statements: tuple[Statement, ...], record: Chart, findings: list[tuple[str, str]], lacks: list[tuple[str, str]]
):
    outcome = review(DRAFT, record, LIMIT_QUIET, *statements)
    assert fired(outcome) == findings
    assert lacking(outcome) == lacks


# Covers the use, so that nothing is said of coverage; fires for nobody here.
LIMIT_QUIET = statement("quiet", tier("info", amount(above="9000 mg")))


def test_a_partial_birth_date_within_one_band_can_still_leave_years_open():
    years = statement("years", tier("warning"), applies=(ask.AgeBetween(41, 50),))
    assert lacking(review(DRAFT, chart(birth=born(40, or_up_to=41)), LIMIT_QUIET, years)) == [
        ("N4", "the birth date is not exact enough")
    ]


def test_years_are_asked_of_the_ages_the_birth_date_allows_and_no_others():
    years = statement("years", tier("warning"), applies=(ask.AgeBetween(12, 55),))
    assert fired(review(DRAFT, chart(birth=born(17, or_up_to=18)), years)) == [("years", "warning")]


def test_what_is_lacking_at_any_age_is_said():
    findings = review(DRAFT, UNKNOWN, PER_KG)
    assert lacking(findings) == [("N1", "no body weight on record")]


def test_a_finding_that_grows_louder_with_age_is_left_to_the_age():
    grows = statement("grows", tier("warning"), tier("critical", ask.AgeIs(frozenset({"elderly"}))))
    assert lacking(review(DRAFT, UNKNOWN, LIMIT_QUIET, grows)) == [DECIDES]
    assert fired(review(DRAFT, chart(70), LIMIT_QUIET, grows)) == [("grows", "critical")]


def test_information_that_differs_with_age_is_said_once():
    differs = statement("differs", tier("info", amount(above="1 mg")), tier("info", ask.AgeIs(frozenset({"elderly"}))))
    young = at_age("info", "child", "adult")
    outcome = review(DRAFT, UNKNOWN, LIMIT_QUIET, differs, young)
    assert fired(outcome) == [("differs", "info"), ("age child-adult", "info")]


# --- faults --------------------------------------------------------------------------------------------------


def test_a_statement_that_fails_is_said_and_never_costs_the_rest_of_the_review():
    broken = statement("broken", tier("critical"), applies=(object(),))  # type: ignore[arg-type] # no criterion at all
    findings = review(DRAFT, chart(), broken, LIMIT)
    assert fired(findings) == [("limit", "warning")]
    (question,) = findings.not_assessed
    assert question.missing.lack is Lack.FAILED
    assert question.missing.words == f"a check failed inside the service ({broken.id}, KeyError)"


# --- faults --------------------------------------------------------------------------------------------------


def test_the_dose_of_another_order_is_the_same_for_every_step():
    steps = order("examplol", give("20 mg", 1), give("30 mg", 1, sequence=2))
    daily = statement("daily", tier("warning", amount(above="70 mg/d")))
    findings = review(steps, chart(medicines=(takes("examplol", give("50 mg", 1)),)), daily)
    assert findings.found[0].values["amount"] == "80 mg/day"


def test_a_statement_that_fails_is_said_and_costs_nothing_else():
    class Strange:
        """A question nobody knows."""

    broken = statement("broken", tier("critical", Strange()))  # type: ignore[arg-type]
    findings = review(DRAFT, chart(), broken, LIMIT)
    assert fired(findings) == [("limit", "warning")]
    assert lacking(findings) == [("fault", "a check failed inside the service (examplol.broken, KeyError)")]
