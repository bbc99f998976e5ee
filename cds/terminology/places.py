"""Routes, and where the patient is looked after."""

from __future__ import annotations

from cds.clinical.chart import Encounter
from cds.clinical.code import Concept
from cds.terminology.tables import PlaceTables
from cds.terminology.words import tokens


def route(concept: Concept, tables: PlaceTables) -> str:
    """The route a concept states; empty when none, an unknown one or several are stated."""
    coded = {tables.routes.get((coding.system, coding.code)) for coding in concept.codings} - {None}
    if coded:
        return str(coded.pop()) if len(coded) == 1 else ""
    for text in (concept.text, *(coding.display for coding in concept.codings)):
        found = _spoken(text, tables)
        if found:
            return found.pop() if len(found) == 1 else ""
    # An order that writes a code of a known system without naming the system.
    bare = {tables.route_exact.get(coding.code.casefold()) for coding in concept.codings if not coding.system} - {None}
    return str(bare.pop()) if len(bare) == 1 else ""


def _spoken(text: str, tables: PlaceTables) -> set[str]:
    exact = tables.route_exact.get(text.strip().rstrip(".").casefold())
    return {exact} if exact else {match.value for match in tables.route_words.find(tokens(text))}


def settings(encounter: Encounter, tables: PlaceTables) -> frozenset[str]:
    """Where the patient is. A place says more than the class of the encounter, so it wins over it."""
    places = frozenset(slug for place in encounter.places for slug in _place(place, tables))
    if places:
        return places
    found = (tables.classes.get(code.casefold()) for kind in encounter.classes for code in _class_codes(kind))
    return frozenset(slug for slug in found if slug)


def settings_in_reason(reason: Concept, tables: PlaceTables) -> frozenset[str]:
    """The place that an order's reason names beside the use: analgesia in the ICU."""
    texts = (reason.text, *(coding.display for coding in reason.codings))
    return frozenset(match.value for text in texts for match in tables.reason_words.find(tokens(text)))


def _class_codes(kind: Concept) -> tuple[str, ...]:
    return (*(coding.code for coding in kind.codings), kind.text)


def _place(place: Concept, tables: PlaceTables) -> frozenset[str]:
    coded = (tables.places.get((coding.system, coding.code)) for coding in place.codings)
    found = frozenset(slug for slug in coded if slug)
    if found:
        return found
    for text in (place.text, *(coding.display for coding in place.codings)):
        exact = tables.place_exact.get(text.strip().casefold())
        spoken = frozenset({exact} if exact else (match.value for match in tables.place_words.find(tokens(text))))
        if spoken:
            return spoken
    return frozenset()
