"""Whose resource it is. What belongs to another patient is never read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cds.fhir.reading.bundle import Entry
from cds.fhir.reading.index import Index
from cds.fhir.shape import first, reference_of

FOREIGN: Final = "belongs to another patient"


@dataclass(frozen=True, slots=True)
class Owner:
    """The patient of this request. Without an id, nothing can be told apart and everything is taken as theirs."""

    patient: str
    index: Index
    known: dict[str, bool] = field(default_factory=dict, compare=False)

    def has(self, entry: Entry) -> bool:
        """Whether the resource is about this patient. One that names no patient came with theirs, so it is."""
        if not self.patient:
            return True
        if entry.kind == "Patient":
            return entry.id in ("", self.patient)
        written = reference_of(first(entry.resource, "subject", "patient"))
        known = self.known.get(written)  # almost all resources of a request name the same patient in the same way
        if known is None:
            target = self.index.target(written)
            ours = (f"Patient/{self.patient}", self.patient, f"urn:uuid:{self.patient}")
            known = self.known[written] = not written or target in ours
        return known
