"""Measured and stated values."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from cds.clinical.chart import Observation
from cds.clinical.code import Concept
from cds.clinical.quantity import Quantity
from cds.fhir.reading.coding import concept
from cds.fhir.reading.dates import day
from cds.fhir.reading.quantity import Unread, quantity
from cds.fhir.shape import Json, first, obj, text, whole

_READ: Final = frozenset({"final", "amended", "corrected"})
_SHOWN: Final = 40


def read_observation(resource: Json, reference: str) -> Observation | None:
    """An observation that stands (final, amended or corrected) and says what it is of."""
    said = concept(resource.get("code"))
    if text(resource.get("status")).lower() not in _READ or not said:
        return None
    value = concept(first(resource, "valueCodeableConcept", "valueString"))
    flag = resource.get("valueBoolean")
    return Observation(
        reference,
        said,
        _when(resource),
        _quantity(resource),
        _written(resource),
        value or Concept(),
        flag if isinstance(flag, bool) else None,
    )


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
