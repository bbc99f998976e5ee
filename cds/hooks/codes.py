"""Codes that our tables do not know, asked for before a review: the review itself asks nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

from cds.fhir.reading import read
from cds.hooks.request import HookRequest
from cds.service import Service
from cds.terminology.rxnav import RxNav


async def recognised(
    service: Service, source: RxNav | None, asked: HookRequest, fetched: Mapping[str, object], as_of: datetime
) -> Service:
    """The service for this one request, knowing what ``source`` answers of its codes. Without a source, unchanged."""
    if source is None:
        return service
    found = await asyncio.to_thread(read, asked.context, asked.prefetch, as_of, fetched)
    wanted = service.unknown_codes(found.drafts, found.chart)
    return service.with_codes(await source.drugs(wanted)) if wanted else service
