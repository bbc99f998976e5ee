"""From the words of an order to a MedicationRequest, MedicationStatement and Medication (FHIR R4)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from cds.selftest.phrases import UCUM, instant, moment, quantity, ratio, repeat
from cds.selftest.words import Words

PATIENT = "patient-1"
CATEGORY = "http://terminology.hl7.org/CodeSystem/medicationrequest-category"
ORDER_KEYS = {
    "id", "drug", "named", "name", "form", "size", "parts", "route", "dose", "rate", "over", "for", "times", "text",
    "reason", "replaces", "status", "not_to_be_given", "since", "ended", "as",
}  # fmt: skip


def medication(words: Words, order: dict[str, Any], identifier: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """``medication[x]`` of an order, and the Medication resources it refers to."""
    if "named" in order:
        return {"medicationCodeableConcept": {"text": order["named"]}}, []
    if order["drug"] in words["drugs"]:
        return {"medicationCodeableConcept": words.concept("drugs", order["drug"])}, []
    made = words["compounds"].get(order["drug"], order)
    if "parts" not in made:
        raise KeyError(f"'{order['drug']}' is not in the word list of drugs")
    resource: dict[str, Any] = {
        "resourceType": "Medication",
        "id": f"medication-{identifier}",
        "code": {"text": made.get("name", order["drug"])},
        "form": words.concept("forms", made["form"]),
        "ingredient": [
            {
                "itemCodeableConcept": words.concept("drugs", part["drug"]),
                "isActive": words.entry("drugs", part["drug"]).get("inactive") != "yes",
                "strength": ratio(part["strength"]),
            }
            for part in made["parts"]
        ],
    }
    if "size" in made:
        one = {"value": Decimal(1), "unit": "bag", "system": UCUM, "code": "1"}
        resource["amount"] = {"numerator": quantity(made["size"]), "denominator": one}
    reference = {"reference": f"Medication/{resource['id']}", "display": resource["code"]["text"]}
    return {"medicationReference": reference}, [resource]


def _contained(kind: dict[str, Any], resources: list[dict[str, Any]]) -> dict[str, Any]:
    """A record's medicine carries its Medication inside: the prefetch has no ``_include``."""
    if not resources:
        return kind
    reference = {**kind["medicationReference"], "reference": f"#{resources[0]['id']}"}
    return {"contained": resources, "medicationReference": reference}


def _timing(order: dict[str, Any], now: datetime, with_bounds: bool) -> dict[str, Any]:
    times = order.get("times", "")
    again: dict[str, Any] = repeat(times) if times else {}
    if "over" in order:
        over = quantity(order["over"])
        again |= {"duration": over["value"], "durationUnit": over["code"]}
    if "for" in order:
        again["boundsDuration"] = quantity(order["for"])
    elif with_bounds and "since" in order:
        period = {"start": instant(moment(order["since"], now))}
        if "ended" in order:
            period["end"] = instant(moment(order["ended"], now))
        again["boundsPeriod"] = period
    timing: dict[str, Any] = {"repeat": again} if again else {}
    if times == "continuous":
        timing["code"] = {"text": "continuous"}
    return timing


def dosage(words: Words, order: dict[str, Any], now: datetime, with_bounds: bool = False) -> dict[str, Any]:
    """One Dosage of an order; empty when nothing is said about how it is taken."""
    made: dict[str, Any] = {}
    if "text" in order:
        made["text"] = order["text"]
    timing = _timing(order, now, with_bounds)
    if timing:
        made["timing"] = timing
    route = order.get("route", words["compounds"].get(order.get("drug", ""), {}).get("route"))
    if route:
        made["route"] = words.concept("routes", route)
    amounts: dict[str, Any] = {}
    if "dose" in order:
        amounts["doseQuantity"] = quantity(order["dose"])
    if "rate" in order:
        amounts["rateQuantity"] = quantity(order["rate"])
    if amounts:
        made["doseAndRate"] = [amounts]
    return made


def _checked(order: dict[str, Any]) -> dict[str, Any]:
    unknown = set(order) - ORDER_KEYS
    if unknown or not ({"drug", "named"} & set(order)):
        message = f"an order says {sorted(order)}; unknown: {sorted(unknown)}"
        raise ValueError(message)
    return order


def draft(
    words: Words, order: dict[str, Any], identifier: str, now: datetime, encounter_class: str
) -> list[dict[str, Any]]:
    """The MedicationRequest to be signed, with the Medication it refers to, if any."""
    order = _checked(order)
    kind, resources = medication(words, order, identifier)
    outpatient = encounter_class in {"", "AMB", "HH"}
    category = "outpatient" if outpatient else "inpatient"
    request: dict[str, Any] = {
        "resourceType": "MedicationRequest",
        "id": identifier,
        "status": order.get("status", "draft"),
        "intent": "order",
        "category": [{"coding": [{"system": CATEGORY, "code": category}]}],
        **kind,
        "subject": {"reference": f"Patient/{PATIENT}"},
        "authoredOn": instant(now),
        "requester": {"reference": "Practitioner/prescriber-1"},
    }
    if order.get("not_to_be_given") == "yes":
        request["doNotPerform"] = True
    if "reason" in order:
        request["reasonCode"] = [words.concept("reasons", order["reason"])]
    if "replaces" in order:
        request["priorPrescription"] = {"reference": f"MedicationRequest/{order['replaces']}"}
    how = dosage(words, order, now)
    if how:
        request["dosageInstruction"] = [how]
    return [request, *resources]


def on_record(words: Words, order: dict[str, Any], identifier: str, now: datetime) -> dict[str, Any]:
    """A medicine on record: an active MedicationRequest, or a MedicationStatement where the word is ``as``."""
    order = _checked(order)
    identifier = order.get("id", identifier)
    kind = _contained(*medication(words, order, identifier))
    status = order.get("status", "active")
    since = moment(order["since"], now)
    subject = {"reference": f"Patient/{PATIENT}"}
    if order.get("as") == "statement":
        period = {"start": instant(since)}
        if "ended" in order:
            period["end"] = instant(moment(order["ended"], now))
        made: dict[str, Any] = {
            "resourceType": "MedicationStatement",
            "id": identifier,
            "status": status,
            **kind,
            "subject": subject,
            "effectivePeriod": period,
        }
        how, place = dosage(words, order, now), "dosage"
    else:
        made = {
            "resourceType": "MedicationRequest",
            "id": identifier,
            "status": status,
            "intent": "order",
            **kind,
            "subject": subject,
            "authoredOn": instant(since),
        }
        how, place = dosage(words, order, now, with_bounds=True), "dosageInstruction"
    if "reason" in order:
        made["reasonCode"] = [words.concept("reasons", order["reason"])]
    if how:
        made[place] = [how]
    return made
