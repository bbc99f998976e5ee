"""Measured and stated values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from cds.clinical.chart import Observation
from cds.clinical.code import LOINC, Concept
from cds.fhir.prefetch import DUE_CODES
from cds.fhir.reading.coding import concept
from cds.fhir.reading.dates import day
from cds.fhir.reading.size import size_of
from cds.fhir.shape import Json, first, obj, text, whole

_READ: Final = frozenset({"final", "amended", "corrected"})
_SHOWN: Final = 40


_BEFORE_DUE: Final = timedelta(days=280)
_AFTER_DUE: Final = timedelta(days=14)
"""From the last period to the estimated delivery date there are 40 weeks, and a pregnancy lasts 42 at most."""


def read_observation(resource: Json, reference: str, today: date) -> Observation | None:
    """An observation that stands (final, amended or corrected) and says what it is of."""
    said = concept(resource.get("code"))
    if text(resource.get("status")).lower() not in _READ or not said:
        return None
    value = concept(first(resource, "valueCodeableConcept", "valueString"))
    size = size_of(resource, value.text)
    flag = resource.get("valueBoolean") if not _is_due_date(said) else _is_due(resource, today)
    return Observation(
        reference,
        said,
        _when(resource),
        size.quantity,
        _written(resource),
        value or Concept(),
        flag if isinstance(flag, bool) else None,
        size.bound,
        size.bare,
    )


def _is_due_date(said: Concept) -> bool:
    return any(coding.system == LOINC and coding.code in DUE_CODES for coding in said.codings)


def _is_due(resource: Json, today: date) -> bool | None:
    """True while an estimated delivery date stands for a pregnancy of today; one of another year says nothing."""
    due = day(resource.get("valueDateTime"))
    return True if due is not None and -_AFTER_DUE <= due - today <= _BEFORE_DUE else None


def newest_first(observations: Iterable[Observation]) -> tuple[Observation, ...]:
    """By day, the undated last; of one day in the order they came."""
    return tuple(sorted(observations, key=lambda one: one.when or date.min, reverse=True))


def _when(resource: Json) -> date | None:
    period = obj(resource.get("effectivePeriod"))
    return day(
        first(resource, "effectiveDateTime", "effectiveInstant")
        or first(period, "end", "start")
        or resource.get("issued")
    )


def _written(resource: Json) -> str:
    """The value as written, where it is no plain quantity: a bound, an unknown unit, a whole number, a date."""
    value = obj(resource.get("valueQuantity"))
    if value:
        parts = (text(value.get("comparator")), str(value.get("value", "")), text(first(value, "unit", "code")))
        return f"{parts[0]}{parts[1]} {parts[2]}".strip()[:_SHOWN]
    number = whole(resource.get("valueInteger"))
    return str(number) if number is not None else text(resource.get("valueDateTime"))
