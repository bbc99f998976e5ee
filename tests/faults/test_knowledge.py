"""Knowledge that is damaged, old, contradictory or tampered with: what is good goes on, and what is not is said."""

from __future__ import annotations

import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from cds.errors import KnowledgeError
from cds.hooks.demo import examples, in_process
from cds.service import build
from cds.settings import Settings
from tests import serving
from tests.bodies import SIGN
from tests.faults.calls import BODY, JSON, call, status, until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the knowledge, to be changed."""
    return Path(shutil.copytree(Settings().knowledge, tmp_path / "knowledge"))


def a_drug(folder: Path) -> Path:
    return min((folder / "drugs").glob("*.yaml"))


def test_knowledge_that_is_damaged_while_the_service_runs_is_not_taken_and_said(
    tmp_path: Path, client: httpx.Client, folder: Path
) -> None:
    drug = a_drug(folder)
    with serving.serving(tmp_path, knowledge=str(folder)) as service:
        before = client.get(f"{service.url}/readyz").json()
        whole = drug.read_bytes()
        drug.write_bytes(whole[: len(whole) // 2])
        service.process.send_signal(signal.SIGHUP)
        assert until(lambda: status(client, service) == "degraded")
        assert call(client, service)
        assert client.get(f"{service.url}/readyz").json()["knowledge"] == before["knowledge"]
        drug.write_bytes(whole)
        service.process.send_signal(signal.SIGHUP)
        assert until(lambda: status(client, service) == "ready")


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_cold_start_with_damaged_knowledge_serves_and_says_that_nothing_is_checked(
    tmp_path: Path, client: httpx.Client, folder: Path, workers: str
) -> None:
    drug = a_drug(folder)
    whole = drug.read_bytes()
    drug.write_bytes(whole[:500])
    service = serving.start(tmp_path, "--workers", workers, ready=False, knowledge=str(folder))
    try:
        assert until(lambda: alive(service), 40)
        told = client.get(f"{service.url}/readyz")
        assert (told.status_code, told.json()["status"]) == (503, "not ready")
        assert drug.name in service.said()
        assert "Traceback" not in service.said()
        for path in ("/livez", "/version", "/cds-services"):
            assert client.get(service.url + path).status_code == 200, path
        for path in ("/", "/knowledge", "/fhir/r5/metadata"):
            answer = client.get(service.url + path)
            assert (answer.status_code, answer.json()["resourceType"]) == (503, "OperationOutcome"), path
        cards = client.post(service.url + SIGN, content=BODY, headers=JSON).json()["cards"]
        assert [card["indicator"] for card in cards] == ["warning"]
        assert "NOT checked: the service has no knowledge loaded" in cards[0]["summary"]
        assert client.post(service.url + SIGN, content=b"{", headers=JSON).status_code == 400
        drug.write_bytes(whole)
        service.process.send_signal(signal.SIGHUP)
        assert until(lambda: client.get(f"{service.url}/readyz").status_code == 200, 40)
        assert until(lambda: "no knowledge" not in client.post(service.url + SIGN, content=BODY, headers=JSON).text)
        assert serving.stop(service) == 0
    finally:
        serving.end(service)


def test_workers_that_cannot_be_replaced_go_on_with_the_last_good_knowledge_and_say_so(
    tmp_path: Path, client: httpx.Client, folder: Path
) -> None:
    drug = a_drug(folder)
    whole = drug.read_bytes()
    with serving.serving(tmp_path, "--workers", "2", knowledge=str(folder)) as service:
        before = client.get(f"{service.url}/readyz").json()["knowledge"]
        drug.write_bytes(whole[: len(whole) // 2])
        service.process.send_signal(signal.SIGHUP)
        assert until(lambda: all(one["status"] == "degraded" for one in asked_apart(service)), 90)
        assert {one["knowledge"] for one in asked_apart(service)} == {before}
        assert call(client, service)
        drug.write_bytes(whole)
        service.process.send_signal(signal.SIGHUP)
        assert until(lambda: all(one["status"] == "ready" for one in asked_apart(service)), 90)


def asked_apart(service: serving.Served) -> list[dict[str, str]]:
    """``/readyz`` over connections of their own, so that several workers answer."""
    return [httpx.get(f"{service.url}/readyz", trust_env=False, timeout=5).json() for _ in range(12)]


def alive(service: serving.Served) -> bool:
    try:
        return httpx.get(f"{service.url}/livez", trust_env=False, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def test_knowledge_is_swapped_under_load_and_every_answer_is_of_one_version(tmp_path: Path, folder: Path) -> None:
    drug = a_drug(folder)
    whole = drug.read_bytes()
    with serving.serving(tmp_path, knowledge=str(folder)) as service:
        seen: set[str] = set()
        ended = time.monotonic() + 8

        def load(_: int) -> int:
            count = 0
            with httpx.Client(trust_env=False, timeout=20) as one:
                while time.monotonic() < ended:
                    answer = one.post(service.url + SIGN, content=BODY, headers=JSON).json()
                    version = answer["extension"]["org.medication-order-cds.review"]["knowledge"]
                    details = [card["detail"] for card in answer["cards"]]
                    assert all(f"Knowledge {version}" in detail for detail in details)
                    seen.add(version)
                    count += 1
            return count

        with ThreadPoolExecutor(3) as crowd:
            loads = crowd.map(load, range(3))
            for number in range(4):
                drug.write_bytes(whole + b"# " + str(number).encode() + b"\n")
                service.process.send_signal(signal.SIGHUP)
                time.sleep(1.8)
            assert sum(loads) > 50
        assert len(seen) >= 3


CONTRADICTIONS = {
    "one statement twice, with two levels": lambda text: text + _AGAIN.format(*_first(text)),
    "two levels in one place": lambda text: text.replace(
        "- level: info\n", "- level: info\n        level: critical\n", 1
    ),
    "a lowest dose above the highest": lambda text: text.replace("{low: 0.1 mg/kg,", "{low: 9.1 mg/kg,", 1),
    "a key of an older form": lambda text: text.replace("kind: dose", "type: dose", 1),
    "a level that is none any more": lambda text: text.replace("- level: info", "- level: notice", 1),
}
_AGAIN = """
  - id: {0}
    kind: dose
    rule: K1
    topic: dose
    says: The same again.
    cite:
      - {1}
    dose: {{low: 0.1 mg/kg, high: 0.35 mg/kg}}
    applies:
      route: [intravenous]
    tiers:
      - level: critical
        when: {{amount: {{above: 0.35 mg/kg}}}}
        say: "{{drug}} {{amount}} is too much."
"""


def _first(text: str) -> tuple[str, str]:
    """Id and citation of the first statement."""
    lines = text.splitlines()
    identity = next(line for line in lines if line.startswith("  - id: "))
    cite = next(line for line in lines if line.startswith("      - {source"))
    return identity.removeprefix("  - id: "), cite.removeprefix("      - ")


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_knowledge_that_contradicts_itself_or_is_of_an_old_form_is_refused_in_words(folder: Path, name: str) -> None:
    file = folder / "drugs" / "ketamine.yaml"
    text = file.read_text(encoding="utf-8")
    changed = CONTRADICTIONS[name](text)
    assert changed != text
    file.write_text(changed, encoding="utf-8")
    with pytest.raises(KnowledgeError) as refused:
        build(Settings(knowledge=folder))
    assert any(fault.path.endswith("ketamine.yaml") and fault.line for fault in refused.value.faults)


def test_the_network_and_the_command_line_give_the_same_cards(client: httpx.Client, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    ask = in_process(build(Settings()), now)
    with serving.serving(tmp_path) as service:
        for one in examples(Settings().knowledge, now.date()):
            live = client.post(f"{service.url}/cds-services/{one.service}", content=one.body, headers=JSON).json()
            assert without_uuids(live) == without_uuids(ask(one.service, one.body)), one.title


def without_uuids(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_uuids(item) for name, item in value.items() if name != "uuid"}
    return [without_uuids(item) for item in value] if isinstance(value, list) else value
