"""What several orders of one ingredient give together: each that is known, their sum, and what is lacking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cds.clinical.quantity import Span
from cds.rules.amount import Amount, Found, plus
from cds.rules.case import Case, kind_of_route
from cds.rules.situation import Seen
from cds.rules.truth import Lack, Missing


@dataclass(frozen=True, slots=True)
class Together:
    """The amounts of several orders of one ingredient: each that is known, their sum, and what is lacking."""

    orders: dict[str, Seen]
    parts: dict[str, Amount]
    total: Amount | None
    missing: list[tuple[str, Missing]]

    @property
    def open_ended(self) -> bool:
        """Whether some of it has no known amount."""
        return len(self.parts) < len(self.orders)


def alike(case: Case) -> list[Seen]:
    """The orders in use with this ingredient, by the same kind of route."""
    situation = case.situation
    kind = kind_of_route(situation, case.seen)
    in_use = situation.in_use.by_ingredient.get(case.ingredient, ())
    return [beside.seen for beside in in_use if kind_of_route(situation, beside.seen) == kind]


def summed(orders: dict[str, Seen], found: Mapping[str, Found]) -> Together:
    """The amounts found of these orders, added up."""
    parts = {name: one for name, one in found.items() if isinstance(one, Amount)}
    unread = Missing(Lack.RECORD, "the dose of another order of the same drug")
    lacking = [(name, one.missing if isinstance(one, Amount) else unread) for name, one in found.items()]
    missing = [(name, one) for name, one in lacking if one is not None]
    return Together(orders, parts, total(parts.values()) if parts else None, missing)


def total(parts: Iterable[Amount]) -> Amount:
    """The sum of one part or more, and what the first of them that lacks something lacks."""
    first, *others = parts
    found = first
    for part in others:
        found = Amount(found.least + part.least, plus(found.most, part.most), found.missing or part.missing)
    return found


def without(in_use: Together, reference: str) -> Together:
    """All but one order. Its part is taken off the sum; where an end is not known, the rest is summed anew."""
    if reference not in in_use.orders:
        return in_use
    parts = {name: part for name, part in in_use.parts.items() if name != reference}
    gone, whole = in_use.parts.get(reference), in_use.total
    if gone is None or whole is None or whole.most is None or gone.most is None or not parts:
        rest = total(parts.values()) if parts else None
    else:
        rest = Amount(_taken_off(whole.least, gone.least), _taken_off(whole.most, gone.most))
    orders = {name: seen for name, seen in in_use.orders.items() if name != reference}
    return Together(orders, parts, rest, [row for row in in_use.missing if row[0] != reference])


def _taken_off(whole: Span, part: Span) -> Span:
    return Span(whole.low - part.low, whole.high - part.high, whole.dimension)
