"""The report as one page: HTML with drawings in it, no script, readable on paper and in the dark."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from typing import Final

from cds.report import charts
from cds.report.figures import LEVELS, Report, StatementFigures
from cds.report.rates import Rate
from cds.report.words import Words

STYLE: Final = (
    ":root{color-scheme:light dark;--ink:#1d2733;--soft:#5b6876;--line:#d7dde3;--card:#fff;--page:#f4f6f8;"
    "--critical:#b3261e;--warning:#c77700;--info:#2f6f9f;--shade:#4b3f9c}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6ebf0;--soft:#9aa7b4;--line:#33404c;--card:#19212a;--page:#10161c;"
    "--critical:#ff7a70;--warning:#ffb74d;--info:#7cc0f2;--shade:#a79bff}}"
    "*{box-sizing:border-box}body{font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);margin:0}"
    "main{max-width:66rem;margin:0 auto;padding:1.5rem 1rem 4rem}h1{margin:0 0 .2rem;line-height:1.2}"
    "h2{margin:0 0 .3rem;font-size:1.15rem}p{margin:.2rem 0 .8rem;max-width:46rem}a{color:inherit}"
    ".soft{color:var(--soft)}section{background:var(--card);border:1px solid var(--line);border-radius:.6rem;"
    "padding:1rem 1.2rem;margin:1rem 0;overflow-x:auto}"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.8rem;margin:1rem 0}"
    ".tile{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.7rem 1rem}"
    ".tile b{display:block;font-size:1.7rem;line-height:1.2;font-variant-numeric:tabular-nums}"
    "svg{display:block;width:100%;min-width:40rem;height:auto;font-size:14px;fill:var(--ink)}"
    ".small{font-size:12px;fill:var(--soft)}.grid{stroke:var(--line)}.empty{fill:none;stroke:var(--line)}"
    ".critical{fill:var(--critical);stroke:var(--critical)}.warning{fill:var(--warning);stroke:var(--warning)}"
    ".info{fill:var(--info);stroke:var(--info)}rect.critical,rect.warning,rect.info{stroke:none}"
    ".whisker{stroke-width:3;stroke-opacity:.45}.shade{fill:var(--shade)}.line{fill:none;stroke:var(--shade);"
    "stroke-width:2}.light{fill:var(--card)}.dark{fill:var(--ink)}"
    ".key{display:inline-block;width:.8em;height:.8em;border-radius:2px;margin:0 .3em 0 1em;vertical-align:-.05em}"
    "span.critical{background:var(--critical)}span.warning{background:var(--warning)}span.info{background:var(--info)}"
    "table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}th{font-weight:600;text-align:left}"
    "th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line)}td.n,th.n{text-align:right}td.k{white-space:nowrap}"
    ".k .key{margin-left:0}"
    "td .soft{display:block;font-size:.85rem;max-width:30rem}li{margin:.2rem 0 .8rem;max-width:52rem}"
    "ol{margin:0;padding-left:1.4rem}"
    "code{font:.9em ui-monospace,monospace}.look{border-left:.35rem solid var(--shade)}tr+tr>th{padding-top:1rem}"
    ".alarm{border-left:.35rem solid var(--warning)}"
    "@media print{body{background:#fff}section,.tile{break-inside:avoid}}"
)
_DIGEST: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content security policy of the page: its own style and nothing else."""

MOSTLY: Final = 0.5
"""A statement whose override rate surely lies above this is worth a look: most prescribers do not follow it."""

_LOOKED_AT: Final = 5
_REPEATS: Final = 20
_UNLIKELY: Final = 1e-6


def page(report: Report, words: Words, periods: Iterable[tuple[str, str]] = (), note: str = "", home: str = "") -> str:
    """The page. ``words`` tells codes in words, ``periods`` are other times to look at (name, address), ``home`` is
    the address of the other pages, where they are beside it.
    """
    links = " · ".join(f'<a href="{escape(address)}">{escape(name)}</a>' for name, address in periods)
    body = "".join(_parts(report, words)) if report.orders else _nothing(report)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>What the cards did, {report.since} to {report.until}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
{f'<nav aria-label="Pages"><a href="{escape(home)}">&lsaquo; Workbench</a></nav>' if home else ""}
<h1>What the cards did</h1>
<p class="soft">{report.since} to {report.until}, orders as they were signed. {links}</p>
{f'<section class="alarm">{escape(note)}</section>' if note else ""}
{body}
</main>
</body>
</html>
"""


def _nothing(report: Report) -> str:
    return f"<section><p>No order was signed from {report.since} to {report.until}.</p></section>"


def _parts(report: Report, words: Words) -> Iterable[str]:
    yield _tiles(report)
    if report.quiet:
        yield _quiet(report)
    yield _to_look_at(report, words)
    keys = "".join(f'<span class="key {level}"></span>{level}' for level in LEVELS)
    yield _section("Cards a day", f"By indicator:{keys}", charts.by_day(report))
    yield _section(
        "How often each statement is overridden",
        "Of the cards that were answered. The bar is the range in which the true rate lies (95 %); a larger dot was "
        "shown more often. A card that speaks of several statements counts for each.",
        charts.by_statement(report.statements),
    )
    yield _section(
        "Where it is overridden",
        "The same rate by setting.",
        charts.by_setting(report.statements, sorted(report.settings)),
    )
    drawn = charts.per_100(report.settings, report.setting_orders, "Cards for every 100 orders by setting")
    yield _section("How often a card is shown", "Cards for every 100 orders signed, by setting.", drawn)
    yield _section("From month to month", "The override rate of all cards.", charts.by_month(report))
    yield _section("Why cards were overridden", "", charts.bars(words.of_reasons(report.reasons), "Override reasons"))
    yield _rates(report)
    yield _repeats(report)
    yield _table(report.statements, words)
    lacks = charts.bars(words.of_lacks(report.not_checked), "Checks that were not made")
    yield _section("What could not be checked", "", lacks)


def _tiles(report: Report) -> str:
    rate = report.rate
    tiles = [
        (f"{report.orders:,}", "orders signed"),
        (f"{report.per_100:.1f}", "cards per 100 orders"),
        (f"{report.levels[LEVELS[0]].shown if LEVELS[0] in report.levels else 0:,}", "critical cards"),
        (_share(rate.answered / rate.shown if rate.shown else None), "of cards answered by the prescriber"),
        (_share(rate.acceptance), "of these accepted"),
        (_share(rate.override), "of these overridden"),
        (f"{sum(row.again for row in report.repeats):,}", "shown again to the same patient"),
        (f"{report.median_ms} ms", f"until the answer; 95 of 100 within {report.p95_ms} ms"),
    ]
    cells = "".join(f"<div class=tile><b>{number}</b>{words}</div>" for number, words in tiles)
    return f'<div class="tiles">{cells}</div>'


def _share(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.0%}"


def _section(title: str, words: str, drawing: str) -> str:
    if not drawing:
        return ""
    return f"<section><h2>{title}</h2>{f'<p class=soft>{words}</p>' if words else ''}{drawing}</section>"


def _quiet(report: Report) -> str:
    rows = "".join(
        f"<tr><td>{escape(row.statement)}</td><td class=n>{row.expected:.0f}</td><td class=n>{row.seen}</td>"
        f"<td class=n>{_chance(row.chance)}</td></tr>"
        for row in report.quiet
    )
    return (
        '<section class="alarm"><h2>Gone quiet</h2><p>In the last 14 days these statements held less often than '
        "their own history lets expect, for as many orders. A feed may have stopped, or a code may have changed.</p>"
        "<table><tr><th>Statement</th><th class=n>expected</th><th class=n>seen</th>"
        "<th class=n>by chance alone</th></tr>"
        f"{rows}</table></section>"
    )


def _repeats(report: Report) -> str:
    if not report.repeats:
        return ""
    rows = "".join(
        f"<tr><td>{escape(row.statement)}</td><td>{escape(' + '.join(row.drugs))}</td><td class=n>{row.patients}</td>"
        f"<td class=n>{row.again}</td></tr>"
        for row in report.repeats[:_REPEATS]
    )
    return (
        "<section><h2>Shown again for the same patient</h2><table><tr><th>Statement</th><th>Drugs</th>"
        f"<th class=n>patients</th><th class=n>times again</th></tr>{rows}</table></section>"
    )


def _chance(chance: float) -> str:
    return "less than once in a million" if chance < _UNLIKELY else f"once in {1 / chance:,.0f}"


def _to_look_at(report: Report, words: Words) -> str:
    """Statements that most prescribers do not follow, and the way to an overlay for each."""
    rows = [
        row for row in report.statements if row.rate.interval is not None and row.rate.interval[0] > MOSTLY
    ]  # fmt: skip
    rows.sort(key=lambda row: (-row.rate.overridden, row.statement))
    if not rows:
        return ""
    items = "".join(_look(row, words) for row in rows[:_LOOKED_AT])
    return (
        '<section class="look"><h2>Worth a look</h2><p>Most prescribers go on in spite of these. Whoever is '
        "responsible may lower, narrow or switch off a statement for this site, or agree with it once more; the "
        f"command writes a draft of the entry.</p><ol>{items}</ol></section>"
    )


def _look(row: StatementFigures, words: Words) -> str:
    reasons = words.of_reasons(row.reasons).most_common(1)
    why = f" Most often: {escape(reasons[0][0])} ({reasons[0][1]})." if reasons else ""
    second = " It can be critical: a second reviewer has to agree." if row.level == LEVELS[0] else ""
    return (
        f'<li><b>{escape(row.statement)}</b> <span class="soft">{escape(words.says(row.statement))}</span><br>'
        f"Overridden {row.rate.overridden} times of {row.rate.answered} ({_share(row.rate.override)}).{why}{second}<br>"
        f"<code>cds overlay draft {escape(row.statement)}</code></li>"
    )


def _rates(report: Report) -> str:
    """Alerts and what became of them, by indicator, setting and month."""
    everywhere = dict.fromkeys(report.levels, report.orders)
    groups = (
        ("Indicator", {level: report.levels[level] for level in LEVELS if level in report.levels}, everywhere),
        ("Setting", dict(sorted(report.settings.items())), report.setting_orders),
        ("Month", dict(sorted(report.months.items())), report.month_orders),
    )
    rows = "".join(
        f"<tr><th>{title}</th>{_HEADS}</tr>"
        + "".join(_rate(name, rate, orders.get(name, 0)) for name, rate in rates.items())
        for title, rates, orders in groups
        if rates
    )
    return f"<section><h2>By indicator, setting and month</h2><table>{rows}</table></section>"


_HEADS: Final = "".join(
    f"<th class=n>{name}</th>"
    for name in ("orders", "cards", "per 100 orders", "accepted", "overridden", "override rate", "95 % range")
)


def _rate(name: str, rate: Rate, orders: int) -> str:
    interval = f"{rate.interval[0]:.0%} to {rate.interval[1]:.0%}" if rate.interval else "-"
    per_100 = f"{100 * rate.shown / orders:.1f}" if orders else "-"
    figures = (
        f"{orders:,}", f"{rate.shown:,}", per_100, f"{rate.accepted:,}", f"{rate.overridden:,}",
        _share(rate.override), interval,
    )  # fmt: skip
    return f"<tr><td>{escape(name)}</td>{''.join(f'<td class=n>{figure}</td>' for figure in figures)}</tr>"


def _table(statements: Iterable[StatementFigures], words: Words) -> str:
    rows = "".join(
        f"<tr><td>{escape(row.statement)}{_says(row.statement, words)}</td>"
        f'<td class=k><span class="key {row.level}"></span>{row.level}</td>'
        f"<td class=n>{row.rate.shown}</td><td class=n>{row.rate.accepted}</td><td class=n>{row.rate.overridden}</td>"
        f"<td class=n>{_share(row.rate.override)}</td><td class=n>{row.withheld}</td></tr>"
        for row in statements
    )
    return (
        "<section><h2>Every statement</h2><table><tr><th>Statement</th><th>Indicator</th><th class=n>shown</th>"
        "<th class=n>accepted</th><th class=n>overridden</th><th class=n>override rate</th>"
        f"<th class=n>not shown again</th></tr>{rows}</table></section>"
    )


def _says(statement: str, words: Words) -> str:
    said = words.says(statement)
    return f'<span class="soft">{escape(said)}</span>' if said else ""
