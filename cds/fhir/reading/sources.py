"""What was sent and what was fetched, key by key: which parts of the record were looked at, and which were not.

A key that is absent was not looked at. ``null`` or an empty Bundle was looked at and holds nothing, except for the
patient, who must be there. An error in place of data, another patient's resources, or a list whose further pages
are not here, is a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from cds.clinical.chart import Category, Gap
from cds.clinical.code import Concept
from cds.errors import FhirUnavailable
from cds.fhir.prefetch import (
    ALCOHOL_CODES,
    PREGNANCY_CODES,
    RENAL_CODES_READ,
    STATEMENT_KEYS,
    WEIGHT_CODES,
    categories_of,
    plain,
)
from cds.fhir.reading.bundle import Content, Entry, content
from cds.fhir.reading.coding import concept
from cds.fhir.reading.order import ORDERS, STATEMENTS
from cds.fhir.reading.owner import FOREIGN, Owner
from cds.fhir.shape import Json, kind

NOT_SENT: Final = "it was not sent with the request"
NO_PATIENT: Final = "the record system knows no such patient"
NOT_EVERY: Final = "not every entry of it could be read"
INCOMPLETE: Final = "the list is incomplete, further pages were not read"

_BY_TYPE: Final[dict[str, frozenset[Category]]] = {
    "Patient": frozenset({Category.PATIENT}),
    "Condition": frozenset({Category.CONDITIONS}),
    "AllergyIntolerance": frozenset({Category.ALLERGIES}),
    "Encounter": frozenset({Category.ENCOUNTER}),
    "Location": frozenset({Category.ENCOUNTER}),
} | dict.fromkeys(ORDERS | STATEMENTS, frozenset({Category.MEDICINES}))
_NOTHING: Final[frozenset[Category]] = frozenset()
_BY_CODE: Final[dict[str, Category]] = (
    dict.fromkeys(WEIGHT_CODES, Category.WEIGHT)
    | dict.fromkeys(PREGNANCY_CODES, Category.PREGNANCY)
    | dict.fromkeys(RENAL_CODES_READ, Category.RENAL)
    | dict.fromkeys(ALCOHOL_CODES, Category.LIFESTYLE)
)
_OBSERVED: Final = frozenset({Category.WEIGHT, Category.PREGNANCY, Category.RENAL, Category.LIFESTYLE})
_NEEDED: Final = (
    Category.PATIENT,
    Category.WEIGHT,
    Category.CONDITIONS,
    Category.ALLERGIES,
    Category.MEDICINES,
    Category.PREGNANCY,
    Category.RENAL,
)


class Source(NamedTuple):
    """The value of one key. ``unavailable``: why it could not be fetched, or empty."""

    key: str
    content: Content
    unavailable: str = ""
    null: bool = False

    @property
    def is_statements(self) -> bool:
        """Whether it is the second list of medicines, which the record can do without."""
        return plain(self.key) in STATEMENT_KEYS


def sources(prefetch: Mapping[str, object], fetched: Mapping[str, object]) -> list[Source]:
    """Every key once: what the client sent goes before what was fetched."""
    found: list[Source] = []
    for key, value in {**fetched, **prefetch}.items():
        if isinstance(value, FhirUnavailable):
            found.append(Source(key, Content(), value.reason))
        elif value is None:
            found.append(Source(key, Content(), null=True))
        else:
            found.append(Source(key, content(value)))
    return found


@dataclass(slots=True)
class Coverage:
    """Which parts of the record were answered, failed, held another patient's data, or are incomplete."""

    owner: Owner
    answered: set[Category] = field(default_factory=set)
    failed: dict[Category, str] = field(default_factory=dict)
    foreign: set[Category] = field(default_factory=set)
    partial: set[Category] = field(default_factory=set)
    unread: set[Category] = field(default_factory=set)

    def own(self, source: Source) -> Iterator[Entry]:
        """The entries of one source that belong to the patient; what the source covers is noted on the way."""
        by_key = frozenset(categories_of(source.key))
        if source.content.unread:
            self.unread |= by_key
        reason = source.unavailable or source.content.failure
        seen: set[Category] = set()
        for entry in source.content.entries:
            about = part_of(entry.resource, by_key)
            if self.owner.has(entry):
                seen |= about
                yield entry
            else:
                self.foreign |= about
                by_key -= about
        if reason:
            self._fail(by_key, reason, optional=source.is_statements)
        elif Category.PATIENT in by_key and Category.PATIENT not in seen:
            self.failed.setdefault(Category.PATIENT, NO_PATIENT)
        elif not source.content.entries and not source.is_statements:
            seen |= by_key  # that nothing is stated does not tell that nothing was ordered
        self.answered |= seen
        if source.content.more:
            self.partial |= seen | by_key

    def _fail(self, about: frozenset[Category], reason: str, *, optional: bool) -> None:
        for category in about:
            if not optional:
                self.failed.setdefault(category, reason)

    def gaps(self, unread: frozenset[Category] = frozenset()) -> tuple[Gap, ...]:
        """The parts that the checks draw on and that are not, or not wholly, here. ``unread``: those of which an entry
        could not be read.
        """
        self.unread |= unread
        found = ((category, self._gap(category)) for category in Category)
        return tuple(
            Gap(
                category,
                reason,
                foreign=reason == FOREIGN,
                aside=category is Category.RENAL and reason == NOT_SENT,
            )
            for category, reason in found
            if reason is not None
        )

    def _gap(self, category: Category) -> str | None:
        if category in self.foreign and not (category is Category.PATIENT and category in self.answered):
            return FOREIGN
        return self._lack(category) or (NOT_EVERY if category in self.unread else None)

    def _lack(self, category: Category) -> str | None:
        if category not in _NEEDED:
            return None  # an encounter or a way of life that is not on record is normal
        if category is Category.PREGNANCY and category not in self.failed and self._has(Category.CONDITIONS):
            return None  # a readable problem list answers for it too, unless an answer came that is none
        if category in self.failed and not (category is Category.WEIGHT and category in self.answered):
            return self.failed[category]
        if category not in self.answered:
            return NOT_SENT
        return INCOMPLETE if category in self.partial else None

    def _has(self, category: Category) -> bool:
        return category in self.answered and category not in self.failed | dict.fromkeys(self.foreign, "")


def part_of(resource: Json, by_key: frozenset[Category]) -> frozenset[Category]:
    """What part of the record a resource belongs to: by its type, for observations by key and code."""
    name = kind(resource)
    if name == "Observation":
        return observed(concept(resource.get("code"))) | (_OBSERVED & by_key)
    return _BY_TYPE.get(name, _NOTHING)


def observed(said: Concept) -> frozenset[Category]:
    """What part of the record an observation of this belongs to."""
    return frozenset({_BY_CODE[coding.code] for coding in said.codings if coding.code in _BY_CODE})
