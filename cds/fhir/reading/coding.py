"""Codes and concepts: one URI per code system, whatever the client calls it."""

from __future__ import annotations

from typing import Final

from cds.clinical.code import ATC, ICD10, ICD10CM, LOINC, NDC, RXNORM, SNOMED, UCUM, Coding, Concept
from cds.fhir.shape import Json, obj, objs, text

_OIDS: Final[dict[str, str]] = {
    "2.16.840.1.113883.6.88": RXNORM,
    "2.16.840.1.113883.6.96": SNOMED,
    "2.16.840.1.113883.6.73": ATC,
    "2.16.840.1.113883.6.1": LOINC,
    "2.16.840.1.113883.6.3": ICD10,
    "2.16.840.1.113883.6.90": ICD10CM,
    "2.16.840.1.113883.6.69": NDC,
    "2.16.840.1.113883.6.8": UCUM,
}
_NAMES: Final[dict[str, str]] = {
    "rxnorm": RXNORM,
    "snomed": SNOMED,
    "snomedct": SNOMED,
    "snomed-ct": SNOMED,
    "sct": SNOMED,
    "loinc": LOINC,
    "atc": ATC,
    "ndc": NDC,
    "ucum": UCUM,
    "icd10": ICD10,
    "icd-10": ICD10,
    "icd10cm": ICD10CM,
    "icd-10-cm": ICD10CM,
    "www.nlm.nih.gov/research/umls/rxnorm": RXNORM,
    "snomed.info/sct": SNOMED,
    "snomed.info/id": SNOMED,
    "loinc.org": LOINC,
    "www.whocc.no/atc": ATC,
    "fhir.de/codesystem/bfarm/atc": ATC,
    "hl7.org/fhir/sid/ndc": NDC,
    "hl7.org/fhir/sid/icd-10": ICD10,
    "hl7.org/fhir/sid/icd-10-cm": ICD10CM,
    "hl7.org/fhir/sid/icd-10-us": ICD10CM,
    "unitsofmeasure.org": UCUM,
}
_SNOMED_EDITION: Final = "snomed.info/sct/"


def system(value: object) -> str:
    """The URI we know a code system by; an unknown system stays as it is written."""
    written = text(value)
    if written in _CANONICAL:
        return written
    name = written.partition("|")[0].strip()
    if name in _CANONICAL:
        return name
    name = name.removeprefix("urn:oid:")
    if name in _OIDS:
        return _OIDS[name]
    name = name.lower().removeprefix("http://").removeprefix("https://").removesuffix("/")
    if name.startswith(_SNOMED_EDITION):
        return SNOMED
    return _NAMES.get(name, written)


_CANONICAL: Final = frozenset({RXNORM, SNOMED, ATC, LOINC, ICD10, ICD10CM, NDC, UCUM})


def _code(value: Json) -> str:
    """The code of a coding; empty when it has none."""
    code = value.get("code")
    if isinstance(code, int) and not isinstance(code, bool):
        return str(code)
    return code.strip() if isinstance(code, str) else ""


def concept(value: object) -> Concept:
    """A CodeableConcept; a lone Coding or a plain string is read as one too. Nothing said: an empty concept."""
    if value is None:
        return _NOTHING
    if isinstance(value, str):
        return Concept(text=value.strip())
    written = obj(value)
    listed = objs(written.get("coding"))
    words = text(written.get("text")).strip()
    codings = tuple(
        [
            Coding(system(one.get("system")), code, text(one.get("display")).strip())
            for one in listed
            if (code := _code(one))
        ]
    )
    if codings:
        return Concept(codings, words)
    if code := _code(written):
        return Concept((Coding(system(written.get("system")), code, text(written.get("display")).strip()),), words)
    words = words or next((said for one in listed if (said := text(one.get("display")).strip())), "")
    return Concept((), words or text(written.get("display")).strip())


_NOTHING: Final = Concept()


def codes(value: object) -> frozenset[str]:
    """The codes of a status or category, in lower case: a plain code, a Coding, or a CodeableConcept."""
    if value is None:
        return _NO_CODES
    if isinstance(value, str):
        return frozenset({value.strip().lower()})
    found = frozenset([code.lower() for one in objs(obj(value).get("coding")) if (code := _code(one))])
    if found:
        return found
    said = concept(value)  # a lone Coding, or words
    found = frozenset([one.code.lower() for one in said.codings])
    return found or (frozenset({said.text.lower()}) if said.text else _NO_CODES)


_NO_CODES: Final[frozenset[str]] = frozenset()


def with_words(said: Concept, words: str) -> Concept:
    """The concept, with these words where it has none of its own."""
    return said if said.text or not words else Concept(said.codings, words)
