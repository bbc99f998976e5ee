"""The same order and record as another FHIR release writes it: R4 is rewritten as DSTU2, STU3 or R5."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Final

Resource = dict[str, Any]
Rewrite = Callable[[Resource], Resource]

_DSTU2_CLASS: Final = {"EMER": "emergency", "AMB": "ambulatory", "IMP": "inpatient"}


def twin(body: dict[str, Any], release: str) -> dict[str, Any]:
    """The hook body with every resource as ``release`` (dstu2, stu3, r4, r5) writes it."""
    rewrite = _RELEASES[release]
    changed = copy.deepcopy(body)
    for entry in changed["context"].get("draftOrders", {}).get("entry", []):
        entry["resource"] = rewrite(entry["resource"])
    for key, value in changed["prefetch"].items():
        if value.get("resourceType") == "Bundle":
            for entry in value.get("entry", []):
                entry["resource"] = rewrite(entry["resource"])
        else:
            changed["prefetch"][key] = rewrite(value)
    return changed


def _code(concept: Resource) -> str:
    code: str = concept["coding"][0]["code"]
    return code


def _flat(instruction: Resource) -> Resource:
    """The dose beside the timing, as it was before R4."""
    flat = {key: value for key, value in instruction.items() if key != "doseAndRate"}
    for dose in instruction.get("doseAndRate", []):
        flat |= {key: value for key, value in dose.items() if key != "type"}
    return flat


def _stu3(resource: Resource) -> Resource:
    kind = resource["resourceType"]
    if kind == "MedicationRequest":
        return resource | {"dosageInstruction": [_flat(item) for item in resource.get("dosageInstruction", [])]}
    if kind == "MedicationStatement":
        return resource | {"taken": "y", "dosage": [_flat(item) for item in resource.get("dosage", [])]}
    if kind in ("Condition", "AllergyIntolerance"):
        changed = {
            key: _code(value) if key in ("clinicalStatus", "verificationStatus") else value
            for key, value in resource.items()
        }
        if "recordedDate" in changed:
            changed["assertedDate"] = changed.pop("recordedDate")
        return changed
    return resource


def _dstu2(resource: Resource) -> Resource:
    kind = resource["resourceType"]
    changed = _stu3(resource)
    if kind == "MedicationRequest":
        return _medication_order(changed)
    if kind == "MedicationStatement":
        return _old_statement(changed)
    if kind == "Condition":
        changed["patient"] = changed.pop("subject")
        if "assertedDate" in changed:
            changed["dateRecorded"] = changed.pop("assertedDate")
    if kind == "AllergyIntolerance":
        changed["substance"] = changed.pop("code")
        changed["status"] = changed.pop("clinicalStatus")
        changed.pop("verificationStatus", None)
    if kind == "Encounter":
        changed["class"] = _DSTU2_CLASS[changed["class"]["code"]]
        changed["patient"] = changed.pop("subject")
    return changed


def _medication_order(request: Resource) -> Resource:
    order = {key: value for key, value in request.items() if key not in ("intent", "category", "reasonCode")}
    order["resourceType"] = "MedicationOrder"
    order["patient"] = order.pop("subject")
    if "authoredOn" in order:
        order["dateWritten"] = order.pop("authoredOn")
    if request.get("reasonCode"):
        order["reasonCodeableConcept"] = request["reasonCode"][0]
    for instruction in order["dosageInstruction"]:
        _old_timing(instruction)
        if "rateQuantity" in instruction:
            instruction["rateRatio"] = _ratio(instruction.pop("rateQuantity"))
    return order


def _old_timing(instruction: Resource) -> None:
    repeat = instruction.get("timing", {}).get("repeat", {})
    for name in ("periodUnit", "durationUnit"):
        if name in repeat:
            repeat[f"{name}s"] = repeat.pop(name)
    if "when" in repeat:
        repeat["when"] = repeat["when"][0]


def _old_statement(statement: Resource) -> Resource:
    old = {key: value for key, value in statement.items() if key != "taken"}
    old["patient"] = old.pop("subject")
    for dosage in old["dosage"]:
        _old_timing(dosage)
        if "doseQuantity" in dosage:
            dosage["quantityQuantity"] = dosage.pop("doseQuantity")
    return old


def _ratio(rate: Resource) -> Resource:
    """A rate as amount over time: mg/kg/h is mg/kg over one hour."""
    amount, _, time = rate["code"].rpartition("/")
    system = rate["system"]
    return {
        "numerator": {"value": rate["value"], "unit": amount, "system": system, "code": amount},
        "denominator": {"value": 1, "unit": time, "system": system, "code": time},
    }


def _r5(resource: Resource) -> Resource:
    kind = resource["resourceType"]
    changed = dict(resource)
    if kind in ("MedicationRequest", "MedicationStatement"):
        changed["medication"] = {"concept": changed.pop("medicationCodeableConcept")}
        if "reasonCode" in changed:
            changed["reason"] = [{"concept": reason} for reason in changed.pop("reasonCode")]
    if kind == "Encounter":
        changed["class"] = [{"coding": [changed["class"]]}]
    return changed


_RELEASES: Final[dict[str, Rewrite]] = {"dstu2": _dstu2, "stu3": _stu3, "r4": lambda resource: resource, "r5": _r5}
