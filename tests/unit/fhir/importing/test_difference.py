from __future__ import annotations

from typing import Any

import pytest

from cds.fhir.importing.difference import resource_differences


def _told(given: Any, ours: Any) -> list[str]:
    return [str(each) for each in resource_differences(given, ours)]


def test_equal_resources_do_not_differ() -> None:
    assert _told({"a": [{"b": 1}]}, {"a": [{"b": 1}]}) == []


@pytest.mark.parametrize(
    ("given", "ours", "words"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, "b ('2') is not understood, and might change a judgement"),
        ({"a": 1}, {"a": 1, "b": 2}, "b is missing: what was read asks for '2'"),
        ({"a": 1}, {"a": 2}, "a is '1', and what was read asks for '2'"),
        ({"a": [1, 2]}, {"a": [1]}, "a[1] ('2') is not understood, and might change a judgement"),
    ],
)
def test_a_difference_is_told_with_its_place(given: Any, ours: Any, words: str) -> None:
    assert _told(given, ours) == [words]


@pytest.mark.parametrize("name", ["text", "meta", "display", "publisher", "language"])
def test_what_is_for_people_is_harmless_wherever_it_stands(name: str) -> None:
    (found,) = resource_differences({"code": [{name: "x"}]}, {"code": [{name: "y"}]})
    assert found.harmless


def test_an_id_that_we_do_not_give_is_harmless_and_another_than_ours_is_not() -> None:
    (extra,) = resource_differences({"a": {"id": "x"}}, {"a": {}})
    (other,) = resource_differences({"a": {"id": "x"}}, {"a": {"id": "y"}})
    assert extra.harmless
    assert not other.harmless


def test_the_order_of_items_with_names_of_their_own_does_not_matter() -> None:
    assert _told({"a": [{"id": "x"}, {"id": "y"}]}, {"a": [{"id": "y"}, {"id": "x"}]}) == []


def test_an_item_that_is_gone_is_told_by_its_name() -> None:
    assert _told({"a": [{"id": "x.y"}]}, {"a": [{"id": "x.y"}, {"id": "z.w"}]})[0].startswith("a[z/w] is missing")
