"""The test sheet as one HTML page that needs nothing else: own style, no script, readable on paper."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from cds.selftest.sheet import WAYS, Sheet, Tally, percent, reasons, share
from cds.selftest.text import printable

STYLE: Final = """
:root { color-scheme: light dark; --line: #8886; --bad: #b3261e; --good: #1b6e3c; }
@media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --good: #81d4a0; } }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child, table.cases td, table.cases th { text-align: left; }
tfoot th, tfoot td { font-weight: bold; border-top: 2px solid var(--line); }
.bad { color: var(--bad); font-weight: bold; } .good { color: var(--good); font-weight: bold; }
@media print { body { max-width: none; margin: 0; } details { display: none; } }
"""
HEADINGS: Final = ("Cases", "Must stop", "Stopped", "Sensitivity", "Clean", "Disturbed", "False alerts", "Failed")


def as_page(found: Sheet, when: str) -> str:
    """The page. ``when`` is printed as the time of the run."""
    middle, most, longest = found.milliseconds
    state = "good" if found.passed else "bad"
    words = "No case failed" if found.passed else f"{len(found.total.failures)} of {found.total.cases} cases failed"
    facts = [
        f"Service {_safe(found.service.id)} at {_safe(found.service.url)}, {escape(when)}.",
        escape(WAYS[found.way]),
        f"Time of one call: median {middle:.1f} ms, 95 of 100 within {most:.1f} ms, longest {longest:.1f} ms.",
    ]
    if found.total.not_judged:
        facts.append(f"{found.total.not_judged} cases were not judged.")
    return "".join(
        (
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>Test sheet: {_safe(found.service.title)}</title><style>{STYLE}</style></head>\n<body><main>",
            f"<h1>Test sheet: {_safe(found.service.title)}</h1>\n",
            f'<p class="{state}">{"✓" if found.passed else "✗"} {words}.</p>\n',
            *(f"<p>{fact}</p>\n" for fact in facts),
            _table(found),
            _failures(found),
            _all(found),
            "</main></body></html>\n",
        )
    )


def _table(found: Sheet) -> str:
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Category", *HEADINGS))
    rows = "".join(_row(row) for row in found.rows)
    return (
        f'<h2>By category</h2>\n<div class="scroll"><table><thead><tr>{heads}</tr></thead>\n<tbody>{rows}</tbody>\n'
        f"<tfoot>{_row(found.total)}</tfoot></table></div>\n"
    )


def _row(row: Tally) -> str:
    cells = (
        row.cases, row.must, row.caught, percent(share(row.caught, row.must)), row.clean, row.disturbed,
        percent(share(row.disturbed, row.clean)), len(row.failures),
    )  # fmt: skip
    written = "".join(f"<td>{escape(str(cell))}</td>" for cell in cells)
    return f'<tr><th scope="row">{escape(row.name)}</th>{written}</tr>\n'


def _failures(found: Sheet) -> str:
    rows = [(one.question.sentence, "; ".join(reasons(one)), one.question.name) for one in found.total.failures]
    if not rows:
        return ""
    return f"<h2>Failures</h2>\n{_cases(('Case', 'What was wrong', 'Where'), rows)}"


def _all(found: Sheet) -> str:
    marks = {True: "✓ right", False: "✗ wrong", None: "not judged"}
    rows = [(one.question.sentence, marks[one.passed], one.question.name) for one in found.total.verdicts]
    return f"<details><summary>All {len(rows)} cases</summary>\n{_cases(('Case', 'Answer', 'Where'), rows)}</details>\n"


def _cases(heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{_safe(cell)}</td>' for cell in row)}</tr>\n" for row in rows)
    table = f'<table class="cases"><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table>'
    return f'<div class="scroll">{table}</div>\n'


def _safe(text: str) -> str:
    return escape(printable(text))
