"""Findings become few cards: one for each problem, the loudest first, at most five; and a report on every order."""

from __future__ import annotations

from typing import Any

import pytest

from cds.cards.card import Card, OrderReport, Reviewed, Told
from cds.cards.compose import WHERE_SAID, compose, told_of
from cds.clinical.change import CreateService
from cds.clinical.chart import Category, Chart
from cds.clinical.code import Coding, Concept
from cds.clinical.order import Drafts, Medication, Order
from cds.clinical.quantity import quantity
from cds.knowledge import criteria as ask
from cds.knowledge.model import Level, Statement, SuggestionKind, SuggestionSpec
from cds.rules.review import review
from cds.rules.truth import Lack
from tests.unit.rules.builders import (
    NEW,
    PHARMACY,
    amount,
    chart,
    give,
    knowledge,
    order,
    policy,
    prescribe,
    route,
    situation,
    statement,
    takes,
    tier,
)

OTHER = "MedicationRequest/other"


def reviewed(drafts: Any, record: Chart | None, *statements: Statement, **rules: str) -> Reviewed:
    here, known = situation(drafts, record), knowledge(*statements, policy=policy(**rules))
    return compose(review(here, known), here, known)


def cards(drafts: Any, record: Chart | None, *statements: Statement, **rules: str) -> tuple[Card, ...]:
    return reviewed(drafts, record, *statements, **rules).cards


def says(name: str, level: str = "warning", topic: str = "safety", **more: Any) -> Statement:
    """A statement that always fires and says its own name; one that covers the dose stays out of the way."""
    when = more.pop("when", ())
    of_tier = {key: more.pop(key) for key in ("suggest", "override", "rule") if key in more}
    return statement(name, tier(level, *when, say=more.pop("say", f"{name}."), **of_tier), topic=topic, **more)


COVERS = statement("covers", tier("info", amount(above="9999 mg")))
DRAFT = prescribe("examplol", "50 mg", 1, "oral")
SECOND = order("calmazine", reference=OTHER)
TOO_MUCH = (amount(above="20 mg"),)


# --- one card for each problem -------------------------------------------------------------------------------


def test_a_clean_order_has_no_card():
    assert cards(DRAFT, chart(), COVERS) == ()


def test_findings_of_one_topic_are_one_card_led_by_the_loudest():
    quiet, loud = says("quiet", "info"), says("loud", "critical")
    (card,) = cards(DRAFT, chart(), COVERS, quiet, loud)
    assert (card.summary, card.level.value, card.topic, card.topic_name) == ("Loud.", "critical", "safety", "Safety")
    assert "**Also on this order:**\n- **Info:** Quiet." in card.detail
    assert [told.statement for told in card.told] == [loud.id, quiet.id]


def test_a_topic_that_is_named_in_the_knowledge_goes_by_that_name():
    (card,) = cards(DRAFT, chart(), COVERS, says("dose", topic="dose"))
    assert card.topic_name == "Dose"
    (card,) = cards(DRAFT, chart(), COVERS, says("eyes", topic="eye-pressure"))
    assert card.topic_name == "Eye pressure"


def test_findings_of_two_topics_are_two_cards():
    assert [card.topic for card in cards(DRAFT, chart(), COVERS, says("a", topic="one"), says("b", topic="two"))] == [
        "one",
        "two",
    ]


TWO = (DRAFT, prescribe("duplexol", "1 {cap}", 1, reference=OTHER))


@pytest.mark.parametrize(("topic", "number"), [("dose", 2), ("preparation", 2), ("safety", 1), ("pregnancy", 1)])
def test_dose_and_preparation_have_a_card_for_each_order_other_topics_one_for_all(topic: str, number: int):
    found = cards(TWO, chart(), COVERS, says("{ordered}", topic=topic, say="{ordered}"))
    assert len(found) == number


def test_a_card_of_several_orders_names_the_other_drugs():
    always = [says(f"{drug}", about=drug, say="{drug} is risky.") for drug in ("examplol", "calmazine")]
    (card,) = cards((DRAFT, SECOND), chart(), COVERS, *always)
    assert card.summary == "Calmazine is risky. Also: examplol."


def test_the_other_drugs_are_not_named_where_there_is_no_room():
    always = [says(f"{drug}", about=drug, say="{drug} " + "x" * 120) for drug in ("examplol", "calmazine")]
    (card,) = cards((DRAFT, SECOND), chart(), COVERS, *always)
    assert card.summary == "Calmazine " + "x" * 120


def test_a_quieter_finding_of_another_drug_is_not_named_in_the_summary():
    loud, quiet = says("loud", about="calmazine"), says("quiet", "info")
    (card,) = cards((DRAFT, SECOND), chart(), COVERS, loud, quiet)
    assert card.summary == "Loud."


def test_a_summary_is_under_140_characters():
    (card,) = cards(DRAFT, chart(), COVERS, says("long", say="word " * 40))
    assert len(card.summary) <= 139
    assert card.summary.endswith("word…")


def test_cards_that_say_the_same_are_one():
    twice = (DRAFT, prescribe("examplol", "50 mg", 1, "oral", reference=OTHER))
    sets = SuggestionSpec(SuggestionKind.SET, quantity("5 mg"), recommended=True)
    total = says("daily total", topic="dose", when=TOO_MUCH, suggest=(sets,), override=("INTENT",))
    (card,) = cards(twice, chart(), COVERS, total)
    assert [told.orders for told in card.told] == [(NEW,), (OTHER,)]
    # Either of two orders that are the same may be changed: one label for it is enough.
    assert [one.changes[0].order for one in card.suggestions] == [NEW]  # type: ignore[union-attr]
    assert [one.recommended for one in card.suggestions] == [True]
    assert card.override == (("INTENT", "Intended"),)


def test_the_source_of_a_card_is_the_document_of_its_first_finding():
    (card,) = cards(DRAFT, chart(), COVERS, says("a"))
    assert card.source == "The Book, 2024-02-03 (not yet checked)"


def test_a_card_of_what_could_not_be_checked_has_no_document():
    (card,) = cards(DRAFT, chart(), PER_KG)
    assert card.source == "Medication order review"


# --- the order of cards --------------------------------------------------------------------------------------


def test_cards_go_from_loud_to_quiet_then_by_the_order_they_concern_then_by_topic():
    statements = [
        says("info", "info", topic="a"),
        says("second drug", "warning", topic="a-first", about="calmazine"),
        says("warning b", "warning", topic="b"),
        says("warning c", "warning", topic="c"),
        says("critical", "critical", topic="z"),
    ]
    found = cards((DRAFT, SECOND), chart(), COVERS, *statements)
    assert [card.summary for card in found] == ["Critical.", "Warning b.", "Warning c.", "Second drug.", "Info."]


def test_a_check_that_could_not_be_made_leads_before_a_finding_of_its_level():
    (card,) = cards(DRAFT, chart(), says("too much", topic="dose"), PER_KG)
    assert card.summary.startswith("Examplol dose NOT checked: no usable body weight.")
    assert "- **Warning:** Too much." in card.detail


# --- what could not be checked -------------------------------------------------------------------------------

PER_KG = statement("per-kg", tier("warning", amount(above="1 mg/kg")))
WITH = says("with", when=(ask.TakenWith(frozenset({"calmazine"})),))
HAS = says("has", when=(ask.HasCondition(frozenset({"infarct"})),))
CHILD = says("child", topic="dose", when=(ask.AgeIs(frozenset({"child"})),))
ORAL = statement("oral", tier("info", amount(above="9999 mg")), applies=(route("oral"),))
BLIND = (Category.CONDITIONS, Category.MEDICINES)


@pytest.mark.parametrize(
    ("draft", "record", "statements", "topic", "level", "summary"),
    [
        (
            DRAFT,
            chart(),
            (PER_KG,),
            "dose",
            "warning",
            "Examplol dose NOT checked: no usable body weight. Record a weight or order per kg.",
        ),
        (
            prescribe("examplol", "50 mg"),
            chart(),
            (statement("daily", tier("info", amount(above="1 mg/d"))),),
            "dose",
            "warning",
            "Dose check not done for examplol: the frequency could not be read.",
        ),
        (
            DRAFT,
            chart(None),
            (CHILD, COVERS),
            "not-verified",
            "warning",
            "Age unknown: what is advised for examplol depends on it; not fully checked.",
        ),
        (
            DRAFT,
            chart(missing=BLIND),
            (COVERS, WITH, HAS),
            "not-verified",
            "warning",
            "Safety checks incomplete: medicines and conditions could not be read.",
        ),
        (
            DRAFT,
            chart(missing=BLIND),
            (COVERS, says("has", "info", when=(ask.HasCondition(frozenset({"infarct"})),))),
            "not-verified",
            "info",
            "Safety checks incomplete: conditions could not be read.",
        ),
        (
            DRAFT,
            chart(missing=BLIND),
            (COVERS, says("has", "critical", when=(ask.HasCondition(frozenset({"infarct"})),))),
            "not-verified",
            "warning",
            "Safety checks incomplete: conditions could not be read.",
        ),
        (
            prescribe("examplol", "50 mg", 1, "nasal"),
            chart(),
            (ORAL, says("quiet", "info", when=(ask.Diluted(),))),
            "coverage",
            "info",
            "Examplol: the knowledge sources give no dose for this use; dose not checked.",
        ),
        (
            prescribe("examplol puzzle"),
            chart(),
            (),
            "dose",
            "warning",
            "Dose check not done for examplol: the product could not be made out.",
        ),
    ],
)
def test_what_could_not_be_checked_is_said_where_it_belongs(
    draft: Order, record: Chart, statements: tuple[Statement, ...], topic: str, level: str, summary: str
):
    (card,) = cards(draft, record, *statements)
    assert (card.topic, card.level.value, card.summary) == (topic, level, summary)
    assert card.told[0].reason


def test_a_check_that_failed_is_said():
    class Strange:
        """A question nobody knows."""

    (card,) = cards(DRAFT, chart(), says("broken", when=(Strange(),)))
    assert card.summary == "Safety checks incomplete: a check failed inside the service."
    assert card.told[0].rule == "fault"


def test_every_lack_has_its_place_and_its_words():
    assert set(WHERE_SAID) == set(Lack)


def test_a_lack_is_said_once_with_its_reason_and_advice():
    (card,) = cards(DRAFT, chart(missing=(Category.MEDICINES,)), COVERS, WITH)
    assert card.detail.split("\n\n")[:2] == [
        "**Not checked:** medicines (the server did not answer).",
        "**What to do:** Check by hand what could not be read.",
    ]
    assert card.override == (("BEDSIDE", "Checked at the bedside"),)


def test_a_lack_beside_a_louder_finding_is_one_line_of_its_card():
    loud = says("loud", "critical", topic="not-verified")
    (card,) = cards(DRAFT, chart(missing=(Category.MEDICINES,)), COVERS, WITH, loud)
    assert card.summary == "Loud."
    also = "- **Not checked:** Safety checks incomplete: medicines could not be read. medicines (the server did not"
    assert also in card.detail


def test_what_the_record_lacks_is_one_card_for_all_orders():
    beside = ask.TakenWith(frozenset({"dozamine"}))
    asking = [says(drug, about=drug, when=(beside,)) for drug in ("examplol", "calmazine")]
    (card,) = cards((DRAFT, SECOND), chart(missing=(Category.MEDICINES,)), COVERS, *asking)
    assert [told.orders for told in card.told] == [(NEW, OTHER)]


def test_a_missing_weight_offers_to_order_one():
    (card,) = cards(DRAFT, chart(), PER_KG)
    (suggestion,) = card.suggestions
    assert suggestion.label == "Order: body weight"
    assert isinstance(suggestion.changes[0], CreateService)


def test_without_a_name_for_the_weighing_none_is_offered(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(PHARMACY.names, "body-weight")
    (card,) = cards(DRAFT, chart(), PER_KG)
    assert card.suggestions == ()


# --- suggestions and override reasons ------------------------------------------------------------------------


def to(target: str, *, recommended: bool = False) -> SuggestionSpec:
    return SuggestionSpec(SuggestionKind.SET, quantity(target), recommended=recommended)


def test_a_way_out_is_offered_once_and_only_one_is_recommended():
    one = says("one", when=TOO_MUCH, suggest=(to("5 mg", recommended=True), to("6 mg")))
    two = says("two", when=TOO_MUCH, suggest=(to("5 mg"), to("7 mg", recommended=True)))
    (card,) = cards(DRAFT, chart(), COVERS, one, two)
    offered = [(suggestion.label[-4:], suggestion.recommended) for suggestion in card.suggestions]
    assert offered == [("5 mg", True), ("6 mg", False), ("7 mg", False)]


@pytest.mark.parametrize(
    ("level", "quieter", "offered"),
    [
        # What the order has, at its loudest; what is said of it besides; the doses that are offered.
        ("critical", "info", ["15 mg"]),  # 30 mg would be as critical as before
        ("warning", "info", ["15 mg"]),
        ("info", "info", ["30 mg", "15 mg"]),  # each answers one point of the two
        ("warning", "warning", ["30 mg", "15 mg"]),
        ("critical", "critical", ["15 mg"]),
    ],
)
def test_a_way_out_that_leaves_what_the_card_warns_of_is_not_offered(level: str, quieter: str, offered: list[str]):
    far = says("far", level, when=TOO_MUCH, suggest=(to("15 mg"),))
    frequent = says("frequent", quieter, when=(amount(above="40 mg"),), suggest=(to("30 mg"),))
    (card,) = cards(DRAFT, chart(), COVERS, far, frequent)
    assert sorted(one.label[-5:] for one in card.suggestions) == sorted(offered)


def test_what_is_the_same_for_two_orders_is_said_once():
    twice = (DRAFT, prescribe("examplol", "30 mg", 2, "oral", reference=OTHER))
    (card,) = cards(twice, chart(), COVERS, says("watch", "info"), says("look"))
    assert card.detail.count("Look.") == 0
    assert card.detail.count("**Also:**\n- **Info:** Watch.") == 1


def test_two_orders_of_one_drug_are_told_apart_by_their_directions():
    twice = (DRAFT, prescribe("examplol", "30 mg", 2, "oral", reference=OTHER))
    remove = SuggestionSpec(SuggestionKind.DELETE)
    (card,) = cards(twice, chart(), COVERS, says("total", topic="safety", suggest=(remove,)))
    assert [one.label for one in card.suggestions] == [
        "Remove the examplol order (50 mg once a day)",
        "Remove the examplol order (30 mg twice a day)",
    ]


def test_on_a_card_of_several_points_a_change_names_its_drug():
    statements = [
        says(f"point {n}", "info", topic=f"t{n}", when=TOO_MUCH, suggest=(to(f"{n + 1} mg"),)) for n in range(2)
    ]
    (card,) = cards(DRAFT, chart(), COVERS, *statements, most_cards="1 1")
    assert [one.label for one in card.suggestions] == [
        "Examplol: change the dose to 1 mg",
        "Examplol: change the dose to 2 mg",
    ]


def test_what_leaves_least_stands_first_and_removing_the_order_after_it():
    far = says(
        "far", "critical", when=TOO_MUCH, suggest=(to("15 mg"), SuggestionSpec(SuggestionKind.DELETE), to("5 mg"))
    )
    some = says("some", "info", when=(amount(above="10 mg"),))
    (card,) = cards(DRAFT, chart(), COVERS, far, some)
    assert [one.label for one in card.suggestions] == [
        "Change the dose to 5 mg",
        "Change the dose to 15 mg",
        "Remove the examplol order",
    ]


def test_of_equal_findings_the_one_that_offers_another_dose_leads():
    caution = says("a caution")
    figure = says("the figure", when=TOO_MUCH, suggest=(to("5 mg"),))
    (card,) = cards(DRAFT, chart(), COVERS, caution, figure)
    assert card.summary == "The figure."


def test_a_way_out_that_brings_something_as_loud_is_not_offered():
    much = says("much", when=TOO_MUCH, suggest=(to("5 mg"), to("15 mg")))
    little = says("little", when=(amount(below="10 mg"),))
    (card,) = cards(DRAFT, chart(), COVERS, much, little)
    assert [one.label[-5:] for one in card.suggestions] == ["15 mg"]


def test_information_may_stay_information_in_other_words():
    words = statement(
        "words",
        tier("info", say="Low."),
        tier("info", *TOO_MUCH, say="High.", suggest=(to("15 mg"),)),
        topic="safety",
    )
    (card,) = cards(DRAFT, chart(), COVERS, words)
    assert (card.summary, [one.label[-5:] for one in card.suggestions]) == ("High.", ["15 mg"])


def test_a_unit_slip_is_named_in_the_detail_and_offered():
    rates = says(
        "rates",
        topic="dose",
        when=(amount(above="12 mg/h"),),
        dose=(("low", "5 mg/h"), ("high", "10 mg/h")),
    )
    (card,) = cards(prescribe("examplol", rate="8 mg/min", route="intravenous"), chart(), rates)
    assert "**A unit slip?** A factor of × 60 (per minute and per hour) would be 8 mg/h." in card.detail
    assert card.suggestions[-1].label == "Unit slip (per minute and per hour)? Change to 8 mg/h"


def test_the_override_reasons_are_those_of_the_loudest_findings():
    loud = [says(name, "warning", override=(code,)) for name, code in (("a", "INTENT"), ("b", "BENEFIT"))]
    quiet = says("c", "info", override=("BEDSIDE",))
    (card,) = cards(DRAFT, chart(), COVERS, quiet, *loud)
    assert [code for code, _ in card.override] == ["INTENT", "BENEFIT"]


def test_an_override_reason_without_a_text_is_left_out():
    (card,) = cards(DRAFT, chart(), COVERS, says("a", override=("UNHEARD-OF", "INTENT")))
    assert card.override == (("INTENT", "Intended"),)


# --- at most five --------------------------------------------------------------------------------------------


def many(**levels: int) -> list[Statement]:
    return [
        says(f"{level} {number}", level, topic=f"{level}-{number}", override=("INTENT",))
        for level, count in levels.items()
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("levels", "summaries"),
    [
        ({"info": 5}, ["Info 0.", "Info 1.", "Info 2.", "Info 3.", "Info 4."]),
        ({"info": 6}, ["Info 0.", "Info 1.", "Info 2.", "Info 3.", "2 further points: Info 4. Info 5."]),
        (
            {"warning": 4, "info": 3},
            ["Warning 0.", "Warning 1.", "Warning 2.", "Warning 3.", "3 further points: Info 0. Info 1. Info 2."],
        ),
        (
            {"critical": 1, "warning": 6, "info": 1},
            [
                "Critical 0.",
                "Warning 0.",
                "Warning 1.",
                "4 further warnings: Warning 2. Warning 3. Warning 4. Warning 5.",
                "Info 0.",
            ],
        ),
        (
            {"critical": 6, "warning": 2, "info": 2},
            [
                *(f"Critical {number}." for number in range(6)),
                "2 further warnings: Warning 0. Warning 1.",
                "2 further points: Info 0. Info 1.",
            ],
        ),
        ({"critical": 7}, [f"Critical {number}." for number in range(7)]),
        ({"critical": 5, "info": 1}, [*(f"Critical {number}." for number in range(5)), "Info 0."]),
    ],
)
def test_information_folds_first_then_warnings_and_a_critical_card_never(levels: dict[str, int], summaries: list[str]):
    statements = many(**levels)
    found = cards(DRAFT, chart(), COVERS, *statements)
    assert [card.summary for card in found] == summaries
    told = [told.statement for card in found for told in card.told]
    assert sorted(told) == sorted(one.id for one in statements)


def test_the_policy_says_how_many_cards_there_are():
    assert len(cards(DRAFT, chart(), COVERS, *many(info=4), most_cards="2 1")) == 2


def test_a_folded_card_keeps_everything_and_recommends_nothing():
    statements = [
        says(
            f"point {n}",
            "info",
            topic=f"t{n}",
            when=TOO_MUCH,
            override=(code,),
            suggest=(to(f"{n + 1} mg", recommended=True),),
        )
        for n, code in enumerate(("INTENT", "INTENT", "BENEFIT"))
    ]
    (card,) = cards(DRAFT, chart(), COVERS, *statements, most_cards="1 1")
    assert (card.topic, card.topic_name) == ("several", "Several points")
    assert [suggestion.recommended for suggestion in card.suggestions] == [False, False, False]
    assert [code for code, _ in card.override] == ["INTENT", "BENEFIT"]
    assert card.detail.count("\n\n---\n\n") == 2
    assert card.detail.startswith("**Point 0.**\n\n**The source:** What the book says about point 0")


def test_a_folded_card_offers_each_way_out_once():
    statements = [says(f"point {n}", "info", topic=f"t{n}", when=TOO_MUCH, suggest=(to("5 mg"),)) for n in range(2)]
    (card,) = cards(DRAFT, chart(), COVERS, *statements, most_cards="1 1")
    assert len(card.suggestions) == 1


# --- for machines --------------------------------------------------------------------------------------------


def test_a_finding_is_told_with_its_rule_level_orders_and_drugs():
    with_calmazine = says("with", when=(ask.TakenWith(frozenset({"calmazine"})),), rule="I9")
    here = situation(DRAFT, chart(medicines=(takes("calmazine", give("5 mg", 1)),)))
    known = knowledge(with_calmazine)
    (finding,) = review(here, known).found
    orders = (NEW, "MedicationRequest/calmazine")
    drugs = ("calmazine", "examplol")
    assert told_of(finding, "why") == Told(with_calmazine.id, "I9", Level.WARNING, orders, "why", drugs, finding)
    told = compose(review(here, known), here, known).cards[0].told
    assert told_of(finding) in told


def test_every_judged_order_has_a_report():
    limit, nasal = says("limit", when=(amount(above="10 mg"),)), says("nasal", when=(route("nasal"),))
    unknown = Order(OTHER, Medication(Concept((Coding("http://x", "1"),), "mystery")), (give("1 mg", 1),), draft=True)
    result = reviewed((DRAFT, unknown), chart(), COVERS, limit, nasal, PER_KG)
    assert result.orders == (
        OrderReport(
            NEW,
            "Examplol",
            covered=True,
            checked=(COVERS.id, limit.id, nasal.id, PER_KG.id),
            fired=(limit.id,),
            clear=(COVERS.id, nasal.id),
            not_assessed=(("N1", "no body weight on record"),),
        ),
        OrderReport(OTHER, "", covered=False, unknown_codes=("http://x|1",)),
    )
    assert (result.knowledge_version, result.policy) == ("v1", "house 7")


def test_at_order_select_only_the_selected_orders_are_reported():
    result = reviewed(Drafts((DRAFT, SECOND), selected=frozenset({NEW})), chart(), COVERS)
    assert [report.order for report in result.orders] == [NEW]


def test_an_order_whose_product_is_a_puzzle_counts_as_covered():
    (report,) = reviewed(order("examplol puzzle"), chart()).orders
    assert report.covered
    assert report.not_assessed == (("N3", "the product could not be made out"),)
