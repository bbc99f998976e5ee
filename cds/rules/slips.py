"""Unit slips: an amount far out of range that would be in range if one unit had been mistaken for another.

The factors are a heuristic of ours, not of the documents (reading, section 2.5): 60 (minute and hour), 24 (hour and
day), 1000 (microgram and milligram). A slip is named and offered beside the real ways out, never assumed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from cds.clinical.order import Instruction
from cds.clinical.quantity import UNITS, Quantity, Span
from cds.knowledge.criteria import AmountIs, Measure, every, measure_of
from cds.knowledge.model import Knowledge, Level, Statement
from cds.rules import amounts
from cds.rules.amount import Amount
from cds.rules.case import Case
from cds.rules.finding import Finding
from cds.rules.statement import judge

# A unit as ordered, the unit that may have been meant, and the two in words. The number stays as it was written.
_MISTAKEN: Final = (
    ("/min", "/h", "per minute and per hour"),
    ("/h", "/min", "per hour and per minute"),
    ("/h", "/d", "per hour and per day"),
    ("/d", "/h", "per day and per hour"),
    ("mg", "ug", "milligram and microgram"),
    ("ug", "mg", "microgram and milligram"),
    ("g", "mg", "gram and milligram"),
)
_ORDERED: Final = frozenset({Measure.DOSE, Measure.RATE})


@dataclass(frozen=True, slots=True)
class Slip:
    """One slip that would explain an amount. ``amount`` is the dose or rate with the unit
    that may have been meant, and ``in_words`` what that is in the unit of the documented range.
    """

    factor: int
    units: str
    amount: Quantity
    is_rate: bool
    in_words: str


def slips(finding: Finding, knowledge: Knowledge) -> tuple[Slip, ...]:
    """The slips after which this statement would be quiet and the amount within a documented range."""
    bounds = [one for one in every(finding.tier.when) if isinstance(one, AmountIs) and one.measure in _AMOUNTS]
    instruction = finding.case.instruction
    pair = instruction.rate or instruction.dose
    if not bounds or pair is None or pair[0] != pair[1] or not finding.case.seen.order.draft:
        return ()
    if not any(_far_beyond(finding.case, bound) for bound in bounds) or _within(finding.case, finding.statement):
        return ()
    return tuple(_plausible(finding, knowledge, pair[0], is_rate=instruction.rate is not None))


# How far beyond a limit an amount must be before a slip is thought of (ours: a slip is never a small excess).
_FAR: Final = 2


def _far_beyond(case: Case, bound: AmountIs) -> bool:
    """Whether the amount is at least twice an upper limit, or at most half of a lower one."""
    limit = bound.low or bound.high
    found = amounts.amount_of(case, bound.measure, limit.unit.dimension) if limit else None
    if limit is None or not isinstance(found, Amount) or found.missing is not None:
        return False
    if bound.low is not None:
        return found.least.low >= _FAR * limit.base
    return found.least.high * _FAR <= limit.base


_AMOUNTS: Final = frozenset({Measure.DOSE, Measure.RATE, Measure.DAILY})


def _plausible(finding: Finding, knowledge: Knowledge, given: Quantity, *, is_rate: bool) -> Iterator[Slip]:
    for ordered, meant, words in _MISTAKEN:
        code = given.unit.code.replace(ordered, meant, 1)
        if code == given.unit.code or code not in UNITS:
            continue
        corrected = Quantity(given.value, UNITS[code])
        case = _with_amount(finding.case, corrected, is_rate=is_rate)
        again = judge(case, finding.statement).finding
        if again is not None and (again.level is not Level.INFO or finding.level is Level.INFO):
            continue
        if (here := _documented(case, knowledge)) is not None:
            yield Slip(_factor(given, corrected), words, corrected, is_rate, here)


def _factor(given: Quantity, corrected: Quantity) -> int:
    """How many times the one unit is the other: 60, 24 or 1000."""
    ratio = given.unit.factor / corrected.unit.factor
    return int(max(ratio, 1 / ratio))


def _with_amount(case: Case, amount: Quantity, *, is_rate: bool) -> Case:
    old = case.instruction
    new: Instruction = (
        replace(old, rate=(amount, amount), also=()) if is_rate else replace(old, dose=(amount, amount), also=())
    )
    instructions = tuple(new if one is old else one for one in case.seen.order.instructions)
    order = replace(case.seen.order, instructions=instructions)
    seen = replace(case.seen, order=order)
    vars(seen).update(uses=case.seen.uses)  # which do not depend on the amount
    return Case(case.situation, seen, new, case.ingredient)


def _documented(case: Case, knowledge: Knowledge) -> str | None:
    """The amount in words, if it lies within a range that some statement about the drug documents."""
    statements = knowledge.by_ingredient.get(case.ingredient, ())
    return next((words for one in statements if (words := _within(case, one))), None)


def _within(case: Case, statement: Statement) -> str:
    """The amount in the unit of the range of this statement that it lies in; empty when it lies in none."""
    for low, high in statement.ranges:
        measure = measure_of(low.unit.code)
        runs_all_day = measure is Measure.DAILY and case.instruction.rate is not None
        comparable = measure in _ORDERED or runs_all_day
        found = amounts.amount_of(case, measure, low.unit.dimension) if comparable else None
        if isinstance(found, Amount) and found.missing is None and _inside(found.least, low, high):
            return found.least.shown(low.unit)
    return ""


def _inside(span: Span, low: Quantity, high: Quantity) -> bool:
    return low.base <= span.low and span.high <= high.base
