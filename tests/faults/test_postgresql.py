"""Faults of PostgreSQL: hooks go on, nothing that was acknowledged is lost, and it is well again by itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from sqlalchemy import create_engine, text

from cds.store.database import Database
from tests import serving, tokens
from tests.bodies import SIGN, order_sign
from tests.faults.calls import JSON, KEY, call, kept, report, status, until
from tests.postgres import FOLDERS, PASSWORD, WHY_NOT, Postgres, postgres

HOOK_SECONDS = 0.8
"""Within its budget, on a busy machine."""


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    if not FOLDERS:
        pytest.skip(WHY_NOT)
    with postgres() as made:
        yield made


@pytest.fixture
def location(server: Postgres) -> str:
    """A database with our tables."""
    found = server.database()
    upgraded(found)
    return found


def upgraded(location: str) -> None:
    made = Database(location)
    made.upgrade()
    made.close()


def hook(client: httpx.Client, service: serving.Served) -> str:
    """The first card of a hook call that was answered in time, whatever the database does."""
    begun = time.perf_counter()
    card = call(client, service)[0]
    assert time.perf_counter() - begun < HOOK_SECONDS
    return card


def test_a_postgresql_that_is_stopped_and_started_again_under_load_loses_nothing_that_was_acknowledged(
    tmp_path: Path, client: httpx.Client, server: Postgres, location: str
) -> None:
    acknowledged: set[str] = set()
    seen: set[int] = set()
    ended = threading.Event()
    with serving.serving(tmp_path, hash_key=KEY, database=location) as service:

        def load(_: int) -> None:
            with httpx.Client(trust_env=False, timeout=20) as mine:
                while not ended.is_set():
                    card = call(mine, service)[0]
                    answer = report(mine, service, card).status_code
                    seen.add(answer)
                    if answer == 200:
                        acknowledged.add(card)

        with ThreadPoolExecutor(3) as crowd:
            loads = crowd.map(load, range(3))
            for _ in range(2):
                assert until(lambda: status(client, service) == "ready")
                time.sleep(0.7)
                server.stop()
                assert until(lambda: status(client, service) == "degraded")
                hook(client, service)
                server.start()
            assert until(lambda: status(client, service) == "ready")
            time.sleep(0.5)
            ended.set()
            list(loads)
        assert serving.stop(service) == 0
        assert "Traceback" not in service.said()
    assert seen == {200, 503}
    assert len(acknowledged) > 20
    assert acknowledged <= kept(location)


def test_a_lock_on_postgresql_makes_feedback_wait_and_hooks_not(
    tmp_path: Path, client: httpx.Client, location: str
) -> None:
    with serving.serving(tmp_path, hash_key=KEY, database=location) as service:
        card = call(client, service)[0]
        assert until(lambda: report(client, service, card).status_code == 200)
        engine = create_engine(location.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as lock:
            lock.execute(text("LOCK TABLE feedback, decision IN ACCESS EXCLUSIVE MODE"))
            begun = time.perf_counter()
            refused = report(client, service, card, 1)
            assert time.perf_counter() - begun < 4.5
            assert refused.status_code == 503
            assert refused.headers["retry-after"]
            hook(client, service)
            assert until(lambda: status(client, service) == "degraded")
        engine.dispose()
        assert until(lambda: status(client, service) == "ready")
        assert report(client, service, card, 1).status_code == 200
    assert kept(location) == {card}


def test_a_full_postgresql_refuses_feedback_keeps_what_was_kept_and_recovers_by_itself(
    tmp_path: Path, client: httpx.Client, server: Postgres
) -> None:
    disk = server.folder / "small"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(disk)], check=False)
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        if server.user:
            shutil.chown(disk, "nobody", "nogroup")
        server.run(f"CREATE TABLESPACE small LOCATION '{disk}'")
        location = server.database("TABLESPACE small")
        upgraded(location)
        with serving.serving(tmp_path, hash_key=KEY, database=location) as service:
            card = call(client, service)[0]
            assert until(lambda: report(client, service, card).status_code == 200)
            fill(disk / "filler")
            seen = set()
            for number in range(600):
                hook(client, service)
                seen.add(report(client, service, card, number + 2).status_code)
                if 503 in seen:
                    break
            assert 503 in seen
            hook(client, service)
            assert status(client, service) == "degraded"
            (disk / "filler").unlink()
            assert until(lambda: status(client, service) == "ready", 30)
            assert report(client, service, call(client, service)[0]).status_code == 200
        assert card in kept(location)
        server.run(f"DROP DATABASE {location.rpartition('/')[2]} WITH (FORCE)", "DROP TABLESPACE small")
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def fill(file: Path) -> None:
    with file.open("wb", buffering=0) as sink:
        try:
            while True:
                sink.write(b"x" * 4096)
        except OSError:
            return


def test_a_service_begun_before_its_tables_were_made_records_as_soon_as_they_are(
    tmp_path: Path, client: httpx.Client, server: Postgres
) -> None:
    location = server.database()
    with serving.serving(tmp_path, hash_key=KEY, database=location) as service:
        card = hook(client, service)
        assert status(client, service) == "degraded"
        assert report(client, service, card).status_code == 503
        program = "import sys; from cds.cli import main; sys.exit(main(['db', 'upgrade']))"
        environ = {**os.environ, "CDS_DATABASE": location}
        subprocess.run([sys.executable, "-c", program], env=environ, check=True, stdout=subprocess.DEVNULL)
        assert until(lambda: status(client, service) == "ready")
        assert report(client, service, card).status_code == 200
    assert kept(location) == {card}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_tables_of_a_newer_program_are_left_alone_and_that_is_said(
    tmp_path: Path, client: httpx.Client, request: pytest.FixtureRequest, kind: str
) -> None:
    location = str(tmp_path / "cds.sqlite") if kind == "sqlite" else request.getfixturevalue("server").database()
    upgraded(location)
    database = Database(location)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with serving.serving(tmp_path, hash_key=KEY, database=location) as service:
        hook(client, service)
        assert until(lambda: status(client, service) == "degraded")
        hook(client, service)
        assert "Traceback" not in service.said()
    assert database.revision() == "9999"
    with database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM decision")).scalar() == 0
    database.close()


def test_tokens_replayed_in_bulk_at_two_machines_are_each_good_once_and_good_for_nothing_while_postgresql_is_away(
    tmp_path: Path, client: httpx.Client
) -> None:
    if not FOLDERS:
        pytest.skip(WHY_NOT)
    clients = str(tokens.clients_file(tmp_path))
    body = json.dumps(order_sign())
    with postgres("scram-sha-256") as server:
        shared = {
            "hash_key": KEY, "database": f"{server.address}/postgres", "database_password": PASSWORD,
            "clients": clients, "base_url": tokens.BASE_URL,
        }  # fmt: skip
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
        with (
            serving.serving(tmp_path / "one", **shared) as one,
            serving.serving(tmp_path / "other", **shared) as other,
            ThreadPoolExecutor(8) as crowd,
        ):

            def ask(service: serving.Served, token: str) -> int:
                headers = JSON | {"authorization": f"Bearer {token}"}
                return httpx.post(
                    service.url + SIGN, content=body, headers=headers, trust_env=False, timeout=20
                ).status_code

            used = [tokens.token(SIGN) for _ in range(60)]
            asked = [crowd.submit(ask, service, token) for token in used for service in (one, other, one)]
            found = [each.result() for each in asked]
            for place in range(0, len(found), 3):
                assert sorted(found[place : place + 3]) == [200, 401, 401]
            server.stop()
            assert ask(one, tokens.token(SIGN)) == 503
            assert ask(one, used[0]) in (401, 503)
            server.start()
            assert until(lambda: ask(one, tokens.token(SIGN)) == 200)
            for service in (one, other):
                assert PASSWORD not in service.said()
                assert "Traceback" not in service.said()
