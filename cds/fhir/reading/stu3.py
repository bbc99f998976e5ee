"""STU3: MedicationRequest, with one dose and rate directly on the instruction."""

from __future__ import annotations

from typing import Final

from cds.fhir.reading.release import Release, Written
from cds.fhir.shape import Json, each, first


def direct(dosage: Json) -> Written:
    """The dose and rate that stand on the dosage itself; an administration writes ``dose``."""
    return Written(
        dose=first(dosage, "doseQuantity", "dose"),
        dose_range=dosage.get("doseRange"),
        rate=dosage.get("rateQuantity"),
        rate_range=dosage.get("rateRange"),
        rate_ratio=dosage.get("rateRatio"),
    )


def _amounts(dosage: Json) -> tuple[Written, ...]:
    return (direct(dosage),)


def product(resource: Json) -> tuple[object, object]:
    """``medicationCodeableConcept`` or ``medicationReference``."""
    return resource.get("medicationCodeableConcept"), resource.get("medicationReference")


def reasons(resource: Json) -> tuple[list[object], list[object]]:
    """``reasonCode`` and ``reasonReference``, lists or single objects."""
    concepts = each(first(resource, "reasonCode", "reasonCodeableConcept"))
    return concepts, each(resource.get("reasonReference"))


def instructions(resource: Json) -> object:
    """``dosageInstruction`` of an order, ``dosage`` of a statement or an administration."""
    return first(resource, "dosageInstruction", "dosage")


STU3: Final = Release("stu3", _amounts, product, reasons, instructions)
