"""One hook call from end to end: what was sent is read, reviewed and answered. No address is called here.

The same function answers the network and the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from cds.clinical.order import Drafts
from cds.fhir import reading
from cds.fhir.editing import action
from cds.fhir.shape import relative
from cds.hooks import response
from cds.hooks.request import ORDER_SELECT, HookRequest
from cds.hooks.strict import Json
from cds.service import Service


def answer(
    asked: HookRequest,
    prefetch: Mapping[str, Json],
    service: Service,
    as_of: datetime,
    new_uuid: Callable[[], UUID],
) -> dict[str, Json]:
    """The body of the answer. ``prefetch`` is what the request brought and what was fetched in addition."""
    if asked.hook == ORDER_SELECT and not asked.selections:
        return {"cards": []}
    read = reading.read(asked.drafts, prefetch, asked.patient, as_of)
    drafts = read.drafts
    if asked.hook == ORDER_SELECT:
        drafts = _selected(drafts, asked.selections, frozenset(read.resources))
    reviewed = service.review(drafts, read.chart)
    return response.answer(reviewed, partial(action, read), new_uuid, report=asked.wants_report)


def _selected(drafts: Drafts, selections: tuple[str, ...], known: frozenset[str]) -> Drafts:
    """The drafts with the selected ones marked.

    A selection that points to nothing means that we cannot tell which are meant, and then all are judged.
    """
    wanted = frozenset(relative(selection) for selection in selections)
    return replace(drafts, selected=wanted if wanted <= known else frozenset())
