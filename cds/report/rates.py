"""Counts of what became of cards, and the rates made of them with the range that chance leaves open."""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z = 1.959964
"""For a range that holds the true rate 95 times in 100."""


@dataclass(slots=True)
class Rate:
    """What became of the cards of some kind. A card nobody reported on was neither accepted nor overridden."""

    shown: int = 0
    accepted: int = 0
    overridden: int = 0

    def add(self, outcome: str) -> None:
        """Count one card with its outcome, empty for none."""
        self.shown += 1
        self.accepted += outcome == "accepted"
        self.overridden += outcome == "overridden"

    @property
    def answered(self) -> int:
        """Cards that were reported on."""
        return self.accepted + self.overridden

    @property
    def acceptance(self) -> float | None:
        """Accepted, of those answered; None when none was."""
        return self.accepted / self.answered if self.answered else None

    @property
    def override(self) -> float | None:
        """Overridden, of those answered; None when none was."""
        return self.overridden / self.answered if self.answered else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's 95 % interval of the override rate."""
        return wilson(self.overridden, self.answered) if self.answered else None

    def figures(self) -> dict[str, object]:
        """All of it, for JSON; rates with four decimals."""
        interval = self.interval
        return {
            "shown": self.shown,
            "accepted": self.accepted,
            "overridden": self.overridden,
            "acceptanceRate": _rounded(self.acceptance),
            "overrideRate": _rounded(self.override),
            "overrideRateInterval": [_rounded(bound) for bound in interval] if interval else None,
        }


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 4)


def wilson(times: int, of: int) -> tuple[float, float]:
    """The range of true rates with which ``times`` of ``of`` would not be surprising (E. B. Wilson, 1927)."""
    rate, square = times / of, _Z * _Z
    middle = (rate + square / (2 * of)) / (1 + square / of)
    half = _Z * math.sqrt(rate * (1 - rate) / of + square / (4 * of * of)) / (1 + square / of)
    return max(0.0, middle - half), min(1.0, middle + half)


def chance_of_at_most(seen: int, expected: float) -> float:
    """How likely it is to see so few when ``expected`` are to be expected (Poisson)."""
    term = total = math.exp(-expected)
    for number in range(1, seen + 1):
        term *= expected / number
        total += term
    return min(1.0, total)
