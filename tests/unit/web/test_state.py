"""A state and its address say the same, and the address is short."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from cds.web import state
from cds.web.state import LONGEST, MOST, State
from cds.web.words import Words


def back(one: State, words: Words) -> State:
    return state.read(parse_qsl(state.query(one, words), keep_blank_values=True), words)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"drug": "a b & c=d", "dose": "2.5", "unit": "mg"},
        {"weight": "", "age": ""},
        {"condition": ()},
        {"condition": ("Glaucoma", "<b>"), "medicine": ("one", "two"), "away": ("allergies",), "also": ("ecg",)},
        {"drug": "one", "more": ("two 5 mg", "two 5 mg", "three & four")},
    ],
    ids=["as it began", "an order", "emptied fields", "an emptied list", "lists", "further orders, one of them twice"],
)
def test_the_address_of_a_state_leads_back_to_it(words: Words, changes: dict[str, object]) -> None:
    for name in words.presets:
        one = replace(state.preset(name, words), **changes)  # type: ignore[arg-type]
        assert back(one, words) == one


def test_an_address_holds_only_what_differs_from_the_patient(words: Words) -> None:
    assert state.query(state.preset("pregnant", words), words) == "p=pregnant"


def test_an_address_without_a_known_patient_begins_with_the_first(words: Words) -> None:
    assert state.read([("p", "nobody")], words) == state.preset(next(iter(words.presets)), words)


def test_what_is_too_long_is_cut(words: Words) -> None:
    found = state.read([("drug", "x" * 1000), *(("condition", f"c{n}") for n in range(50))], words)
    assert len(found.drug) == LONGEST
    assert len(found.condition) == MOST


def test_lines_of_a_field_are_entries_of_a_list(words: Words) -> None:
    assert state.read([("condition", ""), ("condition", "one\n\n two "), ("condition", "one")], words).condition == (
        "one",
        "two",
    )
