"""Codes and concepts, and the names of the code systems we read."""

from __future__ import annotations

from typing import Final, NamedTuple

RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
SNOMED: Final = "http://snomed.info/sct"
ATC: Final = "http://www.whocc.no/atc"
LOINC: Final = "http://loinc.org"
ICD10: Final = "http://hl7.org/fhir/sid/icd-10"
ICD10CM: Final = "http://hl7.org/fhir/sid/icd-10-cm"
NDC: Final = "http://hl7.org/fhir/sid/ndc"
UCUM: Final = "http://unitsofmeasure.org"


class Coding(NamedTuple):
    """One code of one system, as written in the record. ``system`` is a canonical URI, or empty if unknown."""

    system: str
    code: str
    display: str = ""


class Concept(NamedTuple):
    """What a FHIR CodeableConcept says: any number of codings for one meaning, and a text."""

    codings: tuple[Coding, ...] = ()
    text: str = ""

    def __bool__(self) -> bool:
        """True when anything at all is said."""
        return bool(self.codings or self.text)

    @property
    def tells(self) -> bool:
        """Whether it can be understood at all: by words, or by a code of a system that is named. A placeholder ("-",
        "?") is neither.
        """
        return _says(self.text) or any(
            _says(one.display) or (_says(one.system) and _says(one.code)) for one in self.codings
        )

    def words(self) -> str:
        """The best words to show for it: the text, else the first display, else the first code."""
        if self.text:
            return self.text
        for coding in self.codings:
            if coding.display:
                return coding.display
        return self.codings[0].code if self.codings else ""


def _says(text: str) -> bool:
    return text.isalnum() or any(map(str.isalnum, text))
