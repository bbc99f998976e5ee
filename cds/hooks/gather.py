"""Patient data that the request did not bring: fetched from the client's FHIR server, where that is allowed.

Allowed means: the request names a server and brings a grant for it, the grant has time left and is for this
patient, and the server's address is, letter for letter, one that the deployment lists. Anything else is not
called, and what is missing is reported as not checked.
"""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from cds.errors import FhirUnavailable
from cds.fhir.client import fetch
from cds.fhir.prefetch import STATEMENT_KEYS, TEMPLATES, categories_of, plain
from cds.hooks.request import HookRequest
from cds.settings import Settings

RAN_OUT = "the permission to read the record had run out"
OTHER_PATIENT = "the permission to read the record is for another patient"
NOT_LISTED = "the record system is not one that this service was set to read from"


def allowed(asked: HookRequest, settings: Settings) -> str:
    """The base address to fetch from, taken from the settings and not from the request.

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
    for base in settings.fhir_servers:
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
    statements = any(plain(key) in STATEMENT_KEYS for key in asked.prefetch)
    return {
        key: template
        for key, template in TEMPLATES.items()
        if key not in asked.prefetch
        and not (statements if key in STATEMENT_KEYS else brought.intersection(categories_of(key)))
    }


async def gather(
    asked: HookRequest, settings: Settings, transport: httpx.AsyncBaseTransport | None = None
) -> Mapping[str, object]:
    """What the request did not bring, by prefetch key, as far as it may be had and can be had within the budget.

    What could not be had stands there as ``FhirUnavailable``. ``transport`` takes the place of the network in tests.
    """
    wanted = missing(asked)
    try:
        base = allowed(asked, settings)
    except FhirUnavailable as reason:
        return dict.fromkeys(wanted, reason)
    if not base or asked.authorization is None or not wanted:
        return {}
    context = {**asked.context, "patientId": asked.patient}
    token = asked.authorization.token.reveal()
    return await fetch(wanted, base, token, context, settings.budget, transport=transport)
