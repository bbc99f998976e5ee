"""A case is sent as an EHR would send it, and a suggestion that is accepted changes the order."""

from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from cds.errors import RequestError
from cds.web import state
from cds.web.words import Words
from cds.web.workbench import Result, Workbench
from tests.unit.web.conftest import NOW


def answered(bench: Workbench, patient: str, line: str = "") -> tuple[state.State, object]:
    preset = bench.words.presets[patient]
    case = bench.example(patient, line or preset.order, NOW)
    return case, bench.result(case, NOW)


# What each made-up patient is there to show: the loudest card's level, and a word of it.
SHOWN = {
    "adult": ("critical", "300 mg/day"),
    "pregnant": ("critical", "regnan"),
    "child": ("warning", "Child"),
    "elderly": ("warning", "Elderly"),
    "intracranial": ("critical", "intracranial"),
    "phenelzine": ("critical", "phenelzine"),
    "no-weight": ("warning", "weight"),
    "glaucoma": ("critical", "Glaucoma"),
    "intensive-care": ("critical", "mg/kg/h"),
    "psychosis": ("critical", "psychosis"),
    "breastfeeding": ("warning", "Breastfeeding"),
    "opioid": ("warning", "morphine"),
    "continuing": ("info", "100 mg/day"),
}


def test_every_patient_is_there_to_show_something(words: Words) -> None:
    assert set(words.presets) == set(SHOWN)


@pytest.mark.parametrize("patient", SHOWN)
def test_a_patient_shows_what_it_is_there_for(bench: Workbench, patient: str) -> None:
    _, result = answered(bench, patient)
    level, word = SHOWN[patient]
    first = result.cards[0]  # type: ignore[attr-defined]
    assert first.level == level
    assert any(word in card.summary for card in result.cards)  # type: ignore[attr-defined]


def test_an_accepted_suggestion_is_the_next_case_and_its_card_is_gone(bench: Workbench) -> None:
    case, result = answered(bench, "adult")
    way = next(way for way in result.cards[0].ways if "75 mg" in way.label)  # type: ignore[attr-defined]
    after = state.read(parse_qsl(way.href, keep_blank_values=True), bench.words)
    assert (case.dose, after.dose, after.times, after.reason) == ("150", "75", "2", "neuropathic pain")
    assert all(card.level != "critical" for card in bench.result(after, NOW).cards)


def test_every_way_out_of_every_patient_leads_to_a_case_that_is_answered(bench: Workbench) -> None:
    for patient in bench.words.presets:
        _, result = answered(bench, patient)
        for card in result.cards:  # type: ignore[attr-defined]
            for way in card.ways:
                after = state.read(parse_qsl(way.href, keep_blank_values=True), bench.words)
                assert bench.result(after, NOW).request


def test_a_removed_order_leaves_the_patient(bench: Workbench) -> None:
    case, result = answered(bench, "psychosis")
    way = next(way for way in result.cards[0].ways if "Remove" in way.label)  # type: ignore[attr-defined]
    after = state.read(parse_qsl(way.href, keep_blank_values=True), bench.words)
    assert not after.has_order
    assert after.condition == case.condition


def test_a_service_that_a_card_offers_is_ordered_beside_the_drug(bench: Workbench) -> None:
    _, result = answered(bench, "no-weight")
    way = next(way for card in result.cards for way in card.ways if "weight" in way.label)  # type: ignore[attr-defined]
    after = state.read(parse_qsl(way.href, keep_blank_values=True), bench.words)
    assert after.also == ("body-weight",)
    assert '"ServiceRequest"' in bench.result(after, NOW).request


def test_a_rate_that_is_changed_comes_back_into_the_form(bench: Workbench) -> None:
    case, result = answered(bench, "intensive-care")
    way = next(way for way in result.cards[0].ways if "rate" in way.label)  # type: ignore[attr-defined]
    after = state.read(parse_qsl(way.href, keep_blank_values=True), bench.words)
    assert after.rateunit == case.rateunit
    assert after.rate != case.rate
    assert after.rate in way.label


def test_a_part_of_the_record_that_is_away_is_not_sent_and_is_said(bench: Workbench) -> None:
    case = state.read(
        [*parse_qsl(state.query(bench.example("adult", bench.words.presets["adult"].order, NOW), bench.words)),
         ("away", "allergies")],
        bench.words,
    )  # fmt: skip
    result = bench.result(case, NOW)
    assert "allergies" not in json.loads(result.request)["prefetch"]
    assert any("llerg" in reason for order in result.orders for reason in order.lacking)


def test_a_drug_without_knowledge_is_told_as_not_checked(bench: Workbench) -> None:
    _, result = answered(bench, "adult", "amoxicillin 500 mg by mouth 3 times a day")
    assert result.cards == []  # type: ignore[attr-defined]
    assert [order.covered for order in result.orders] == [False]  # type: ignore[attr-defined]


def test_the_marker_of_the_picture_is_what_the_order_amounts_to(bench: Workbench) -> None:
    _, result = answered(bench, "adult")
    picture = next(one for one in result.pictures if "daily" in one.title.lower())  # type: ignore[attr-defined]
    assert picture.mark_words == "300 mg/day"
    assert 0 < picture.mark < 100


def test_a_pasted_request_is_answered_and_its_suggestion_carried_out(bench: Workbench) -> None:
    _, result = answered(bench, "adult")
    pasted = bench.pasted(result.request, NOW)  # type: ignore[attr-defined]
    assert [card.summary for card in pasted.cards] == [card.summary for card in result.cards]  # type: ignore[attr-defined]
    number = next(way.number for way in pasted.cards[0].ways if "Remove" in way.label)
    after = bench.accepted(result.request, 0, number, NOW)  # type: ignore[attr-defined]
    assert json.loads(after)["context"]["draftOrders"]["entry"] == []


@pytest.mark.parametrize("text", ["", "[]", "{", '{"hook": "patient-greet"}', '{"hook": "order-sign"}'])
def test_what_is_no_hook_request_is_refused_in_words(bench: Workbench, text: str) -> None:
    with pytest.raises(RequestError):
        bench.pasted(text, NOW)


def test_a_suggestion_that_is_not_there_is_refused(bench: Workbench) -> None:
    _, result = answered(bench, "adult")
    with pytest.raises(RequestError):
        bench.accepted(result.request, 7, 7, NOW)  # type: ignore[attr-defined]


def together(bench: Workbench, first: str, *others: str, **patient: object) -> tuple[state.State, Result]:
    """A healthy man's orders, signed together."""
    case = replace(bench.example("adult", first, NOW), more=others, **patient)  # type: ignore[arg-type]
    return case, bench.result(case, NOW)


def led_to(bench: Workbench, result: Result, label: str, about: str = "") -> state.State:
    """The case behind the first suggestion with this label."""
    ways = (way for card in result.cards for way in card.ways)
    way = next(way for way in ways if label in way.label and about in way.about)
    return state.read(parse_qsl(way.href, keep_blank_values=True), bench.words)


def test_daily_totals_are_taken_over_all_orders(bench: Workbench) -> None:
    _, result = together(bench, "amitriptyline 75 mg twice a day", "amitriptyline 25 mg at night")
    assert "175 mg/day over 2 orders" in result.cards[0].summary
    assert [order.drug for order in result.orders] == ["Amitriptyline", "Amitriptyline"]


def test_orders_interact_with_each_other_and_with_what_is_taken(bench: Workbench) -> None:
    _, alone = together(bench, "amitriptyline 10 mg at night")
    _, both = together(bench, "amitriptyline 10 mg at night", "ketamine 20 mg IV once for acute pain")
    _, taken = together(bench, "amitriptyline 10 mg at night", medicine=("phenelzine",))
    assert not any("ketamine" in card.summary for card in alone.cards)
    assert any("Amitriptyline with ketamine" in card.summary for card in both.cards)
    assert any("phenelzine" in card.summary for card in taken.cards)


def test_a_further_order_is_sent_as_a_draft_of_its_own(bench: Workbench) -> None:
    _, result = together(
        bench, "amitriptyline 10 mg at night", "amitriptyline 10 mg at night", "ketamine 20 mg IV once"
    )
    entries = json.loads(result.request)["context"]["draftOrders"]["entry"]
    ids = ["workbench-order", "workbench-order-2", "workbench-order-3"]
    assert [entry["resource"]["id"] for entry in entries] == ids


def test_a_further_order_alone_is_an_order(bench: Workbench) -> None:
    case = replace(state.preset("adult", bench.words), more=("amitriptyline 150 mg twice a day",))
    assert case.has_order
    assert "300 mg/day" in bench.result(case, NOW).cards[0].summary


def test_a_semicolon_in_the_line_begins_another_order(bench: Workbench) -> None:
    start = replace(state.preset("adult", bench.words), more=("ketamine 20 mg IV once",))
    case = bench.say("amitriptyline 10 mg at night; pregabalin 75 mg twice a day", start, NOW)
    assert (case.drug, case.dose) == ("amitriptyline", "10")
    assert case.more == ("ketamine 20 mg IV once", "pregabalin 75 mg twice a day")


def test_another_line_leaves_the_further_orders(bench: Workbench) -> None:
    case, _ = together(bench, "amitriptyline 10 mg at night", "ketamine 20 mg IV once")
    assert bench.say("pregabalin 75 mg twice a day", case, NOW).more == ("ketamine 20 mg IV once",)


def test_suggestions_for_two_orders_of_one_drug_are_told_apart(bench: Workbench) -> None:
    case, result = together(bench, "amitriptyline 75 mg twice a day", "amitriptyline 25 mg at night")
    first = led_to(bench, result, "Remove the amitriptyline order (75 mg twice a day)")
    assert (first.drug, first.dose, first.more) == ("amitriptyline", "25", ())
    second = led_to(bench, result, "Remove the amitriptyline order (25 mg once a day)")
    assert (second.dose, second.more) == (case.dose, ())


def test_a_change_of_a_further_order_changes_its_line(bench: Workbench) -> None:
    case, result = together(bench, "ketamine 20 mg IV once for acute pain", "amitriptyline 150 mg twice a day")
    after = led_to(bench, result, "Change to 75 mg twice a day")
    assert after.more == ("amitriptyline 75 mg twice a day",)
    assert (after.drug, after.dose) == (case.drug, case.dose)
    assert "300 mg/day" not in bench.result(after, NOW).response
