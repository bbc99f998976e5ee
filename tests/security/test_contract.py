"""What ``/openapi.json`` promises is kept: for whatever it allows, and for whatever it does not, no failure."""

from __future__ import annotations

from typing import Any, Final

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    ensure_resource_availability,
    ignored_auth,
    missing_required_header,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
    use_after_free,
)

from cds.app import create_app
from cds.settings import Settings

# All but the two that ask whether a drawn body is accepted or refused: the description says that a body is an object,
# and tests/spec says row by row which objects are answered.
CHECKS: Final[list[Any]] = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance, unsupported_method, missing_required_header, ignored_auth, use_after_free,
    ensure_resource_availability, allow_header_conformance,
]  # fmt: skip

MODES: Final = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


def test_the_machine_readable_description_is_kept(real_service: Any) -> None:
    # Its own fixtures do not work with this pytest, so the cases are drawn here.
    schema = schemathesis.openapi.from_asgi("/openapi.json", create_app(Settings(), real_service))
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 5
    for operation in operations:
        for mode in MODES:

            @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
            @given(case=operation.as_strategy(generation_mode=mode))
            def kept(case: Any) -> None:
                case.call_and_validate(checks=CHECKS)

            try:
                kept()
            except Unsatisfiable:
                continue  # there is nothing that this operation does not allow
