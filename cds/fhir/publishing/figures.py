"""Where each figure of a dose stands in a Dosage: low and high as a range, a maximum as a maximum, a pace as timing.

A figure is never merged with another's, and never divided: a daily dose stays a daily dose.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from cds.clinical.quantity import MASS, SURFACE, TIME, WEIGHT, Quantity
from cds.fhir.exact import Element
from cds.fhir.publishing import names
from cds.fhir.publishing.elements import complex_extension, part, quantity, ucum
from cds.fhir.publishing.standard import figures_of
from cds.knowledge.model import Statement

FIGURE: Final = names.extension("figure")

_ROLES: Final = ("initial", "step", "range", "maintenance")
"""The types of dosage that hold figures, in the order they are written."""

ROLE_OF: Final[dict[str, tuple[str, str]]] = {
    "start": ("initial", "point"),
    "start-low": ("initial", "low"),
    "start-high": ("initial", "high"),
    "step": ("step", "point"),
    "every": ("step", "every"),
    "up-to": ("step", "high"),
    "low": ("range", "low"),
    "high": ("range", "high"),
    "max": ("range", "max"),
    "administration-time": ("range", "duration"),
    "usual": ("maintenance", "point"),
    "usual-low": ("maintenance", "low"),
    "usual-high": ("maintenance", "high"),
}
"""Which type of dosage a label belongs to, and which end of it."""

# Slots of one element that takes one form only: a dose is a quantity or a range, a period belongs to one pace.
_SHARED: Final = {
    "dose": ("dose", "quantity"),
    "dose-low": ("dose", "range"),
    "dose-high": ("dose", "range"),
    "rate": ("rate", "quantity"),
    "rate-low": ("rate", "range"),
    "rate-high": ("rate", "range"),
    "daily": ("rate", "ratio"),
    "frequency": ("period", "day"),
    "frequency-max": ("period", "day"),
    "every": ("period", "every"),
}
_DOSES: Final = frozenset({MASS, MASS - WEIGHT, MASS - SURFACE})
_RATES: Final = frozenset({each - TIME for each in _DOSES})


@dataclass(frozen=True, slots=True)
class Place:
    """A figure's place: the type of dosage, and the slot in it."""

    role: str
    slot: str

    def __str__(self) -> str:
        return f"{self.role}.{self.slot}"


def place_of(label: str, amount: Quantity) -> Place | None:
    """Where a figure stands; None when no element of a Dosage says just this."""
    if label not in ROLE_OF:
        return None
    role, end = ROLE_OF[label]
    kind = _kind(amount)
    if end == "max" and kind:
        return Place(role, "max-per-administration" if kind == "dose" else "max-per-period")
    if end == "point" and kind:
        daily = kind == "rate" and amount.unit.code.endswith("/d")
        return Place(role, "daily" if daily else kind)
    if end in ("low", "high"):
        if kind:
            return Place(role, f"{kind}-{end}")
        whole = amount.unit.code == "/d" and amount.value == amount.value.to_integral_value()
        return Place(role, "frequency" if end == "low" else "frequency-max") if whole else None
    if end in ("every", "duration") and amount.unit.dimension == TIME:
        return Place(role, end)
    return None


def _kind(amount: Quantity) -> str:
    dimension = amount.unit.dimension
    return "dose" if dimension in _DOSES else "rate" if dimension in _RATES else ""


def placed(statement: Statement) -> dict[str, Place]:
    """The figures that stand in a Dosage, by label. Of two for one slot, and where the slot needs another that is
    not there, none is taken.
    """
    found: dict[str, Place] = {}
    for label, amount in figures_of(statement).items():
        place = place_of(label, amount)
        if place is not None and all(_beside(place, other) for other in found.values()):
            found[label] = place
    slots = set(found.values())
    return {
        label: place
        for label, place in found.items()
        if place.slot != "frequency-max" or Place(place.role, "frequency") in slots
    }


def _beside(one: Place, other: Place) -> bool:
    """Whether two figures can stand in one bundle: FHIR has one dose, one rate and one period in each dosage."""
    if one.role != other.role or one.slot == other.slot:
        return one != other
    kinds = [_SHARED.get(place.slot, (place.slot, "")) for place in (one, other)]
    return kinds[0][0] != kinds[1][0] or kinds[0] == kinds[1]


def figure_extensions(statement: Statement) -> list[Element]:
    """Each figure of the dose in its order: its label, and where it stands, or what it is."""
    places = placed(statement)
    known = figures_of(statement)
    found: list[Element] = []
    for label, text in statement.dose:
        if label in places:
            said = part("element", "Code", str(places[label]))
        elif label in known:
            said = part("value", "Quantity", quantity(known[label]))
        else:
            said = part("value", "String", text)
        found += complex_extension(FIGURE, [part("label", "Code", label), said])
    return found


def dosages(statement: Statement) -> list[tuple[str, Element]]:
    """The Dosage elements that hold figures, each with the code of its type."""
    known = figures_of(statement)
    by_role: dict[str, dict[str, Quantity]] = {}
    for label, place in placed(statement).items():
        by_role.setdefault(place.role, {})[place.slot] = known[label]
    return [(role, _dosage(by_role[role])) for role in _ROLES if role in by_role]


def _dosage(slots: dict[str, Quantity]) -> Element:
    found: Element = {}
    timing = _timing(slots)
    if timing:
        found["timing"] = {"repeat": timing}
    amounts = {**_amount("dose", slots), **_amount("rate", slots)}
    if "daily" in slots:
        amounts["rateRatio"] = per_period(slots["daily"])
    if amounts:
        found["doseAndRate"] = [amounts]
    if "max-per-period" in slots:
        found["maxDosePerPeriod"] = [per_period(slots["max-per-period"])]
    if "max-per-administration" in slots:
        found["maxDosePerAdministration"] = quantity(slots["max-per-administration"])
    return found


def _amount(kind: str, slots: dict[str, Quantity]) -> Element:
    ends = {end: quantity(slots[f"{kind}-{end}"]) for end in ("low", "high") if f"{kind}-{end}" in slots}
    if ends:
        return {f"{kind}Range": ends}
    return {f"{kind}Quantity": quantity(slots[kind])} if kind in slots else {}


def _timing(slots: dict[str, Quantity]) -> Element:
    repeat: Element = {}
    if "duration" in slots:
        repeat |= {"duration": slots["duration"].value, "durationUnit": slots["duration"].unit.code}
    if "frequency" in slots:
        repeat["frequency"] = int(slots["frequency"].value)
        if "frequency-max" in slots:
            repeat["frequencyMax"] = int(slots["frequency-max"].value)
        repeat |= {"period": 1, "periodUnit": "d"}
    elif "every" in slots:
        repeat |= {"frequency": 1, "period": slots["every"].value, "periodUnit": slots["every"].unit.code}
    return repeat


def per_period(rate: Quantity) -> Element:
    """``0.5 mg/kg/h`` as a Ratio: 0.5 mg/kg per 1 h."""
    amount, _, time = rate.unit.code.rpartition("/")
    return {"numerator": ucum(rate.value, amount), "denominator": ucum(Decimal(1), time)}
