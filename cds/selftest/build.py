"""From a case to what an EHR holds and sends: the patient's record as FHIR R4 resources, and the drafted orders.

Dates are counted back from ``now``, the moment the request is built, because the service reads the record as of the
moment it is asked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cds.knowledge.worked import NOT_STATED, Scene
from cds.selftest.orders import PATIENT, draft, on_record
from cds.selftest.phrases import instant, moment, quantity
from cds.selftest.words import Words

HL7 = "http://terminology.hl7.org/CodeSystem"
SUBJECT = {"reference": f"Patient/{PATIENT}"}
ENCOUNTER = "encounter-1"
USUAL_WEIGHING = "2 days ago"
WHO_CAN_BE_AWAY = {"conditions": {"Condition"}, "medicines": {"MedicationRequest", "MedicationStatement"}}


@dataclass(frozen=True)
class Situation:
    """What the EHR holds, what is drafted, and which kinds of resource it fails to hand over."""

    record: tuple[dict[str, Any], ...]
    drafts: tuple[dict[str, Any], ...]
    encounter: str | None
    withheld: frozenset[str]


def _status(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": f"{HL7}/{system}", "code": code}]}


def patient(scene: Scene, now: datetime) -> dict[str, Any]:
    """The Patient: sex, and a birth date that makes the age hold today (a hundred days past the birthday)."""
    made: dict[str, Any] = {"resourceType": "Patient", "id": PATIENT, "active": True}
    if "sex" in scene.patient:
        made["gender"] = scene.patient["sex"]
    age = scene.patient.get("age", NOT_STATED)
    if age != NOT_STATED:
        before = now.date() - timedelta(days=100)
        day = min(before.day, 28)
        made["birthDate"] = before.replace(year=before.year - int(age), day=day).isoformat()
    return made


def weights(words: Words, scene: Scene, now: datetime) -> list[dict[str, Any]]:
    """Body weights: usually one, final, two days old."""
    said = scene.patient.get("weight", [])
    entries = [{"is": said}] if isinstance(said, str) else said
    return [
        {
            "resourceType": "Observation",
            "id": f"weight-{number}",
            "status": entry.get("status", "final"),
            "category": [{"coding": [{"system": f"{HL7}/observation-category", "code": "vital-signs"}]}],
            "code": words.concept("observations", "body weight"),
            "subject": SUBJECT,
            "effectiveDateTime": instant(moment(entry.get("when", USUAL_WEIGHING), now)),
            "valueQuantity": quantity(entry["is"]),
        }
        for number, entry in enumerate(entries, start=1)
    ]


def condition(words: Words, entry: dict[str, str], identifier: str, now: datetime) -> dict[str, Any]:
    """A Condition; active and confirmed unless ``course`` or ``certainty`` says otherwise."""
    certainty = entry.get("certainty", "confirmed")
    made: dict[str, Any] = {
        "resourceType": "Condition",
        "id": identifier,
        "verificationStatus": _status("condition-ver-status", certainty),
        "category": [{"coding": [{"system": f"{HL7}/condition-category", "code": "problem-list-item"}]}],
        "code": words.concept("conditions", entry["what"]),
        "subject": SUBJECT,
    }
    if certainty != "entered-in-error":  # FHIR forbids a clinical status beside entered-in-error (con-5)
        made["clinicalStatus"] = _status("condition-clinical", entry.get("course", "active"))
    if "severity" in entry:
        made["severity"] = words.concept("severities", entry["severity"])
    if "since" in entry:
        made["onsetDateTime"] = moment(entry["since"], now).date().isoformat()
    if "ended" in entry:
        made["abatementDateTime"] = moment(entry["ended"], now).date().isoformat()
    return made


def allergy(words: Words, entry: dict[str, str], identifier: str) -> dict[str, Any]:
    """An AllergyIntolerance; active, confirmed and an allergy unless said otherwise."""
    made: dict[str, Any] = {
        "resourceType": "AllergyIntolerance",
        "id": identifier,
        "clinicalStatus": _status("allergyintolerance-clinical", entry.get("course", "active")),
        "verificationStatus": _status("allergyintolerance-verification", entry.get("certainty", "confirmed")),
        "type": entry.get("type", "allergy"),
        "category": ["medication"],
        "code": words.concept("allergens", entry["to"]),
        "patient": SUBJECT,
    }
    if "reaction" in entry:
        made["reaction"] = [{"manifestation": [{"text": entry["reaction"]}]}]
    return made


def observation(words: Words, entry: dict[str, str], identifier: str, now: datetime) -> dict[str, Any]:
    """A final Observation with a coded answer or a quantity."""
    made: dict[str, Any] = {
        "resourceType": "Observation",
        "id": identifier,
        "status": "final",
        "code": words.concept("observations", entry["what"]),
        "subject": SUBJECT,
        "effectiveDateTime": instant(moment(entry["when"], now)),
    }
    if entry["is"] in words["answers"]:
        made["valueCodeableConcept"] = words.concept("answers", entry["is"])
    else:
        made["valueQuantity"] = quantity(entry["is"])
    return made


def encounter(words: Words, setting: str, now: datetime) -> dict[str, Any]:
    """The Encounter in progress: its class, and where the patient is."""
    entry = words["settings"][setting]
    return {
        "resourceType": "Encounter",
        "id": ENCOUNTER,
        "status": "in-progress",
        "class": {"system": f"{HL7}/v3-ActCode", "code": entry["class"]},
        "subject": SUBJECT,
        "period": {"start": instant(now - timedelta(days=1))},
        "location": [{"location": {"display": entry["place"]}, "status": "active"}],
    }


def service(words: Words, word: str, identifier: str) -> dict[str, Any]:
    """A drafted ServiceRequest: monitoring."""
    return {
        "resourceType": "ServiceRequest",
        "id": identifier,
        "status": "draft",
        "intent": "order",
        "code": words.concept("services", word),
        "subject": SUBJECT,
    }


def situation(words: Words, scene: Scene, now: datetime) -> Situation:
    """Everything about a case, as FHIR."""
    has_encounter = scene.setting != NOT_STATED
    record = [patient(scene, now), *weights(words, scene, now)]
    for number, entry in enumerate(scene.record.get("conditions", []), start=1):
        record.append(condition(words, entry, f"condition-{number}", now))
    for number, entry in enumerate(scene.record.get("allergies", []), start=1):
        record.append(allergy(words, entry, f"allergy-{number}"))
    for number, entry in enumerate(scene.record.get("observations", []), start=1):
        record.append(observation(words, entry, f"observation-{number}", now))
    for number, entry in enumerate(scene.record.get("medicines", []), start=1):
        record.append(on_record(words, entry, f"medicine-{number}", now))
    if has_encounter:
        record.append(encounter(words, scene.setting, now))
    encounter_class = words["settings"][scene.setting]["class"] if has_encounter else ""
    drafts = [
        resource
        for number, order in enumerate(scene.orders, start=1)
        for resource in draft(words, order, f"draft-{number}", now, encounter_class)
    ]
    drafts += [service(words, word, f"service-{number}") for number, word in enumerate(scene.services, start=1)]
    withheld = frozenset(kind for word in scene.unavailable for kind in WHO_CAN_BE_AWAY[word])
    return Situation(tuple(record), tuple(drafts), ENCOUNTER if has_encounter else None, withheld)
