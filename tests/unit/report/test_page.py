"""The page draws every figure, escapes every name, and stands without script or outside files."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter

import pytest

from cds.report import charts
from cds.report.figures import Day, Report, StatementFigures
from cds.report.page import page
from cds.report.rates import Rate, chance_of_at_most, wilson
from cds.report.svg import element
from cds.report.words import LACKS, Words
from cds.rules.truth import Lack
from tests.unit.report.conftest import Month
from tests.unit.report.simulation import HABITS

WORDS = Words(
    {"BENEFIT": "Benefit outweighs the risk"}, {"examplamine.elderly": "Lower doses are asked for in <old> age."}
)


def drawings(month: Month) -> list[str]:
    report = month.report
    return [
        charts.by_day(report),
        charts.by_statement(report.statements),
        charts.by_setting(report.statements, sorted(report.settings)),
        charts.bars(report.reasons, "Override reasons"),
    ]


def test_every_drawing_is_well_formed_and_named(month: Month) -> None:
    for drawing in drawings(month):
        root = ET.fromstring(drawing)  # noqa: S314 - our own text
        assert root.get("aria-label")
        assert root.get("role") == "img"


def test_every_day_and_statement_has_a_mark_that_tells_its_figures(month: Month) -> None:
    by_day, by_statement, by_setting, _ = drawings(month)
    assert by_day.count("<title>") == 31
    shown = month.report.statements[0]
    assert (
        f"shown {shown.rate.shown}, accepted {shown.rate.accepted}, overridden {shown.rate.overridden}" in by_statement
    )
    assert by_setting.count("<title>") == len(month.report.statements) * 4


def test_the_page_shows_the_figures_of_the_report(month: Month) -> None:
    text = page(month.report, WORDS)
    assert "10,000" in text
    assert f"{month.report.per_100:.1f}" in text
    assert "Benefit outweighs the risk" in text
    assert "Gone quiet" in text
    assert "examplamine.renal" in text
    assert "No usable body weight" in text
    assert "Lower doses are asked for in &lt;old&gt; age." in text
    for forbidden in ("<script", "http://", "https://", 'style="', "javascript:", "onload"):
        assert forbidden not in text.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_every_indicator_setting_and_month_has_its_figures_on_the_page(month: Month) -> None:
    report, put_in = month.report, month.put_in
    rows = re.findall(r"<tr><td>([^<]+)</td>((?:<td class=n>[^<]*</td>)+)</tr>", page(report, WORDS))
    shown = {name: re.findall(r">([^<]+)</td>", cells) for name, cells in rows}
    for name, counts in (*put_in.levels.items(), *put_in.settings.items()):
        orders = report.setting_orders.get(name, put_in.orders)
        assert shown[name][:5] == [
            f"{orders:,}", f"{counts.total():,}", f"{100 * counts.total() / orders:.1f}",
            f"{counts['accepted']:,}", f"{counts['overridden']:,}",
        ]  # fmt: skip
    assert shown["2026-10"][1] == f"{put_in.cards:,}"


def test_what_most_prescribers_do_not_follow_leads_to_an_overlay(month: Month) -> None:
    drafts = re.findall(r"<code>cds overlay draft ([^<]+)</code>", page(month.report, WORDS))
    assert drafts == sorted(
        (name for name, habit in HABITS.items() if habit.overridden > 0.6),
        key=lambda name: -month.put_in.statements[name]["overridden"],
    )


@pytest.mark.parametrize(("rate", "worth"), [(Rate(20, 2, 18), True), (Rate(3, 0, 3), False), (Rate(9, 9, 0), False)])
def test_a_rate_that_chance_may_have_made_is_not_called_worth_a_look(rate: Rate, worth: bool) -> None:
    report = Report("2026-10-01", "2026-10-31", 1, 30, 20, statements=[StatementFigures("a.b", "critical", rate)])
    text = page(report, Words())
    assert ("Worth a look" in text) is worth
    assert ("a second reviewer has to agree" in text) is worth


def test_a_long_name_takes_two_lines_and_is_told_whole(month: Month) -> None:
    name = "Benefit judged to outweigh the risk; specialist advice was taken"
    drawn = charts.bars(Counter({name: 3, "MONITOR": 1}), "Reasons")
    assert "…" not in drawn
    assert drawn.count("<text") == 5
    assert f"<title>{name}: 3  (75%)</title>" in drawn


def test_every_lack_is_told_in_words() -> None:
    assert set(LACKS) == set(Lack)


def test_names_are_escaped() -> None:
    row = StatementFigures("<b>&x", "info", Rate(3, 1, 2), {"<i>": Rate(3, 1, 2)}, Counter({"<u>": 2}))
    report = Report(
        "2026-10-01", "2026-10-31", 1, 1, 3, statements=[row], settings={"<i>": Rate(3, 1, 2)},
        levels={"info": Rate(3, 1, 2)}, reasons=Counter({"<u>": 2}), days={"2026-10-01": Day(1, Counter({"info": 3}))},
        months={"2026-09": Rate(2, 1, 1), "2026-10": Rate(3, 1, 2)}, not_checked=Counter({"<s>": 1}),
    )  # fmt: skip
    text = page(report, Words(), [("<a>", "?x=1&y=2")])
    for tag in ("<b>&x", "<i>", "<u>", "<s>", "<a>"):
        assert tag not in text
    assert "Override rate by month" in text


def test_an_element_is_written_with_its_attributes_escaped() -> None:
    assert element("a", "x", class_="k", stroke_width=1.50, title='"<', none=None) == (
        '<a class="k" stroke-width="1.5" title="&quot;&lt;">x</a>'
    )
    assert element("line", x1=2) == '<line x1="2"/>'


@pytest.mark.parametrize(
    ("times", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (263, 1000, 0.2366, 0.2912)],
)
def test_the_interval_is_wilsons(times: int, of: int, low: float, high: float) -> None:
    assert wilson(times, of) == pytest.approx((low, high), abs=5e-4)


@pytest.mark.parametrize(("seen", "expected", "chance"), [(0, 5.0, 0.006738), (2, 5.0, 0.124652), (5, 1e-9, 1.0)])
def test_the_chance_of_so_few_is_poissons(seen: int, expected: float, chance: float) -> None:
    assert chance_of_at_most(seen, expected) == pytest.approx(chance, abs=1e-6)
