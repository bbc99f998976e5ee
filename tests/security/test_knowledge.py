"""T31 and T32: files that were tampered with are refused whole, and what is served goes on as it was."""

# ruff: noqa: N802 - the names carry the ids of the threats
from __future__ import annotations

import asyncio
import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from cds.app import create_app
from cds.cli import main
from cds.errors import CdsError, KnowledgeError
from cds.service import build
from cds.settings import Settings
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
        begun = time.perf_counter()
        assert asyncio.run(app.state.reloader.reload()) is False
        assert time.perf_counter() - begun < 5
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
    begun = time.perf_counter()
    with pytest.raises(CdsError):
        build(Settings(bundle=bundle))
    assert time.perf_counter() - begun < 5
