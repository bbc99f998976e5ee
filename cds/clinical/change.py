"""Changes to orders that a suggestion offers, in our own words. ``cds.fhir.editing`` turns them into resources."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from cds.clinical.code import Concept
from cds.clinical.order import Instruction
from cds.clinical.quantity import Quantity


@dataclass(frozen=True, slots=True)
class ChangeDose:
    """Give ``dose`` at each administration (mg, mg/kg, or product units as the order writes it), ``per_day`` times
    a day; ``per_day`` None keeps the order's timing.
    """

    order: str
    dose: Quantity
    per_day: Fraction | None = None
    instruction: int = 0


@dataclass(frozen=True, slots=True)
class ChangeRate:
    """Run the infusion at ``rate``, in the unit the order uses."""

    order: str
    rate: Quantity
    instruction: int = 0


@dataclass(frozen=True, slots=True)
class ChangeDuration:
    """Give each dose over this time."""

    order: str
    over: Quantity
    instruction: int = 0


@dataclass(frozen=True, slots=True)
class StateUse:
    """Give this as the order's reason, in place of any other: the limit follows from the reason."""

    order: str
    reason: Concept


@dataclass(frozen=True, slots=True)
class DeleteOrder:
    """Take the draft out."""

    order: str


@dataclass(frozen=True, slots=True)
class CreateService:
    """Draft a request for a measurement, a test or monitoring."""

    service: Concept


Change = ChangeDose | ChangeRate | ChangeDuration | StateUse | DeleteOrder | CreateService


def amended(step: Instruction, change: ChangeDose | ChangeRate | ChangeDuration) -> Instruction:
    """The instruction after the change. Other ways of saying the old dose are gone with it."""
    if isinstance(change, ChangeDuration):
        return replace(step, over=change.over)
    if isinstance(change, ChangeRate):
        return replace(step, rate=(change.rate, change.rate), also=())
    often, per_day = step.timing, change.per_day
    if per_day is not None:
        often = replace(often, per_day=(per_day, per_day), once=False, continuous=False)
    return replace(step, dose=(change.dose, change.dose), also=(), timing=often)
