"""Cards become wire JSON; what cannot be written is left out rather than half written."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from cds.cards.card import Card, Reviewed, Suggestion
from cds.clinical.change import DeleteOrder
from cds.hooks.response import answer, fitted
from cds.hooks.strict import Json
from cds.knowledge.model import Level
from tests.canned import canned_service

UUIDS = UUID("00000000-0000-4000-8000-000000000000")
GOOD = DeleteOrder("MedicationRequest/known")
BAD = DeleteOrder("MedicationRequest/unknown")


def actions(suggestion: Suggestion) -> list[Json] | None:
    if BAD in suggestion.changes:
        return None
    return [{"type": "delete", "description": suggestion.label} for _ in suggestion.changes]


def card(*suggestions: Suggestion) -> Json:
    reviewed = Reviewed((Card("s", Level.INFO, "t", "T", "label", "", suggestions=suggestions),))
    cards = answer(reviewed, actions, lambda: UUIDS)["cards"]
    assert isinstance(cards, list)
    return cards[0]


def test_a_suggestion_with_a_change_that_cannot_be_written_is_left_out_whole() -> None:
    written = card(Suggestion("both", (GOOD, BAD)), Suggestion("one", (GOOD,)))
    assert isinstance(written, dict)
    suggestions = written["suggestions"]
    assert isinstance(suggestions, list)
    assert [suggestion["label"] for suggestion in suggestions if isinstance(suggestion, dict)] == ["one"]


def test_a_card_whose_suggestions_all_fall_away_has_none_and_no_selection_behaviour() -> None:
    written = card(Suggestion("both", (GOOD, BAD)), Suggestion("nothing", ()))
    assert isinstance(written, dict)
    assert not {"suggestions", "selectionBehavior"} & written.keys()


def test_uuids_come_from_the_function_that_is_passed_in() -> None:
    written = card()
    assert isinstance(written, dict)
    assert written["uuid"] == str(UUIDS)


def test_a_summary_that_fits_is_not_touched() -> None:
    assert fitted("x" * 139) == "x" * 139


def test_a_summary_is_counted_in_characters_and_not_in_bytes() -> None:
    assert fitted("ü" * 139) == "ü" * 139


def test_a_summary_that_is_cut_ends_with_a_word_and_an_ellipsis() -> None:
    cut = fitted("word, " * 40)
    assert cut.endswith("word…")
    assert len(cut) < 140


def test_a_word_longer_than_half_the_summary_is_cut_inside() -> None:
    cut = fitted("a " + "x" * 200)
    assert len(cut) == 139
    assert cut.endswith("x…")


def test_a_card_links_to_its_statements_only_where_the_public_address_is_known() -> None:
    def links(base_url: str) -> list[Any]:
        body = answer(canned_service().reviewed, lambda _: None, uuid4, base_url=base_url)
        return [card.get("links") for card in body["cards"]]  # type: ignore[union-attr,index]

    assert links("") == [None, None]
    assert links("https://cds.example.org/x") == [
        [
            {
                "label": f"Read: {name}",
                "url": f"https://cds.example.org/x/knowledge/statements/{name}",
                "type": "absolute",
            }
        ]
        for name in ("examplamine.daily.limit", "examplamine.bolus")
    ]
