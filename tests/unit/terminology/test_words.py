"""Phrases are found word by word, longest first, and never inside a word."""

from __future__ import annotations

import pytest

from cds.terminology.words import Phrases, fenced, tokens, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("25mg Tablets", ("25", "mg", "tablets")),
        ("St. John's wort", ("st", "john", "s", "wort")),
        ("(S)-ketamine", ("s", "ketamine")),
        ("", ()),
    ],
)
def test_a_text_is_cut_into_words_and_numbers(text: str, expected: tuple[str, ...]) -> None:
    assert words(text) == expected


def test_the_longest_phrase_wins() -> None:
    phrases = Phrases([("pain", "short"), ("acute pain", "long")])
    assert [match.value for match in phrases.find(tokens("acute pain and pain"))] == ["long", "short"]


def test_a_phrase_is_not_found_inside_a_word() -> None:
    assert Phrases([("ketamine", 1)]).find(tokens("esketamine norketamine")) == []


def test_a_hyphen_ties_a_phrase_to_an_unknown_word_but_not_to_a_known_one() -> None:
    phrases = Phrases([("alpha", 1), ("beta", 2)])
    found = tokens("nor-alpha alpha-beta")
    free, tied = fenced(phrases.find(found), found)
    assert [match.value for match in free] == [1, 2]
    assert [match.value for match in tied] == [1]


def test_a_whole_text_can_be_one_phrase() -> None:
    phrases = Phrases([("by mouth", 1)])
    assert (phrases.whole("By  mouth"), phrases.whole("by mouth daily"), "by mouth" in phrases) == (1, None, True)
