"""Writing a change back: CDS Hooks actions in the client's own FHIR release.

An update holds the client's whole resource with only what the change is about replaced, in the shape that its
release (and this client) writes it. Text that would now contradict the coded dose is written anew or left out.
Nothing that is null or empty goes out, and the client's own resource is never touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
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
from cds.errors import FhirError
from cds.fhir import amending
from cds.fhir.shape import Json, obj

_CREATED: Final = {
    "dstu2": "ProcedureRequest",
    "stu3": "ProcedureRequest",
    "r4": "ServiceRequest",
    "r5": "ServiceRequest",
}


def action(
    change: Change, description: str, *, resource: Json | None = None, release: str = "r4", patient: str = ""
) -> dict[str, object]:
    """One change as one action. ``resource`` is the draft order as the client wrote it, needed for an update;
    ``patient`` the patient's id, needed to create. FhirError when it cannot be written.
    """
    if isinstance(change, DeleteOrder):
        return {"type": "delete", "description": description, "resourceId": change.order}
    if isinstance(change, CreateService):
        return {"type": "create", "description": description, "resource": _service(change.service, release, patient)}
    return {"type": "update", "description": description, "resource": updated([change], resource, release)}


def actions(
    changes: Sequence[tuple[Change, str]],
    resources: Mapping[str, Json],
    releases: Mapping[str, str],
    patient: str,
) -> list[dict[str, object]]:
    """The actions of one suggestion. Several updates of one order become one, since each holds the whole order.

    What is created follows the release of the draft orders.
    """
    found: list[dict[str, object]] = []
    updates: dict[str, list[tuple[Change, str]]] = {}
    usual = next(iter(releases.values()), "r4")
    for change, description in changes:
        if isinstance(change, CreateService | DeleteOrder):
            found.append(action(change, description, release=usual, patient=patient))
        else:
            updates.setdefault(change.order, []).append((change, description))
    for order, parts in updates.items():
        resource = updated([change for change, _ in parts], resources.get(order), releases.get(order, usual))
        words = "; ".join(dict.fromkeys(description for _, description in parts))
        found.append({"type": "update", "description": words, "resource": resource})
    return found


def updated(changes: Sequence[Change], resource: Json | None, release: str) -> dict[str, object]:
    """A copy of the order with these changes made. FhirError when it has no place for one of them."""
    if resource is None:
        raise FhirError("the order to change was not among the drafts")
    copy: dict[str, object] = deepcopy(dict(resource))
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


def _state_use(order: dict[str, object], reason: Concept, release: str) -> None:
    """Add a reason; DSTU2 has room for one only, which is then this one."""
    written = amending.concept(reason)
    if release == "dstu2":
        order.pop("reasonReference", None)
        order["reasonCodeableConcept"] = written
    elif release == "r5":
        order["reason"] = [*_list(order.get("reason")), {"concept": written}]
    else:
        order["reasonCode"] = [*_list(order.get("reasonCode")), written]


def _service(service: Concept, release: str, patient: str) -> dict[str, object]:
    if not patient:
        raise FhirError("a request needs a patient")
    written: dict[str, object] = {"resourceType": _CREATED[release], "status": "draft"}
    if release != "dstu2":
        written["intent"] = "order"
    code: dict[str, object] = amending.concept(service)
    written["code"] = {"concept": code} if release == "r5" else code
    written["subject"] = {"reference": f"Patient/{patient}"}
    return written


def _list(value: object) -> list[object]:
    """A list as it is; a single object, as some clients write it, as a list of one."""
    if isinstance(value, list):
        return value
    return [value] if obj(value) else []


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
