"""Medication orders, drafted or on record, in our own words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from cds.clinical.code import Concept
from cds.clinical.quantity import Quantity, shown


@dataclass(frozen=True, slots=True)
class Strength:
    """How much of an ingredient is in how much of the product: 150 mg per tablet, 50 mg per mL, 2 g per 100 g.

    ``per`` has the dimension count (one tablet), volume or mass. ``percent`` strengths are mass per mass.
    """

    amount: Quantity
    per: Quantity


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One part of a product as the order writes it. Diluents are ingredients too."""

    concept: Concept
    strength: Strength | None = None
    amount: Quantity | None = None


@dataclass(frozen=True, slots=True)
class Medication:
    """What is ordered: codes and text of the product, its form, and its ingredients where the order lists them.

    ``amount`` is the size of the whole preparation (a 500 mL bag), where it is said.
    """

    concept: Concept
    form: Concept = Concept()
    ingredients: tuple[Ingredient, ...] = ()
    amount: Quantity | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """How often. ``per_day`` is administrations per day (low, high); None when it is not known.

    ``once``: a single administration. ``continuous``: an infusion without separate administrations.
    ``over_days`` is how long the order runs, where it is bounded.
    """

    per_day: tuple[Fraction, Fraction] | None = None
    once: bool = False
    continuous: bool = False
    as_needed: bool = False
    over_days: Fraction | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Instruction:
    """One dosage instruction. Instructions of equal ``sequence`` run together; different ones follow each other.

    ``dose`` and ``rate`` are (low, high), equal for a single value. ``over`` is how long one administration takes.
    ``max_per_day`` is a stated ceiling. ``also`` are other amounts that are said to be the same dose or rate, in units
    that only the patient or the product can compare with it. ``text_route`` is the route that the text names beside a
    coded one. ``rapid``: it is to be pushed fast. ``beside`` is what stands in words beside the directions: notes and
    additional instructions. ``unread`` names, in words, what was there and could not be read: an instruction with
    anything in it is never judged as if it were whole.
    """

    sequence: int = 1
    route: Concept = Concept()
    dose: tuple[Quantity, Quantity] | None = None
    rate: tuple[Quantity, Quantity] | None = None
    over: Quantity | None = None
    timing: Timing = Timing()
    max_per_day: Quantity | None = None
    text: str = ""
    from_text: bool = False
    also: tuple[tuple[Quantity, Quantity], ...] = ()
    text_route: Concept = Concept()
    rapid: bool = False
    beside: tuple[str, ...] = field(default=(), compare=False)
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """A medication order or a medicine on record.

    ``reference`` is ``Type/id``, unique within a review. ``status`` is FHIR's word. ``draft``: it is among the
    orders to be signed. ``live``: it is an order to act on (not negated, not cancelled, not entered in error).
    ``current`` (medicines on record): the patient takes it now. ``started`` and ``ended`` bound its use;
    ``over_by``, where the end itself is not said, is a moment by which it was over.
    ``replaces`` is the reference of the order it takes the place of; ``tells_of`` (statements, administrations) are
    those of what it reports on. ``reasons`` are the stated indications.
    ``unread`` names what could not be read in the order as a whole.
    """

    reference: str
    medication: Medication
    instructions: tuple[Instruction, ...] = ()
    status: str = ""
    draft: bool = False
    live: bool = True
    current: bool = True
    stopping: bool = False
    reasons: tuple[Concept, ...] = ()
    category: tuple[str, ...] = ()
    started: datetime | None = None
    ended: datetime | None = None
    over_by: datetime | None = None
    replaces: str = ""
    tells_of: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceOrder:
    """A non-medication order or device use that the rules ask about: monitoring, a pregnancy test."""

    reference: str
    concept: Concept
    draft: bool = False
    current: bool = True


@dataclass(frozen=True, slots=True)
class Drafts:
    """What is about to be signed: medication orders, and what else stands beside them.

    ``selected`` holds references to judge at order-select; empty means all. ``foreign`` is how many medication
    orders name another patient, and ``unread`` how many do not say what they are or what is ordered: they are not
    judged, and that must be said. ``taken``: nothing is about to be signed, and what the patient takes already is
    judged instead.
    """

    orders: tuple[Order, ...] = ()
    services: tuple[ServiceOrder, ...] = ()
    selected: frozenset[str] = field(default_factory=frozenset)
    foreign: int = 0
    unread: int = 0
    taken: bool = False


def times_a_day(low: Fraction, high: Fraction) -> str:
    """``twice a day``, ``3 to 4 times a day``, ``every 2 days``."""
    if low == high and low < 1 and low.numerator == 1:
        return f"every {low.denominator} days"
    times = shown(low, 2) if low == high else f"{shown(low, 2)} to {shown(high, 2)}"
    return {"1": "once a day", "2": "twice a day"}.get(times, f"{times} times a day")
