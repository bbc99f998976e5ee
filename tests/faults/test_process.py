"""Faults of the process and its disk: what was acknowledged is kept, hooks go on, and it recovers by itself."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from cds.store.database import Database
from cds.store.tables import FEEDBACK
from tests import serving
from tests.bodies import SIGN
from tests.faults.calls import BODY, JSON, KEY, call, kept, report, status, until
from tests.standin import stand_in

KILLS = 25


AGAIN = """
import os, sys
from cds.operations import serving
run = serving.run
def again(app, **options):
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            run(app, **options)
            os._exit(0)
        print(child, flush=True)
        os.waitpid(child, 0)
    sys.exit(0)
serving.run = again
from cds.cli import main
sys.exit(main(sys.argv[1:]))
"""
"""The service as it is, but for this: it is begun again and again by a process that has loaded everything before."""


@pytest.mark.slow
def test_twenty_five_kills_under_load_lose_no_acknowledged_feedback(tmp_path: Path) -> None:
    acknowledged: set[str] = set()
    port = serving.free_port()
    service = serving.start(tmp_path, port=port, ready=False, program=AGAIN, stdin=subprocess.PIPE, hash_key=KEY)
    assert service.process.stdin is not None
    assert service.process.stdout is not None
    for kill in range(KILLS):
        service.process.stdin.write(b"\n")
        service.process.stdin.flush()
        child = int(service.process.stdout.readline())
        serving.wait_until_ready(service)
        ended = threading.Event()

        def load(ended: threading.Event = ended) -> None:
            with httpx.Client(trust_env=False, timeout=5) as client:
                while not ended.is_set():
                    try:
                        for card in call(client, service):
                            if report(client, service, card).status_code == 200:
                                acknowledged.add(card)
                    except httpx.HTTPError:
                        return

        with ThreadPoolExecutor(4) as crowd:
            for _ in range(4):
                crowd.submit(load)
            time.sleep(0.3 + 0.011 * kill)
            os.kill(child, signal.SIGKILL)
            ended.set()
    service.process.communicate(timeout=10)
    serving.end(service)
    lost = acknowledged - kept(tmp_path / "cds.sqlite")
    sentence = f"{KILLS} kills, {len(acknowledged)} acknowledged, {len(lost)} lost"
    assert len(acknowledged) > KILLS * 4, sentence
    assert not lost, sentence
    os.write(2, f"\n{sentence}\n".encode())


def test_a_locked_database_makes_feedback_wait_a_second_and_hooks_not_at_all(
    tmp_path: Path, client: httpx.Client
) -> None:
    with serving.serving(tmp_path, hash_key=KEY) as service:
        card = call(client, service)[0]
        assert until(lambda: report(client, service, card).status_code == 200)
        lock = sqlite3.connect(tmp_path / "cds.sqlite", isolation_level=None)
        lock.execute("BEGIN EXCLUSIVE")
        begun = time.perf_counter()
        refused = report(client, service, card, 1)
        took = time.perf_counter() - begun
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        assert 0.5 < took < 4.5
        begun = time.perf_counter()
        call(client, service)
        assert time.perf_counter() - begun < 0.5
        assert until(lambda: status(client, service) == "degraded")
        lock.execute("ROLLBACK")
        lock.close()
        assert until(lambda: status(client, service) == "ready")
        assert report(client, service, card, 1).status_code == 200
    assert kept(tmp_path / "cds.sqlite") == {card}


def test_a_full_disk_refuses_feedback_keeps_what_was_kept_and_recovers_by_itself(
    tmp_path: Path, client: httpx.Client
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        with serving.serving(tmp_path, hash_key=KEY, database=str(disk / "cds.sqlite")) as service:
            card = call(client, service)[0]
            assert until(lambda: report(client, service, card).status_code == 200)
            filler = disk / "filler"
            with filler.open("wb", buffering=0) as sink:
                try:
                    while True:
                        sink.write(b"x" * 4096)
                except OSError:
                    pass
            seen = set()
            for number in range(300):
                call(client, service)
                seen.add(report(client, service, card, number + 2).status_code)
                if 503 in seen:
                    break
            assert 503 in seen
            begun = time.perf_counter()
            call(client, service)
            assert time.perf_counter() - begun < 0.5
            assert status(client, service) == "degraded"
            filler.unlink()
            assert until(lambda: status(client, service) == "ready", 30)
            assert report(client, service, call(client, service)[0]).status_code == 200
            serving.stop(service)
        assert card in kept(disk / "cds.sqlite")
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_the_same_feedback_twice_is_kept_once(tmp_path: Path, client: httpx.Client) -> None:
    with serving.serving(tmp_path, hash_key=KEY) as service:
        card = call(client, service)[0]
        one = {"card": card, "outcome": "overridden", "outcomeTimestamp": "2026-11-24T10:00:00Z"}
        for _ in range(3):
            answer = client.post(f"{service.url}{SIGN}/feedback", json={"feedback": [one, one]})
            assert answer.status_code == 200
        serving.stop(service)
    database = Database(str(tmp_path / "cds.sqlite"))
    with database.reading() as connection:
        assert len(connection.execute(select(FEEDBACK.c.card)).all()) == 1
    database.close()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_requests_in_flight_are_answered_when_the_service_is_told_to_stop(
    tmp_path: Path, client: httpx.Client, workers: str
) -> None:
    grant = {"access_token": "t", "token_type": "Bearer", "expires_in": 9, "scope": "s", "subject": "s"}
    with stand_in("silence") as silent:
        body = json.dumps(json.loads(BODY) | {"fhirServer": silent.base, "fhirAuthorization": grant, "prefetch": {}})
        with serving.serving(tmp_path, "--workers", workers, fhir_servers=silent.base, budget="1.5") as service:
            with ThreadPoolExecutor(8) as crowd:

                def slow(_: int) -> int:
                    with httpx.Client(trust_env=False, timeout=20) as one:
                        return one.post(service.url + SIGN, content=body, headers=JSON).status_code

                waiting = crowd.map(slow, range(8))
                until(lambda: len(silent.asked) >= 8)
                time.sleep(0.3)
                begun = time.monotonic()
                service.process.send_signal(signal.SIGTERM)
                assert until(lambda: not ready(service), 1.0)
                assert list(waiting) == [200] * 8
            assert service.process.wait(15) == 0
            assert time.monotonic() - begun < 12
            with pytest.raises(httpx.HTTPError):
                client.get(f"{service.url}/livez")


def ready(service: serving.Served) -> bool:
    """Whether a balancer would send calls here: not once the service was told to stop."""
    try:
        return httpx.get(f"{service.url}/readyz", trust_env=False, timeout=0.5).status_code == 200
    except httpx.HTTPError:
        return False


def test_a_worker_that_crashes_is_replaced_and_the_other_answers_meanwhile(tmp_path: Path) -> None:
    with serving.serving(tmp_path, "--workers", "2") as service:
        children = _children(service.process.pid)
        assert until(lambda: len(_children(service.process.pid)) >= 2)
        children = _children(service.process.pid)
        os.kill(children[0], signal.SIGSEGV)
        answered = 0
        begun = time.monotonic()
        while time.monotonic() - begun < 3:
            try:
                answered += httpx.get(f"{service.url}/livez", trust_env=False, timeout=2).status_code == 200
            except httpx.HTTPError:
                time.sleep(0.02)
        assert answered > 20
        assert until(lambda: len(set(_children(service.process.pid)) - {children[0]}) >= 2, 20)


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue
        if int(fields[1]) == parent and fields[0] not in "ZX" and b"spawn_main" in command:
            found.append(int(entry.name))
    return sorted(found)
