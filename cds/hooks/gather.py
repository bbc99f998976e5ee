"""Patient data that the request did not bring: fetched from the client's FHIR server, where that is allowed.

Allowed means: the request names a server and brings a grant for it, the grant has time left and is for this
patient, and the server's address is, letter for letter, one that the deployment lists. Anything else is not
called, and what is missing is reported as not checked.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import httpx

from cds.errors import FhirUnavailable
from cds.fhir import products
from cds.fhir.client import fetch, older
from cds.fhir.prefetch import ISSUE_KEYS, NOT_MISSED, OLDER_TYPES, STATEMENT_KEYS, TEMPLATES, categories_of, plain
from cds.fhir.shape import kind, obj, objs
from cds.hooks.request import HookRequest
from cds.trust.circuit import Circuit

RAN_OUT = "the permission to read the record had run out"
OTHER_PATIENT = "the permission to read the record is for another patient"
REVIEW_RESERVE: Final = 0.05
"""Seconds of the budget that are kept for the review itself, which takes milliseconds."""

SHORTEST: Final = 0.05
NOT_LISTED = "the record system is not one that this service was set to read from"


class Reach(Protocol):
    """What may be fetched for whom: a client, or, in a demonstration, the settings."""

    @property
    def fhir_servers(self) -> frozenset[str]:
        """Exact base addresses, without a slash at the end."""

    @property
    def budget(self) -> float:
        """Seconds for the whole answer."""


def allowed(asked: HookRequest, reach: Reach) -> str:
    """The base address to fetch from, taken from the configuration and not from the request.

    FhirUnavailable with the reason, when there is a grant that may not be used.
    """
    grant = asked.authorization
    if grant is None:
        return ""
    if grant.expires_in <= 0:
        raise FhirUnavailable(RAN_OUT)
    if grant.patient.removeprefix("Patient/") not in ("", asked.patient):
        raise FhirUnavailable(OTHER_PATIENT)
    asked_for = asked.server.removesuffix("/")
    for base in reach.fhir_servers:
        if base == asked_for:
            return base
    raise FhirUnavailable(NOT_LISTED)


def missing(asked: HookRequest) -> dict[str, str]:
    """Templates of what the request did not bring, by key.

    A key that is there is not asked for again, even when it holds null (nothing on record) or an error (the client
    tried). Clients may use keys of their own, which are understood by their names.
    """
    brought = {
        category for key in asked.prefetch for category in categories_of(key) if plain(key) not in STATEMENT_KEYS
    }
    named = {plain(key) for key in asked.prefetch}
    return {
        key: template
        for key, template in TEMPLATES.items()
        if key not in asked.prefetch
        and not brought.intersection(() if key in STATEMENT_KEYS else categories_of(key))
        and not any(key in keys and named & keys for keys in (STATEMENT_KEYS, ISSUE_KEYS))
    }


def _in_its_release(templates: Mapping[str, str], asked: HookRequest) -> dict[str, str]:
    """The templates as a client asks for them that drafts in DSTU2. Of another one the server tells by itself."""
    entries = objs(asked.drafts.get("entry"))
    if not any(kind(obj(entry.get("resource"))) in OLDER_TYPES.values() for entry in entries):
        return dict(templates)
    return {key: older(template) or template for key, template in templates.items()}


def is_short(asked: HookRequest, fetched: Mapping[str, object]) -> bool:
    """Whether anything that was missing is missing still. What a record is whole without, and an encounter that there
    is none of, are not missed.
    """
    needed = [key for key in missing(asked) if key not in NOT_MISSED]
    if not asked.context.get("encounterId"):
        needed = [key for key in needed if key != "encounter"]
    return any(key not in fetched or isinstance(fetched[key], FhirUnavailable) for key in needed)


async def gather(
    asked: HookRequest,
    reach: Reach,
    transport: httpx.AsyncBaseTransport | None = None,
    *,
    circuit: Callable[[str], Circuit] | None = None,
    spent: float = 0.0,
) -> Mapping[str, object]:
    """What the request did not bring, by prefetch key, as far as it may be had and can be had within the budget; and
    the products that its orders, or what was had, only refer to.

    What could not be had stands there as ``FhirUnavailable``. ``transport`` is the way to the client's servers;
    ``spent`` seconds of the budget are gone already.
    """
    if asked.authorization is None:
        return {}
    wanted = missing(asked)
    try:
        base = allowed(asked, reach)
    except FhirUnavailable as reason:
        return dict.fromkeys(wanted, reason)
    if not base or asked.authorization is None:
        return {}
    context = {**asked.context, "patientId": asked.patient}
    token = asked.authorization.token.reveal()
    until = time.monotonic() + max(reach.budget - spent - REVIEW_RESERVE, SHORTEST)

    async def had(templates: Mapping[str, str]) -> dict[str, object]:
        left, broken = until - time.monotonic(), circuit(base) if circuit else None
        if not templates or left <= 0:
            return {}
        return await fetch(templates, base, token, context, left, transport=transport, circuit=broken)

    found = await had(_in_its_release(wanted, asked))
    referred = products.template((asked.drafts, *asked.prefetch.values(), *found.values()), base)
    return found | await had({products.KEY: referred} if referred else {})
