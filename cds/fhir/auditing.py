"""Decisions as FHIR R4: an AuditEvent for each answered hook, and a Provenance that tells what made the answer.

Nothing in them names a patient: the patient of an AuditEvent is an identifier that is a keyed hash.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from cds.store.decision import Decision, Fired

SYSTEM: Final = "urn:medication-order-cds"
_DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_EVENT: Final = {"system": "http://terminology.hl7.org/CodeSystem/audit-event-type", "code": "rest"}
_OBJECT: Final = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
_AGENT: Final = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"


def resources(decision: Decision) -> Iterator[dict[str, Any]]:
    """The AuditEvent and the Provenance of one decision."""
    yield _audit_event(decision)
    yield _provenance(decision)


def _service(decision: Decision) -> dict[str, Any]:
    return {"display": f"medication-order-cds {decision.program}"}


def _audit_event(decision: Decision) -> dict[str, Any]:
    details = [
        ("knowledge", decision.knowledge),
        ("policy", decision.policy),
        ("setting", decision.setting),
        ("milliseconds", str(decision.milliseconds)),
        *(("order", _order(one.ingredients, one.rxnorm)) for one in decision.orders),
        *(("card", f"{card.uuid} {card.level} {card.topic}") for card in decision.cards),
        *(("statement", _fired(one)) for one in decision.fired),
        *(("not-checked", f"{one.lack} {one.part}".strip()) for one in decision.not_checked),
    ]
    entities: list[dict[str, Any]] = [
        {
            "what": {"identifier": {"system": f"{SYSTEM}:hook-instance", "value": decision.instance}},
            "type": {"system": _OBJECT, "code": "2", "display": "System Object"},
            "detail": [{"type": name, "valueString": value} for name, value in details if value],
        }
    ]
    if decision.patient:
        patient = {"identifier": {"system": f"{SYSTEM}:patient-hash", "value": decision.patient}, "type": "Patient"}
        entities.append({"what": patient, "type": {"system": _OBJECT, "code": "1", "display": "Person"}})
    return {
        "resourceType": "AuditEvent",
        "id": decision.id,
        "type": {**_EVENT, "display": "RESTful Operation"},
        "subtype": [{"system": f"{SYSTEM}:hook", "code": decision.hook}],
        "action": "E",
        "recorded": decision.at,
        "outcome": "0",
        "agent": [
            {
                "type": {"coding": [{"system": _DCM, "code": "110153", "display": "Source Role ID"}]},
                "who": {"identifier": {"system": f"{SYSTEM}:client", "value": decision.client or "unauthenticated"}},
                "requestor": True,
            },
            {
                "type": {"coding": [{"system": _DCM, "code": "110152", "display": "Destination Role ID"}]},
                "who": _service(decision),
                "requestor": False,
            },
        ],
        "source": {"observer": _service(decision)},
        "entity": entities,
    }


def _order(ingredients: tuple[str, ...], rxnorm: tuple[str, ...]) -> str:
    return " ".join(part for part in ("+".join(ingredients), ",".join(rxnorm)) if part) or "not recognised"


def _fired(one: Fired) -> str:
    return f"{one.statement} {one.level} {one.card or f'not shown again: {one.withheld}'}"


def _provenance(decision: Decision) -> dict[str, Any]:
    versions = (("knowledge", decision.knowledge), ("policy", decision.policy))
    return {
        "resourceType": "Provenance",
        "id": f"{decision.id}-p"[:64],
        "target": [{"reference": f"AuditEvent/{decision.id}"}],
        "recorded": decision.at,
        "agent": [
            {
                "type": {"coding": [{"system": _AGENT, "code": "assembler", "display": "Assembler"}]},
                "who": _service(decision),
            }
        ],
        "entity": [
            {"role": "source", "what": {"identifier": {"system": f"{SYSTEM}:{name}", "value": version}}}
            for name, version in versions
        ],
    }
