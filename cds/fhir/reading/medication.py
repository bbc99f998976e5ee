"""What is ordered: the product's codes, form, ingredients and size, wherever the client put them."""

from __future__ import annotations

from typing import NamedTuple

from cds.clinical.code import Concept
from cds.clinical.order import Ingredient, Medication, Strength
from cds.clinical.quantity import Dimension, Quantity
from cds.fhir.reading.coding import concept, with_words
from cds.fhir.reading.index import Index
from cds.fhir.reading.quantity import Unread, quantity, ratio
from cds.fhir.reading.release import Release
from cds.fhir.shape import Json, first, kind, obj, objs, reference_of, text

_MASS = Dimension(mass=1)


class Ordered(NamedTuple):
    """The medication, or in words why it could not be had."""

    medication: Medication
    unread: tuple[str, ...] = ()


def read_medication(resource: Json, release: Release, index: Index) -> Ordered:
    """The medication of an order. An order without any (still being written) has an empty concept."""
    coded, reference = release.product(resource)
    said = concept(coded)
    if said:
        return Ordered(Medication(said))
    found = index.resolve(reference, resource)
    words = text(obj(reference).get("display")).strip()
    if found is not None and kind(found) == "Medication":
        medication = _product(found, resource, index)
        return Ordered(
            Medication(
                with_words(medication.concept, words), medication.form, medication.ingredients, medication.amount
            )
        )
    if words:
        return Ordered(Medication(Concept(text=words)))
    if reference_of(reference):
        return Ordered(Medication(Concept()), ("the medication, which is only referred to and was not sent",))
    return Ordered(Medication(Concept()))


def _product(resource: Json, outer: Json, index: Index) -> Medication:
    """A Medication resource of any release (DSTU2 keeps form and ingredients in ``product``)."""
    inner = obj(resource.get("product"))
    listed = objs(resource.get("ingredient")) or objs(inner.get("ingredient"))
    return Medication(
        concept(resource.get("code")),
        concept(first(resource, "form", "doseForm") or inner.get("form")),
        tuple(found for one in listed if (found := _ingredient(one, (resource, outer), index)) is not None),
        _size(resource),
    )


def _ingredient(value: Json, inside: tuple[Json, Json], index: Index) -> Ingredient | None:
    said = _item(value, inside, index)
    if not said:
        return None
    strength = ratio(first(value, "strength", "strengthRatio", "amount"))
    alone = quantity(value.get("strengthQuantity"))
    return Ingredient(
        said,
        None if isinstance(strength, Unread) else _strength(*strength),
        None if isinstance(alone, Unread) else alone,
    )


def _item(value: Json, inside: tuple[Json, Json], index: Index) -> Concept:
    """What an ingredient is, by its code or by the resource it refers to."""
    item = obj(value.get("item"))
    said = concept(value.get("itemCodeableConcept") or item.get("concept"))
    if said:
        return said
    reference = value.get("itemReference")
    if reference is None:
        reference = item if isinstance(item.get("reference"), str) else item.get("reference")
    found = index.resolve(reference, inside[0]) or index.resolve(reference, inside[1])
    return with_words(concept(found.get("code")) if found else Concept(), text(obj(reference).get("display")))


def _strength(amount: Quantity, per: Quantity) -> Strength | None:
    """A strength that says something. Some clients write "150 mg in 150 mg" of a tablet, which says nothing."""
    if amount.unit.dimension != _MASS or not amount.value:
        return None
    if per.unit.dimension == _MASS and per.base <= amount.base:
        return None
    return Strength(amount, per)


def _size(resource: Json) -> Quantity | None:
    """The size of the whole preparation (a bag of 500 mL)."""
    written = first(resource, "amount", "totalVolume")
    found = quantity(obj(written).get("numerator") if "numerator" in obj(written) else written)
    return None if isinstance(found, Unread) or not found.value else found
