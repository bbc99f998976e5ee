"""The tally of feedback counts each report once and stays within its bounds."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from cds.errors import RequestError
from cds.hooks.feedback import Feedback, Tally, read

REPORT = Feedback("card-1", "overridden", "2026-11-24T10:00:00Z", reason="BENEFIT")


def test_the_same_report_is_counted_once_and_another_service_is_another_report() -> None:
    tally = Tally(frozenset({"BENEFIT"}))
    assert [tally.add("a", REPORT), tally.add("a", REPORT), tally.add("b", REPORT)] == [True, False, True]
    assert tally.counts == {("a", "overridden", "BENEFIT"): 1, ("b", "overridden", "BENEFIT"): 1}


def test_a_client_cannot_make_the_table_grow() -> None:
    tally = Tally(frozenset({"BENEFIT"}), remembered=10)
    for number in range(100):
        tally.add("a", replace(REPORT, card=f"card-{number}", reason=f"made-up-{number}"))
    assert tally.counts == {("a", "overridden", "other"): 100}
    assert len(tally._seen) == 10


@pytest.mark.parametrize(
    ("reasons", "code"),
    [
        ({"reason": {"code": "BENEFIT", "system": "s"}}, "BENEFIT"),
        ({"userComment": "text"}, ""),
        ({"extension": {"com.epic.cdshooks.feedback.overrideReason.reasonCategory": "7"}}, "7"),
        ({"extension": {"com.epic.cdshooks.feedback.overrideReason.reasonTitle": "Title"}}, "Title"),
        ({"extension": {"com.epic.cdshooks.feedback.overrideReason.reasonCategory": {"code": "8"}}}, "8"),
        ({"extension": {"com.other": "x"}}, ""),
        ([{"reason": {"code": "BENEFIT", "system": "s"}}], "BENEFIT"),
    ],
)
def test_the_reason_is_found_in_each_of_its_places(reasons: object, code: str) -> None:
    item = {
        "card": "card-1",
        "outcome": "overridden",
        "outcomeTimestamp": "2026-11-24T10:00:00+01:00",
        "overrideReasons": reasons,
    }
    (report,) = read(json.dumps({"feedback": [item]}).encode())
    assert report.reason == code


def refused_at(items: object) -> str:
    with pytest.raises(RequestError) as refused:
        read(json.dumps({"feedback": items}).encode())
    return refused.value.where


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"outcome": "accepted", "acceptedSuggestions": ["s-1"]}, "feedback[0].acceptedSuggestions[0]"),
        ({"outcome": "overridden", "overrideReason": {"reason": "BENEFIT"}}, "feedback[0].overrideReason.reason"),
        ({"outcome": "overridden", "overrideReason": "BENEFIT"}, "feedback[0].overrideReason"),
        ({"outcome": "overridden", "card": "x" * 201}, "feedback[0].card"),
    ],
)
def test_a_member_of_the_wrong_shape_is_named_by_its_place(changes: dict[str, object], where: str) -> None:
    item = {"card": "card-1", "outcomeTimestamp": "2026-11-24T10:00:00Z", **changes}
    assert refused_at([item]) == where


def test_a_report_that_is_no_object_is_named_by_its_number() -> None:
    assert refused_at(["x"]) == "feedback[0]"


def test_there_is_a_limit_to_the_reports_of_one_call() -> None:
    assert refused_at([{}] * 1001) == "feedback"
