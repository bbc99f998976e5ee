"""The word list of the worked cases: drugs, conditions, places …, and the code each is written with in FHIR."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cds.errors import KnowledgeError
from cds.knowledge.strict import parse
from cds.knowledge.worked import plain

FOLDER: Final = "selftest"
SYSTEMS: Final = {
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "snomed": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
    "icd-10-cm": "http://hl7.org/fhir/sid/icd-10-cm",
}


@dataclass(frozen=True)
class Words:
    """Kind of word, word, entry. A word that is not in the list is an error, never a guess."""

    entries: dict[str, dict[str, dict[str, Any]]]

    def __getitem__(self, kind: str) -> dict[str, dict[str, Any]]:
        return self.entries[kind]

    def entry(self, kind: str, word: str) -> dict[str, Any]:
        """What the list holds for a word. KeyError in words."""
        if word not in self.entries[kind]:
            raise KeyError(f"'{word}' is not in the word list of {kind}")
        return self.entries[kind][word]

    def concept(self, kind: str, word: str) -> dict[str, Any]:
        """A FHIR CodeableConcept for a word. KeyError when it is not in the list."""
        entry = self.entry(kind, word)
        codings = [
            {"system": uri, "code": entry[system], "display": entry["display"]}
            for system, uri in SYSTEMS.items()
            if system in entry
        ]
        said: dict[str, Any] = {"coding": codings} if codings else {}
        return {**said, "text": entry.get("text", entry.get("display"))}


def read_words(knowledge: Path) -> Words:
    """The word list of a knowledge folder. KnowledgeError names its faults."""
    return Words(read_yaml(knowledge / FOLDER / "words.yaml"))


def read_yaml(path: Path) -> Any:
    """What a YAML file holds, every scalar as text. KnowledgeError names its faults."""
    node, faults = parse(path.read_bytes(), path.name)
    if node is None or faults:
        raise KnowledgeError(faults)
    return plain(node)
