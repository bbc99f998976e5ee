"""R5: medication and reason are CodeableReferences; doses are written as in R4."""

from __future__ import annotations

from typing import Final

from cds.fhir.reading.r4 import amounts
from cds.fhir.reading.release import Release
from cds.fhir.reading.stu3 import instructions
from cds.fhir.shape import Json, obj, objs


def _product(resource: Json) -> tuple[object, object]:
    medication = obj(resource.get("medication"))
    return medication.get("concept"), medication.get("reference")


def _reasons(resource: Json) -> tuple[list[object], list[object]]:
    reasons = objs(resource.get("reason"))
    return (
        [one.get("concept") for one in reasons if one.get("concept") is not None],
        [one.get("reference") for one in reasons if one.get("reference") is not None],
    )


R5: Final = Release("r5", amounts, _product, _reasons, instructions)
