"""The sheet counts what was stopped and what was disturbed, and writes it three ways."""

from __future__ import annotations

import pytest
from rich.console import Console

from cds.knowledge.model import Level
from cds.selftest.categories import Categories
from cds.selftest.client import Listed
from cds.selftest.judge import Verdict, Way
from cds.selftest.page import as_page
from cds.selftest.question import Thing
from cds.selftest.sheet import Sheet, as_json, percent, share, sheet
from cds.selftest.text import MOST_FAILURES, as_text, printable
from tests.unit.selftest.conftest import question

SERVICE = Listed("http://127.0.0.1:9", "theirs", "Their <check>", {})
CATEGORIES = Categories({"age": "Age", "allergy": "Allergy"}, {}, {}, "age")
LOUD = Thing("a.b", frozenset({Level.CRITICAL}))
QUIET = Thing("a.b", frozenset(Level))


def made(*verdicts: Verdict) -> Sheet:
    return sheet(SERVICE, verdicts, CATEGORIES)


def caught(seconds: float = 0.001) -> Verdict:
    return Verdict(question(LOUD), Way.FINDINGS, alerted=True, seconds=seconds)


def missed() -> Verdict:
    return Verdict(question(LOUD), Way.FINDINGS, missed=("a.b critical",))


def clean(alerted: bool = False) -> Verdict:
    return Verdict(question(unwanted=(QUIET,), category="age"), Way.FINDINGS, alerted=alerted)


def test_sensitivity_is_what_was_stopped_of_what_had_to_be() -> None:
    found = made(caught(), caught(), missed(), clean())
    assert (found.total.must, found.total.caught, found.total.clean, found.total.disturbed) == (3, 2, 1, 0)
    assert [(row.name, row.cases) for row in found.rows] == [("Age", 1), ("Allergy", 3)]
    assert not found.passed


def test_an_answer_that_did_not_come_neither_stops_nor_disturbs() -> None:
    found = made(
        Verdict(question(LOUD), Way.CARDS, error="status 500"), Verdict(clean().question, Way.CARDS, error="x")
    )
    assert (found.total.caught, found.total.clean) == (0, 0)


def test_the_false_alert_rate_is_what_was_disturbed_of_what_was_clean() -> None:
    assert as_json(made(clean(), clean(alerted=True)))["total"]["false_alert_rate"] == 0.5


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(0, 0, "-"), (1, 1, "100 %"), (9999, 10000, "> 99.9 %"), (1, 10000, "< 0.1 %"), (0, 9, "0 %"), (1, 3, "33.3 %")],
)
def test_a_share_is_never_rounded_to_all_or_nothing(part: int, whole: int, shown: str) -> None:
    assert percent(share(part, whole)) == shown


def test_the_times_are_median_95th_percentile_and_longest() -> None:
    found = made(*(caught(seconds=number / 1000) for number in range(1, 101)))
    assert found.milliseconds == pytest.approx((50.5, 96, 100))


def printed(found: Sheet) -> str:
    console = Console(width=80, color_system=None)
    with console.capture() as capture:
        console.print(as_text(found))
    return capture.get()


def test_the_text_fits_80_columns_and_names_every_failure() -> None:
    text = printed(made(caught(), missed(), clean(alerted=True)))
    assert max(map(len, text.split("\n"))) <= 80
    assert "Disturbed" in text
    assert "…" not in text
    assert "1 of 2" in text
    assert "missed: a.b critical" in text
    assert "✗ 1 of 3 cases failed" in text


def test_the_text_stops_listing_failures_and_says_so() -> None:
    assert "and 2 more" in printed(made(*[missed()] * (MOST_FAILURES + 2)))


def test_cases_that_were_not_judged_are_counted() -> None:
    open_ = Verdict(question(LOUD), Way.CARDS, judged=False)
    assert "1 cases were not judged" in printed(made(open_))
    assert "1 cases were not judged" in as_page(made(open_), "today")


def test_the_page_stands_alone_and_escapes_what_the_service_said() -> None:
    page = as_page(made(caught(), Verdict(question(LOUD), Way.CARDS, wrong=("<b>&",))), "2026-03-01 12:00 UTC")
    assert "Their &lt;check&gt;" in page
    assert "&lt;b&gt;&amp;" in page
    assert "2026-03-01" in page
    for word in ("<script", "<link", "src=", "@import", "url("):
        assert word not in page
    assert '<html lang="en">' in page


def test_what_could_steer_a_terminal_is_replaced() -> None:
    assert printable("a\x1b[2J\nb\u202e") == "a·[2J·b·"
