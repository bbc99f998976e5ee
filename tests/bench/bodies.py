"""The requests that are measured: what an EHR sends, with the FHIR resources as real records write them.

The record is that of a man of 64 with seven problems, six medicines, two allergies, laboratory values and an encounter:
22 resources, 21.5 KB, as large as the requests that the floors were first measured with. It holds what records hold
and rules do not read (profiles, authors, narratives, display names), because that has to be parsed as well.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

SIGN: Final = "medication-order-sign"
SELECT: Final = "medication-order-select"
PATIENT: Final = "patient-4711"
VISIT: Final = "visit-0000000"
"""The encounter. The load generator puts another number in for each request: one encounter has few orders."""
_SUBJECT: Final = {"reference": f"Patient/{PATIENT}"}
_HL7: Final = "http://terminology.hl7.org/CodeSystem"
_RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
_SNOMED: Final = "http://snomed.info/sct"
_LOINC: Final = "http://loinc.org"
_UCUM: Final = "http://unitsofmeasure.org"
_PROFILE: Final = "http://hl7.org/fhir/us/core/StructureDefinition/us-core"
_DOCTOR: Final = {"reference": "Practitioner/e1234", "display": "Schmitt, Elisabeth, MD"}
_ENCOUNTER: Final = {"reference": f"Encounter/{VISIT}"}

Resource = dict[str, Any]
Said = frozenset[tuple[str, ...]]
"""What an answer says: (rule, level) of findings on its cards."""


@dataclass(frozen=True)
class Call:
    """One request to measure. ``must``: findings that its answer has to hold; ``silent``: it has to hold none."""

    name: str
    service: str
    body: bytes
    must: Said = frozenset()
    silent: bool = False

    @property
    def path(self) -> str:
        """The address it is sent to."""
        return f"/cds-services/{self.service}"


def _ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _concept(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}], "text": display}


def _coded(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def _state(system: str, code: str, display: str) -> Resource:
    return {"coding": [{"system": f"{_HL7}/{system}", "code": code, "display": display}]}


def _resource(kind: str, identity: str, profile: str, **members: Any) -> Resource:
    return {
        "resourceType": kind,
        "id": identity,
        "meta": {"versionId": "3", "profile": [f"{_PROFILE}-{profile}"]},
        **members,
    }


def _condition(number: int, code: str, display: str) -> Resource:
    return _resource(
        "Condition", f"problem-{number}", "condition-problems-health-concerns",
        clinicalStatus=_state("condition-clinical", "active", "Active"),
        verificationStatus=_state("condition-ver-status", "confirmed", "Confirmed"),
        category=[_state("condition-category", "problem-list-item", "Problem List Item")],
        code=_concept(_SNOMED, code, display),
        subject=_SUBJECT, onsetDateTime=_ago(900 + number)[:10], recordedDate=_ago(880 + number)[:10],
    )  # fmt: skip


def medicine(number: int, code: str, display: str, times: int = 1, *, system: str = _RXNORM) -> Resource:
    """A medicine on record, taken now."""
    return _resource(
        "MedicationRequest", f"medicine-{number}", "medicationrequest",
        status="active", intent="order", subject=_SUBJECT, authoredOn=_ago(200 + number), requester=_DOCTOR,
        medicationCodeableConcept=_concept(system, code, display),
        dosageInstruction=[_dosage("1", "{tbl}", "tablet", times, f"1 tablet {times} times a day")],
    )  # fmt: skip


def _dosage(value: str, code: str, unit: str, times: int, words: str) -> Resource:
    amount = {"value": _number(value), "unit": unit, "system": _UCUM, "code": code}
    return {
        "sequence": 1,
        "text": words,
        "timing": {"repeat": {"frequency": times, "period": 1, "periodUnit": "d"}},
        "route": _concept(_SNOMED, "26643006", "Oral route"),
        "doseAndRate": [{"type": _state("dose-rate-type", "ordered", "Ordered"), "doseQuantity": amount}],
    }


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def draft(identity: str, code: str, display: str, dosage: Resource, reason: tuple[str, str]) -> Resource:
    """An order that is about to be signed."""
    return _resource(
        "MedicationRequest", identity, "medicationrequest",
        status="draft", intent="order", subject=_SUBJECT, encounter=_ENCOUNTER, authoredOn=_ago(0), requester=_DOCTOR,
        medicationCodeableConcept=_concept(_RXNORM, code, display), reasonCode=[_concept(_SNOMED, *reason)],
        dosageInstruction=[dosage],
    )  # fmt: skip


def _allergy(number: int, code: str, display: str) -> Resource:
    return _resource(
        "AllergyIntolerance", f"allergy-{number}", "allergyintolerance",
        clinicalStatus=_state("allergyintolerance-clinical", "active", "Active"),
        verificationStatus=_state("allergyintolerance-verification", "confirmed", "Confirmed"),
        type="allergy", category=["medication"], code=_concept(_RXNORM, code, display), patient=_SUBJECT,
        reaction=[{"manifestation": [_concept(_SNOMED, "271807003", "Eruption of skin")], "severity": "mild"}],
    )  # fmt: skip


def _observed(number: int, code: str, display: str, value: str, unit: str, days: int) -> Resource:
    return _resource(
        "Observation", f"observed-{number}", "simple-observation",
        status="final", category=[_state("observation-category", "vital-signs", "Vital Signs")],
        code=_concept(_LOINC, code, display), subject=_SUBJECT, encounter=_ENCOUNTER, effectiveDateTime=_ago(days),
        performer=[_DOCTOR],
        valueQuantity={"value": _number(value), "unit": unit, "system": _UCUM, "code": unit},
    )  # fmt: skip


def _found(*resources: Resource) -> Resource:
    """The answer to a search."""
    base = "https://ehr.example.org/fhir/r4"
    entries = [
        {"fullUrl": f"{base}/{one['resourceType']}/{one['id']}", "resource": one}
        if "meta" in one
        else {"resource": one}
        for one in resources
    ]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


def _record(problems: list[Resource], medicines: list[Resource]) -> dict[str, Resource]:
    patient = _resource(
        "Patient", PATIENT, "patient",
        active=True, gender="male", birthDate=str(datetime.now(UTC).year - 64) + "-01-01",
        name=[{"use": "official", "text": "Konrad Meier", "family": "Meier", "given": ["Konrad"]}],
        address=[{"use": "home", "line": ["17 Mill Lane"], "city": "Aldenham", "postalCode": "12345"}],
        telecom=[{"system": "phone", "value": "+1-555-0100", "use": "home"}],
    )  # fmt: skip
    encounter = _resource(
        "Encounter", VISIT, "encounter",
        status="in-progress", subject=_SUBJECT, period={"start": _ago(0)},
        **{"class": {"system": f"{_HL7}/v3-ActCode", "code": "AMB", "display": "ambulatory"}},
    )  # fmt: skip
    return {
        "patient": patient,
        "conditions": _found(*problems),
        "allergies": _found(_allergy(1, "7980", "Penicillin G"), _allergy(2, "10180", "Sulfamethoxazole")),
        "medications": _found(*medicines),
        "statements": _found(),
        "weight": _found(
            _observed(1, "29463-7", "Body weight", "82.5", "kg", 6),
            _observed(2, "29463-7", "Body weight", "83.1", "kg", 60),
        ),
        "pregnancy": _found(),
        "renal": _found(
            _observed(3, "98979-8", "Glomerular filtration rate (CKD-EPI 2021)", "92", "mL/min/{1.73_m2}", 30),
            _observed(4, "98979-8", "Glomerular filtration rate (CKD-EPI 2021)", "94", "mL/min/{1.73_m2}", 120),
        ),
        "encounter": encounter,
    }


def _request(hook: str, drafts: list[Resource], record: dict[str, Resource], **context: Any) -> bytes:
    body = {
        "hook": hook,
        "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
        "context": {
            "userId": "Practitioner/e1234",
            "patientId": PATIENT,
            "encounterId": VISIT,
            "draftOrders": {
                "resourceType": "Bundle",
                "type": "collection",
                "entry": [{"resource": one} for one in drafts],
            },
            **context,
        },
        "prefetch": record,
    }
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()


PROBLEMS: Final = (
    ("59621000", "Essential hypertension"),
    ("44054006", "Type 2 diabetes mellitus"),
    ("55822004", "Hyperlipidemia"),
    ("235595009", "Gastroesophageal reflux disease"),
    ("396275006", "Osteoarthritis"),
    ("81680005", "Neck pain"),
    ("193093009", "Herpes zoster ophthalmicus"),
)
MEDICINES: Final = (
    ("314076", "Lisinopril 10 MG Oral Tablet"),
    ("860975", "Metformin hydrochloride 500 MG Oral Tablet"),
    ("617311", "Atorvastatin 40 MG Oral Tablet"),
    ("308136", "Amlodipine 2.5 MG Oral Tablet"),
    ("243670", "Aspirin 81 MG Oral Tablet"),
    ("198211", "Simvastatin 40 MG Oral Tablet"),
)
_NEUROPATHIC: Final = ("247398009", "Neuropathic pain")


def _usual_record(*more: tuple[str, str]) -> dict[str, Resource]:
    problems = [_condition(number, *one) for number, one in enumerate(PROBLEMS, 1)]
    medicines = [medicine(number, *one) for number, one in enumerate((*more, *MEDICINES)[: len(MEDICINES)], 1)]
    return _record(problems, medicines)


def _within_the_range(identity: str = "draft-1") -> Resource:
    dosage = _dosage("25", "mg", "mg", 3, "25 mg three times a day")
    return draft(identity, "483442", "Pregabalin 25 MG Oral Capsule", dosage, _NEUROPATHIC)


def _above_the_range() -> Resource:
    dosage = _dosage("2", "{tbl}", "tablet", 2, "2 tablets twice a day")
    return draft("draft-1", "856845", "Amitriptyline Hydrochloride 50 MG Oral Tablet", dosage, _NEUROPATHIC)


def clean() -> Call:
    """One covered order, within the documented range: no card."""
    return Call("clean order", SIGN, _request("order-sign", [_within_the_range()], _usual_record()), silent=True)


# The maximum daily dose, and the opioid.
_TYPICAL: Final = frozenset({("A3", "critical"), ("I3", "info")})


def typical() -> Call:
    """One covered order, above its range and beside an opioid: cards with arithmetic and ways out."""
    record = _usual_record(("835603", "Tramadol hydrochloride 50 MG Oral Tablet"))
    return Call("typical order", SIGN, _request("order-sign", [_above_the_range()], record), _TYPICAL)


def select() -> Call:
    """The typical order while it is being written: what a storm of order-select calls brings."""
    record = _usual_record(("835603", "Tramadol hydrochloride 50 MG Oral Tablet"))
    drafts = [_above_the_range(), _within_the_range("draft-2")]
    selections = ["MedicationRequest/draft-1"]
    body = _request("order-select", drafts, record, selections=selections)
    return Call("order-select", SELECT, body, _TYPICAL)


def large(entries: int = 250) -> Call:
    """The clean order with so many medicines and so many problems on record, about 200 KB."""
    problems = [_small_problem(number) for number in range(entries)]
    medicines = [_small_medicine(number) for number in range(entries)]
    body = _request("order-sign", [_within_the_range()], _record(problems, medicines))
    return Call("500 medicines and problems", SIGN, body, silent=True)


def _small_problem(number: int) -> Resource:
    return {
        "resourceType": "Condition",
        "id": f"p-{number}",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": _coded(_SNOMED, *PROBLEMS[number % len(PROBLEMS)]),
        "subject": {"reference": f"Patient/{PATIENT}"},
    }


def _small_medicine(number: int) -> Resource:
    how = {
        "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}},
        "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "tablet"}}],
    }
    return {
        "resourceType": "MedicationRequest",
        "id": f"m-{number}",
        "status": "active",
        "intent": "order",
        "subject": {"reference": f"Patient/{PATIENT}"},
        "medicationCodeableConcept": _coded(_RXNORM, *MEDICINES[number % len(MEDICINES)]),
        "dosageInstruction": [how],
    }


def drafts_and_active(drafts: int, active: int) -> Call:
    """So many drafts beside so many active orders, to see how cost grows."""
    orders = [_within_the_range(f"draft-{number}") for number in range(drafts)]
    problems = [_condition(number, *one) for number, one in enumerate(PROBLEMS, 1)]
    record = _record(problems, [_small_medicine(number) for number in range(active)])
    return Call(f"{drafts} drafts, {active} active", SIGN, _request("order-sign", orders, record))


def standin_record() -> dict[str, Resource]:
    """What the stand-in FHIR server answers, by kind of resource and, for observations, a code that is asked for."""
    record = _usual_record()
    return {
        "Patient": record["patient"],
        "Condition": record["conditions"],
        "AllergyIntolerance": record["allergies"],
        "MedicationRequest": record["medications"],
        "Observation?29463-7": record["weight"],
        "Observation?98979-8": record["renal"],
        "Encounter": record["encounter"],
    }


def fetching(server: str) -> Call:
    """The clean order without any prefetch: everything is read from the FHIR server at this address."""
    request = json.loads(_request("order-sign", [_within_the_range()], {}))
    grant = {
        "access_token": "t0ken",
        "token_type": "Bearer",
        "expires_in": 300,
        "scope": "patient/*.rs",
        "subject": "s",
    }
    body = {**request, "fhirServer": server, "fhirAuthorization": grant}
    return Call("clean order, record fetched over FHIR", SIGN, json.dumps(body).encode(), silent=True)
