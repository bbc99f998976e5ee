"""Writing a change back: CDS Hooks actions in the client's own FHIR release.

An update holds the client's whole resource with only what the change is about replaced, in the shape that its
release (and this client) writes it. Text that would now contradict the coded dose is written anew or left out.
Nothing that is null or empty goes out, and the client's own resource is never touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from cds.clinical.change import (
    Change,
    ChangeDose,
    ChangeDuration,
    ChangeRate,
    CreateService,
    DeleteOrder,
    StateUse,
)
from cds.clinical.code import Concept
from cds.clinical.order import times_a_day
from cds.errors import FhirError
from cds.fhir import amending, restating
from cds.fhir.reading import Reading
from cds.fhir.shape import Json

_CREATED: Final = {
    "dstu2": "ProcedureRequest",
    "stu3": "ProcedureRequest",
    "r4": "ServiceRequest",
    "r5": "ServiceRequest",
}


def action(read: Reading, change: Change, description: str = "") -> dict[str, object] | None:
    """One change as one action, or None when it cannot be written: the order is not among the drafts, or has no
    place for it. Without a description, one that says the change.
    """
    found = actions(read, [change], description)
    return None if found is None else found[0]


def actions(read: Reading, changes: Sequence[Change], description: str = "") -> list[dict[str, object]] | None:
    """The actions of one suggestion, or None when one of its changes cannot be written.

    Several updates of one order become one, since each holds the whole order. What is created follows the release
    of the draft orders.
    """
    try:
        return [_action(read, parts, description) for parts in _by_order(changes)]
    except FhirError:
        return None


def _by_order(changes: Sequence[Change]) -> list[list[Change]]:
    """The changes, those that update one order together, in the order they were first named."""
    groups: list[list[Change]] = []
    updates: dict[str, list[Change]] = {}
    for change in changes:
        if isinstance(change, DeleteOrder | CreateService):
            groups.append([change])
        elif change.order in updates:
            updates[change.order].append(change)
        else:
            updates[change.order] = [change]
            groups.append(updates[change.order])
    return groups


def _action(read: Reading, parts: Sequence[Change], description: str) -> dict[str, object]:
    words = description or "; ".join(describe(part) for part in parts)
    change = parts[0]
    if isinstance(change, CreateService):
        resource = created(change.service, next(iter(read.releases.values()), "r4"), read.patient)
        return {"type": "create", "description": words, "resource": resource}
    draft = read.resources.get(change.order)
    if draft is None or not draft.get("id"):
        raise FhirError("the order to change is not among the drafts, or has no id to name it by")
    if isinstance(change, DeleteOrder):
        return {"type": "delete", "description": words, "resourceId": change.order}
    resource = updated(parts, draft, read.releases[change.order])
    return {"type": "update", "description": words, "resource": resource}


def describe(change: Change) -> str:
    """The change in words, where the card has none of its own."""
    match change:
        case ChangeDose(_, dose, None):
            return f"Change the dose to {dose}"
        case ChangeDose(_, dose, per_day) if per_day is not None:
            return f"Change to {dose}, {times_a_day(per_day, per_day)}"
        case ChangeRate():
            return f"Change the rate to {change.rate}"
        case ChangeDuration():
            return f"Give over {change.over}"
        case StateUse():
            return f"State the reason: {change.reason.words()}"
        case CreateService():
            return f"Order: {change.service.words()}"
        case _:
            return "Remove the order"


def updated(changes: Sequence[Change], resource: Json, release: str) -> dict[str, object]:
    """A copy of the order with these changes made. FhirError when it has no place for one of them."""
    copy = {name: _copied(member) for name, member in resource.items()}
    for change in changes:
        if isinstance(change, StateUse):
            _state_use(copy, change.reason, release)
        elif isinstance(change, ChangeDose | ChangeRate | ChangeDuration):
            amending.amend(copy, change, release)
    if any(isinstance(change, ChangeDose | ChangeRate | ChangeDuration) for change in changes):
        copy.pop("text", None)  # the narrative and the rendered directions tell of the old dose
        copy.pop("renderedDosageInstruction", None)
    pruned = _pruned(copy)
    assert isinstance(pruned, dict)  # noqa: S101 - for the type checker: a resource is never empty
    return pruned


def _copied(value: object) -> object:
    """JSON once more, of which nothing is shared."""
    if isinstance(value, Mapping):
        return {name: _copied(member) for name, member in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _state_use(order: dict[str, object], reason: Concept, release: str) -> None:
    """Put this reason in place of the stated ones: two reasons would leave open which limit holds."""
    written = restating.concept(reason)
    order.pop("reasonReference", None)
    if release == "dstu2":
        order["reasonCodeableConcept"] = written
    elif release == "r5":
        order["reason"] = [{"concept": written}]
    else:
        order["reasonCode"] = [written]


def created(service: Concept, release: str, patient: str) -> dict[str, object]:
    """A draft request for a service, in the release's own kind of resource. FhirError without a patient."""
    if not patient:
        raise FhirError("a request needs a patient")
    written: dict[str, object] = {"resourceType": _CREATED[release], "status": "draft"}
    if release != "dstu2":
        written["intent"] = "order"
    code: dict[str, object] = restating.concept(service)
    written["code"] = {"concept": code} if release == "r5" else code
    written["subject"] = {"reference": f"Patient/{patient}"}
    return written


def _pruned(value: object) -> object:
    """Without members that are null or empty. The places of a primitive list that has a ``_`` twin are kept."""
    if isinstance(value, Mapping):
        kept: dict[str, object] = {}
        for name, member in value.items():
            twin = name[1:] if name.startswith("_") else f"_{name}"
            inner = member if isinstance(member, list) and twin in value else _pruned(member)
            if inner is not None and inner not in ("", [], {}):
                kept[name] = inner
        return kept
    if isinstance(value, list):
        return [inner for one in value if (inner := _pruned(one)) is not None and inner not in ("", [], {})]
    return value
