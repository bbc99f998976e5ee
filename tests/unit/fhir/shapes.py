"""Resources for tests of reading and writing, one builder per release, each a whole and ordinary order."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from cds.clinical.code import UCUM
from cds.clinical.order import Instruction, Order
from cds.fhir.reading import Reading, read
from cds.fhir.reading.dosage import instruction
from cds.fhir.reading.releases import RELEASES

AS_OF = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PATIENT = "p-1"
MINE = {"reference": f"Patient/{PATIENT}"}
BODIES = Path(__file__).parents[2] / "clients" / "bodies"


def amount(value: object, code: str = "mg", **more: Any) -> dict[str, Any]:
    value = Decimal(value) if isinstance(value, str) else value
    return {"value": value, "system": UCUM, "code": code, **more}


def every(frequency: int, period: int = 1, unit: str = "d", **more: Any) -> dict[str, Any]:
    return {"repeat": {"frequency": frequency, "period": period, "periodUnit": unit, **more}}


def rated(*doses: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An R4 instruction with these doseAndRate entries."""
    return {"doseAndRate": list(doses), **more}


def typed(kind: str, system: str = "http://epic.com/CodeSystem/dose-rate-type", **amounts: Any) -> dict[str, Any]:
    return {"type": {"coding": [{"system": system, "code": kind}], "text": kind}, **amounts}


def dosage(**parts: Any) -> Instruction:
    """One R4 instruction, read."""
    return instruction(parts, RELEASES["r4"])


def order(*instructions: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An R4 draft."""
    return {
        "resourceType": "MedicationRequest",
        "id": "order-1",
        "status": "draft",
        "intent": "order",
        "subject": dict(MINE),
        "medicationCodeableConcept": {"text": "examplamine"},
        "dosageInstruction": list(instructions),
        **changes,
    }


def stu3(*instructions: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return order(*instructions, **changes)


def dstu2(*instructions: dict[str, Any], **changes: Any) -> dict[str, Any]:
    resource = order(*instructions, resourceType="MedicationOrder", patient=dict(MINE), dateWritten="2026-11-22")
    del resource["subject"]
    return resource | changes


def r5(*instructions: dict[str, Any], **changes: Any) -> dict[str, Any]:
    resource = order(*instructions, medication={"concept": {"text": "examplamine"}})
    del resource["medicationCodeableConcept"]
    return resource | changes


def bundle(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources], **more}


def outcome(severity: str) -> dict[str, Any]:
    return {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": "processing"}]}


def reading(*drafts: dict[str, Any], prefetch: dict[str, Any] | None = None, **context: Any) -> Reading:
    whole = {"patientId": PATIENT, "userId": "Practitioner/u", "draftOrders": bundle(*drafts), **context}
    return read(whole, prefetch or {}, AS_OF)


def drafted(resource: dict[str, Any], *beside: dict[str, Any], **more: Any) -> Order:
    """The first draft, read."""
    return reading(resource, *beside, **more).drafts.orders[0]


def on_record(resource: dict[str, Any]) -> Order | None:
    """A medicine on record, read."""
    found = reading(prefetch={"medications": bundle(resource)}).chart.medicines
    return found[0] if found else None


def recorded(name: str) -> dict[str, Any]:
    """A body as a real client sent it, with exact numbers."""
    body: dict[str, Any] = json.loads((BODIES / name).read_text(encoding="utf-8"), parse_float=Decimal)
    return body
