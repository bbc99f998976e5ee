"""What of a statement stands in FHIR's own elements, so that its criteria refer there and nothing stands twice.

Whoever edits such an element (another maximum, another route) changes the judgement, because tiers and criteria hold
no copy of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cds.clinical.quantity import Quantity
from cds.knowledge.check_statement import figure_range
from cds.knowledge.criteria import Criterion
from cds.knowledge.model import Statement

# Which figure a bound means when several are equal: from the most telling label on.
_PREFERRED: Final[Mapping[str, tuple[str, ...]]] = {
    "above": ("max", "high", "usual-high", "start-high", "start", "up-to"),
    "from": ("low", "start-low", "max", "high"),
    "below": ("low", "start-low", "start", "below"),
    "up-to": ("max", "high", "up-to"),
    "set": ("high", "start-high", "start", "max"),
}


@dataclass(frozen=True, slots=True)
class Standard:
    """Criteria by the name of the element that holds them; the one condition of a clinical use; the other medicines
    of an interaction; the figures of the dose by label.
    """

    criteria: Mapping[str, Criterion] = field(default_factory=dict)
    condition: str = ""
    ingredients: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    figures: Mapping[str, Quantity] = field(default_factory=dict)

    def element_of(self, criterion: Criterion) -> str:
        """The element that holds a criterion; empty when none does."""
        return next((name for name, held in self.criteria.items() if held == criterion), "")

    def label_of(self, amount: Quantity, bound: str) -> str:
        """The figure that a bound repeats, digit for digit; empty when it repeats none."""
        equal = [label for label, figure in self.figures.items() if same(figure, amount)]
        return min(equal, key=lambda label: _rank(label, bound), default="")


def _rank(label: str, bound: str) -> int:
    order = _PREFERRED.get(bound, ())
    return order.index(label) if label in order else len(order)


def same(one: Quantity, other: Quantity) -> bool:
    """Equal as written: 0.5 mg/kg is not 0.50 mg/kg, nor 500 ug/kg."""
    return str(one.value) == str(other.value) and one.unit == other.unit


def figures_of(statement: Statement) -> dict[str, Quantity]:
    """The single figures of a statement's dose; ranges in one text are left out."""
    found: dict[str, Quantity] = {}
    for label, text in statement.dose:
        low, high = figure_range(text)
        if low == high and text == written(low):
            found[label] = low
    return found


def written(amount: Quantity) -> str:
    """A quantity as a knowledge file writes it: ``0.5 mg/kg``."""
    return f"{amount.value:f} {amount.unit.code}"
