"""A case is sent as an EHR would send it, and a suggestion that is accepted changes the order."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest

from cds.errors import RequestError
from cds.web import state
from cds.web.words import Words
from cds.web.workbench import Workbench
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
