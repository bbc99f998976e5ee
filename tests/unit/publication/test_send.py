from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from cds.errors import CdsError
from cds.fhir.publishing.releases import Release
from cds.fhir.publishing.subset import references
from cds.publication.send import MOST_AT_ONCE, Sent, _groups, client, send
from tests.published import published

RESOURCES: list[dict[str, Any]] = [
    {"resourceType": "Provenance", "id": "p"},
    {"resourceType": "MedicationKnowledge", "id": "m"},
    {"resourceType": "DocumentReference", "id": "d"},
    {"resourceType": "CodeSystem", "id": "c"},
    {"resourceType": "ValueSet", "id": "v"},
]
REFUSAL = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "diagnostics": "no such profile"}]}


class Server:
    """A server that takes everything but what it is told to refuse, and remembers what came."""

    def __init__(self, version: str = "5.0.0", refuses: tuple[str, ...] = (), whole: bool = True) -> None:
        self.version, self.refuses, self.whole = version, refuses, whole
        self.came: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.removeprefix("/base/")
        self.came.append(f"{request.method} {name}")
        if name == "metadata":
            return httpx.Response(200, json={"resourceType": "CapabilityStatement", "fhirVersion": self.version})
        if request.method == "PUT":
            return httpx.Response(422, json=REFUSAL) if name in self.refuses else httpx.Response(201)
        urls = [entry["request"]["url"] for entry in json.loads(request.content)["entry"]]
        if self.whole and any(url in self.refuses for url in urls):
            return httpx.Response(400, json=REFUSAL)
        answers = [
            {"response": {"status": "422", "outcome": REFUSAL} if url in self.refuses else {"status": "201 Created"}}
            for url in urls
        ]
        return httpx.Response(200, json={"resourceType": "Bundle", "type": "transaction-response", "entry": answers})


def _send(server: Server, release: Release = Release.R5) -> tuple[Sent, list[str]]:
    said: list[str] = []
    with httpx.Client(transport=httpx.MockTransport(server), base_url="https://fhir.example/base/") as http:
        return send(http, RESOURCES, release, said.append), said


def test_each_step_is_a_transaction_and_is_told() -> None:
    server = Server()
    sent, said = _send(server)
    assert (sent.taken, sent.refused) == (5, [])
    assert server.came == ["GET metadata", "POST ", "POST ", "POST ", "POST "]
    assert [line.split("of 5")[1].strip() for line in said] == [
        "definitions", "documents and substances", "dosing and descriptions", "sources of statements",
    ]  # fmt: skip


def test_what_is_referred_to_goes_before_what_refers_to_it_in_all_of_the_export() -> None:
    for release in Release:
        found = list(published(release))
        sent = [each for _, group in _groups(found) for each in group]
        assert len(sent) == len(found)
        places = {f"{each['resourceType']}/{each['id']}": place for place, each in enumerate(sent)}
        for name, resource in zip(places, sent, strict=True):
            assert all(places[reference] < places[name] for reference in references(resource)), name


def test_a_transaction_is_never_larger_than_servers_take() -> None:
    assert max(len(group) for _, group in _groups(list(published()))) == MOST_AT_ONCE


@pytest.mark.parametrize("whole", [True, False])
def test_a_refusal_names_the_resource_and_gives_the_words_of_the_server(whole: bool) -> None:
    sent, said = _send(Server(refuses=("ValueSet/v",), whole=whole))
    assert sent.taken == 4
    assert sent.refused == ["ValueSet/v: 422, no such profile"]
    assert "1 refused" in said[0]


def test_a_server_of_another_release_is_told_before_anything_is_sent() -> None:
    server = Server(version="4.0.1")
    with pytest.raises(CdsError, match=r"The server speaks FHIR 4\.0\.1, and the export is in 5\.0\.0"):
        _send(server)
    assert server.came == ["GET metadata"]


def test_a_server_of_the_release_with_another_patch_is_taken() -> None:
    assert _send(Server(version="4.0.0"), Release.R4)[0].taken == 5


def test_a_server_without_a_capability_statement_is_tried() -> None:
    assert _send(Server(version=""))[0].taken == 5


def test_a_server_that_does_not_answer_is_told_without_its_words() -> None:
    def silent(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("SENTINEL")

    with (
        httpx.Client(transport=httpx.MockTransport(silent), base_url="https://fhir.example/") as http,
        pytest.raises(CdsError, match="The server does not answer") as told,
    ):
        send(http, RESOURCES, Release.R5, lambda _: None)
    assert "SENTINEL" not in str(told.value)


def test_a_token_is_sent_only_when_one_is_given() -> None:
    with client("https://fhir.example/base") as plain, client("https://fhir.example/base/", "TOK-sentinel") as known:
        assert "authorization" not in plain.headers
        assert known.headers["authorization"] == "Bearer TOK-sentinel"
        assert str(plain.base_url) == str(known.base_url) == "https://fhir.example/base/"
