"""Hook bodies for tests: one that is whole and right, to be changed in the one thing a test is about."""

from __future__ import annotations

import copy
from typing import Any

ORDER = "MedicationRequest/order-1"
SIGN = "/cds-services/medication-order-sign"
SELECT = "/cds-services/medication-order-select"
VIEW = "/cds-services/medication-patient-view"

_MEDICATION_REQUEST: dict[str, Any] = {
    "resourceType": "MedicationRequest",
    "id": "order-1",
    "status": "draft",
    "intent": "order",
    "subject": {"reference": "Patient/p-1"},
    "medicationCodeableConcept": {"text": "Examplamine 150 MG Oral Tablet"},
    "dosageInstruction": [
        {
            "timing": {"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
            "doseAndRate": [
                {
                    "doseQuantity": {
                        "value": 2,
                        "unit": "tablet",
                        "system": "http://unitsofmeasure.org",
                        "code": "{tbl}",
                    }
                }
            ],
        }
    ],
}


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": resource} for resource in resources],
    }


def found(*resources: dict[str, Any]) -> dict[str, Any]:
    """A search's answer."""
    return {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": len(resources),
        "entry": [{"resource": resource, "search": {"mode": "match"}} for resource in resources],
    }


def patient(**changes: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": "p-1", "gender": "male", "birthDate": "1970-05-01", **changes}


def order(**changes: Any) -> dict[str, Any]:
    return copy.deepcopy(_MEDICATION_REQUEST) | changes


def order_sign(*orders: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A whole and right order-sign call for one order."""
    return {
        "hook": "order-sign",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {
            "userId": "Practitioner/u-1",
            "patientId": "p-1",
            "draftOrders": bundle(*(orders or (order(),))),
        },
        "prefetch": {"patient": patient()},
        **changes,
    }


def order_select(*orders: dict[str, Any], selections: list[str] | None = None, **changes: Any) -> dict[str, Any]:
    """A whole and right order-select call for one order."""
    body = order_sign(*orders, hook="order-select", **changes)
    body["context"]["selections"] = [ORDER] if selections is None else selections
    return body


def patient_view(*medicines: dict[str, Any], **prefetch: Any) -> dict[str, Any]:
    """A whole and right patient-view call: a patient who takes these medicines, and of whom nothing else is known."""
    empty = {key: found() for key in ("conditions", "allergies", "statements", "weight", "pregnancy", "renal")}
    return {
        "hook": "patient-view",
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {"userId": "Practitioner/u-1", "patientId": "p-1"},
        "prefetch": empty | {"patient": patient(), "medications": found(*medicines)} | prefetch,
    }


def medicine(identity: str, name: str, mg: int = 0, times: int = 1, **changes: Any) -> dict[str, Any]:
    """A medicine on record, by mouth; without ``mg`` it has no directions."""
    dose = {"value": mg, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}
    directions = {
        "route": {"text": "oral"},
        "timing": {"repeat": {"frequency": times, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": dose}],
    }
    return {
        "resourceType": "MedicationRequest",
        "id": identity,
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/p-1"},
        "medicationCodeableConcept": {"text": name},
        "dosageInstruction": [directions] if mg else [],
        **changes,
    }


def stated(identity: str, name: str, mg: int = 0, times: int = 1, **changes: Any) -> dict[str, Any]:
    """The same as a statement of what is taken."""
    resource = medicine(identity, name, mg, times, resourceType="MedicationStatement", **changes)
    return {("dosage" if key == "dosageInstruction" else key): value for key, value in resource.items()
            if key != "intent"}  # fmt: skip


def without(body: dict[str, Any], path: str) -> dict[str, Any]:
    """The body without the member at ``a.b.c``."""
    changed = copy.deepcopy(body)
    *parents, last = path.split(".")
    here: Any = changed
    for name in parents:
        here = here[int(name)] if isinstance(here, list) else here[name]
    del here[last]
    return changed


def with_value(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The body with another value at ``a.b.c``."""
    changed = copy.deepcopy(body)
    *parents, last = path.split(".")
    here: Any = changed
    for name in parents:
        here = here[int(name)] if isinstance(here, list) else here[name]
    here[last] = value
    return changed
