"""The list of medicines, each told once: many systems keep what is prescribed as an order and again as a statement."""

from __future__ import annotations

from collections.abc import Sequence

from cds.clinical.order import Medication, Order
from cds.fhir.reading.order import ORDERS, STATEMENTS


def told_once(medicines: Sequence[Order]) -> tuple[Order, ...]:
    """Without the statements that say again what an order on record says: the same product, taken now as well, with
    the same directions or with none. Counted as two, one prescription would be twice its dose.

    A statement with other directions stays: nobody can tell which of the two the patient follows.
    """
    if not any(_is(one, STATEMENTS) for one in medicines):
        return tuple(medicines)
    orders: dict[object, list[Order]] = {}
    for one in medicines:
        if _is(one, ORDERS) and one.current:
            for name in _names(one.medication):
                orders.setdefault(name, []).append(one)
    return tuple(one for one in medicines if not _is_said(one, orders))


def _is_said(medicine: Order, orders: dict[object, list[Order]]) -> bool:
    if not _is(medicine, STATEMENTS) or not medicine.current:
        return False
    name = next(iter(_names(medicine.medication)), None)
    return any(_says_again(medicine, order) for order in orders.get(name, ()))


def _is(medicine: Order, kinds: frozenset[str]) -> bool:
    return medicine.reference.partition("/")[0] in kinds


def _says_again(statement: Order, order: Order) -> bool:
    if not _adds_nothing(statement.medication, order.medication):
        return False
    return not statement.instructions or statement.instructions == order.instructions


def _adds_nothing(stated: Medication, ordered: Medication) -> bool:
    """Whether everything that is said of the one product is said of the other: each code, or the text where there is
    none; and each ingredient.
    """
    same = set(_names(stated)) <= set(_names(ordered))
    return same and (not stated.ingredients or stated.ingredients == ordered.ingredients)


def _names(medication: Medication) -> list[object]:
    """The codes of a product, or its text where it has none."""
    concept = medication.concept
    if concept.codings:
        return [(coding.system, coding.code) for coding in concept.codings]
    return [" ".join(concept.text.casefold().split())] if concept.text else []
