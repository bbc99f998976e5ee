"""OperationOutcome: what every answer but 200 carries, and the words for each status."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from cds.errors import RequestError
from cds.hooks import strict
from cds.hooks.strict import Json

ISSUES: Final[dict[int, tuple[str, str]]] = {
    400: ("invalid", "The request cannot be used."),
    401: ("login", "The caller is not known."),
    403: ("forbidden", "The caller may not do this."),
    404: ("not-found", "There is nothing at this address."),
    405: ("not-supported", "This address does not answer this method."),
    408: ("timeout", "The request body took too long to arrive."),
    412: ("incomplete", "Data that the check needs cannot be had. Nothing was checked."),
    413: ("too-long", "The request body is too large."),
    414: ("too-long", "The address is too long."),
    415: ("not-supported", "The request body must be JSON without compression."),
    431: ("too-long", "The request has too many headers, or too large ones."),
    500: ("exception", "The service could not answer. Nothing was checked."),
    503: ("transient", "The service is not ready."),
}
"""FHIR's issue code and our words, by HTTP status."""

_UNREAD: Final = frozenset({408, 413, 414, 431})
"""After these a part of the request may still be under way; nobody waits for it."""


def outcome(
    status: int, text: str = "", *, code: str = "", where: str = "", headers: dict[str, str] | None = None
) -> Response:
    """An answer with an OperationOutcome. ``where`` is a path in the request body, never a value of it."""
    default_code, default_text = ISSUES.get(status, ISSUES[500 if status >= 500 else 400])  # noqa: PLR2004 - HTTP
    issue: dict[str, Json] = {
        "severity": "fatal" if status >= 500 else "error",  # noqa: PLR2004 - HTTP
        "code": code or default_code,
        "details": {"text": text or default_text},
    }
    if where:
        issue["expression"] = [where]
    body = strict.write({"resourceType": "OperationOutcome", "issue": [issue]})
    closing = {"connection": "close"} if status in _UNREAD else {}
    return Response(body, status, {**(headers or {}), **closing}, media_type="application/json")


def refusal(error: RequestError) -> Response:
    """The answer to a request that cannot be used."""
    return outcome(error.status, str(error), code=error.code, where=error.where)
