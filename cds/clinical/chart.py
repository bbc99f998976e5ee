"""The patient's record as of a moment, in our own words, with what could not be read said beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from cds.clinical.code import Concept
from cds.clinical.order import Order, ServiceOrder
from cds.clinical.quantity import Quantity


class Category(StrEnum):
    """The parts of a record that the checks draw on."""

    PATIENT = "patient"
    WEIGHT = "weight"
    CONDITIONS = "conditions"
    ALLERGIES = "allergies"
    MEDICINES = "medicines"
    PREGNANCY = "pregnancy"
    RENAL = "renal function"
    ENCOUNTER = "encounter"
    LIFESTYLE = "lifestyle"


class Sex(StrEnum):
    """Administrative gender, as far as the rules need it."""

    FEMALE = "female"
    MALE = "male"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Birth:
    """A birth date, perhaps partial: the earliest and the latest day it can be."""

    earliest: date
    latest: date


class Certainty(StrEnum):
    """How sure the record is of a condition or an allergy."""

    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"
    REFUTED = "refuted"


class Course(StrEnum):
    """Where a condition stands: now, in remission, or over."""

    ACTIVE = "active"
    REMISSION = "remission"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Condition:
    """A problem, diagnosis or finding. ``severity`` is ``mild``, ``moderate``, ``severe`` or empty.

    Entries made in error are not read at all. ``onset`` and ``ended`` are the dates the record gives;
    ``recorded`` is when it was written down.
    """

    reference: str
    concept: Concept
    course: Course = Course.ACTIVE
    certainty: Certainty = Certainty.CONFIRMED
    severity: str = ""
    onset: date | None = None
    ended: date | None = None
    recorded: date | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """A measured or stated value. Only final, amended or corrected ones are read.

    ``bound`` is ``<``, ``<=``, ``>`` or ``>=`` where the value is only known to lie beyond ``quantity``. ``bare`` is a
    number written without a unit: it is in whatever unit the code implies.
    """

    reference: str
    concept: Concept
    when: date | None = None
    quantity: Quantity | None = None
    number: str = ""
    value: Concept = Concept()
    flag: bool | None = None
    bound: str = ""
    bare: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Allergy:
    """A recorded allergy or intolerance to a substance."""

    reference: str
    concept: Concept
    certainty: Certainty = Certainty.CONFIRMED
    active: bool = True
    intolerance: bool = False


@dataclass(frozen=True, slots=True)
class Encounter:
    """Where the patient is being looked after, as codes and words to be understood by the terminology room."""

    reference: str = ""
    classes: tuple[Concept, ...] = ()
    places: tuple[Concept, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of the record that could not be had, and why, in words for the "not checked" card. ``foreign``: what
    came in its place belongs to another patient, so that something is wrong and not only missing. ``aside``: it makes
    no card by itself, because the client never sends it and every order would bring the same card.
    """

    category: Category
    reason: str
    foreign: bool = False
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """What the record says as of ``as_of``. A category named in ``gaps`` was not available; an empty one that is
    not in ``gaps`` was looked at and holds nothing.
    """

    as_of: datetime
    birth: Birth | None = None
    sex: Sex = Sex.UNKNOWN
    observations: tuple[Observation, ...] = ()
    conditions: tuple[Condition, ...] = ()
    allergies: tuple[Allergy, ...] = ()
    medicines: tuple[Order, ...] = ()
    services: tuple[ServiceOrder, ...] = ()
    encounter: Encounter | None = None
    gaps: tuple[Gap, ...] = ()

    def missing(self, category: Category) -> Gap | None:
        """The gap in this category, if it could not be read."""
        for gap in self.gaps:
            if gap.category is category:
                return gap
        return None

    def missing_named(self, name: str) -> Gap | None:
        """The gap whose category has this name."""
        return next((gap for gap in self.gaps if gap.category.value == name), None)
