"""The test sheet on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.box import SIMPLE
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cds.selftest.judge import Verdict
from cds.selftest.sheet import WAYS, Sheet, Tally, percent, reasons, share

MOST_FAILURES: Final = 40


def as_text(found: Sheet) -> RenderableType:
    """The sheet: the table, what it comes to, and the failures."""
    table = Table(box=SIMPLE, pad_edge=False, header_style="bold", padding=(0, 1, 0, 0))
    table.add_column("Category", no_wrap=True)
    for name in ("Cases", "Stopped", "Sens.", "Disturbed", "False", "Failed"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in found.rows:
        table.add_row(*_cells(row))
    table.add_section()
    table.add_row(*_cells(found.total), style="bold")
    middle, most, longest = found.milliseconds
    lines = [
        f"Test sheet of {printable(found.service.title)} ({printable(found.service.id)}) at {found.service.url}",
        "Stopped: of the orders that must be interrupted (sensitivity). "
        "Disturbed: of the clean ones, which must not be (false alerts).",
        WAYS[found.way],
        f"Time of one call: median {middle:.1f} ms, 95 of 100 within {most:.1f} ms, longest {longest:.1f} ms.",
    ]
    if found.total.not_judged:
        lines.append(f"{found.total.not_judged} cases were not judged.")
    return Group(Text(lines[0], style="bold"), table, *map(Text, lines[1:]), *_failures(found))


def _cells(row: Tally) -> list[str]:
    return [
        row.name,
        str(row.cases),
        f"{row.caught} of {row.must}",
        percent(share(row.caught, row.must)),
        f"{row.disturbed} of {row.clean}",
        percent(share(row.disturbed, row.clean)),
        str(len(row.failures)),
    ]


def _failures(found: Sheet) -> Iterator[RenderableType]:
    failures = found.total.failures
    if not failures:
        yield Text("✓ No case failed.", style="green")
        return
    yield Text(f"✗ {len(failures)} of {found.total.cases} cases failed:", style="bold red")
    for verdict in failures[:MOST_FAILURES]:
        yield _failure(verdict)
    if len(failures) > MOST_FAILURES:
        yield Text(f"… and {len(failures) - MOST_FAILURES} more; --json or --html lists them all.")


def _failure(verdict: Verdict) -> Text:
    words = "".join(f"\n    {printable(reason)}" for reason in reasons(verdict))
    return Text(f"  {verdict.question.sentence} [{verdict.question.name}]{words}")


def printable(text: str) -> str:
    """A text of another service without what could steer a terminal."""
    return "".join(letter if letter.isprintable() else "·" for letter in text)
