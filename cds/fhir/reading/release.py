"""What differs between FHIR releases in how a medicine is ordered, as one frozen value per release."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from cds.fhir.shape import Json

ORDERED: Final = "ordered"
CALCULATED: Final = "calculated"
ADMINISTERED: Final = "admin-amount"


class Written(NamedTuple):
    """One statement of dose and rate in a dosage instruction, with the members as they stand in the JSON.

    ``kind`` is ``ordered``, ``calculated`` or ``admin-amount``: three ways to write the same dose, not three doses.
    """

    kind: str = ORDERED
    dose: object = None
    dose_range: object = None
    rate: object = None
    rate_range: object = None
    rate_ratio: object = None


@dataclass(frozen=True, slots=True)
class Release:
    """How one release writes an order or a medicine on record.

    ``amounts``: of one dosage instruction. ``product``: the concept and the reference of what is ordered.
    ``reasons``: the concepts and the references of why. ``instructions``: the list (or object) of dosages.
    """

    name: str
    amounts: Callable[[Json], tuple[Written, ...]]
    product: Callable[[Json], tuple[object, object]]
    reasons: Callable[[Json], tuple[list[object], list[object]]]
    instructions: Callable[[Json], object]
