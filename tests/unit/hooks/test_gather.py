"""Data is fetched only from a server that is on the list, with a grant that is good, for this patient."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from cds.errors import FhirUnavailable
from cds.fhir.prefetch import TEMPLATES
from cds.hooks.gather import NOT_LISTED, OTHER_PATIENT, RAN_OUT, allowed, gather, missing
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


def refused(request: HookRequest, settings: Settings = SETTINGS) -> str:
    with pytest.raises(FhirUnavailable) as refusal:
        allowed(request, settings)
    return refusal.value.reason


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
    assert refused(asked(server)) == NOT_LISTED


def test_without_a_grant_nothing_is_fetched() -> None:
    assert allowed(asked(grant=None), SETTINGS) == ""


def test_a_grant_that_has_run_out_is_not_used() -> None:
    assert refused(asked(grant={**GRANT, "expires_in": 0})) == RAN_OUT


def test_a_grant_for_another_patient_is_not_used() -> None:
    assert refused(asked(grant={**GRANT, "patient": "p-2"})) == OTHER_PATIENT
    assert allowed(asked(grant={**GRANT, "patient": "p-1"}), SETTINGS) == BASE
    assert allowed(asked(grant={**GRANT, "patient": "Patient/p-1"}), SETTINGS) == BASE


def test_without_a_list_nothing_is_fetched() -> None:
    assert refused(asked(), Settings()) == NOT_LISTED


@pytest.mark.parametrize(
    ("brought", "not_missing"),
    [
        ({}, set()),
        ({"patient": None}, {"patient"}),
        ({"problem_list": {}}, {"conditions"}),
        ({"activeMeds": {}}, {"medications"}),
        ({"medicationStatements": {}}, {"statements"}),
        ({"vitals": {}}, {"weight"}),
        ({"observations": {}}, {"weight", "pregnancy", "renal", "alcohol"}),
        ({"socialHistory": {}}, {"alcohol"}),
        ({"detected_issues": {}}, {"issues"}),
        ({"unknown-key": {}}, set()),
    ],
)
def test_what_is_missing_is_told_by_the_names_of_what_came(brought: dict[str, Any], not_missing: set[str]) -> None:
    assert TEMPLATES.keys() - missing(asked(prefetch=brought)).keys() == not_missing


def test_a_grant_that_may_not_be_used_leaves_its_reason_in_the_place_of_the_data() -> None:
    had = asyncio.run(gather(asked(grant={**GRANT, "expires_in": 0}, prefetch={"patient": None}), SETTINGS))
    assert had.keys() == TEMPLATES.keys() - {"patient"}
    assert {str(reason) for reason in had.values()} == {RAN_OUT}
