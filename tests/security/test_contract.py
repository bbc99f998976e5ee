"""What ``/openapi.json`` promises is kept: for whatever it allows, and for whatever it does not, no failure."""

from __future__ import annotations

from typing import Any, Final

import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cds.app import create_app
from cds.settings import Settings

EVERYWHERE: Final = [not_a_server_error, response_headers_conformance, response_schema_conformance]
HOOKS: Final = [*EVERYWHERE, status_code_conformance]


MODES: Final = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]


def test_the_machine_readable_description_is_kept(real_service: Any) -> None:
    # Its own fixtures do not work with this pytest, so the cases are drawn here.
    schema = schemathesis.openapi.from_asgi("/openapi.json", create_app(Settings(), real_service))
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 5
    for operation in operations:
        checks: list[Any] = HOOKS if operation.path.startswith("/cds-services") else EVERYWHERE
        for mode in MODES:

            @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
            @given(case=operation.as_strategy(generation_mode=mode))
            def kept(case: Any) -> None:
                case.call_and_validate(checks=checks)  # noqa: B023 - called at once

            try:
                kept()
            except Unsatisfiable:
                continue  # there is nothing that this operation does not allow
