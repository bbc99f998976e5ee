"""Small pictures without a library: bars, and a line through points."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

_FONT: Final = "font-family='system-ui,sans-serif' font-size='12'"
_BLUE: Final = "#2b6cb0"


def bars(rows: Sequence[tuple[str, float, str]], title: str) -> str:
    """One bar for each (name, value, words)."""
    most = max(value for _, value, _ in rows)
    parts = [f"<text x='8' y='18' font-weight='600'>{escape(title)}</text>"]
    for place, (name, value, words) in enumerate(rows):
        y = 30 + place * 22
        width = 320 * value / most
        parts.append(f"<text x='270' y='{y + 12}' text-anchor='end'>{escape(name)}</text>")
        parts.append(f"<rect x='278' y='{y}' width='{max(width, 1):.1f}' height='16' fill='{_BLUE}'/>")
        parts.append(f"<text x='{284 + width:.1f}' y='{y + 12}'>{escape(words)}</text>")
    return _picture(760, 40 + 22 * len(rows), parts)


def points(series: Sequence[tuple[str, Sequence[tuple[float, float]]]], title: str, across: str, up: str) -> str:
    """Several lines through (x, y), each from the origin's corner of one frame."""
    most_x = max(x for _, found in series for x, _ in found)
    most_y = max(y for _, found in series for _, y in found)
    parts = [f"<text x='8' y='18' font-weight='600'>{escape(title)}</text>"]
    parts.append("<path d='M60 30V330H640' fill='none' stroke='#888'/>")
    for share in (0.25, 0.5, 0.75, 1.0):
        y, x = 330 - 290 * share, 60 + 570 * share
        parts.append(f"<text x='54' y='{y + 4:.0f}' text-anchor='end'>{most_y * share:.3g}</text>")
        parts.append(f"<text x='{x:.0f}' y='348' text-anchor='middle'>{most_x * share:.0f}</text>")
    for place, (name, found) in enumerate(series):
        colour = (_BLUE, "#c05621", "#2f855a")[place % 3]
        at = [(60 + 570 * x / most_x, 330 - 290 * y / most_y) for x, y in found]
        parts.append(
            f"<polyline points='{' '.join(f'{x:.1f},{y:.1f}' for x, y in at)}' fill='none' stroke='{colour}'/>"
        )
        parts += [f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3' fill='{colour}'/>" for x, y in at]
        parts.append(f"<text x='80' y='{50 + 16 * place}' fill='{colour}'>{escape(name)}</text>")
    parts.append(f"<text x='640' y='366' text-anchor='end'>{escape(across)}</text>")
    parts.append(f"<text x='64' y='36'>{escape(up)}</text>")
    return _picture(680, 376, parts)


def _picture(width: int, height: int, parts: Sequence[str]) -> str:
    inside = "\n".join(parts)
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' {_FONT}>\n"
        f"<rect width='100%' height='100%' fill='#fff'/>\n{inside}\n</svg>\n"
    )
