"""From a hook's context and the data that came with it to orders and a chart in our own words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from cds.clinical.chart import Chart
from cds.clinical.order import Drafts
from cds.fhir.reading.bundle import Content, content
from cds.fhir.reading.drafts import read_drafts
from cds.fhir.reading.index import Index
from cds.fhir.reading.order import MEDICINES
from cds.fhir.reading.owner import Owner
from cds.fhir.reading.record import Record
from cds.fhir.reading.releases import release_of
from cds.fhir.reading.sources import Coverage, Source, sources
from cds.fhir.shape import Json, kind, text


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything a review needs, and what is needed to write changes back.

    ``resources`` are the draft orders as the client wrote them and ``releases`` their FHIR releases (``dstu2``,
    ``stu3``, ``r4``, ``r5``), by reference; where there are no drafts, that of a medicine on record. ``patient`` is
    the patient's id. ``notes`` hold no patient data.
    """

    drafts: Drafts
    chart: Chart
    resources: Mapping[str, Json]
    releases: Mapping[str, str]
    patient: str = ""
    notes: tuple[str, ...] = ()


def _release(sent: Iterable[Source]) -> dict[str, str]:
    """The release of the first medicine on record: what the client writes is what it reads."""
    for source in sent:
        for entry in source.content.entries:
            if kind(entry.resource) in MEDICINES:
                return {f"{kind(entry.resource)}/{text(entry.resource.get('id'))}": release_of(entry.resource).name}
    return {}


_NONE: Mapping[str, object] = MappingProxyType({})


def read(
    context: Mapping[str, object],
    prefetch: Mapping[str, object],
    as_of: datetime,
    fetched: Mapping[str, object] = _NONE,
) -> Reading:
    """Read a request. Never raises and never changes what it is given.

    ``as_of`` carries a time zone; dates without one are taken in it. ``fetched`` are values by prefetch key that
    the client did not send, or ``FhirUnavailable`` where they could not be had.
    """
    patient = text(context.get("patientId")).removeprefix("Patient/")
    written = context.get("draftOrders")
    orders = Content() if written is None else content(written)
    sent = sources(prefetch, fetched)
    index = Index([*orders.entries, *(entry for source in sent for entry in source.content.entries)])
    owner = Owner(patient, index)
    drafts = read_drafts(orders.entries, context.get("selections"), owner, index, as_of)
    coverage = Coverage(owner)
    record = Record(as_of, index, frozenset(drafts.resources))
    for source in sent:
        record.add(source.key, coverage.own(source))
    gaps = {gap.category: gap for gap in (*coverage.gaps(frozenset(record.unread)), *drafts.gaps)}
    encounter = text(context.get("encounterId")).removeprefix("Encounter/")
    return Reading(
        replace(drafts.drafts, unread=drafts.drafts.unread + orders.unread),
        record.chart(encounter, tuple(gaps.values())),
        drafts.resources,
        drafts.releases or _release(sent),
        patient,
        drafts.notes,
    )
