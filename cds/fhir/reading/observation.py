"""Measured and stated values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from cds.clinical.chart import Observation
from cds.clinical.code import LOINC, Concept
from cds.clinical.quantity import Quantity
from cds.fhir.prefetch import DUE_CODES
from cds.fhir.reading.coding import concept
from cds.fhir.reading.dates import day
from cds.fhir.reading.quantity import Unread, quantity
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
    flag = resource.get("valueBoolean") if not _is_due_date(said) else _is_due(resource, today)
    return Observation(
        reference,
        said,
        _when(resource),
        _quantity(resource),
        _written(resource),
        value or Concept(),
        flag if isinstance(flag, bool) else None,
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


def _quantity(resource: Json) -> Quantity | None:
    """The value with its unit. Of "less than 15" the bound itself is taken; ``number`` keeps how it was written."""
    written = obj(resource.get("valueQuantity"))
    if "comparator" in written:
        written = {name: value for name, value in written.items() if name != "comparator"}
    found = quantity(written)
    return None if isinstance(found, Unread) else found


def _written(resource: Json) -> str:
    """The value as written, where it is no plain quantity: a bound, an unknown unit, a whole number, a date."""
    value = obj(resource.get("valueQuantity"))
    if value:
        parts = (text(value.get("comparator")), str(value.get("value", "")), text(first(value, "unit", "code")))
        return f"{parts[0]}{parts[1]} {parts[2]}".strip()[:_SHOWN]
    number = whole(resource.get("valueInteger"))
    return str(number) if number is not None else text(resource.get("valueDateTime"))
