"""Allergies and intolerances, in the shapes of all releases."""

from __future__ import annotations

import re
from typing import Final

from cds.clinical.chart import Allergy, Certainty
from cds.clinical.code import SNOMED, Concept
from cds.fhir.reading.coding import codes, concept
from cds.fhir.shape import Json, first, objs

ERROR: Final = "entered-in-error"
_DOUBTS: Final = frozenset({"unconfirmed", "presumed", "provisional"})
_OVER: Final = frozenset({"inactive", "resolved"})

# A statement that there is none is data: the list was looked at. It is not an allergy to anything.
_NONE_KNOWN: Final = frozenset({"716186003", "409137002", "428607008", "429625007", "428197003"})
_NONE_KNOWN_WORDS: Final = frozenset(
    {"no known allergies", "no known allergy", "no known drug allergies", "no known drug allergy", "nka", "nkda",
     "no known medication allergies", "none", "no allergies", "no known food allergies"}
)  # fmt: skip


# "No known allergy to ..." denies the one it names; with "but" or "except" it names one after all.
_DENIED: Final = re.compile(
    r"(no|nil|not|denies|without)\b(?! longer)(?!.*\b(but|except|other than|apart from|although|however)\b)"
    r"(\s+(any|known|reported|documented|recorded|history|of|drug|medication|medicine|food|true))*"
    r"\s+(allerg|hypersensitiv|intoleran)"
)


def read_allergies(resource: Json, reference: str) -> list[Allergy]:
    """One entry for the substance, and one for each other substance its reactions name."""
    verification = codes(resource.get("verificationStatus"))
    status = codes(resource.get("status"))  # DSTU2: one status says both
    if ERROR in verification | status:
        return []
    substances = [concept(first(resource, "code", "substance"))]
    substances += [concept(one.get("substance")) for one in objs(resource.get("reaction"))]
    said = [one for one in dict.fromkeys(substances) if one and not _none_known(one)]
    certainty = _certainty(verification | status)
    active = not _OVER & (codes(resource.get("clinicalStatus")) | status)
    intolerance = "intolerance" in codes(resource.get("type"))
    return [Allergy(reference, one, certainty, active, intolerance) for one in said]


def _certainty(said: frozenset[str]) -> Certainty:
    if "refuted" in said:
        return Certainty.REFUTED
    return Certainty.UNCONFIRMED if said & _DOUBTS else Certainty.CONFIRMED


def _none_known(said: Concept) -> bool:
    if any(coding.system == SNOMED and coding.code in _NONE_KNOWN for coding in said.codings):
        return True
    words = said.text.strip(" .").lower()
    return not said.codings and (words in _NONE_KNOWN_WORDS or _DENIED.match(words) is not None)
