"""The test sheet: how many orders that must be stopped were stopped, and how many clean ones were disturbed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from cds.selftest.categories import Categories
from cds.selftest.client import Listed
from cds.selftest.judge import Verdict, Way


@dataclass(frozen=True, slots=True)
class Tally:
    """One row. ``must``: orders that have to be interrupted; ``clean``: orders that must not be."""

    name: str
    verdicts: tuple[Verdict, ...]

    @property
    def cases(self) -> int:
        """How many cases were sent."""
        return len(self.verdicts)

    @property
    def must(self) -> int:
        """How many orders have to be interrupted."""
        return sum(one.question.must for one in self.verdicts)

    @property
    def caught(self) -> int:
        """How many of them were, by the right card."""
        return sum(one.question.must and not one.missed and not one.error for one in self.verdicts)

    @property
    def clean(self) -> int:
        """How many orders must not be interrupted."""
        return sum(one.question.clean and not one.error for one in self.verdicts)

    @property
    def disturbed(self) -> int:
        """How many of them were."""
        return sum(one.question.clean and one.alerted for one in self.verdicts)

    @property
    def failures(self) -> tuple[Verdict, ...]:
        """Cases answered wrongly, or not at all."""
        return tuple(one for one in self.verdicts if one.passed is False)

    @property
    def not_judged(self) -> int:
        """Cases that cannot be judged by cards alone."""
        return sum(one.passed is None for one in self.verdicts)


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything that is printed."""

    service: Listed
    way: Way
    total: Tally
    rows: tuple[Tally, ...]

    @property
    def passed(self) -> bool:
        """Whether no case failed."""
        return not self.total.failures

    @property
    def milliseconds(self) -> tuple[float, float, float]:
        """Time of one call: median, 95th percentile, longest."""
        times = sorted(one.seconds * 1000 for one in self.total.verdicts)
        return median(times), times[min(len(times) - 1, len(times) * 95 // 100)], times[-1]


def sheet(service: Listed, verdicts: Sequence[Verdict], categories: Categories) -> Sheet:
    """The sheet of one run. There is at least one verdict."""
    rows = tuple(
        Tally(name, here)
        for slug, name in categories.names.items()
        if (here := tuple(one for one in verdicts if one.question.category == slug))
    )
    return Sheet(service, verdicts[0].way, Tally("All", tuple(verdicts)), rows)


def share(part: int, whole: int) -> float | None:
    """A part of a whole; None of nothing."""
    return part / whole if whole else None


def percent(value: float | None) -> str:
    """``98.5 %``, or a dash. Never 100 % unless it is, never 0 % unless it is."""
    if value is None:
        return "-"
    shown = f"{value * 100:.1f}"
    if value < 1 and shown == "100.0":
        return "> 99.9 %"
    return "< 0.1 %" if value > 0 and shown == "0.0" else f"{shown.removesuffix('.0')} %"


WAYS = {
    Way.FINDINGS: "Judged by the findings the service tells on its cards: exact statement, level and words.",
    Way.CARDS: (
        "Judged by cards alone: right is a card at or above the level whose summary names the drug or the problem; "
        "wrong is a warning on a clean order. Cases that ask only for information are not judged."
    ),
}


def reasons(verdict: Verdict) -> list[str]:
    """What is wrong with an answer, in sentences."""
    found = [f"missed: {thing}" for thing in verdict.missed] + [f"said wrongly: {thing}" for thing in verdict.wrong]
    return [verdict.error] if verdict.error else found


def as_json(found: Sheet) -> dict[str, Any]:
    """The sheet as plain values."""
    middle, most, longest = found.milliseconds
    return {
        "service": {"url": found.service.url, "id": found.service.id, "title": found.service.title},
        "way": found.way.value,
        "passed": found.passed,
        "total": _row(found.total),
        "categories": [_row(row) for row in found.rows],
        "milliseconds": {"median": round(middle, 2), "p95": round(most, 2), "longest": round(longest, 2)},
        "cases": [
            {
                "name": one.question.name,
                "case": one.question.sentence,
                "category": one.question.category,
                "must": one.question.must,
                "clean": one.question.clean,
                "passed": one.passed,
                "reasons": reasons(one),
                "milliseconds": round(one.seconds * 1000, 2),
            }
            for one in found.total.verdicts
        ],
    }


def _row(row: Tally) -> dict[str, Any]:
    return {
        "name": row.name,
        "cases": row.cases,
        "must": row.must,
        "caught": row.caught,
        "sensitivity": share(row.caught, row.must),
        "clean": row.clean,
        "disturbed": row.disturbed,
        "false_alert_rate": share(row.disturbed, row.clean),
        "failed": len(row.failures),
        "not_judged": row.not_judged,
    }
