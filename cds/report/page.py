"""The report as one page: HTML with drawings in it, no script, readable on paper and in the dark."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from html import escape
from typing import Final

from cds.report import charts
from cds.report.figures import LEVELS, NO_REASON, Report, StatementFigures

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
    ".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8rem,1fr));gap:.8rem;margin:1rem 0}"
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
    ".alarm{border-left:.35rem solid var(--warning)}"
    "@media print{body{background:#fff}section,.tile{break-inside:avoid}}"
)
_DIGEST: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content security policy of the page: its own style and nothing else."""

REASONS_LEFT_OPEN: Final = {NO_REASON: "no reason given"}


def page(
    report: Report,
    reasons: Mapping[str, str],
    periods: Iterable[tuple[str, str]] = (),
    note: str = "",
    home: str = "",
) -> str:
    """The page. ``reasons`` are the override reasons in words, ``periods`` other times to look at (name, address),
    ``home`` the address of the other pages, where they are beside it.
    """
    links = " · ".join(f'<a href="{escape(address)}">{escape(name)}</a>' for name, address in periods)
    body = "".join(_parts(report, reasons)) if report.orders else _nothing(report)
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


def _parts(report: Report, reasons: Mapping[str, str]) -> Iterable[str]:
    yield _tiles(report)
    if report.quiet:
        yield _quiet(report)
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
    yield _section("From month to month", "The override rate of all cards.", charts.by_month(report))
    named = {code: words for code, words in (*reasons.items(), *REASONS_LEFT_OPEN.items()) if code in report.reasons}
    counts = report.reasons.copy()
    for code, words in named.items():
        counts[words] = counts.pop(code)
    yield _section("Why cards were overridden", "", charts.bars(counts, "Override reasons"))
    yield _repeats(report)
    yield _table(report.statements)
    yield _section("What could not be checked", "", charts.bars(report.not_checked, "Checks that were not made"))


def _tiles(report: Report) -> str:
    rate = report.rate
    tiles = [
        (f"{report.orders:,}", "orders signed"),
        (f"{report.per_100:.1f}", "cards per 100 orders"),
        (f"{report.levels[LEVELS[0]].shown if LEVELS[0] in report.levels else 0:,}", "critical cards"),
        (_share(rate.acceptance), "of answered cards accepted"),
        (_share(rate.override), "of answered cards overridden"),
        (f"{sum(row.again for row in report.repeats):,}", "shown again to the same patient"),
        (f"{report.median_ms} ms", f"median answer; 95 of 100 within {report.p95_ms} ms"),
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
        f"<td class=n>{row.chance:.1g}</td></tr>"
        for row in report.quiet
    )
    return (
        '<section class="alarm"><h2>Gone quiet</h2><p>In the last 14 days these statements held less often than '
        "their own history lets expect, for as many orders. A feed may have stopped, or a code may have changed.</p>"
        "<table><tr><th>Statement</th><th class=n>expected</th><th class=n>seen</th><th class=n>chance</th></tr>"
        f"{rows}</table></section>"
    )


def _repeats(report: Report) -> str:
    if not report.repeats:
        return ""
    rows = "".join(
        f"<tr><td>{escape(row.statement)}</td><td>{escape(' + '.join(row.drugs))}</td><td class=n>{row.patients}</td>"
        f"<td class=n>{row.again}</td></tr>"
        for row in report.repeats[:20]
    )
    return (
        "<section><h2>Shown again for the same patient</h2><table><tr><th>Statement</th><th>Drugs</th>"
        f"<th class=n>patients</th><th class=n>times again</th></tr>{rows}</table></section>"
    )


def _table(statements: Iterable[StatementFigures]) -> str:
    rows = "".join(
        f'<tr><td>{escape(row.statement)}</td><td class=k><span class="key {row.level}"></span>{row.level}</td>'
        f"<td class=n>{row.rate.shown}</td><td class=n>{row.rate.accepted}</td><td class=n>{row.rate.overridden}</td>"
        f"<td class=n>{_share(row.rate.override)}</td><td class=n>{row.withheld}</td></tr>"
        for row in statements
    )
    return (
        "<section><h2>Every statement</h2><table><tr><th>Statement</th><th>Indicator</th><th class=n>shown</th>"
        "<th class=n>accepted</th><th class=n>overridden</th><th class=n>override rate</th>"
        f"<th class=n>not shown again</th></tr>{rows}</table></section>"
    )
