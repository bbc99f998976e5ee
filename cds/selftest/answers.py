"""What an answer holds, in the words the vignettes use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

FINDINGS = "org.medication-order-cds.findings"
REVIEW = "org.medication-order-cds.review"
# Quiet cards that belong to many orders and are never repeated in the vignettes (conventions of the reading).
AMBIENT = frozenset({"K12 info", "K11 info", "S1 info", "N6 info"})
LOUDNESS = {"info": 0, "warning": 1, "critical": 2}


@dataclass(frozen=True)
class Said:
    """One finding on a card."""

    rule: str
    level: str
    statement: str
    orders: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.rule} {self.level}"


def on_card(card: dict[str, Any]) -> list[Said]:
    """The findings a card holds, in its own order."""
    return [
        Said(one.get("rule", ""), one["level"], one["statement"], tuple(one.get("orders", ())))
        for one in card["extension"][FINDINGS]
    ]


def everything(answer: dict[str, Any]) -> list[Said]:
    """All findings of an answer."""
    return [said for card in answer["cards"] for said in on_card(card)]


def reports(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What was done about each order, by its reference: asked for by the request, told even without a card."""
    return {one["order"]: one for one in answer.get("extension", {}).get(REVIEW, {}).get("orders", [])}


def matches(said: Said, word: str) -> bool:
    """``"K2"`` is the rule at any level, ``"K2 critical"`` the rule at that level."""
    rule, _, level = word.partition(" ")
    return said.rule == rule and level in {"", said.level}


def empties(value: Any, path: str = "$") -> Iterator[str]:
    """Where an answer holds null, "", [] or {}, which CDS Hooks forbids everywhere but in ``cards``."""
    if value is None or (value in ("", [], {}) and path != "$.cards"):
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from empties(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from empties(inner, f"{path}[{number}]")
