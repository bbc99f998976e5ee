"""Our export on a FHIR server that other people wrote."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from cds.cli import main
from cds.fhir.publishing.releases import Release
from cds.publication.send import client, send
from tests.published import published

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"


def _found(address: str, search: str) -> list[dict[str, Any]]:
    answer = httpx.get(f"{address}/{search}", trust_env=False)
    assert answer.status_code == 200, answer.text
    return [each["resource"] for each in answer.json().get("entry", [])]


def _is_all_there(address: str) -> None:
    (ketamine,) = _found(address, f"MedicationKnowledge?code={RXNORM}|6130")
    assert ketamine["id"] == "ketamine"
    named = {each["reference"] for each in ketamine["contraindication"]}
    found = _found(address, "DetectedIssue?implicated=Medication/ketamine&_count=100")
    issues = {f"DetectedIssue/{each['id']}": each for each in found}
    assert named <= issues.keys()
    assert issues["DetectedIssue/ketamine.psychosis"]["severity"] == "high"


def test_a_server_takes_the_transactions_twice_and_finds_ketamine_by_its_rxnorm_code(server: str) -> None:
    asked: list[str] = []
    found = list(published(Release.R4))
    with client(server) as http:
        http.event_hooks["request"].append(lambda request: asked.append(request.method))
        for _ in range(2):
            sent = send(http, found, Release.R4, lambda _: None)
            assert (sent.taken, sent.refused) == (len(found), [])
            _is_all_there(server)
    # PUT alone is the way out when a server refuses a transaction as a whole.
    assert set(asked) == {"GET", "POST"}


def test_the_export_command_puts_everything_on_a_server(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--fhir", "r4", "--to", server]) == 0
    count = len(published(Release.R4))
    assert f"The server took {count} of {count} resources." in capsys.readouterr().err
    _is_all_there(server)
