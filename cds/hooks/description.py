"""The machine-readable description, ``/openapi.json``: what FastAPI writes, with every error each address answers."""

from __future__ import annotations

from typing import Any, Final

from fastapi import FastAPI

from cds.hooks.outcome import ISSUES

Description = dict[str, Any]

ANYWHERE: Final = (400, 403, 405, 408, 414, 431, 500, 503)
"""What every address may answer: bad framing, a demonstration asked from elsewhere, a flood, a failure."""

SERVICES: Final = (401, 404, 412, 413, 415)
"""What the services answer besides: whoever calls has to be known, and a body is read."""

PUBLICATION: Final = (404, 406)
OUTCOME: Final[Description] = {
    "type": "object",
    "required": ["resourceType", "issue"],
    "properties": {
        "resourceType": {"const": "OperationOutcome"},
        "issue": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["severity", "code", "details"],
                "properties": {
                    "severity": {"enum": ["fatal", "error"]},
                    "code": {"type": "string"},
                    "details": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}},
                    "expression": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}
_REFERENCE: Final = {"schema": {"$ref": "#/components/schemas/OperationOutcome"}}
_FHIR: Final = ("application/fhir+json", "application/fhir+ndjson")


def described(app: FastAPI) -> Description:
    """The description, made once."""
    if app.openapi_schema is None:
        made = FastAPI.openapi(app)
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        schemas["OperationOutcome"] = OUTCOME
        for path, operations in made["paths"].items():
            for operation in operations.values():
                operation["responses"] = _responses(path, operation["responses"])
        # Nothing of ours is refused in FastAPI's own form.
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
    return app.openapi_schema or {}


def _responses(path: str, written: Description) -> Description:
    found = {"200": written["200"]}
    statuses = {*ANYWHERE, *(SERVICES if "{service_id}" in path else ())}
    if path.startswith("/fhir/"):
        statuses |= {*PUBLICATION}
        kinds = _FHIR[1:] if path.endswith("$export") else _FHIR[:1]
        found["200"] = {"description": "FHIR", "content": {kind: {} for kind in kinds}}
        found["304"] = {"description": "The caller has it already. No body."}
    for status in sorted(statuses):
        words = ISSUES.get(status, ("", ""))[1]
        found[str(status)] = {"description": words, "content": {"application/json": _REFERENCE}}
    if path == "/readyz":
        found["503"] = {
            "description": "No knowledge is loaded.",
            "content": {"application/json": {"schema": {"type": "object"}}},
        }
    if path.endswith("/feedback"):
        found["200"] = {"description": "Taken. No body."}
    return found
