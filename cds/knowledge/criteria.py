"""The words a statement uses to say when it applies. Each is one question about an order or the record.

These are data: ``cds.rules`` answers them. A group of criteria holds when all of them hold. Every criterion can
be true, false, or not known for a given patient, and "not known" is never taken for "no".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from cds.clinical.quantity import Quantity

NOT_STATED: Final = "not-stated"
OTHER_USE: Final = "other-use"


class GivenAs(StrEnum):
    """How a parenteral dose is given: at once, or at a rate."""

    BOLUS = "bolus"
    INFUSION = "infusion"


class Phase(StrEnum):
    """Where the patient stands with this drug. ``LONG_TERM`` is within ``CONTINUING``."""

    START = "start"
    CONTINUING = "continuing"
    LONG_TERM = "long-term"


class Measure(StrEnum):
    """Which amount of an order is compared.

    ``DOSE`` one administration (mg, mg/kg); ``RATE`` (mg/h, mg/kg/h); ``DAILY`` all administrations of a day over
    all orders of the ingredient that count (mg/d, mg/kg/d; a rate counts as 24 h); ``FREQUENCY`` administrations
    per day (/d); ``DURATION`` the time one administration takes (s, min); ``PRODUCT_STRENGTH`` of the product as
    supplied (mg/mL); ``CONCENTRATION`` of the preparation as given (mg/mL); ``PREVIOUS`` daily dose of the order
    in force before this one; ``STEP`` this daily dose less the previous; ``STEP_DOSE`` this single dose less the
    previous; ``INTERVAL`` time since the previous order began (h); ``OVER_PARENTERAL`` this daily dose less that
    of the parenteral order it follows (mg/d).
    """

    DOSE = "dose"
    RATE = "rate"
    DAILY = "daily"
    FREQUENCY = "frequency"
    DURATION = "duration"
    PRODUCT_STRENGTH = "product-strength"
    CONCENTRATION = "concentration"
    PREVIOUS = "previous"
    STEP = "step"
    STEP_DOSE = "step-dose"
    INTERVAL = "interval"
    OVER_PARENTERAL = "over-parenteral"


@dataclass(frozen=True, slots=True)
class RouteIs:
    """``route:`` the order's route is one of these slugs (groups are resolved when read)."""

    routes: frozenset[str]


@dataclass(frozen=True, slots=True)
class GivenAsIs:
    """``given-as:`` bolus or infusion."""

    given_as: GivenAs


@dataclass(frozen=True, slots=True)
class UseIs:
    """``use:`` the stated reason of the order is one of these uses, or a narrower one; ``not-stated``: none is
    stated; ``other-use``: one that we do not know.
    """

    uses: frozenset[str]


@dataclass(frozen=True, slots=True)
class SettingIs:
    """``setting:`` where the drug will be given; ``not-stated`` when the record does not say."""

    settings: frozenset[str]


@dataclass(frozen=True, slots=True)
class AgeIs:
    """``age:`` bands by the policy's cut-offs: ``child``, ``adult`` (the elderly too), ``elderly``."""

    bands: frozenset[str]


@dataclass(frozen=True, slots=True)
class AgeBetween:
    """``years: {from: 12, to: 55}`` completed years, both included."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class SexIs:
    """``sex:`` any of female, male, unknown."""

    sexes: frozenset[str]


@dataclass(frozen=True, slots=True)
class PhaseIs:
    """``phase:`` start, continuing or long-term."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class Stopping:
    """``stopping: yes`` the order stops a drug that was in use."""


@dataclass(frozen=True, slots=True)
class AmountIs:
    """``amount:`` an amount of the order within bounds, in exact arithmetic.

    ``above``/``from`` give ``low`` (excluded / included), ``below``/``up-to`` give ``high``. The measure follows
    from the unit (mg/kg dose, mg/kg/h rate, mg/d daily, /d frequency, s duration) unless ``of:`` names another.
    """

    measure: Measure
    low: Quantity | None = None
    low_included: bool = False
    high: Quantity | None = None
    high_included: bool = False


@dataclass(frozen=True, slots=True)
class AmountStated:
    """``stated: concentration`` the order says this amount at all (``no`` under ``not:``)."""

    measure: Measure


@dataclass(frozen=True, slots=True)
class StrengthsAre:
    """``strengths: {one: 2 %, other: 1 %}`` the product's strengths, exactly these."""

    strengths: tuple[tuple[str, Quantity], ...]


@dataclass(frozen=True, slots=True)
class Diluted:
    """``diluted: yes`` the order names a diluent, as an ingredient or in its text."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """``ordered: [ecg, pulse-oximetry]`` all of these services are ordered or running."""

    services: frozenset[str]


@dataclass(frozen=True, slots=True)
class HasCondition:
    """``condition:`` the record holds one of these conditions, in one of these courses, certainties, severities.

    ``severities`` empty means any; ``"unknown"`` is a severity of its own. ``onset``: ``recent`` within the
    policy's window of this condition, ``older``, ``unknown``; empty means any.
    """

    conditions: frozenset[str]
    courses: frozenset[str] = frozenset({"active"})
    certainties: frozenset[str] = frozenset({"confirmed"})
    severities: frozenset[str] = frozenset()
    onsets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class NotRecorded:
    """``no-data-on: pregnancy`` the record was read and says nothing either way."""

    condition: str


@dataclass(frozen=True, slots=True)
class Allergic:
    """``allergy:`` a recorded allergy to the drug itself: ``confirmed``, ``unconfirmed`` or ``intolerance``.

    ``allergy-to:`` names other ingredients whose allergy counts as well.
    """

    kinds: frozenset[str]
    substances: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TakenWith:
    """``with:`` another order, drafted or current, of one of these ingredients or classes.

    ``states``: ``current`` (drafts and current medicines) or ``stopped`` (ended within the policy's window).
    ``routes``: of the other order; empty means any that is not topical. ``regular``: leave out single doses.
    ``uses``: stated use of the other order; empty means any. ``named`` restricts to, ``unnamed`` leaves out,
    single ingredients of a class. ``at_least``: how many distinct ingredients.
    """

    ingredients: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset({"current"})
    routes: frozenset[str] = frozenset()
    regular: bool = False
    uses: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class AnyOf:
    """``any:`` at least one of these groups holds."""

    groups: tuple[Criteria, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``not:`` the group does not hold."""

    group: Criteria


Criterion = (
    RouteIs
    | GivenAsIs
    | UseIs
    | SettingIs
    | AgeIs
    | AgeBetween
    | SexIs
    | PhaseIs
    | Stopping
    | AmountIs
    | AmountStated
    | StrengthsAre
    | Diluted
    | Ordered
    | HasCondition
    | NotRecorded
    | Allergic
    | TakenWith
    | AnyOf
    | Not
)
Criteria = tuple[Criterion, ...]


def every(criteria: Criteria) -> Iterator[Criterion]:
    """All criteria of a group, those inside ``any`` and ``not`` too."""
    for criterion in criteria:
        yield criterion
        if isinstance(criterion, AnyOf):
            for group in criterion.groups:
                yield from every(group)
        elif isinstance(criterion, Not):
            yield from every(criterion.group)


MEASURE_BY_UNIT: Final[dict[str, Measure]] = {
    "s": Measure.DURATION,
    "min": Measure.DURATION,
    "h": Measure.INTERVAL,
    "/d": Measure.FREQUENCY,
}


def measure_of(unit_code: str) -> Measure:
    """The measure a unit speaks of when the author does not name one: mg dose, mg/h rate, mg/d daily dose."""
    if unit_code in MEASURE_BY_UNIT:
        return MEASURE_BY_UNIT[unit_code]
    if unit_code.endswith("/d"):
        return Measure.DAILY
    if unit_code.endswith(("/h", "/min")):
        return Measure.RATE
    return Measure.DOSE


__all__ = [
    "NOT_STATED", "OTHER_USE", "AgeBetween", "AgeIs", "Allergic", "AmountIs", "AmountStated", "AnyOf", "Criteria",
    "Criterion", "Diluted", "GivenAs", "GivenAsIs", "HasCondition", "Measure", "Not", "NotRecorded", "Ordered",
    "Phase", "PhaseIs", "RouteIs", "SettingIs", "SexIs", "Stopping", "StrengthsAre", "TakenWith", "UseIs",
    "every", "measure_of",
]  # fmt: skip
