"""Problems, diagnoses and findings, in the shapes of all releases."""

from __future__ import annotations

from datetime import date
from typing import Final

from cds.clinical.chart import Certainty, Condition, Course
from cds.clinical.code import SNOMED
from cds.fhir.reading.coding import codes, concept
from cds.fhir.reading.dates import day, days, onset
from cds.fhir.shape import Json, first, obj

ERROR: Final = "entered-in-error"
_COURSES: Final = {
    "remission": Course.REMISSION,
    "resolved": Course.RESOLVED,
    "inactive": Course.RESOLVED,
}
_DOUBTS: Final = frozenset({"unconfirmed", "provisional", "differential"})
_SEVERITIES: Final = {
    (SNOMED, "24484000"): "severe",
    (SNOMED, "6736007"): "moderate",
    (SNOMED, "255604002"): "mild",
}
_ABATED: Final = frozenset({"abatementAge", "abatementQuantity", "abatementRange", "abatementString"})


def read_condition(resource: Json, reference: str, today: date) -> Condition | None:
    """A condition; None when it was entered in error or does not say what it is."""
    verification = codes(resource.get("verificationStatus"))
    said = concept(resource.get("code"))
    if ERROR in verification or not said:
        return None
    ended = first(resource, "abatementDateTime", "abatementDate")
    if ended is None:
        period = obj(resource.get("abatementPeriod"))
        ended = first(period, "end", "start")
    last = days(ended)
    over = last is not None and last.earliest <= today
    return Condition(
        reference,
        said,
        _course(resource, over=over),
        _certainty(verification),
        _severity(resource),
        _began(resource, today),
        day(ended) if over else None,
        day(first(resource, "recordedDate", "assertedDate", "dateRecorded")),
    )


def _course(resource: Json, *, over: bool) -> Course:
    """Over when it has abated; otherwise as its status says; without status it is taken as active."""
    abated = resource.get("abatementBoolean") is True or (
        not _ABATED.isdisjoint(resource) and any(resource.get(name) is not None for name in _ABATED)
    )
    statuses = codes(resource.get("clinicalStatus"))
    if over or abated:
        return Course.REMISSION if "remission" in statuses else Course.RESOLVED
    return next((_COURSES[status] for status in sorted(statuses) if status in _COURSES), Course.ACTIVE)


def _certainty(verification: frozenset[str]) -> Certainty:
    if "refuted" in verification:
        return Certainty.REFUTED
    return Certainty.UNCONFIRMED if verification & _DOUBTS else Certainty.CONFIRMED


def _severity(resource: Json) -> str:
    written = resource.get("severity")
    if written is None:
        return ""
    said = concept(written)
    for coding in said.codings:
        known = _SEVERITIES.get((coding.system, coding.code))
        if known:
            return known
    words = said.words().lower()
    return words if words in _SEVERITIES.values() else ""


def _began(resource: Json, today: date) -> date | None:
    written = first(resource, "onsetDateTime", "onsetDate")
    return onset(written if written is not None else obj(resource.get("onsetPeriod")).get("start"), today)
