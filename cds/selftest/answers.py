"""What an answer holds, in the words the vignettes use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
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
    """The findings a card holds, in its own order. A check that could not be made may name no statement."""
    extension = card.get("extension")
    told = extension.get(FINDINGS) if isinstance(extension, dict) else None
    return [
        Said(str(one.get("rule", "")), str(one["level"]), str(one.get("statement", "")), _texts(one.get("orders")))
        for one in (told if isinstance(told, list) else [])
        if isinstance(one, dict) and one.get("level") in LOUDNESS
    ]


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def offered(card: dict[str, Any]) -> set[str]:
    """What a card offers to change an order to: a day's amount as ``50 mg/d``, and how often as ``2 /d``."""
    found: set[str] = set()
    for suggestion in _maps(card.get("suggestions")):
        for action in _maps(suggestion.get("actions")):
            for how in _maps(_map(action.get("resource")).get("dosageInstruction")):
                found |= set(_per_day(how))
    return found


def _per_day(how: dict[str, Any]) -> Iterator[str]:
    repeat = _map(_map(how.get("timing")).get("repeat"))
    times = _number(repeat.get("frequency", 1))
    if (repeat.get("period"), repeat.get("periodUnit")) != (1, "d") or times is None:
        return
    yield f"{times:f} /d"
    for amount in _maps(how.get("doseAndRate")):
        dose = _map(amount.get("doseQuantity"))
        value = _number(dose.get("value"))
        if value is not None:
            yield f"{(value * times).normalize():f} {dose.get('code')}/d"


def _number(value: Any) -> Decimal | None:
    return Decimal(value) if isinstance(value, int | Decimal) else None


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _maps(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


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
