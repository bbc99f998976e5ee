"""Short phrases of the vignettes: "35 mg/h", "21 days ago", "3 per day", "140 mg in 2.8 mL"."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

UCUM = "http://unitsofmeasure.org"
UNIT_WORDS = {"{tbl}": "tablet", "{cap}": "capsule", "{suppository}": "suppository", "[lb_av]": "lb"}
# Months and years are counted in days, as the service's policy does (6 months: 183 days).
AGO = {
    "hour": timedelta(hours=1),
    "minute": timedelta(minutes=1),
    "day": timedelta(days=1),
    "month": timedelta(days=30.5),
    "year": timedelta(days=365.25),
}


def quantity(phrase: str) -> dict[str, Any]:
    """A FHIR Quantity from ``"35 mg/h"``; the value stays a Decimal."""
    number, _, code = phrase.partition(" ")
    if not code:
        message = f"no unit in {phrase!r}"
        raise ValueError(message)
    return {"value": Decimal(number), "unit": UNIT_WORDS.get(code, code), "system": UCUM, "code": code}


def ratio(phrase: str) -> dict[str, Any]:
    """A FHIR Ratio from ``"140 mg in 2.8 mL"``."""
    numerator, _, denominator = phrase.partition(" in ")
    return {"numerator": quantity(numerator), "denominator": quantity(denominator)}


def moment(phrase: str, now: datetime) -> datetime:
    """The moment of ``"today"`` or ``"21 days ago"``, seen from ``now``."""
    if phrase == "today":
        return now
    match = re.fullmatch(r"(\d+) (minute|hour|day|month|year)s? ago", phrase)
    if match is None:
        message = f"not a moment: {phrase!r}"
        raise ValueError(message)
    return now - int(match[1]) * AGO[match[2]]


def instant(moment_: datetime) -> str:
    """A FHIR dateTime to the second."""
    return moment_.isoformat(timespec="seconds")


def repeat(times: str) -> dict[str, Any]:
    """The ``Timing.repeat`` of "once", "at night", "3 per day"; empty for "continuous"."""
    if times == "continuous":
        return {}
    if times == "once":
        return {"count": 1}
    if times == "at night":
        return {"frequency": 1, "period": 1, "periodUnit": "d", "when": ["HS"]}
    match = re.fullmatch(r"(\d+) per day", times)
    if match is None:
        message = f"not a timing: {times!r}"
        raise ValueError(message)
    return {"frequency": int(match[1]), "period": 1, "periodUnit": "d"}
