"""Whether an entry of the record says what it is. One that does not is no reason to think that there is nothing."""

from __future__ import annotations

from typing import Final

from cds.clinical.chart import Category
from cds.clinical.order import Medication
from cds.fhir.reading.coding import codes, concept
from cds.fhir.reading.order import ERROR
from cds.fhir.reading.quantity import Unread, quantity
from cds.fhir.reading.sources import observed
from cds.fhir.shape import Json, first, kind, obj, objs, text

_NOTHING: Final[frozenset[Category]] = frozenset()
_OBSERVED: Final = frozenset({Category.WEIGHT, Category.PREGNANCY, Category.RENAL, Category.LIFESTYLE})
_STATES: Final = frozenset(
    {"registered", "specimen-in-process", "preliminary", "final", "amended", "corrected", "appended", "cancelled",
     "unknown", ERROR}
)  # fmt: skip
_VALID: Final = frozenset({"final", "amended", "corrected"})


def unread(resource: Json, by_key: frozenset[Category]) -> frozenset[Category]:
    """The parts of the record that this entry leaves unknown; none where it can be read, or does not count."""
    name = kind(resource)
    if name == "Condition":
        lost = _is_valid(resource) and not concept(resource.get("code")).tells
        return frozenset({Category.CONDITIONS}) if lost else _NOTHING
    if name == "AllergyIntolerance":
        lost = _is_valid(resource) and not _names_a_substance(resource)
        return frozenset({Category.ALLERGIES}) if lost else _NOTHING
    return _of_observation(resource, by_key) if name == "Observation" else _NOTHING


def is_told(medication: Medication) -> bool:
    """Whether a medicine says what it is, by itself or by an ingredient."""
    return medication.concept.tells or any(one.concept.tells for one in medication.ingredients)


def _is_valid(resource: Json) -> bool:
    return ERROR not in codes(resource.get("verificationStatus")) | codes(resource.get("status"))


def _names_a_substance(allergy: Json) -> bool:
    substances = [first(allergy, "code", "substance"), *(one.get("substance") for one in objs(allergy.get("reaction")))]
    return any(concept(one).tells for one in substances)


def _of_observation(resource: Json, by_key: frozenset[Category]) -> frozenset[Category]:
    said, status = concept(resource.get("code")), text(resource.get("status")).lower()
    if status in _STATES and status not in _VALID:
        return _NOTHING
    if not said.tells:
        return by_key & _OBSERVED
    return _NOTHING if status in _VALID and _has_a_value(resource) else frozenset(observed(said))


def _has_a_value(resource: Json) -> bool:
    """A value that can be read, or the word that there is none."""
    if obj(resource.get("dataAbsentReason")):
        return True
    if "valueQuantity" in resource:
        written = {name: value for name, value in obj(resource["valueQuantity"]).items() if name != "comparator"}
        return not isinstance(quantity(written), Unread)
    if "valueCodeableConcept" in resource:
        return concept(resource["valueCodeableConcept"]).tells
    return any(name.startswith("value") and value is not None for name, value in resource.items())
