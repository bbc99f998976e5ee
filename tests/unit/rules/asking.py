"""Whether an amount lies within a bound, asked of an order in a record."""

from __future__ import annotations

from typing import Any

from cds.clinical.order import Order
from cds.knowledge.criteria import AmountIs
from cds.rules import amounts
from cds.rules.truth import Answer
from tests.unit.rules.builders import case, chart


def verdict(draft: Order, bound: AmountIs, weight: str = "", **record: Any) -> str:
    return answer(draft, bound, weight, **record).truth.value


def answer(draft: Order, bound: AmountIs, weight: str = "", **record: Any) -> Answer:
    beside = record.pop("beside", ())
    return amounts.answer(case(draft, chart(weight=weight, **record), beside=beside), bound)


def why(draft: Order, bound: AmountIs, weight: str = "", **record: Any) -> list[tuple[str, str]]:
    return [(one.lack.value, one.words) for one in answer(draft, bound, weight, **record).missing]
