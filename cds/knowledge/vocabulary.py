"""The words a statement may use: fixed ones of the criteria, and the slugs the terminology tables define."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cds.clinical.quantity import MASS, SURFACE, TIME, VOLUME, WEIGHT, Dimension, Quantity
from cds.knowledge.criteria import NOT_STATED, Measure

SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
STATEMENT_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+")

PARENTERAL: Final = frozenset({"intravenous", "intramuscular", "subcutaneous", "epidural", "intrathecal"})
_LOCAL: Final = frozenset({"topical", "ophthalmic"})
ROUTES: Final = (
    PARENTERAL
    | _LOCAL
    | {"oral", "nasal", "rectal", "transdermal", "sublingual", "buccal", "inhaled", "other", NOT_STATED}
)
ROUTE_GROUPS: Final[Mapping[str, frozenset[str]]] = {
    "systemic": ROUTES - _LOCAL,
    "parenteral": PARENTERAL,
    "injectable": PARENTERAL,
}
MONITORED: Final = frozenset({"emergency", "intensive-care", "operating-room", "recovery"})
SETTINGS: Final = MONITORED | {"ward", "ambulatory", "home", NOT_STATED}
SETTING_GROUPS: Final[Mapping[str, frozenset[str]]] = {"monitored": MONITORED}

BANDS: Final = ("child", "adult", "elderly")
SEXES: Final = ("female", "male", "unknown")
COURSES: Final = ("active", "remission", "resolved")
CERTAINTIES: Final = ("confirmed", "unconfirmed")
SEVERITIES: Final = ("severe", "moderate", "mild", "unknown")
ONSETS: Final = ("recent", "older", "unknown")
ALLERGIES: Final = ("confirmed", "unconfirmed", "intolerance")
STATES: Final = ("current", "stopped")

# What a suggestion may ask to be measured, tested or watched.
REQUESTS: Final = frozenset(
    {
        "body-weight", "pregnancy-test", "ecg-and-oximetry", "renal-function", "liver-function",
        "blood-pressure-monitoring", "use-and-rash-review",
    }
)  # fmt: skip

# Placeholders of a card's wording, each with one of the longest values it is likely to be filled with.
PLACEHOLDERS: Final[Mapping[str, str]] = {
    "drug": "the drug ordered",
    "amount": "0.125 mg/kg/h",
    "ordered": "12.5 mg",
    "daily": "1200 mg/day",
    "orders": " over 3 orders",
    "limit": "0.125 mg/kg/h",
    "limit_here": "17.5 mg/h",
    "other": "the other drug's name",
    "condition": "raised intracranial pressure",
    "ago": "13 days",
    "age": "84",
}
SUMMARY_LENGTH: Final = 140

_PER_KG: Final = MASS - WEIGHT
_PER_TIME: Final = frozenset({MASS - TIME, _PER_KG - TIME, MASS - SURFACE - TIME})
_PER_ADMINISTRATION: Final = frozenset({MASS, _PER_KG, MASS - SURFACE})
DIMENSIONS: Final[Mapping[Measure, frozenset[Dimension]]] = {
    Measure.DOSE: _PER_ADMINISTRATION,
    Measure.RATE: _PER_TIME,
    Measure.DAILY: _PER_TIME,
    Measure.FREQUENCY: frozenset({Dimension() - TIME}),
    Measure.DURATION: frozenset({TIME}),
    Measure.PRODUCT_STRENGTH: frozenset({MASS - VOLUME}),
    Measure.CONCENTRATION: frozenset({MASS - VOLUME}),
    Measure.PREVIOUS: _PER_TIME,
    Measure.STEP: _PER_TIME,
    Measure.STEP_DOSE: _PER_ADMINISTRATION,
    Measure.INTERVAL: frozenset({TIME}),
    Measure.OVER_PARENTERAL: _PER_TIME,
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The slugs that resolve. None: the tables could not be read, so slugs of that sort are not judged."""

    ingredients: frozenset[str] | None = None
    classes: frozenset[str] | None = None
    conditions: frozenset[str] | None = None
    uses: frozenset[str] | None = None
    services: frozenset[str] | None = None
    reasons: frozenset[str] | None = None
    topics: frozenset[str] | None = None
    sources: frozenset[str] | None = None
    # Choices of the policy that a file may name in place of a figure.
    chosen: dict[str, Quantity] = field(default_factory=dict)


def sample(text: str) -> str:
    """A wording with every placeholder filled, to see how long it can become."""
    for name, value in PLACEHOLDERS.items():
        text = text.replace(f"{{{name}}}", value)
    return text
