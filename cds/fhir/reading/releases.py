"""Which release a resource is written in, told from its own shape and not from any promise."""

from __future__ import annotations

from typing import Final

from cds.fhir.reading.dstu2 import DSTU2
from cds.fhir.reading.r4 import R4
from cds.fhir.reading.r5 import R5
from cds.fhir.reading.release import Release
from cds.fhir.reading.stu3 import STU3
from cds.fhir.shape import Json, each, kind, obj, objs

RELEASES: Final[dict[str, Release]] = {release.name: release for release in (DSTU2, STU3, R4, R5)}

_ONLY_DSTU2: Final = frozenset({"MedicationOrder", "DiagnosticOrder", "DeviceUseRequest", "ReferralRequest"})
_ONLY_R5: Final = frozenset({"MedicationUsage", "DeviceUsage"})
_SIGNS_DSTU2: Final = frozenset(
    {"dateWritten", "dateEnded", "wasNotTaken", "wasNotGiven", "reasonForUseCodeableConcept", "reasonNotTaken"}
)
_SIGNS_STU3: Final = frozenset({"taken", "notGiven", "definition", "context"})
_MEDICINES: Final = frozenset(
    {"MedicationRequest", "MedicationOrder", "MedicationStatement", "MedicationAdministration", "MedicationUsage"}
)
_DIRECT: Final = ("doseQuantity", "doseRange", "rateQuantity", "rateRange", "rateRatio")


def release_of(resource: Json) -> Release:
    """The release of an order, a medicine on record, or another request."""
    name = kind(resource)
    if name in _ONLY_R5 or obj(resource.get("medication")):
        return R5
    if name in _ONLY_DSTU2 or not _SIGNS_DSTU2.isdisjoint(resource) or _has_old_periods(resource):
        return DSTU2
    if name in _MEDICINES and "patient" in resource and "subject" not in resource:
        return DSTU2
    if name == "ProcedureRequest":
        return STU3 if "intent" in resource else DSTU2
    if name == "ServiceRequest":
        return R5 if obj(obj(resource.get("code")).get("concept")) else R4
    return _medicine(resource)


def _medicine(resource: Json) -> Release:
    """STU3 or R4 by where the dose stands; where there is none, by members that only one of them has."""
    dosages = objs(resource.get("dosageInstruction")) or objs(resource.get("dosage"))
    if any("doseAndRate" in dosage for dosage in dosages):
        return R4
    if any(name in dosage for dosage in dosages for name in _DIRECT) and kind(resource) != "MedicationAdministration":
        return STU3
    return R4 if _SIGNS_STU3.isdisjoint(resource) else STU3


def _has_old_periods(resource: Json) -> bool:
    return any(
        "periodUnits" in obj(obj(obj(dosage).get("timing")).get("repeat"))
        for dosage in each(resource.get("dosageInstruction"))
    )
