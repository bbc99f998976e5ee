"""The report as JSON and as text for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from cds.report.figures import LEVELS, Report
from cds.report.rates import Rate

_MOST = 15


def as_json(report: Report) -> dict[str, Any]:
    """Every figure, in plain values."""
    return {
        "since": report.since,
        "until": report.until,
        "calls": report.calls,
        "callsWithoutCard": report.without_card,
        "orders": report.orders,
        "cards": report.cards,
        "cardsPer100Orders": round(report.per_100, 2),
        "all": report.rate.figures(),
        "byIndicator": _rates(report.levels),
        "bySetting": _rates(report.settings, report.setting_orders),
        "byMonth": _rates(report.months, report.month_orders),
        "byDay": {day: {"orders": one.orders, **one.cards} for day, one in sorted(report.days.items())},
        "byStatement": [
            {
                "statement": row.statement,
                "indicator": row.level,
                **row.rate.figures(),
                "bySetting": _rates(row.by_setting),
                "reasons": dict(row.reasons.most_common()),
                "withheld": row.withheld,
            }
            for row in report.statements
        ],
        "overrideReasons": dict(report.reasons.most_common()),
        "repeats": [
            {"statement": row.statement, "drugs": list(row.drugs), "patients": row.patients, "again": row.again}
            for row in report.repeats
        ],
        "quiet": [
            {
                "statement": row.statement,
                "expected": round(row.expected, 1),
                "seen": row.seen,
                "chance": float(f"{row.chance:.3g}"),
            }
            for row in report.quiet
        ],
        "notChecked": dict(report.not_checked.most_common()),
        "withheld": dict(report.withheld.most_common()),
        "knowledgeVersions": dict(report.knowledge.most_common()),
        "milliseconds": {"median": report.median_ms, "p95": report.p95_ms},
    }


def _rates(rates: Mapping[str, Rate], orders: Counter[str] | None = None) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for name, rate in sorted(rates.items()):
        rows[name] = rate.figures()
        if orders is not None:
            of = orders[name]
            rows[name] |= {"orders": of, "cardsPer100Orders": round(100 * rate.shown / of, 2) if of else None}
    return rows


def as_text(report: Report) -> str:
    """The report in some forty lines."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.since} to {report.until}: {report.orders} orders signed in {report.calls} calls"
    yield f"{report.cards} cards, {report.per_100:.1f} for every 100 orders; {report.without_card} calls without a card"
    yield f"answers took {report.median_ms} ms (median), {report.p95_ms} ms (95 of 100)"
    yield ""
    yield f"{'':46} {'shown':>6} {'acc.':>6} {'overr.':>6} {'override rate':>22}"
    for level in LEVELS:
        if level in report.levels:
            yield _row(level, report.levels[level])
    for name, rows in (("by setting", report.settings), ("by month", report.months)):
        yield f"{name}:"
        yield from (_row(key, rate) for key, rate in sorted(rows.items()))
    yield "by statement:"
    yield from (_row(row.statement, row.rate) for row in report.statements[:_MOST])
    if len(report.statements) > _MOST:
        yield f"  and {len(report.statements) - _MOST} more (--json has all)"
    yield from _counts("why cards were overridden", report.reasons)
    yield from _counts("not checked", report.not_checked)
    yield from _counts("not shown again", report.withheld)
    if report.repeats:
        yield "shown again for the same patient:"
        for one in report.repeats[:_MOST]:
            yield f"  {one.again:>6} times, {one.patients} patients: {one.statement} ({' + '.join(one.drugs)})"
    if report.quiet:
        yield "gone quiet in the last 14 days, by their own history:"
        for row in report.quiet:
            yield f"  {row.statement}: {row.seen} instead of {row.expected:.0f} (chance {row.chance:.2g})"


def _row(name: str, rate: Rate) -> str:
    interval = rate.interval
    shown = f"{rate.override:.1%} ({interval[0]:.0%} to {interval[1]:.0%})" if interval else "-"
    return f"  {name[:44]:44} {rate.shown:>6} {rate.accepted:>6} {rate.overridden:>6} {shown:>22}"


def _counts(title: str, counts: Counter[str]) -> Iterator[str]:
    if counts:
        yield f"{title}: " + ", ".join(f"{name} {number}" for name, number in counts.most_common())
