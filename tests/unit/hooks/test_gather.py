"""Data is fetched only from a server that is on the list, with a grant that is good, for this patient."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cds.hooks.gather import allowed
from cds.hooks.request import ORDER_SIGN, HookRequest, read
from cds.settings import Settings
from tests.bodies import order_sign

BASE = "https://ehr.example.org/fhir"
SETTINGS = Settings(fhir_servers=frozenset({BASE}))
GRANT = {
    "access_token": "TOK-sentinel",
    "token_type": "Bearer",
    "expires_in": 300,
    "scope": "patient/*.rs",
    "subject": "s",
}


def asked(server: str | None = BASE, grant: dict[str, Any] | None = GRANT, **changes: Any) -> HookRequest:
    body = order_sign(**changes)
    if server is not None:
        body["fhirServer"] = server
    if grant is not None:
        body["fhirAuthorization"] = grant
    return read(json.dumps(body).encode(), ORDER_SIGN)


@pytest.mark.parametrize("server", [BASE, f"{BASE}/"])
def test_a_listed_server_with_a_grant_is_allowed(server: str) -> None:
    assert allowed(asked(server), SETTINGS) == BASE


@pytest.mark.parametrize(
    "server",
    [
        "https://ehr@evil.example.org/fhir",
        "https://ehr.example.org/fhir@evil.example.org",
        "https://ehr.example.org/fhir/../admin",
        "https://ehr.example.org/fhir%2f..%2fadmin",
        "https://ehr.example.org/fhir//",
        "https://ehr.example.org/fhir?x=1",
        "https://ehr.example.org/fhir#x",
        "https://ehr.example.org:443/fhir",
        "http://ehr.example.org/fhir",
        "https://EHR.example.org/fhir",
        "https://еhr.example.org/fhir",
        "https://ehr.example.org/fhi",
        "https://ehr.example.org/fhirx",
        "http://169.254.169.254/latest",
        "http://2130706433/",
    ],
)
def test_an_address_that_differs_in_any_letter_is_not(server: str) -> None:
    assert allowed(asked(server), SETTINGS) == ""


def test_without_a_grant_nothing_is_fetched() -> None:
    assert allowed(asked(grant=None), SETTINGS) == ""


def test_a_grant_that_has_run_out_is_not_used() -> None:
    assert allowed(asked(grant={**GRANT, "expires_in": 0}), SETTINGS) == ""


def test_a_grant_for_another_patient_is_not_used() -> None:
    assert allowed(asked(grant={**GRANT, "patient": "p-2"}), SETTINGS) == ""
    assert allowed(asked(grant={**GRANT, "patient": "p-1"}), SETTINGS) == BASE


def test_without_a_list_nothing_is_fetched() -> None:
    assert allowed(asked(), Settings()) == ""
