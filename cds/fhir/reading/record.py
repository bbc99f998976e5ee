"""The record as a chart: every resource the client sent or we fetched, in our own words, once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from cds.clinical.chart import Allergy, Birth, Category, Chart, Condition, Encounter, Gap, Observation, Sex
from cds.clinical.order import Order, ServiceOrder
from cds.fhir.prefetch import categories_of
from cds.fhir.reading.allergy import read_allergies
from cds.fhir.reading.bundle import Entry
from cds.fhir.reading.condition import read_condition
from cds.fhir.reading.encounter import current, place_of, read_encounter
from cds.fhir.reading.index import Index
from cds.fhir.reading.legible import is_told, unread
from cds.fhir.reading.medicines import told_once
from cds.fhir.reading.observation import newest_first, read_observation
from cds.fhir.reading.order import MEDICINES, SERVICES, Identity, on_record, service
from cds.fhir.reading.patient import birth, sex
from cds.fhir.shape import Json

T = TypeVar("T")


@dataclass(slots=True)
class Record:
    """What has been read so far. ``skip`` are references of drafts."""

    as_of: datetime
    index: Index
    skip: frozenset[str] = frozenset()
    birth: Birth | None = None
    sex: Sex = Sex.UNKNOWN
    observations: list[Observation] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    allergies: list[Allergy] = field(default_factory=list)
    medicines: list[Order] = field(default_factory=list)
    services: list[ServiceOrder] = field(default_factory=list)
    encounters: list[tuple[str, Json]] = field(default_factory=list)
    locations: list[Json] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    unread: set[Category] = field(default_factory=set)

    def add(self, key: str, entries: Iterable[Entry]) -> None:
        """Read the resources of one source. One that was read before is not read again, nor is a service that is a
        draft; a medicine is, since what is signed anew was taken before. Of what part of the record an entry could not
        be read is noted.
        """
        by_key = frozenset(categories_of(key))
        for entry in entries:
            reference = f"{entry.kind}/{entry.id or f'{key}-{entry.place}'}"
            if reference not in self.seen and (reference not in self.skip or entry.kind in MEDICINES):
                self.seen.add(reference)
                self._read(entry.kind, entry.resource, reference)
                self.unread |= unread(entry.resource, by_key)

    def _read(self, name: str, resource: Json, reference: str) -> None:
        if name == "Patient":
            self.birth, self.sex = birth(resource), sex(resource)
        elif name == "Condition":
            _keep(self.conditions, read_condition(resource, reference, self.as_of.date()))
        elif name == "AllergyIntolerance":
            self.allergies += read_allergies(resource, reference)
        elif name == "Observation":
            _keep(self.observations, read_observation(resource, reference, self.as_of.date()))
        elif name in MEDICINES:
            found = on_record(resource, Identity(reference, self.as_of), self.index)
            _keep(self.medicines, found)
            if found is not None and found.current and not is_told(found.medication):
                self.unread.add(Category.MEDICINES)
        elif name in SERVICES:
            _keep(self.services, service(resource, Identity(reference, self.as_of), self.index, is_draft=False))
        elif name == "Encounter":
            self.encounters.append((reference, resource))
        elif name == "Location":
            self.locations.append(resource)

    def encounter(self, wanted: str) -> Encounter | None:
        """The encounter this is about; without one, a place that was sent alone."""
        found = current(self.encounters, wanted)
        if found is not None:
            return read_encounter(found[1], found[0], self.index)
        if not self.encounters and len(self.locations) == 1:
            return Encounter(places=tuple(place_of(self.locations[0])))
        return None

    def chart(self, encounter: str, gaps: tuple[Gap, ...]) -> Chart:
        """The chart, with the parts that could not be had."""
        return Chart(
            as_of=self.as_of,
            birth=self.birth,
            sex=self.sex,
            observations=newest_first(self.observations),
            conditions=tuple(self.conditions),
            allergies=tuple(self.allergies),
            medicines=told_once(self.medicines),
            services=tuple(self.services),
            encounter=self.encounter(encounter),
            gaps=gaps,
        )


def _keep(found: list[T], one: T | None) -> None:
    if one is not None:
        found.append(one)
