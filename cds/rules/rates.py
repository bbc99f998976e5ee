"""The rate at which a drug runs in: this infusion with all that run beside it."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from cds.clinical.quantity import Dimension
from cds.rules import administration
from cds.rules.amount import Amount, Found, added_up
from cds.rules.case import Case, kind_of_route
from cds.rules.situation import Seen
from cds.rules.together import Together, alike, summed, total, without


def running(case: Case, wanted: Dimension) -> Found:
    """The rate of this infusion, of those of its order that run with it (reading 2.1: equal sequence), and of the
    other orders in use by the same kind of route; None where the order is no infusion.
    """
    own = administration.rate(case, wanted)
    if not isinstance(own, Amount):
        return own
    reference = case.seen.order.reference
    others = without(_together(case, wanted), reference)
    parts = [own, *_in_step(case, wanted), *others.parts.values()]
    if len(parts) == 1 and not others.open_ended:
        return own
    whole = total(parts)
    missing = whole.missing or next((one for _, one in others.missing), None)
    words = lambda: added_up([_worded(case, own), *parts[1:]])  # noqa: E731
    most = None if others.open_ended else whole.most
    return Amount(whole.least, most, missing, len(others.orders) + 1, words)


def others_rate(case: Case, wanted: Dimension) -> Found:
    """What runs beside this infusion, in base units; None where nothing does."""
    whole, own = running(case, wanted), administration.rate(case, wanted)
    if not isinstance(whole, Amount) or not isinstance(own, Amount) or whole == own:
        return None
    if whole.missing is not None:
        return whole.missing
    return Amount.exactly(
        replace(whole.least, low=whole.least.low - own.least.low, high=whole.least.high - own.least.high)
    )


def _worded(case: Case, own: Amount) -> Amount:
    """The amount with its arithmetic, or else as it was ordered."""
    pair = case.instruction.rate
    return own if own.shown or pair is None else replace(own, words=lambda: administration.written(pair))


def _together(case: Case, wanted: Dimension) -> Together:
    """The infusions in use by this kind of route; summed once for a review."""
    situation = case.situation
    key = (f"running {kind_of_route(situation, case.seen)}", case.ingredient, wanted)
    if key not in situation.daily:
        orders = {seen.order.reference: seen for seen in alike(case)}
        rates = {name: _of_order(case, seen, wanted) for name, seen in orders.items()}
        found = {name: rate for name, rate in rates.items() if rate is not None}
        situation.daily[key] = summed({name: orders[name] for name in found}, found)
    return cast("Together", situation.daily[key])


def _of_order(case: Case, seen: Seen, wanted: Dimension) -> Found:
    """The rate of another order: the parts of one sequence together, the highest of its sequences."""
    views = [Case(case.situation, seen, instruction, case.ingredient) for instruction in seen.order.instructions]
    rates = [(view, administration.rate(view, wanted)) for view in views]
    unknown = next((rate for _, rate in rates if rate is not None and not isinstance(rate, Amount)), None)
    if unknown is not None:
        return unknown
    steps: dict[int, list[Amount]] = {}
    for view, rate in rates:
        if isinstance(rate, Amount):
            steps.setdefault(view.instruction.sequence, []).append(_worded(view, rate))
    whole = [_added(parts) for parts in steps.values()]
    return max(whole, key=lambda amount: amount.least.high, default=None)


def _added(parts: list[Amount]) -> Amount:
    return replace(total(parts), words=lambda: added_up(parts))


def _in_step(case: Case, wanted: Dimension) -> list[Amount]:
    """The other infusions of this order that run at the same time."""
    views = [
        Case(case.situation, case.seen, one, case.ingredient)
        for one in case.seen.order.instructions
        if one.sequence == case.instruction.sequence and one is not case.instruction
    ]
    rates = [(view, administration.rate(view, wanted)) for view in views]
    return [_worded(view, rate) for view, rate in rates if isinstance(rate, Amount)]
