"""R4 and R4B: doses in ``doseAndRate``, perhaps several times over; some clients still write them as STU3 did."""

from __future__ import annotations

from typing import Final

from cds.fhir.reading.coding import concept
from cds.fhir.reading.release import ADMINISTERED, CALCULATED, ORDERED, Release, Written
from cds.fhir.reading.stu3 import direct, instructions, product, reasons
from cds.fhir.shape import Json, objs

DOSE_RATE_TYPES: Final = frozenset(
    {
        "http://terminology.hl7.org/CodeSystem/dose-rate-type",
        "http://epic.com/CodeSystem/dose-rate-type",
    }
)


def kind_of(entry: Json) -> str:
    """What a ``doseAndRate`` entry is: as ordered (also when it does not say), calculated, or product amount."""
    said = concept(entry.get("type"))
    names = {one.code.lower() for one in said.codings if one.system in DOSE_RATE_TYPES} or {said.text.lower()}
    for name in (CALCULATED, ADMINISTERED):
        if name in names:
            return name
    return ORDERED


def amounts(dosage: Json) -> tuple[Written, ...]:
    """All statements of dose and rate in one instruction."""
    found = [
        Written(
            kind_of(entry),
            entry.get("doseQuantity"),
            entry.get("doseRange"),
            entry.get("rateQuantity"),
            entry.get("rateRange"),
            entry.get("rateRatio"),
        )
        for entry in objs(dosage.get("doseAndRate"))
    ]
    return (*found, direct(dosage))


R4: Final = Release("r4", amounts, product, reasons, instructions)
