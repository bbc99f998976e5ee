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


def test_what_the_server_refuses_is_named_with_its_words_and_the_rest_is_taken(server: str) -> None:
    found = list(published(Release.R4))
    (bad,) = [each for each in found if (each["resourceType"], each["id"]) == ("ValueSet", "class-opioid")]
    broken = [{**bad, "nonsense": True} if each is bad else each for each in found]
    said: list[str] = []
    with client(server) as http:
        sent = send(http, broken, Release.R4, said.append)
    assert sent.taken == len(found) - 1
    assert sent.refused == ['ValueSet/class-opioid: 400, Invalid additional property "nonsense"']
    assert [line for line in said if line.endswith("definitions, 1 refused")]
    _is_all_there(server)


def test_the_export_command_tells_how_far_it_is_and_ends_with_1_when_something_was_refused(
    server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # The server is of R4: what only R5 has is refused by it.
    assert main(["export", "--drug", "ketamine", "--to", server]) == 1
    told = capsys.readouterr().err.splitlines()
    assert [line for line in told if line.startswith("refused MedicationKnowledge/ketamine: 400, ")]
    assert [line for line in told if "refused" in line and "definitions" not in line]
    assert any(line.startswith("The server took ") for line in told)


def test_the_export_command_puts_everything_on_a_server(server: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--fhir", "r4", "--to", server]) == 0
    count = len(published(Release.R4))
    assert f"The server took {count} of {count} resources." in capsys.readouterr().err
    _is_all_there(server)
