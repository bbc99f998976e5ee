"""The orders about to be signed, and what stands beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cds.clinical.chart import Category, Gap
from cds.clinical.order import Drafts, Order, ServiceOrder
from cds.fhir.reading.bundle import Entry
from cds.fhir.reading.index import Index
from cds.fhir.reading.legible import is_told
from cds.fhir.reading.order import ORDERS, SERVICES, Identity, draft, service
from cds.fhir.reading.owner import FOREIGN, Owner
from cds.fhir.reading.releases import release_of
from cds.fhir.shape import Json, relative, texts


@dataclass(frozen=True, slots=True)
class DraftsRead:
    """The drafts, each order's resource and release by its reference, and what was noticed."""

    drafts: Drafts
    resources: dict[str, Json]
    releases: dict[str, str]
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()


def read_drafts(
    entries: Iterable[Entry], selections: object, owner: Owner, index: Index, as_of: datetime
) -> DraftsRead:
    """Read the draft Bundle's entries. Entries that are no orders are left alone."""
    orders: list[Order] = []
    services: list[ServiceOrder] = []
    resources: dict[str, Json] = {}
    known_as: dict[str, str] = {}
    notes: list[str] = []
    foreign, foreign_orders = False, 0
    for entry in entries:
        resource, name = entry.resource, entry.kind
        if name not in ORDERS and name not in SERVICES:
            continue
        if not owner.has(entry):
            foreign = True
            foreign_orders += name in ORDERS
            continue
        written = f"{name}/{entry.id}"
        if resources.get(written) == resource:
            continue  # the same order twice in one Bundle is one order
        reference = written
        if not entry.id or written in resources:
            reference = f"{name}/draft-{entry.place}"
            notes.append(f"{reference}: the order has no id of its own")
        identity = Identity(reference, as_of)
        known_as.update({reference: reference, entry.url: reference, entry.id: reference})
        resources[reference] = resource
        if name in ORDERS:
            orders.append(draft(resource, identity, index))
        elif (found := service(resource, identity, index, is_draft=True)) is not None:
            services.append(found)
    nameless = sum(order.live and not is_told(order.medication) for order in orders)
    gaps = (Gap(Category.MEDICINES, f"a draft order {FOREIGN}"),) if foreign else ()
    selected = frozenset(
        known_as.get(one) or known_as.get(relative(one)) or relative(one) for one in texts(selections) if one
    )
    return DraftsRead(
        Drafts(tuple(orders), tuple(services), selected, foreign_orders, nameless),
        resources,
        {reference: release_of(resource).name for reference, resource in resources.items()},
        gaps,
        tuple(notes),
    )
