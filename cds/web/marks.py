"""What the orders of a request amount to: single dose, rate and daily dose, for the marker on a dose picture.

The arithmetic is the one of the rules; nothing is judged here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction

from cds.fhir.reading import read
from cds.hooks.request import HookRequest
from cds.knowledge.criteria import Measure
from cds.rules.amount import Amount
from cds.rules.amounts import amount_of
from cds.rules.case import Case
from cds.rules.situation import Situation
from cds.service import Service
from cds.web.picture import UNITS, Axis, Marks


def marks(asked: HookRequest, service: Service, as_of: datetime) -> Mapping[str, Marks]:
    """By covered ingredient: what the first order with it amounts to, where that is exactly known."""
    found = read(asked.context, asked.prefetch, as_of)
    situation = Situation(found.chart, found.drafts, service.knowledge.policy, service.terminology)
    made: dict[str, Marks] = {}
    for seen in situation.signing:
        for ingredient in sorted(seen.names & service.knowledge.covered):
            for instruction in seen.order.instructions[:1]:
                made.setdefault(ingredient, _marks(Case(situation, seen, instruction, ingredient)))
    return made


def _marks(case: Case) -> Marks:
    on_axes: dict[Axis, tuple[Fraction, Fraction]] = {}
    for measure, dimension in UNITS:
        amount = amount_of(case, measure, dimension)
        if isinstance(amount, Amount) and amount.missing is None and not (measure is Measure.RATE and _once(case)):
            on_axes[measure, dimension] = (amount.least.low, amount.least.high)
    return on_axes


def _once(case: Case) -> bool:
    return case.instruction.rate is None
