"""One hook call from end to end: what was sent is read, reviewed and answered. No address is called here.

The same function answers the network and the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import cast
from uuid import UUID

from cds.cards.card import Suggestion
from cds.clinical.order import Drafts
from cds.fhir import editing
from cds.fhir.reading import read
from cds.fhir.shape import kind, obj, objs, relative, text
from cds.hooks import response
from cds.hooks.request import ORDER_SELECT, HookRequest
from cds.hooks.strict import Json
from cds.service import Service

_NOTHING_FETCHED: Mapping[str, object] = {}


def answer(
    asked: HookRequest,
    service: Service,
    as_of: datetime,
    new_uuid: Callable[[], UUID],
    fetched: Mapping[str, object] = _NOTHING_FETCHED,
) -> dict[str, Json]:
    """The body of the answer. ``fetched`` is what the request did not bring, by prefetch key (see ``gather``)."""
    if asked.hook == ORDER_SELECT and not asked.selections:
        return {"cards": []}
    found = read(asked.context, asked.prefetch, as_of, fetched)
    reviewed = service.review(_selected(found.drafts, asked, frozenset(found.resources)), found.chart)

    def actions(suggestion: Suggestion) -> list[Json] | None:
        # The words of an action are the suggestion's own, because some clients show only these.
        return cast("list[Json] | None", editing.actions(found, suggestion.changes, suggestion.label))

    return response.answer(reviewed, actions, new_uuid, report=asked.wants_report)


def _selected(drafts: Drafts, asked: HookRequest, orders: frozenset[str]) -> Drafts:
    """The drafts with the selected ones marked; at order-sign all of them are judged.

    A selection that points to nothing that was sent means that we cannot tell which orders are meant, and then all
    of them are judged.
    """
    if asked.hook != ORDER_SELECT:
        return replace(drafts, selected=frozenset())
    known = drafts.selected <= orders | _named(asked.drafts)
    return drafts if known else replace(drafts, selected=frozenset())


def _named(bundle: Mapping[str, Json]) -> frozenset[str]:
    """Every name under which an entry of the bundle can be selected, whatever kind of resource it is."""
    names: set[str] = set()
    for entry in objs(bundle.get("entry")):
        resource = obj(entry.get("resource"))
        identity, address = text(resource.get("id")), text(entry.get("fullUrl"))
        names |= {f"{kind(resource)}/{identity}", identity, address, relative(address)}
    return frozenset(names - {""})
