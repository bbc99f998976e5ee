"""T23-T27 and T30: what is shown, logged, kept and mixed up: nothing of one patient where it does not belong."""

# ruff: noqa: N802 - the names carry the ids of the threats
from __future__ import annotations

import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from markdown_it import MarkdownIt
from sqlalchemy import select
from starlette.testclient import TestClient

from cds.app import create_app
from cds.cards.wording import escaped
from cds.hooks.demo import examples
from cds.settings import Settings
from cds.store.database import Database
from cds.store.tables import FEEDBACK, NOT_CHECKED
from tests import serving, tokens
from tests.bodies import SIGN, found, order, order_sign, patient
from tests.security.marked import MARKS, NAME, NOTE, NUMBER, RXNORM, leaves, marked, put

PAYLOADS = [
    "<img src=x onerror=alert(1)>", "<script>alert(1)</script>", "![x](https://evil.example.org/x.png)",
    "[SAFE](https://evil.example.org)", "https://evil.example.org/a", "www.evil.example.org", "mail@evil.example.org",
    "**SAFE** _ok_ ~~no~~", "| a | b |\n|---|---|\n| c | d |", "# SAFE\n\n---", "`code` ```\nfence\n```", "- [x] done",
    "\u202eEFAS\u202c", "\u2066x\u2069\u200b\ufeff", "a\x1b[31mred\x00\x07", "&lt;b&gt; &#60;b&#62;", "<https://evil.example.org>",
    "</td></table><b>SAFE", "x\u2028y\u2029z", "\\*\\*SAFE\\*\\*",
]  # fmt: skip
_ACTIVE = re.compile(r"<(?!/?(p|strong|em|ul|ol|li|hr|br)\b)[a-z!/]", re.IGNORECASE)


def shown(answer: Any) -> list[tuple[str, str]]:
    """Every text of the cards that a person reads, with whether it is markdown."""
    texts = []
    for card in answer.get("cards", []):
        texts += [("text", card["summary"]), ("markdown", card.get("detail", "")), ("text", card["source"]["label"])]
        texts += [("text", suggestion["label"]) for suggestion in card.get("suggestions", [])]
        texts += [("text", link["label"]) for link in card.get("links", [])]
    return texts


def assert_harmless(answer: Any) -> None:
    viewer = MarkdownIt("gfm-like", {"html": True, "linkify": False})
    for kind, text in shown(answer):
        assert text.isprintable() or kind == "markdown", text
        assert all(letter.isprintable() or letter == "\n" for letter in text), text
        if kind == "markdown":
            assert not _ACTIVE.search(viewer.render(text)), text
            assert not re.search(r"https?://|\bwww\.|\w@\w", text), text


def requests() -> list[Any]:
    return [json.loads(one.body) for one in examples(Settings().knowledge, datetime.now(UTC).date())]


@pytest.mark.slow
@pytest.mark.parametrize("number", range(6))
def test_T23_no_text_of_a_request_becomes_markup_in_a_card(client: TestClient, number: int) -> None:
    body = requests()[number]
    for place, path in enumerate(leaves(body)):
        for payload in (PAYLOADS[place % len(PAYLOADS)], PAYLOADS[(place * 7 + 3) % len(PAYLOADS)]):
            answer = client.post(f"/cds-services/medication-{body['hook']}", json=put(body, path, payload))
            assert answer.status_code < 500, path
            if answer.status_code == 200:
                assert_harmless(answer.json())


@pytest.mark.parametrize("payload", PAYLOADS)
def test_T23_the_one_text_that_is_shown_is_capped_and_plain(client: TestClient, payload: str) -> None:
    concept = {"coding": [{"system": RXNORM, "code": "6130"}], "text": payload}
    dose = {"doseQuantity": {"value": 5, "system": "http://unitsofmeasure.org", "code": payload * 20}}
    body = order_sign(order(medicationCodeableConcept=concept, dosageInstruction=[{"doseAndRate": [dose]}]))
    answer = client.post(SIGN, json=body).json()
    assert_harmless(answer)
    assert any("is not one we know" in text for _, text in shown(answer))
    assert (payload * 20)[:60] not in json.dumps([text for _, text in shown(answer)])


@pytest.mark.parametrize("payload", PAYLOADS)
def test_T23_escaped_text_is_shown_as_it_is(payload: str) -> None:
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(escaped(payload))
    assert not _ACTIVE.search(html.replace("<p>", "").replace("</p>", ""))
    assert "\n" not in escaped(payload)


@pytest.mark.parametrize(
    "payload", ["https://evil.example.org", "www.evil.example.org", "ftp://x.org", "a@evil.example.org"]
)
def test_T24_a_bare_address_does_not_become_a_link(payload: str) -> None:
    assert not re.search(r"(https?|ftp)://|www\.\w|\w@\w", escaped(payload))


def test_T24_every_address_on_a_card_is_ours_or_a_listed_document(real_service: Any) -> None:
    base = "https://cds.example.org"
    listed = {source.url for source in real_service.knowledge.sources.values()} - {""}
    assert all(url.startswith("https://") for url in listed)
    with TestClient(create_app(Settings(base_url=base), real_service)) as client:
        for body in requests():
            answer = client.post(
                f"/cds-services/medication-{body['hook']}", json=body, headers={"host": "cds.example.org"}
            )
            for card in answer.json()["cards"]:
                assert all(link["url"].startswith(f"{base}/knowledge/") for link in card.get("links", []))
                assert all(link["type"] == "absolute" for link in card.get("links", []))
                assert card["source"].get("url", "") in listed | {""}


# --- T25 ----------------------------------------------------------------------------------------------------------


def test_T25_a_name_a_number_a_token_and_a_note_are_in_no_log_no_metric_and_no_column(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        operations = f"127.0.0.1:{free.getsockname()[1]}"
    with serving.serving(tmp_path, metrics=operations) as service, httpx.Client(trust_env=False) as client:
        whole = json.dumps(marked()).encode()
        headers = {"content-type": "application/json"}
        texts = []
        answer = client.post(service.url + SIGN, content=whole, headers=headers)
        assert answer.status_code == 200
        cards = [card["uuid"] for card in answer.json()["cards"]]
        assert cards
        broken = (whole[:-1], whole.replace(b'"order-sign"', f'"{NAME}"'.encode()), whole + b"x", b"\xff" + whole)
        texts += [client.post(service.url + SIGN, content=one, headers=headers).text for one in broken]
        for path in leaves(marked()):
            reply = client.post(service.url + SIGN, json=put(marked(), path, NUMBER))
            if reply.status_code != 200:
                texts.append(reply.text)
        texts.append(client.get(f"{service.url}/{NUMBER}?{NAME}").text)
        texts.append(client.post(f"{service.url}/cds-services/{NUMBER}", content=whole, headers=headers).text)
        # The pages show to a person what that person wrote; what counts is what they leave behind.
        client.get(service.url, params={"say": f"{NAME} {NOTE}", "age": NUMBER})
        client.post(f"{service.url}/request", data={"body": whole.decode()})
        client.get(f"{service.url}/fhir/r5/{NAME}/{NUMBER}", params={"code": NOTE})
        client.get(f"{service.url}/knowledge/{NAME}")
        report = {
            "card": cards[0], "outcome": "overridden", "outcomeTimestamp": datetime.now(UTC).isoformat(),
            "overrideReason": {"reason": {"code": "BENEFIT", "system": "s", "display": NAME}, "userComment": NOTE},
        }  # fmt: skip
        feedback = client.post(service.url + SIGN + "/feedback", json={"feedback": [report]})
        assert feedback.status_code == 200, feedback.text
        texts.append(client.post(service.url + SIGN + "/feedback", json={"feedback": [{NAME: NOTE}]}).text)
        texts.append(client.get(f"http://{operations}/metrics").text)
        texts.append(client.get(f"{service.url}/reports").text)
        assert "cds_cards" in texts[-2]
        serving.stop(service)
        kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".log")
        assert cards[0].encode() in kept
        log = service.said()
        told = "\n".join(texts) + log
        for mark in MARKS:
            assert mark not in told, mark
            assert mark.encode() not in kept, mark
            assert not any(mark in path.name for path in tmp_path.rglob("*"))
        for line in log.splitlines():
            if line.startswith("{"):
                assert json.loads(line).keys() & {"event"}


# --- T26, T27, T30 ------------------------------------------------------------------------------------------------


def _two_clients(folder: Path) -> Path:
    path = tokens.clients_file(folder)
    (folder / "south.json").write_bytes(tokens.key_set(tokens.ec_key("south")))
    more = "  - name: south\n    issuer: https://south.example.org\n    keys: south.json\n"
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")
    return path


def _south(path: str) -> dict[str, str]:
    claims = tokens.claims(path, iss="https://south.example.org")
    return {"authorization": f"Bearer {tokens.signed(tokens.header(kid='south'), claims, tokens.ec_key('south'))}"}


def test_T26_two_clients_with_the_same_patient_number_never_see_each_others_data(
    tmp_path: Path, real_service: Any
) -> None:
    drug = {"coding": [{"system": RXNORM, "code": "704"}], "text": "amitriptyline"}
    allergy = {
        "resourceType": "AllergyIntolerance", "id": "a", "patient": {"reference": "Patient/p-1"},
        "code": {"coding": [{"system": RXNORM, "code": "704"}]},
    }  # fmt: skip
    settings = Settings(
        clients=_two_clients(tmp_path), base_url=tokens.BASE_URL, database=str(tmp_path / "cds.sqlite"),
        hash_key="k" * 32,
    )  # fmt: skip

    def call(number: int) -> tuple[bool, bool]:
        allergic = number % 2 == 0
        prefetch = {"patient": patient(), "allergies": found(allergy) if allergic else found()}
        body = order_sign(order(medicationCodeableConcept=drug), prefetch=prefetch)
        body["context"]["encounterId"] = "e-1"
        answer = client.post(SIGN, json=body, headers=tokens.bearer(SIGN) if allergic else _south(SIGN))
        assert answer.status_code == 200
        return allergic, "hypersensitivity" in answer.text.lower()

    with TestClient(create_app(settings, real_service)) as client, ThreadPoolExecutor(8) as crowd:
        for allergic, told in crowd.map(call, range(200)):
            assert told is allergic


def _theirs(kind: str, **more: Any) -> Any:
    return found({"resourceType": kind, "id": "x", "patient": {"reference": "Patient/p-2"}, **more})


_AMITRIPTYLINE = {"coding": [{"system": RXNORM, "code": "704"}], "text": "amitriptyline"}
_OWN = {"patient": patient(), "allergies": found(), "conditions": found(), "medications": found()}
FOREIGN = {
    "allergies": {"allergies": _theirs("AllergyIntolerance", code=_AMITRIPTYLINE)},
    "medicines": {
        "medications": found(order(id="m", status="active", subject={"reference": "Patient/p-2"},
            medicationCodeableConcept={"coding": [{"system": RXNORM, "code": "8123"}], "text": "phenelzine"}))},
    "conditions": {"conditions": _theirs("Condition", code={"text": "pregnant"})},
    "age": {"patient": patient(id="p-2")},
}  # fmt: skip


@pytest.mark.parametrize("part", FOREIGN)
def test_T27_a_prefetch_of_another_patient_is_not_read_and_one_critical_card_says_so(
    client: TestClient, part: str, capfd: pytest.CaptureFixture[str]
) -> None:
    body = order_sign(order(medicationCodeableConcept=_AMITRIPTYLINE), prefetch=_OWN | FOREIGN[part])
    answer = client.post(SIGN, json=body)
    assert answer.status_code == 200
    for theirs in ("hypersensitivity", "phenelzine", "monoamine"):
        assert theirs not in answer.text.lower()
    said = [card for card in answer.json()["cards"] if "belongs to another patient" in card["detail"]]
    assert [card["indicator"] for card in said] == ["critical"]
    assert "Data of ANOTHER patient was sent and not used" in said[0]["summary"]
    assert part in said[0]["summary"]
    logged = "".join(capfd.readouterr())
    assert "data of another patient was sent" in logged
    assert "p-2" not in logged


def test_T27_that_it_was_another_patients_is_in_the_record(tmp_path: Path, real_service: Any) -> None:
    settings = Settings(database=str(tmp_path / "cds.sqlite"), hash_key="k" * 32)
    with TestClient(create_app(settings, real_service)) as client:
        body = order_sign(order(medicationCodeableConcept=_AMITRIPTYLINE), prefetch=_OWN | FOREIGN["allergies"])
        assert client.post(SIGN, json=body).status_code == 200
    database = Database(settings.database)
    with database.reading() as connection:
        rows = connection.execute(select(NOT_CHECKED.c.lack, NOT_CHECKED.c.part)).all()
    database.close()
    assert ("foreign", "allergies") in [tuple(row) for row in rows]


def client_shows(service: Any, body: Any) -> bool:
    """Whether an order-sign request gets a card."""
    with TestClient(create_app(Settings(), service)) as anybody:
        return body["hook"] == "order-sign" and bool(anybody.post(SIGN, json=body).json()["cards"])


def _report(card: str, **changes: Any) -> dict[str, Any]:
    return {"card": card, "outcome": "overridden", "outcomeTimestamp": datetime.now(UTC).isoformat(), **changes}


def test_T30_feedback_on_a_card_that_is_not_ones_own_or_from_the_future_is_kept_nowhere(
    tmp_path: Path, real_service: Any
) -> None:
    settings = Settings(
        clients=_two_clients(tmp_path), base_url=tokens.BASE_URL, database=str(tmp_path / "cds.sqlite"),
        hash_key="k" * 32,
    )  # fmt: skip
    path = f"{SIGN}/feedback"
    with TestClient(create_app(settings, real_service)) as client:
        body = next(one for one in requests() if client_shows(real_service, one))
        cards = client.post(SIGN, json=body, headers=tokens.bearer(SIGN)).json()["cards"]
        card = cards[0]["uuid"]
        tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        attempts = [
            (_south(path), _report(card)),
            (tokens.bearer(path), _report(str(uuid4()))),
            (tokens.bearer(path), _report(card, outcomeTimestamp=tomorrow)),
        ]
        for headers, report in attempts:
            client.post(path, json={"feedback": [report]}, headers=headers)
        assert client.post(path, json={"feedback": [_report(card)]}).status_code == 401
        long = _report(card, overrideReason={"userComment": "x" * 1_000_000})
        assert client.post(path, json={"feedback": [long]}, headers=tokens.bearer(path)).status_code == 200
    database = Database(settings.database)
    with database.reading() as connection:
        rows = connection.execute(select(FEEDBACK.c.card, FEEDBACK.c.client, FEEDBACK.c.comment)).all()
    database.close()
    assert [tuple(row) for row in rows] == [(card, "north", None)]


@pytest.mark.parametrize(
    "report",
    [{"card": "x" * 300}, {"card": 5}, {"outcome": "ignored"}, {"outcomeTimestamp": "soon"}, {"outcomeTimestamp": 7}],
)
def test_T30_feedback_of_another_shape_is_refused(client: TestClient, report: dict[str, Any]) -> None:
    assert client.post(f"{SIGN}/feedback", json={"feedback": [_report("c") | report]}).status_code == 400
