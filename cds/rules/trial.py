"""A change to an order, tried before anybody is offered it: the order is judged again as it would be then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cds.clinical.change import Change, ChangeDose, ChangeDuration, ChangeRate, StateUse, amended
from cds.clinical.order import Order
from cds.knowledge.model import Knowledge
from cds.rules.finding import Finding
from cds.rules.review import findings_about


def outcome(finding: Finding, changes: Iterable[Change], knowledge: Knowledge) -> tuple[Finding, ...]:
    """What would be found of the finding's order after these changes to it: under the finding's topic, or, since
    another reason may bring up other matters, under every topic.
    """
    order = changed(finding.case.seen.order, changes)
    situation = finding.case.situation.with_draft(order)
    if situation.assumed_birth is not None:
        situation = situation.at_birth(None)
    topic = finding.statement.topic if order.reasons == finding.case.seen.order.reasons else ""
    return findings_about(situation, knowledge, order.reference, topic)


def changed(order: Order, changes: Iterable[Change]) -> Order:
    """The order after the changes that are about it."""
    for change in changes:
        match change:
            case StateUse(order.reference, reason):
                order = replace(order, reasons=(reason,))
            case ChangeDose(order.reference) | ChangeRate(order.reference) | ChangeDuration(order.reference):
                steps = list(order.instructions)
                steps[change.instruction] = amended(steps[change.instruction], change)
                order = replace(order, instructions=tuple(steps))
            case _:
                pass
    return order
