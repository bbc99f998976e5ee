"""The data we ask clients to send along, and what a prefetch key is about.

The templates keep to the portable subset of CDS Hooks: instance reads and plain searches, no ``_include``, no
modifiers, no chaining. Clients may use other keys (some let each hospital choose), so a value is understood by the
types of the resources in it, and by its key only where it holds none.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from cds.clinical.chart import Category
from cds.clinical.code import LOINC, SNOMED

WEIGHT_CODES: Final = ("29463-7", "3141-9", "3142-7", "8350-1", "8351-9", "75292-3")
"""LOINC: body weight, measured, stated, with and without clothes, reported as usual."""

DUE_CODES: Final = ("11778-8", "11779-6")
"""LOINC: estimated delivery date, two ways."""

PREGNANCY_CODES: Final = ("82810-3", *DUE_CODES, "63895-7")
"""LOINC: pregnancy status, estimated delivery date, breastfeeding status."""

ALCOHOL_CODES: Final = ("160573003", "365967005")
"""SNOMED CT: alcohol intake, and the finding about it. Figures of drinks (LOINC) do not say how often, and are not
read.
"""

RENAL_CODES: Final = ("98979-8", "98980-6", "62238-1", "69405-9", "94677-2", "50210-4", "77147-7", "33914-3")
"""LOINC: glomerular filtration rate predicted, by the formulas that do not depend on sex or ancestry."""

RENAL_CODES_READ: Final = (
    *RENAL_CODES, "48642-3", "48643-1", "88293-6", "88294-4", "50044-7", "70969-1", "35591-7", "2164-2",
    "2160-0", "38483-4", "14682-9", "77140-2",
)  # fmt: skip
"""Also understood as an answer about renal function: older formulas, creatinine and its clearance."""


def _observations(codes: tuple[str, ...], count: int, system: str = LOINC) -> str:
    listed = ",".join(f"{system}|{code}" for code in codes)
    return f"Observation?patient={{{{context.patientId}}}}&code={listed}&_sort=-date&_count={count}"


TEMPLATES: Final[dict[str, str]] = {
    "patient": "Patient/{{context.patientId}}",
    "conditions": "Condition?patient={{context.patientId}}",
    "allergies": "AllergyIntolerance?patient={{context.patientId}}",
    "medications": "MedicationRequest?patient={{context.patientId}}",
    "statements": "MedicationStatement?patient={{context.patientId}}",
    "weight": _observations(WEIGHT_CODES, 5),
    "pregnancy": _observations(PREGNANCY_CODES, 10),
    "renal": _observations(RENAL_CODES, 5),
    "encounter": "Encounter/{{context.encounterId}}",
    "alcohol": _observations(ALCOHOL_CODES, 5, SNOMED),
    "issues": "DetectedIssue?patient={{context.patientId}}",
}

OLDER_TYPES: Final = {"MedicationRequest": "MedicationOrder"}
"""What a type is called in DSTU2, where that differs."""

_OBSERVED: Final = (Category.WEIGHT, Category.PREGNANCY, Category.RENAL, Category.LIFESTYLE)

_KEYS: Final[dict[Category, tuple[str, ...]]] = {
    Category.PATIENT: ("patient", "pt", "demographics"),
    Category.CONDITIONS: (
        "conditions", "condition", "problems", "problem", "problemlist", "diagnoses", "diagnosis", "healthconcerns",
        "activeconditions", "patientconditions",
    ),
    Category.ALLERGIES: (
        "allergies", "allergy", "allergyintolerances", "allergyintolerance", "allergylist", "intolerances",
        "patientallergies",
    ),
    Category.MEDICINES: (
        "medications", "medication", "medicines", "meds", "medicationrequests", "medicationrequest",
        "medicationorders", "medicationorder", "activemedications", "currentmedications", "activemeds",
        "currentmeds", "homemedications", "homemeds", "medicationlist", "medlist", "prescriptions",
        "patientmedications", "statements", "medicationstatements", "medicationstatement", "medicationusages",
        "medicationusage",
    ),
    Category.WEIGHT: ("weight", "weights", "bodyweight", "bodyweights", "patientweight", "latestweight"),
    Category.PREGNANCY: (
        "pregnancy", "pregnancystatus", "pregnancies", "pregnant", "edd", "breastfeeding", "breastfeedingstatus",
    ),
    Category.RENAL: (
        "renal", "renalfunction", "egfr", "gfr", "creatinine", "creatinineclearance", "kidney", "kidneyfunction",
    ),
    Category.ENCOUNTER: ("encounter", "encounters", "visit", "location", "locations"),
    Category.LIFESTYLE: ("lifestyle", "socialhistory", "alcohol", "alcoholuse", "tobacco", "substanceuse"),
}  # fmt: skip

_SEVERAL: Final[dict[str, tuple[Category, ...]]] = {
    "observations": _OBSERVED,
    "observation": _OBSERVED,
    "obs": _OBSERVED,
    "vitals": (Category.WEIGHT,),
    "vitalsigns": (Category.WEIGHT,),
    "labs": (Category.RENAL,),
    "labresults": (Category.RENAL,),
    "laboratory": (Category.RENAL,),
}

_BY_KEY: Final[dict[str, tuple[Category, ...]]] = {
    alias: (category,) for category, aliases in _KEYS.items() for alias in aliases
} | _SEVERAL

ISSUE_KEYS: Final = frozenset({"issues", "detectedissues", "detectedissue", "mitigations"})
"""What was seen and dealt with. It is about no part of the record, and nothing is unchecked without it."""

STATEMENT_KEYS: Final = frozenset(
    {"statements", "medicationstatements", "medicationstatement", "medicationusages", "medicationusage"}
)
"""A second list of medicines: its absence or failure does not make the medicines unknown where orders came."""


NOT_MISSED: Final = STATEMENT_KEYS | ISSUE_KEYS | frozenset({"alcohol"})
"""Keys of ours without which a record is whole."""


@lru_cache(maxsize=1024)
def plain(key: str) -> str:
    """A key in lower case with letters only: ``-problem_list`` is ``problemlist``."""
    return "".join(letter for letter in key.lower() if letter.isalpha())


def categories_of(key: str) -> tuple[Category, ...]:
    """The parts of the record a key is about by its name; empty when the name tells nothing."""
    return _BY_KEY.get(plain(key), ())
