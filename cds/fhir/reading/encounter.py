"""Where the patient is being looked after, as codes and words for the terminology room to understand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cds.clinical.chart import Encounter
from cds.clinical.code import Concept
from cds.fhir.reading.coding import concept
from cds.fhir.reading.index import Index
from cds.fhir.shape import Json, each, obj, objs, text

_OVER: Final = frozenset({"finished", "cancelled", "entered-in-error", "completed", "discontinued", "discharged"})
_LEFT: Final = frozenset({"completed", "reserved", "planned"})


def read_encounter(resource: Json, reference: str, index: Index) -> Encounter:
    """The class of the encounter, its service and type, and the places the patient is in now."""
    classes = [concept(one) for one in _classes(resource.get("class"))]
    for name in ("serviceType", "type"):
        classes += [concept(obj(one).get("concept", one)) for one in each(resource.get(name))]
    places: list[Concept] = []
    for one in objs(resource.get("location")):
        if text(one.get("status")).lower() not in _LEFT:
            places += _place(one, resource, index)
    return Encounter(reference, tuple(filter(None, classes)), tuple(dict.fromkeys(filter(None, places))))


def current(encounters: Iterable[tuple[str, Json]], wanted: str) -> tuple[str, Json] | None:
    """The encounter the hook names, else the only one that is not over."""
    found = list(encounters)
    for reference, resource in found:
        if wanted and text(resource.get("id")) == wanted:
            return reference, resource
    running = [one for one in found if text(one[1].get("status")).lower() not in _OVER]
    return running[0] if len(running) == 1 and not wanted else None


def place_of(resource: Json) -> list[Concept]:
    """What a Location resource says it is: its name, its types, its physical kind."""
    found = [Concept(text=text(resource.get("name")).strip())]
    found += [concept(one) for one in each(resource.get("type"))]
    found.append(concept(resource.get("physicalType")))
    return [one for one in found if one]


def _classes(value: object) -> list[object]:
    """A Coding (STU3, R4), a list of concepts (R5), or a plain code (DSTU2)."""
    return [value] if isinstance(value, str) else each(value)


def _place(written: Json, encounter: Json, index: Index) -> list[Concept]:
    reference = written.get("location")
    found = [Concept(text=text(obj(reference).get("display")).strip()), concept(written.get("physicalType"))]
    found.append(concept(written.get("form")))
    target = index.resolve(reference, encounter)
    return [*found, *(place_of(target) if target is not None else [])]
