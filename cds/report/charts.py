"""The drawings of the report. Each says one thing; every mark tells its figures when it is pointed at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Final

from cds.report.figures import LEVELS, Report, StatementFigures
from cds.report.rates import Rate
from cds.report.svg import element, picture, text, titled

WIDTH: Final = 960
_LEFT: Final = 300
_RIGHT: Final = 150
_ROW: Final = 30
_BAR: Final = 38
_LINE: Final = 40
"""Letters in one line of a name."""

_MOST: Final = 20
_SURE: Final = 0.55
"""Above this share the ink on a filled cell has to be light."""


def by_day(report: Report) -> str:
    """Cards of each day, stacked by indicator, the loudest at the bottom."""
    days = sorted(report.days.items())
    if not days:
        return ""
    height, bottom, left = 240, 200, 44
    top = max(max((day.cards.total() for _, day in days), default=1), 1)
    step = (WIDTH - left - 10) / len(days)
    marks = [_scale(left, bottom, value, top) for value in _steps(top)]
    for place, (day, counts) in enumerate(days):
        x, y, bars = left + place * step, float(bottom), []
        for level in LEVELS:
            tall = counts.cards[level] / top * (bottom - 20)
            y -= tall
            if tall:
                bars.append(element("rect", x=x + 1, y=y, width=max(step - 2, 1), height=tall, class_=level))
        per_100 = 100 * counts.cards.total() / counts.orders if counts.orders else 0
        each = ", ".join(f"{counts.cards[level]} {level}" for level in LEVELS)
        marks.append(titled("".join(bars), f"{day}: {each}; {counts.orders} orders, {per_100:.1f} cards per 100"))
        if place % max(1, len(days) // 8) == 0:
            marks.append(text(x, bottom + 20, day[5:], class_="small"))
    return picture(WIDTH, height, "Cards of each day by indicator", *marks)


def _steps(top: int) -> list[int]:
    """Round numbers up to ``top``, five of them at most."""
    step = next(base * 10**power for power in range(9) for base in (1, 2, 5) if base * 10**power * 5 >= top)
    return list(range(0, top + 1, step))


def _scale(left: int, bottom: int, value: int, top: int) -> str:
    y = bottom - value / top * (bottom - 20)
    return element("line", x1=left, x2=WIDTH - 10, y1=y, y2=y, class_="grid") + text(
        left - 6, y + 4, str(value), class_="small", text_anchor="end"
    )


def by_statement(rows: Sequence[StatementFigures]) -> str:
    """The override rate of each statement as a point, with the range that chance leaves open; the dot's size is how
    often it was shown.
    """
    chosen = [row for row in rows if row.rate.answered][:_MOST]
    if not chosen:
        return ""
    span, top = WIDTH - _LEFT - _RIGHT, 30
    most = max(row.rate.shown for row in chosen)
    marks = [_percent(share, span, top + len(chosen) * _ROW) for share in (0, 25, 50, 75, 100)]
    for place, row in enumerate(chosen):
        y = top + place * _ROW + _ROW / 2
        low, high = row.rate.interval or (0.0, 1.0)
        rate = row.rate.override or 0.0
        dot = element(
            "line", x1=_LEFT + low * span, x2=_LEFT + high * span, y1=y, y2=y, class_=f"whisker {row.level}"
        ) + element("circle", cx=_LEFT + rate * span, cy=y, r=3 + 6 * (row.rate.shown / most) ** 0.5, class_=row.level)
        words = (
            f"{row.statement}: shown {row.rate.shown}, accepted {row.rate.accepted}, overridden {row.rate.overridden}, "
            f"override rate {rate:.0%} ({low:.0%} to {high:.0%})"
        )
        marks += [
            text(_LEFT - 14, y + 4, _short(row.statement), text_anchor="end"),
            titled(dot, words),
            text(WIDTH - 10, y + 4, f"{rate:.0%} of {row.rate.answered}", text_anchor="end", class_="small"),
        ]
    return picture(WIDTH, top + len(chosen) * _ROW + 10, "Override rate of each statement", *marks)


def _percent(share: int, span: int, bottom: int) -> str:
    x = _LEFT + share / 100 * span
    return element("line", x1=x, x2=x, y1=22, y2=bottom, class_="grid") + text(
        x, 14, f"{share} %", text_anchor="middle", class_="small"
    )


def by_setting(rows: Sequence[StatementFigures], settings: Sequence[str]) -> str:
    """The override rate of each statement in each setting, the darker the more often."""
    chosen = [row for row in rows if row.rate.answered][:_MOST]
    if not chosen or not settings:
        return ""
    step, top = (WIDTH - _LEFT - 10) / len(settings), 34
    marks = [text(_LEFT + (place + 0.5) * step, 20, name, text_anchor="middle") for place, name in enumerate(settings)]
    for line, row in enumerate(chosen):
        y = top + line * _ROW
        marks.append(text(_LEFT - 14, y + 19, _short(row.statement), text_anchor="end"))
        marks += [
            _cell(_LEFT + place * step, y, step, row.by_setting.get(name, Rate()), f"{row.statement} in {name}")
            for place, name in enumerate(settings)
        ]
    return picture(WIDTH, top + len(chosen) * _ROW + 6, "Override rate of each statement by setting", *marks)


def _cell(x: float, y: float, wide: float, rate: Rate, words: str) -> str:
    override = rate.override
    if override is None:
        nothing = element("rect", x=x + 1, y=y + 1, width=wide - 2, height=_ROW - 2, class_="empty")
        return titled(nothing, f"{words}: no card was answered")
    ink = "light" if override > _SURE else "dark"
    shade = 0.08 + 0.87 * override
    return titled(
        element("rect", x=x + 1, y=y + 1, width=wide - 2, height=_ROW - 2, class_="shade", fill_opacity=shade)
        + text(x + wide / 2, y + 19, f"{override:.0%}", text_anchor="middle", class_=ink),
        f"{words}: {rate.overridden} of {rate.answered} overridden",
    )


def by_month(report: Report) -> str:
    """The override rate from month to month; only where there are several."""
    months = [(month, rate) for month, rate in sorted(report.months.items()) if rate.answered]
    if len(months) < 2:  # noqa: PLR2004 - one month makes no line
        return ""
    left, bottom = 60, 150
    step = (WIDTH - left - 60) / (len(months) - 1)
    points = [(left + place * step, bottom - (rate.override or 0) * 120) for place, (_, rate) in enumerate(months)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    marks = [element("polyline", points=path, class_="line")]
    for (month, rate), (x, y) in zip(months, points, strict=True):
        words = f"{month}: {rate.overridden} of {rate.answered} overridden"
        marks += [
            titled(element("circle", cx=x, cy=y, r=5, class_="shade"), words),
            text(x, y - 12, f"{rate.override or 0:.0%}", text_anchor="middle"),
            text(x, bottom + 26, month, text_anchor="middle", class_="small"),
        ]
    return picture(WIDTH, bottom + 40, "Override rate by month", *marks)


def bars(counts: Counter[str], title: str) -> str:
    """Counts as bars, the longest first."""
    rows = [(name, float(number), f"{number:,}  ({number / counts.total():.0%})") for name, number in counts.items()]
    return _bars(sorted(rows, key=lambda row: (-row[1], row[0])), title)


def per_100(rates: Mapping[str, Rate], orders: Mapping[str, int], title: str) -> str:
    """Cards for every 100 orders as bars, the longest first; where there were no orders there is none."""
    rows = [
        (name, 100 * rate.shown / orders[name], f"{100 * rate.shown / orders[name]:.1f}  ({orders[name]:,} orders)")
        for name, rate in rates.items()
        if orders.get(name)
    ]
    return _bars(sorted(rows, key=lambda row: (-row[1], row[0])), title)


def _bars(rows: Sequence[tuple[str, float, str]], title: str) -> str:
    """Rows of a name, a length and what is said of it. A long name takes two lines."""
    if not rows:
        return ""
    chosen = rows[:_MOST]
    span, most = WIDTH - _LEFT - _RIGHT, max(chosen[0][1], 1e-9)
    marks = []
    for place, (name, number, said) in enumerate(chosen):
        y, lines = place * _BAR, wrap(name, _LINE, max_lines=2, placeholder="…", break_long_words=True)
        bar = element("rect", x=_LEFT, y=y + 7, width=max(number / most * span, 1.0), height=_BAR - 14, class_="shade")
        first = y + (24 if len(lines) == 1 else 16)
        marks += [text(_LEFT - 14, first + 16 * line, words, text_anchor="end") for line, words in enumerate(lines)]
        marks += [
            titled(bar, f"{name}: {said}"),
            text(_LEFT + number / most * span + 8, y + 24, said, class_="small"),
        ]
    return picture(WIDTH, len(chosen) * _BAR + 4, title, *marks)


def _short(name: str, room: int = 38) -> str:
    return name if len(name) <= room else f"{name[: room - 1]}…"
