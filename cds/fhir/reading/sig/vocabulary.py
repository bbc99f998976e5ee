"""The phrases of directions and what each means. A phrase that is not here is not understood."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum, auto
from fractions import Fraction
from typing import Final

from cds.clinical.code import SNOMED, Coding, Concept
from cds.fhir.reading.units import MICRO, MU


class Kind(Enum):
    """What a phrase speaks of."""

    OFTEN = auto()
    TIME_OF_DAY = auto()
    ONCE = auto()
    AS_NEEDED = auto()
    ROUTE = auto()
    BOLUS = auto()
    INFUSION = auto()
    CONTINUOUS = auto()
    DIVIDED = auto()
    NOTE = auto()


@dataclass(frozen=True, slots=True)
class Phrase:
    """One meaning. ``route`` is a key of ``ROUTES``; ``often`` is administrations per day."""

    kind: Kind
    often: Fraction | None = None
    time: str = ""
    route: str = ""


def _route(name: str, code: str) -> Concept:
    return Concept((Coding(SNOMED, code, f"{name} route"),), name)


ROUTES: Final[dict[str, Concept]] = {
    "oral": _route("Oral", "26643006"),
    "iv": _route("Intravenous", "47625008"),
    "im": _route("Intramuscular", "78421000"),
    "sc": _route("Subcutaneous", "34206005"),
    "sl": _route("Sublingual", "37839007"),
    "buccal": _route("Buccal", "54471007"),
    "pr": _route("Rectal", "37161004"),
    "nasal": _route("Nasal", "46713006"),
    "topical": _route("Topical", "6064005"),
    "transdermal": _route("Transdermal", "45890007"),
    "inhaled": _route("Respiratory tract", "447694001"),
    "epidural": _route("Epidural", "404820008"),
    "intrathecal": _route("Intrathecal", "72607000"),
}
INJECTED: Final = frozenset({"iv", "im", "sc", "epidural", "intrathecal"})

NUMBERS: Final[dict[str, Decimal]] = {
    word: Decimal(value)
    for value, word in enumerate(
        ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"), 1
    )
} | {"half": Decimal("0.5")}

MASSES: Final[dict[str, str]] = {
    "mg": "mg", "MG": "mg", "mgs": "mg", "mcg": "ug", "MCG": "ug", "mcgs": "ug", "ug": "ug", f"{MICRO}g": "ug",
    f"{MU}g": "ug", "g": "g", "gm": "g", "ng": "ng",
}  # fmt: skip
"""Short signs, in the spellings that cannot be mistaken: ``Mg`` and ``G`` are not among them."""

LONG_NAMES: Final[dict[str, str]] = {
    "milligram": "mg", "milligrams": "mg", "milligramme": "mg", "milligrammes": "mg", "microgram": "ug",
    "micrograms": "ug", "microgramme": "ug", "microgrammes": "ug", "gram": "g", "grams": "g", "gramme": "g",
    "grammes": "g", "milliliter": "mL", "milliliters": "mL", "millilitre": "mL", "millilitres": "mL",
}  # fmt: skip
VOLUMES: Final[dict[str, str]] = {"mL": "mL", "ml": "mL", "ML": "mL", "mls": "mL", "cc": "mL", "L": "L"}
COUNTED: Final[dict[str, str]] = {
    "tablet": "{tbl}", "tablets": "{tbl}", "tab": "{tbl}", "tabs": "{tbl}", "capsule": "{cap}",
    "capsules": "{cap}", "cap": "{cap}", "caps": "{cap}", "pill": "{pill}", "pills": "{pill}", "spray": "{spray}",
    "sprays": "{spray}", "puff": "{puff}", "puffs": "{puff}", "patch": "{patch}", "patches": "{patch}",
    "suppository": "{suppository}", "suppositories": "{suppository}", "lozenge": "{lozenge}",
    "lozenges": "{lozenge}", "vial": "{vial}", "vials": "{vial}", "ampoule": "{ampule}", "ampoules": "{ampule}",
    "ampule": "{ampule}", "ampules": "{ampule}",
}  # fmt: skip
TIMES: Final[dict[str, str]] = {
    "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s", "min": "min", "mins": "min",
    "minute": "min", "minutes": "min", "h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h", "d": "d",
    "day": "d", "days": "d", "wk": "wk", "week": "wk", "weeks": "wk", "month": "mo", "months": "mo",
}  # fmt: skip

FILLERS: Final = frozenset(
    {
        "take", "takes", "give", "given", "administer", "administered", "inject", "infuse", "swallow", "insert", "via",
        "at", "dose", "please", "apply", "inhale", "use", "place", "chew", "dissolve",
    }
)  # fmt: skip

_OFTEN: Final[dict[Fraction, str]] = {
    Fraction(1): (
        "daily|once daily|once a day|once per day|once every day|once each day|every day|each day|one time daily|"
        "one time a day|one time per day|a day|per day|qd|q d|q day|qday|everyday"
    ),
    Fraction(2): "twice daily|twice a day|twice per day|twice each day|twice every day|bid|bd|two times daily",
    Fraction(3): "three times daily|thrice daily|thrice a day|tid|tds",
    Fraction(4): "four times daily|qid|qds",
    Fraction(1, 2): (
        "every other day|every second day|on alternate days|alternate days|every alternate day|qod|once every other day"
    ),
    Fraction(2, 7): "twice a week|twice weekly|twice per week",
    Fraction(1, 7): "weekly|once weekly|once a week|once per week|every week|once every week",
    Fraction(24): "hourly|every hour|qh",
}
_TIMES_OF_DAY: Final[dict[str, str]] = {
    "night": (
        "at night|q hs|nightly|once nightly|every night|each night|nocte|at bedtime|at bed time|qhs|hs|every bedtime|"
        "before bed|before bedtime|before sleep|once at bedtime daily|nightly at bedtime|every night at bedtime|"
        "each night at bedtime|at night before bed|every evening at bedtime"
    ),
    "morning": (
        "in the morning|every morning|each morning|qam|q am|mane|with breakfast|before breakfast|after breakfast|"
        "at breakfast|once every morning|once each morning"
    ),
    "noon": "at noon|at lunch|at midday|at lunchtime|with lunch|before lunch|after lunch",
    "afternoon": "in the afternoon|every afternoon",
    "evening": (
        "in the evening|every evening|each evening|qpm|q pm|with dinner|with supper|at dinner|at supper|"
        "before dinner|after dinner|"
        "with evening meal|with the evening meal"
    ),
}
_ROUTE_WORDS: Final[dict[str, str]] = {
    "oral": "po|by mouth|orally|oral|per os|oral route|by oral route",
    "iv": "iv|intravenous|intravenously|iv route",
    "im": "im|intramuscular|intramuscularly|by intramuscular injection|im injection",
    "sc": "sc|sq|subq|subcut|subcutaneous|subcutaneously|by subcutaneous injection|under the skin",
    "sl": "sl|sublingual|sublingually|under the tongue|under tongue",
    "buccal": "buccal|buccally",
    "pr": "pr|rectal|rectally|per rectum",
    "nasal": "intranasal|intranasally|nasal|nasally",
    "topical": "topical|topically|to the skin|to skin|to affected area|to the affected area",
    "transdermal": "transdermal|transdermally",
    "inhaled": "inhaled|by inhalation|inhalation",
    "epidural": "epidural|epidurally",
    "intrathecal": "intrathecal|intrathecally",
}
_OTHER: Final[tuple[tuple[Phrase, str], ...]] = (
    (
        Phrase(Kind.ONCE),
        "once|once only|one time|one time only|one time dose|x one|single dose|as a single dose|one dose|as one dose|"
        "stat|now|immediately|once now|now once|once stat|stat once|for one dose|stat dose",
    ),
    (
        Phrase(Kind.AS_NEEDED),
        "prn|as needed|as required|when required|when needed|if needed|if required|as necessary",
    ),
    (
        Phrase(Kind.BOLUS, route="iv"),
        "iv push|ivp|iv bolus|as iv bolus|as an iv bolus|by iv push|via iv push|slow iv push|by slow iv push|"
        "slow iv bolus|as a slow iv bolus|slow iv injection|intravenous bolus|as an intravenous bolus|"
        "by slow intravenous injection",
    ),
    (Phrase(Kind.BOLUS), "bolus|as a bolus|bolus dose"),
    (
        Phrase(Kind.INFUSION, route="iv"),
        "iv infusion|intravenous infusion|by iv infusion|as an iv infusion|via iv infusion|ivpb|iv piggyback",
    ),
    (Phrase(Kind.INFUSION), "infusion|by infusion|as an infusion|as infusion"),
    (
        Phrase(Kind.CONTINUOUS, route="iv"),
        "continuous iv infusion|continuous intravenous infusion|iv continuous infusion|as a continuous iv infusion|"
        "by continuous iv infusion|intravenous continuous infusion",
    ),
    (
        Phrase(Kind.CONTINUOUS),
        "continuous|continuously|continuous infusion|as a continuous infusion|by continuous infusion|"
        "as continuous infusion",
    ),
    (Phrase(Kind.DIVIDED), "divided|in divided doses|divided doses|given in divided doses"),
    (
        Phrase(Kind.NOTE),
        "with food|with meals|with meal|with a meal|with milk|with food or milk|with plenty of water|with fluids|"
        "on empty stomach|"
        "with water|with a glass of water|after food|before food|after meals|"
        "before meals|with or without food|on an empty stomach|swallow whole|do not crush|do not crush or chew|"
        "preoperatively|pre op|preop|before surgery|before induction|before the procedure|before procedure|slowly|"
        "undiluted",
    ),
)
REASONS: Final = frozenset(
    {
        "pain", "severe", "moderate", "mild", "breakthrough", "acute", "chronic", "neuropathic", "nerve",
        "neuropathy", "anxiety", "sleep", "insomnia", "agitation", "nausea", "vomiting", "headache", "migraine",
        "depression", "seizures", "itching", "spasm", "spasms", "cough", "fever", "analgesia", "sedation", "mood",
        "fibromyalgia", "epilepsy", "muscle", "blood", "pressure", "high", "hypertension", "diabetes", "diabetic",
        "shortness", "breath", "wheezing", "coughing", "swelling", "gerd", "heart", "cholesterol", "back", "relief",
        "attacks", "infection", "allergies", "restlessness", "dyspnea", "sob",
    }
)  # fmt: skip
"""Words that may follow "for" without changing the dose."""


def _table() -> dict[tuple[str, ...], Phrase]:
    table: dict[tuple[str, ...], Phrase] = {}

    def add(phrase: Phrase, spellings: str) -> None:
        for spelling in spellings.split("|"):
            words = tuple(spelling.split())
            assert words not in table, spelling  # noqa: S101 - two meanings for one phrase is a fault of this file
            table[words] = phrase

    for often, spellings in _OFTEN.items():
        add(Phrase(Kind.OFTEN, often=often), spellings)
    for time, spellings in _TIMES_OF_DAY.items():
        add(Phrase(Kind.TIME_OF_DAY, time=time), spellings)
    for route, spellings in _ROUTE_WORDS.items():
        add(Phrase(Kind.ROUTE, route=route), spellings)
    for phrase, spellings in _OTHER:
        add(phrase, spellings)
    return table


PHRASES: Final = _table()
LONGEST_PHRASE: Final = max(len(words) for words in PHRASES)
