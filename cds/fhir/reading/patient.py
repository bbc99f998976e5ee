"""The patient: birth date, perhaps partial, and sex."""

from __future__ import annotations

from typing import Final

from cds.clinical.chart import Birth, Sex
from cds.fhir.reading.dates import days
from cds.fhir.shape import Json, text

_SEXES: Final = {"female": Sex.FEMALE, "male": Sex.MALE}


def birth(patient: Json) -> Birth | None:
    """The earliest and latest day of birth; None when there is no readable date."""
    found = days(patient.get("birthDate"))
    return None if found is None else Birth(found.earliest, found.latest)


def sex(patient: Json) -> Sex:
    """Administrative gender; anything but female and male is unknown to the rules."""
    return _SEXES.get(text(patient.get("gender")).lower(), Sex.UNKNOWN)
