"""T31 and T32: files that were tampered with are refused whole, and what is served goes on as it was."""

# ruff: noqa: N802 - the names carry the ids of the threats
from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from starlette.testclient import TestClient

from cds.app import create_app
from cds.cli import main
from cds.errors import CdsError, KnowledgeError
from cds.knowledge import signature
from cds.operations.signing import built
from cds.service import build
from cds.settings import Settings
from tests import published
from tests.bodies import SIGN, order_sign


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(Settings().knowledge, tmp_path / "knowledge"))


def _drug(folder: Path) -> Path:
    return min((folder / "drugs").glob("*.yaml"))


def test_T31_one_changed_byte_is_another_version(folder: Path) -> None:
    before = build(Settings(knowledge=folder)).knowledge.version
    file = _drug(folder)
    file.write_bytes(file.read_bytes() + b"#\n")
    assert build(Settings(knowledge=folder)).knowledge.version != before


DAMAGE = {
    "cut in half": lambda data: data[: len(data) // 2],
    "a byte that is no text": lambda data: data[:100] + b"\xff" + data[100:],
    "a zero byte": lambda data: data[:100] + b"\x00" + data[100:],
    "empty": lambda _: b"",
    "another format": lambda _: b'{"a": NaN}',
    "a tag": lambda data: b"x: !!python/object/apply:os.system ['true']\n" + data,
    "an anchor bomb": lambda _: b"a: &a [1,1,1]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]\n",
    "a thousand levels": lambda _: b"a: " + b"[" * 1000 + b"]" * 1000,
    "a million levels": lambda _: b"[" * 1_000_000,
}


@pytest.mark.parametrize("name", DAMAGE)
def test_T31_a_damaged_file_is_refused_in_words_and_the_last_good_knowledge_answers(
    folder: Path, name: str, canned_service: Any
) -> None:
    app = create_app(Settings(knowledge=folder))
    with TestClient(app) as client:
        good = client.get("/readyz").json()
        file = _drug(folder)
        file.write_bytes(DAMAGE[name](file.read_bytes()))
        begun = time.process_time()
        assert asyncio.run(app.state.reloader.reload()) is False
        assert time.process_time() - begun < 5
        told = client.get("/readyz").json()
        assert (good["status"], told["status"]) == ("ready", "degraded")
        assert told["knowledge"] == good["knowledge"]
        assert client.post(SIGN, json=order_sign()).status_code == 200


@pytest.mark.parametrize("name", DAMAGE)
def test_T31_a_start_with_a_damaged_file_is_refused_in_words(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = _drug(folder)
    file.write_bytes(DAMAGE[name](file.read_bytes()))
    with pytest.raises(KnowledgeError) as refused:
        build(Settings(knowledge=folder))
    assert file.name in str(refused.value)
    monkeypatch.setenv("CDS_KNOWLEDGE", str(folder))
    assert main(["version"]) == 1
    assert "Traceback" not in capsys.readouterr().err


# --- signed knowledge ---------------------------------------------------------------------------------------------

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass
class Signed:
    """A copy of the knowledge, the key it is signed with, and a service that asks for the signature."""

    folder: Path
    key: Ed25519PrivateKey
    settings: Settings

    def sign(self, hours: int = 0, key: Ed25519PrivateKey | None = None) -> None:
        signature.sign(self.folder, key or self.key, NOON + timedelta(hours=hours))


@pytest.fixture
def signed(folder: Path, tmp_path: Path) -> Signed:
    key = Ed25519PrivateKey.generate()
    public = tmp_path / "public.pem"
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    settings = Settings(knowledge=folder, knowledge_key=public, database=str(tmp_path / "cds.sqlite"))
    made = Signed(folder, key, settings)
    made.sign()
    return made


def refused(settings: Settings) -> str:
    with pytest.raises(KnowledgeError) as caught:
        built(settings)
    return str(caught.value)


def test_T31_signed_knowledge_is_loaded_and_is_the_same(signed: Signed) -> None:
    assert built(signed.settings).versions == build(Settings()).versions


TAMPERED: dict[str, Callable[[Signed], object]] = {
    "no signature": lambda one: (one.folder / signature.NAME).unlink(),
    "one byte": lambda one: _drug(one.folder).write_bytes(_drug(one.folder).read_bytes() + b" "),
    "one more file": lambda one: (one.folder / "drugs" / "more.yaml").write_bytes(b"# nothing"),
    "one file less": lambda one: (one.folder / "README.md").unlink(),
    "a file of another name": lambda one: (one.folder / "README.md").rename(one.folder / "README.txt"),
    "another key": lambda one: one.sign(key=Ed25519PrivateKey.generate()),
    "an empty signature": lambda one: (one.folder / signature.NAME).write_bytes(b""),
    "another form": lambda one: (one.folder / signature.NAME).write_bytes(b'{"issued":1}'),
    "another moment": lambda one: _rewrite(one.folder / signature.NAME, b"2026-11-24", b"2027-11-24"),
    "a signature that is none": lambda one: _rewrite(
        one.folder / signature.NAME, b'"signature": "', b'"signature": "!'
    ),
}


def _rewrite(file: Path, old: bytes, new: bytes) -> None:
    data = file.read_bytes()
    assert old in data
    file.write_bytes(data.replace(old, new))


@pytest.mark.parametrize("how", TAMPERED)
def test_T31_with_a_key_set_tampered_knowledge_is_not_loaded_and_the_last_good_one_answers(
    signed: Signed, how: str
) -> None:
    app = create_app(signed.settings)
    with TestClient(app) as client:
        before = client.get("/readyz").json()
        assert before["status"] == "ready"
        TAMPERED[how](signed)
        assert asyncio.run(app.state.reloader.reload()) is False
        told = client.get("/readyz")
        assert (told.status_code, told.json()["status"]) == (200, "degraded")
        assert told.json()["knowledge"] == before["knowledge"]
        assert client.post(SIGN, json=order_sign()).status_code == 200
    assert signature.NAME in refused(signed.settings)
    with TestClient(create_app(signed.settings)) as client:
        assert client.get("/readyz").status_code == 503
        assert "no knowledge loaded" in client.post(SIGN, json=order_sign()).text


def test_T31_an_older_issue_is_refused_even_by_a_new_process(signed: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    built(signed.settings)
    signed.sign(hours=1)
    built(signed.settings)
    signed.sign(hours=0)
    assert "was loaded before" in refused(signed.settings)
    monkeypatch.setattr("cds.operations.signing._NEWEST", {})  # what a new process knows
    assert "was loaded before" in refused(signed.settings)
    signed.sign(hours=1)
    built(signed.settings)


def test_T31_without_a_database_an_older_issue_is_refused_while_the_process_lives(signed: Signed) -> None:
    settings = replace(signed.settings, database="none")
    signed.sign(hours=1)
    built(settings)
    signed.sign(hours=0)
    assert "was loaded before" in refused(settings)


def test_T31_an_issue_that_cannot_be_loaded_does_not_keep_an_older_one_out(signed: Signed) -> None:
    drug = _drug(signed.folder)
    whole = drug.read_bytes()
    drug.write_bytes(whole[:500])
    signed.sign(hours=1)
    refused(signed.settings)
    drug.write_bytes(whole)
    signed.sign(hours=0)
    built(signed.settings)


def test_T31_a_bundle_is_signed_beside_itself(signed: Signed, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.json"
    bundle.write_bytes(published.bundle())
    settings = replace(signed.settings, bundle=bundle)
    assert "not signed" in refused(settings)
    signature.sign(bundle, signed.key, NOON)
    built(settings)
    bundle.write_bytes(bundle.read_bytes() + b" ")
    assert "not those that were signed" in refused(settings)


def test_T31_the_command_signs_what_has_no_fault(
    signed: Signed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "secret.pem"
    secret.write_bytes(signed.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    monkeypatch.setenv("CDS_KNOWLEDGE", str(signed.folder))
    TAMPERED["one byte"](signed)
    assert main(["knowledge", "sign", "--key", str(secret)]) == 0
    assert built(signed.settings).versions[0] in capsys.readouterr().out
    assert main(["knowledge", "sign", "--key", str(signed.settings.knowledge_key)]) == 1
    assert "no secret key" in capsys.readouterr().err


HOSTILE = {
    "binary": b"\x00\xff\xfe" * 1000,
    "a byte order mark and nothing": b"\xef\xbb\xbf",
    "not a bundle": b"[]",
    "another resource": b'{"resourceType": "Patient"}',
    "deep": b'{"resourceType":"Bundle","entry":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "twice": b'{"resourceType":"Bundle","type":"collection","type":"batch"}',
    "a number without end": b'{"resourceType":"Bundle","total":' + b"9" * 100_000 + b"}",
    "an exponent": b'{"resourceType":"Bundle","total":1E+999999999}',
    "a path in an address": json.dumps(
        {"resourceType": "Bundle", "type": "collection", "entry": [{"fullUrl": "../../../../etc/passwd", "resource": {
            "resourceType": "MedicationKnowledge", "id": "../../x"}}]}
    ).encode(),
    "one line of ten million bytes": b'{"resourceType":"Bundle","id":"' + b"x" * 10_000_000 + b'"}',
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_T32_a_hostile_bundle_is_refused_in_words_and_in_bounded_time(tmp_path: Path, name: str) -> None:
    bundle = tmp_path / "bundle.json"
    bundle.write_bytes(HOSTILE[name])
    begun = time.process_time()
    with pytest.raises(CdsError):
        build(Settings(bundle=bundle))
    assert time.process_time() - begun < 5
