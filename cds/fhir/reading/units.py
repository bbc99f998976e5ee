"""Units as clients write them, found by exact tables.

A UCUM code is compared letter by letter: ``mg`` is a milligram, ``Mg`` a megagram, ``MG`` nothing we know. Texts have
a table of their own. No folding of case, no look-alike letters: only the two signs for micro are one.
"""

from __future__ import annotations

from typing import Final

from cds.clinical.quantity import UNITS, Unit

MICRO: Final = "\N{MICRO SIGN}"
MU: Final = "\N{GREEK SMALL LETTER MU}"

_MASSES: Final[dict[str, tuple[str, ...]]] = {
    "mg": ("mg", "mgs", "milligram", "milligrams", "milligramme", "milligrammes"),
    "ug": (
        "ug", "mcg", "mcgs", f"{MICRO}g", f"{MU}g", "microgram", "micrograms", "microgramme", "microgrammes",
        "microg",
    ),
    "g": ("g", "gm", "gram", "grams", "gramme", "grammes"),
    "ng": ("ng", "nanogram", "nanograms"),
}  # fmt: skip
_VOLUMES: Final[dict[str, tuple[str, ...]]] = {
    "mL": ("mL", "ml", "milliliter", "milliliters", "millilitre", "millilitres", "cc"),
    "L": ("L", "l", "liter", "liters", "litre", "litres"),
}
_TIMES: Final[dict[str, tuple[str, ...]]] = {
    "s": ("s", "sec", "secs", "second", "seconds"),
    "min": ("min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "d": ("d", "day", "days", "24h", "24hr"),
    "wk": ("wk", "wks", "week", "weeks"),
    "mo": ("mo", "month", "months"),
    "a": ("a", "yr", "year", "years"),
}
_COUNTS: Final[dict[str, tuple[str, ...]]] = {
    "{tbl}": ("tablet", "tablets", "tablet(s)", "tab", "tabs", "tab(s)", "TAB", "Tablet", "Tablets", "TABLET"),
    "{cap}": ("capsule", "capsules", "capsule(s)", "cap", "caps", "cap(s)", "CAP", "Capsule", "Capsules", "CAPSULE"),
    "{pill}": ("pill", "pills", "pill(s)"),
    "{spray}": ("spray", "sprays", "spray(s)"),
    "{puff}": ("puff", "puffs", "puff(s)"),
    "{actuat}": ("actuation", "actuations"),
    "{patch}": ("patch", "patches"),
    "{suppository}": ("suppository", "suppositories"),
    "{lozenge}": ("lozenge", "lozenges"),
    "{vial}": ("vial", "vials"),
    "{ampule}": ("ampule", "ampules", "ampoule", "ampoules", "ampul"),
    "{dose}": ("dose", "doses"),
    "{each}": ("each", "unit dose"),
}
_WEIGHTS: Final[dict[str, tuple[str, ...]]] = {
    "kg": ("kg", "kgs", "kilogram", "kilograms", "kilo", "kilos"),
    "[lb_av]": ("lb", "lbs", "pound", "pounds", "lb_av"),
    "[oz_av]": ("oz", "ounce", "ounces", "oz_av"),
}
_RENAL: Final = "mL/min/{1.73_m2}"
_RENAL_TEXTS: Final = (
    "mL/min/1.73m2", "mL/min/1.73 m2", "mL/min/1.73m^2", "mL/min/1.73 m^2", "mL/min/1.73m\N{SUPERSCRIPT TWO}",
    "mL/min/1.73 m\N{SUPERSCRIPT TWO}", "ml/min/1.73m2", "ml/min/1.73 m2", "mL/min/1.73_m2", "mL/min/1.73 sq M",
    "mL/min/{1.73m2}", "mL/min/{1.73 m2}", "mL/min/1.73",
)  # fmt: skip

_SNOMED_UNITS: Final[dict[str, str]] = {
    "258684004": "mg",
    "258685003": "ug",
    "258773002": "mL",
    "428673006": "{tbl}",
}


def _texts() -> dict[str, Unit]:
    spellings = [
        (code, word) for names in (_MASSES, _VOLUMES, _TIMES, _COUNTS, _WEIGHTS) for code, word in _flat(names)
    ]
    spellings += [("%", "%"), ("%", "percent"), *((_RENAL, text) for text in _RENAL_TEXTS)]
    for code, word in _flat(_MASSES | _VOLUMES):
        spellings += _per_body_and_time(code, word)
    for code, word in _flat(_MASSES):
        spellings += [(f"{code}/{below}", f"{word}/{text}") for below, text in _flat(_MASSES | _VOLUMES)]
    return {text: UNITS[code] for code, text in spellings if code in UNITS}


def _flat(names: dict[str, tuple[str, ...]]) -> list[tuple[str, str]]:
    return [(code, word) for code, words in names.items() for word in words]


def _per_body_and_time(code: str, word: str) -> list[tuple[str, str]]:
    """An amount per kilogram, per square metre and per time, as people and as UCUM's other spellings write it."""
    found = [(f"{code}/kg", f"{word}/kg"), (f"{code}/kg", f"{word} per kg"), (f"{code}/kg", f"{word}/kg/dose")]
    found += [(f"{code}/m2", f"{word}/m2"), (f"{code}/d", f"{word}/24 h")]
    found += [(f"{code}/d", f"{code}/24.h"), (f"{code}/d", f"{code}/(24.h)")]
    for time, text in _flat(_TIMES):
        found += [(f"{code}/{time}", f"{word}/{text}"), (f"{code}/{time}", f"{word} per {text}")]
        found += [(f"{code}/kg/{time}", f"{word}/kg/{text}"), (f"{code}/m2/{time}", f"{word}/m2/{text}")]
    for time in _TIMES:
        found += [(f"{code}/kg/{time}", f"{code}/(kg.{time})"), (f"{code}/kg/{time}", f"{code}.kg-1.{time}-1")]
    return found


TEXTS: Final[dict[str, Unit]] = _texts()
"""Unit texts by their exact spelling."""

_ANNOTATIONS: Final[dict[str, Unit]] = {word: UNITS[code] for code, words in _COUNTS.items() for word in words}


def by_code(code: str) -> Unit | None:
    """The unit with this UCUM code. Texts that clients put in its place ("mcg", "{Tablets}") are known too."""
    known = UNITS.get(code) or TEXTS.get(code)
    if known is None and code.startswith("{") and code.endswith("}"):
        inner = code[1:-1]
        known = _ANNOTATIONS.get(inner) or _ANNOTATIONS.get(inner.lower())
    return known


def by_snomed(code: str) -> Unit | None:
    """The unit with this SNOMED CT code."""
    return UNITS.get(_SNOMED_UNITS.get(code, ""))


def by_text(words: str) -> Unit | None:
    """The unit a text names, by its exact spelling."""
    return TEXTS.get(words.strip())


_IN_CAPITALS: Final[dict[str, Unit]] = {"MG": UNITS["mg"], "MCG": UNITS["ug"], "ML": UNITS["mL"]}
"""How older systems print a unit that has no code. As UCUM codes these would be something else."""


def by_text_alone(words: str) -> Unit | None:
    """The unit a text names where no code stands beside it."""
    return by_text(words) or _IN_CAPITALS.get(words.strip())


def same(one: Unit, other: Unit) -> bool:
    """Whether two units measure the same: a ``{pill}`` and a ``{tbl}`` are both one of the product."""
    return one.dimension == other.dimension and one.factor == other.factor


__all__ = ["MICRO", "MU", "TEXTS", "by_code", "by_snomed", "by_text", "by_text_alone", "same"]
