"""The report shows the figures that the simulated month put in."""

from __future__ import annotations

import io
from collections import Counter
from datetime import timedelta

import pytest

from cds.report.gather import gather
from cds.report.rates import Rate
from cds.report.told import as_json, as_text
from cds.store.database import Database
from cds.store.export import as_csv
from cds.store.keyed import Key
from cds.store.moments import start_of
from cds.store.verify import verify
from tests.postgres import Postgres
from tests.unit.report.conftest import SECRET, Month, period
from tests.unit.report.simulation import HABITS, ORDERS, SETTINGS, simulate


def counted(rate: Rate) -> Counter[str]:
    return Counter({"": rate.shown - rate.answered, "accepted": rate.accepted, "overridden": rate.overridden})


def test_orders_and_cards_are_those_put_in(month: Month) -> None:
    report, put_in = month.report, month.put_in
    assert report.orders == put_in.orders == ORDERS
    assert report.calls == put_in.calls
    assert report.cards == put_in.cards
    assert report.per_100 == pytest.approx(100 * put_in.cards / ORDERS)
    assert report.not_checked == {"N1": put_in.unchecked}


def test_what_prescribers_did_is_what_was_put_in_by_statement_indicator_and_setting(month: Month) -> None:
    report, put_in = month.report, month.put_in
    assert {row.statement: counted(row.rate) for row in report.statements} == put_in.statements
    assert {level: counted(rate) for level, rate in report.levels.items()} == put_in.levels
    assert {setting: counted(rate) for setting, rate in report.settings.items()} == put_in.settings
    assert report.reasons == put_in.reasons
    by_setting = sum((counted(row.by_setting[SETTINGS[0]]) for row in report.statements), Counter())
    assert by_setting == +put_in.settings[SETTINGS[0]]


@pytest.mark.parametrize("statement", HABITS)
def test_the_true_override_rate_lies_in_the_range_that_is_shown(month: Month, statement: str) -> None:
    row = next(row for row in month.report.statements if row.statement == statement)
    assert row.rate.interval is not None
    low, high = row.rate.interval
    assert low <= HABITS[statement].overridden <= high


def test_what_was_shown_again_to_the_same_patient_is_counted(month: Month) -> None:
    assert sum(row.again for row in month.report.repeats) == month.put_in.again
    pairs = [row for row in month.report.repeats if row.statement == "examplamine.with-otheramine"]
    assert pairs[0].drugs == ("examplamine", "otheramine")


def test_only_the_statement_that_went_quiet_is_called_quiet(month: Month) -> None:
    (quiet,) = month.report.quiet
    assert quiet.statement == "examplamine.renal"
    assert quiet.seen == 0
    assert quiet.expected > 50
    assert quiet.chance < 1e-9


def test_every_day_and_the_one_month_are_there(month: Month) -> None:
    assert len(month.report.days) == 31
    assert sum(day.orders for day in month.report.days.values()) == ORDERS
    assert list(month.report.months) == ["2026-10"]


def test_json_and_text_tell_the_same_figures(month: Month) -> None:
    told = as_json(month.report)
    assert told["cards"] == month.put_in.cards
    assert told["byStatement"][0]["shown"] == month.report.statements[0].rate.shown
    text = as_text(month.report)
    assert f"{month.put_in.cards} cards" in text
    assert "examplamine.renal: 0 instead of" in text


def test_the_two_databases_give_the_same_report_and_the_same_record(month: Month, postgresql: Postgres) -> None:
    other = Database(postgresql.database())
    other.upgrade()
    assert simulate(other, Key(SECRET)) == month.put_in
    assert as_json(gather(other, period())) == as_json(month.report)
    since, until = start_of(period().first), start_of(period().last + timedelta(days=1))
    found = []
    for database in (month.database, other):
        with database.reading() as connection:
            checked, written = verify(connection, Key(SECRET)), io.StringIO()
            as_csv(connection, since, until, written)
        found.append((checked.entries, checked.decisions, checked.reports, checked.faults, written.getvalue()))
    other.close()
    assert found[0] == found[1]
    assert not found[0][3]
    assert found[0][4].count("\n") == ORDERS + 1
