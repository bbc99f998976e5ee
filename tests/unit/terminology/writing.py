"""Short ways to write concepts, medications and products in a table test."""

from __future__ import annotations

from cds.clinical.code import RXNORM, Coding, Concept
from cds.clinical.order import Ingredient, Medication, Strength
from cds.clinical.quantity import quantity
from cds.terminology.model import Product


def text(words: str) -> Concept:
    return Concept(text=words)


def code(system: str, value: str, display: str = "") -> Concept:
    return Concept((Coding(system, value, display),))


def rxnorm(*values: str, words: str = "") -> Concept:
    return Concept(tuple(Coding(RXNORM, value) for value in values), words)


def medication(words: str) -> Medication:
    return Medication(text(words))


def strength(amount: str, per: str) -> Strength:
    return Strength(quantity(amount), quantity(per))


def part(concept: Concept, *, holds: str = "", per: str = "", amount: str = "") -> Ingredient:
    return Ingredient(concept, strength(holds, per) if holds else None, quantity(amount) if amount else None)


def written(product: Product) -> str:
    """``"amitriptyline 2 g/100 g, ketamine"``: the components of a product as one text."""
    parts = []
    for component in product.components:
        found = component.strength
        parts.append(f"{component.ingredient} {found.amount}/{found.per}" if found else component.ingredient)
    return ", ".join(parts)
