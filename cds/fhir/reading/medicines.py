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
    statements = [one for one in medicines if _is(one, STATEMENTS) and one.current]
    if not statements:
        return tuple(medicines)
    orders = [one for one in medicines if _is(one, ORDERS) and one.current]
    again = {one.reference for one in statements if any(_says_again(one, order) for order in orders)}
    return tuple(one for one in medicines if one.reference not in again)


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
    codes = {(coding.system, coding.code) for coding in stated.concept.codings}
    if codes:
        same = codes <= {(coding.system, coding.code) for coding in ordered.concept.codings}
    else:
        same = bool(stated.concept.text) and _plain(stated.concept.text) == _plain(ordered.concept.text)
    return same and (not stated.ingredients or stated.ingredients == ordered.ingredients)


def _plain(words: str) -> str:
    return " ".join(words.casefold().split())
