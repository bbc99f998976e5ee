"""DSTU2: MedicationOrder, with one dose directly on the instruction and one reason."""

from __future__ import annotations

from typing import Final

from cds.fhir.reading.release import Release, Written
from cds.fhir.shape import Json, first


def _amounts(dosage: Json) -> tuple[Written, ...]:
    return (
        Written(
            dose=first(dosage, "doseQuantity", "quantityQuantity", "quantity"),
            dose_range=first(dosage, "doseRange", "quantityRange"),
            rate=dosage.get("rateQuantity"),
            rate_range=dosage.get("rateRange"),
            rate_ratio=dosage.get("rateRatio"),
        ),
    )


def _product(resource: Json) -> tuple[object, object]:
    return resource.get("medicationCodeableConcept"), resource.get("medicationReference")


def _reasons(resource: Json) -> tuple[list[object], list[object]]:
    concept = first(resource, "reasonCodeableConcept", "reasonForUseCodeableConcept")
    reference = first(resource, "reasonReference", "reasonForUseReference")
    return [concept] if concept is not None else [], [reference] if reference is not None else []


def _instructions(resource: Json) -> object:
    return first(resource, "dosageInstruction", "dosage")


DSTU2: Final = Release("dstu2", _amounts, _product, _reasons, _instructions)
