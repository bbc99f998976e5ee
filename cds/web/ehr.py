"""The workbench plays the EHR: it writes a patient and an order as FHIR R4 and as an order-sign call.

Only what the form says goes in. A part of the record that is marked as away is left out, as a client leaves out what
it could not read; everything else is sent, empty where there is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

from cds.hooks.request import ORDER_SIGN, REPORT
from cds.hooks.strict import Json
from cds.terminology.terminology import Terminology
from cds.web.catalogue import Catalogue
from cds.web.state import State
from cds.web.words import Words

PATIENT: Final = "workbench-patient"
ENCOUNTER: Final = "workbench-encounter"
ORDER: Final = "workbench-order"
"""Id of the order of the form; the further ones have their number behind it, from 2."""
UCUM: Final = "http://unitsofmeasure.org"
HL7: Final = "http://terminology.hl7.org/CodeSystem"
LOINC: Final = "http://loinc.org"
SUBJECT: Final[dict[str, Json]] = {"reference": f"Patient/{PATIENT}"}

UNITS: Final = {
    "mg": "mg", "microgram": "ug", "g": "g", "mg/kg": "mg/kg", "microgram/kg": "ug/kg", "mL": "mL",
    "tablet": "{tbl}", "capsule": "{cap}", "spray": "{spray}", "suppository": "{suppository}", "patch": "{patch}",
}  # fmt: skip
"""Units of one dose: as the form says them, and in UCUM."""
RATES: Final = {
    "mg/h": "mg/h", "mg/kg/h": "mg/kg/h", "microgram/kg/min": "ug/kg/min", "mg/day": "mg/d", "mL/h": "mL/h",
}  # fmt: skip
OVERS: Final = {"seconds": "s", "minutes": "min", "hours": "h"}
TIMES: Final = {
    "1": "once a day", "night": "at night", "2": "twice a day", "3": "3 times a day", "4": "4 times a day",
    "6": "6 times a day", "once": "once only", "continuous": "continuously",
}  # fmt: skip
AWAY: Final = {"conditions": "Conditions", "medicines": "Medicines", "allergies": "Allergies"}
"""Parts of the record that can be made unreadable."""
CLASSES: Final = {"emergency": "EMER", "ambulatory": "AMB", "home": "HH"}
_WHEN: Final = re.compile(r"(?P<what>.*?)(?:\s*;\s*(?P<how>since|stopped)\s+(?P<days>\d{1,4})\s+days?(?:\s+ago)?)?")
_SINCE: Final = 30
"""Days a medicine is taken when nothing is said."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes states. ``now`` is the moment of the call."""

    words: Words
    catalogue: Catalogue
    terminology: Terminology
    now: datetime

    def request(self, state: State, instance: UUID, further: Iterable[State] = ()) -> dict[str, Json]:
        """The order-sign call for a state. ``further`` are the orders signed together with it."""
        drafts: list[Json] = [self._order(state, ORDER)] if state.drug else []
        drafts += [self._order(other, numbered(number)) for number, other in enumerate(further)]
        drafts += [self._service(slug, number) for number, slug in enumerate(state.also) if self._known(slug)]
        context: dict[str, Json] = {"userId": "Practitioner/workbench", "patientId": PATIENT}
        if state.setting:
            context["encounterId"] = ENCOUNTER
        context["draftOrders"] = {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [{"resource": resource} for resource in drafts],
        }
        return {
            "hook": ORDER_SIGN,
            "hookInstance": str(instance),
            "context": context,
            "prefetch": self._prefetch(state),
            "extension": {REPORT: True},
        }

    @property
    def routes(self) -> dict[str, str]:
        """The names of the routes of the form, by slug."""
        names = self.terminology.names
        return {slug: names[slug].name for slug in self.words.routes if slug in names}

    def _known(self, slug: str) -> bool:
        return slug in self.terminology.names

    def _prefetch(self, state: State) -> dict[str, Json]:
        found: dict[str, Json] = {"patient": self._patient(state)}
        if "conditions" not in state.away:
            found["conditions"] = _found([self._condition(*each) for each in enumerate(state.condition)])
        if "allergies" not in state.away:
            found["allergies"] = _found([self._allergy(*each) for each in enumerate(state.allergy)])
        if "medicines" not in state.away:
            found["medications"] = _found([self._medicine(*each) for each in enumerate(state.medicine)])
            found["statements"] = _found([])
        found["weight"] = _found(self._measured("weight", "29463-7", "Body weight", state.weight, "kg"))
        found["pregnancy"] = _found([])
        egfr = self._measured("egfr", "62238-1", "Glomerular filtration rate", state.egfr, "mL/min/{1.73_m2}")
        found["renal"] = _found(egfr)
        if state.setting:
            found["encounter"] = self._encounter(state.setting)
        return found

    def _patient(self, state: State) -> dict[str, Json]:
        made: dict[str, Json] = {"resourceType": "Patient", "id": PATIENT}
        if state.sex:
            made["gender"] = state.sex
        years = _whole(state.age)
        if years is not None:
            before = self.now.date() - timedelta(days=100)
            made["birthDate"] = before.replace(year=before.year - years, day=min(before.day, 28)).isoformat()
        return made

    def _condition(self, number: int, name: str) -> Json:
        return {
            "resourceType": "Condition",
            "id": f"condition-{number}",
            "clinicalStatus": _status("condition-clinical", "active"),
            "verificationStatus": _status("condition-ver-status", "confirmed"),
            "code": _concept(name, self.words.conditions[name].code if name in self.words.conditions else None),
            "subject": SUBJECT,
        }

    def _allergy(self, number: int, name: str) -> Json:
        return {
            "resourceType": "AllergyIntolerance",
            "id": f"allergy-{number}",
            "clinicalStatus": _status("allergyintolerance-clinical", "active"),
            "verificationStatus": _status("allergyintolerance-verification", "confirmed"),
            "type": "allergy",
            "code": self._drug(name),
            "patient": SUBJECT,
        }

    def _medicine(self, number: int, line: str) -> Json:
        said = _WHEN.fullmatch(line)
        what, how, days = (said["what"], said["how"], said["days"]) if said else (line, None, None)
        name, directions = self.split(what)
        ago = self.now - timedelta(days=int(days or _SINCE))
        period: dict[str, Json] = {"start": _moment(ago)}
        if how == "stopped":
            period = {"start": _moment(ago - timedelta(days=90)), "end": _moment(ago)}
        dosage: dict[str, Json] = {"timing": {"repeat": {"boundsPeriod": period}}}
        if directions:
            dosage["text"] = directions
        return {
            "resourceType": "MedicationRequest",
            "id": f"medicine-{number}",
            "status": "stopped" if how == "stopped" else "active",
            "intent": "order",
            "medicationCodeableConcept": self._drug(name),
            "subject": SUBJECT,
            "authoredOn": period["start"],
            "dosageInstruction": [dosage],
        }

    def split(self, line: str) -> tuple[str, str]:
        """A line cut into the longest name the catalogue knows at its start, and the directions behind it."""
        parts = line.split(" ")
        for size in range(len(parts), 0, -1):
            name = " ".join(parts[:size])
            if self.catalogue.named(name):
                return name, " ".join(parts[size:])
        return line, ""

    def _measured(self, name: str, code: str, display: str, value: str, unit: str) -> list[Json]:
        number = _number(value)
        if number is None:
            return []
        return [
            {
                "resourceType": "Observation",
                "id": name,
                "status": "final",
                "code": _concept(display, (LOINC, code, display)),
                "subject": SUBJECT,
                "effectiveDateTime": _moment(self.now - timedelta(days=2)),
                "valueQuantity": {"value": number, "unit": unit, "system": UCUM, "code": unit},
            }
        ]

    def _encounter(self, setting: str) -> Json:
        named = self.terminology.names.get(setting)
        return {
            "resourceType": "Encounter",
            "id": ENCOUNTER,
            "status": "in-progress",
            "class": {"system": f"{HL7}/v3-ActCode", "code": CLASSES.get(setting, "IMP")},
            "subject": SUBJECT,
            "location": [{"location": {"display": named.name if named else setting}, "status": "active"}],
        }

    def _drug(self, name: str) -> Json:
        item = self.catalogue.named(name)
        return _concept(name, item.code if item else None)

    def _order(self, state: State, name: str) -> Json:
        made: dict[str, Json] = {
            "resourceType": "MedicationRequest",
            "id": name,
            "status": "draft",
            "intent": "order",
            "medicationCodeableConcept": self._drug(state.drug),
            "subject": SUBJECT,
            "authoredOn": _moment(self.now),
        }
        if state.reason:
            made["reasonCode"] = [self._reason(state.reason)]
        if state.replaces:
            made["priorPrescription"] = {"reference": f"MedicationRequest/{state.replaces}"}
        dosage = self._dosage(state)
        if dosage:
            made["dosageInstruction"] = [dosage]
        return made

    def _reason(self, text: str) -> Json:
        named = next(
            (one for one in self.terminology.names.values() if one.code and one.name.casefold() == text.casefold()),
            None,
        )
        return _concept(text, named.code if named else None)

    def _dosage(self, state: State) -> dict[str, Json]:
        made: dict[str, Json] = {}
        if state.text:
            made["text"] = state.text
        timing = _timing(state)
        if timing:
            made["timing"] = timing
        if state.route:
            route = self.words.routes.get(state.route)
            made["route"] = _concept(route.code[2] if route else state.route, route.code if route else None)
        amounts: dict[str, Json] = {}
        dose, rate = _quantity(state.dose, state.unit, UNITS), _quantity(state.rate, state.rateunit, RATES)
        if dose:
            amounts["doseQuantity"] = dose
        if rate:
            amounts["rateQuantity"] = rate
        if amounts:
            made["doseAndRate"] = [amounts]
        return made

    def _service(self, slug: str, number: int) -> Json:
        named = self.terminology.names[slug]
        return {
            "resourceType": "ServiceRequest",
            "id": f"workbench-service-{number}",
            "status": "draft",
            "intent": "order",
            "code": _concept(named.name, named.code),
            "subject": SUBJECT,
        }


def numbered(place: int) -> str:
    """The id of a further order by its place among them, from 0."""
    return f"{ORDER}-{place + 2}"


def _timing(state: State) -> dict[str, Json]:
    again: dict[str, Json] = {}
    if state.times == "once":
        again["count"] = 1
    elif state.times == "night":
        again |= {"frequency": 1, "period": 1, "periodUnit": "d", "when": ["HS"]}
    elif (times := _whole(state.times)) is not None:
        again |= {"frequency": times, "period": 1, "periodUnit": "d"}
    over = _number(state.over)
    if over is not None:
        again |= {"duration": over, "durationUnit": OVERS.get(state.overunit, "min")}
    timing: dict[str, Json] = {"repeat": again} if again else {}
    if state.times == "continuous":
        timing["code"] = {"text": "continuous"}
    return timing


def _found(resources: list[Json]) -> Json:
    """What a search answers."""
    bundle: dict[str, Json] = {"resourceType": "Bundle", "type": "searchset", "total": len(resources)}
    if resources:
        bundle["entry"] = [{"resource": resource} for resource in resources]
    return bundle


def _concept(text: str, code: tuple[str, str, str] | None) -> dict[str, Json]:
    made: dict[str, Json] = {}
    if code:
        made["coding"] = [{"system": code[0], "code": code[1], "display": code[2]}]
    made["text"] = text
    return made


def _status(system: str, code: str) -> Json:
    return {"coding": [{"system": f"{HL7}/{system}", "code": code}]}


def _quantity(value: str, unit: str, units: dict[str, str]) -> Json:
    number = _number(value)
    if number is None or unit not in units:
        return None
    return {"value": number, "unit": unit, "system": UCUM, "code": units[unit]}


def _moment(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _number(text: str) -> Decimal | None:
    """A positive number as typed; a comma may stand for the point."""
    if not re.fullmatch(r"\d{1,9}([.,]\d{1,6})?", text, re.ASCII):
        return None
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:  # pragma: no cover - the pattern lets only numbers through
        return None


def _whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"\d{1,3}", text, re.ASCII) else None
