"""Knowledge is loaded anew all at once or not at all, and every answer is made of one version."""

from __future__ import annotations

import itertools
import json
import signal
import threading
import weakref
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.testclient import TestClient

from cds.app import create_app
from cds.errors import Fault, KnowledgeError
from cds.hooks import demo
from cds.hooks.routes import Endpoints
from cds.knowledge.model import Knowledge, Level
from cds.knowledge.overlay import Change, Entry, Overlaid, State
from cds.operations.reloading import CLIENTS_KEPT, Loaded, Reloader, drain, due, until_midnight
from cds.service import Service
from cds.settings import Settings
from cds.store.database import Database
from cds.store.feedback import Comments
from cds.store.keyed import Key
from cds.store.ledger import Ledger
from tests import tokens
from tests.unit.store.records import decision

SIGN = "/cds-services/medication-order-sign"
FINDINGS = "org.medication-order-cds.findings"
REVIEW = "org.medication-order-cds.review"


def lowered(knowledge: Knowledge, version: str) -> Knowledge:
    """The same knowledge with everything said as information."""
    drugs = tuple(
        replace(
            drug,
            statements=tuple(
                replace(one, tiers=tuple(replace(tier, level=Level.INFO) for tier in one.tiers))
                for one in drug.statements
            ),
        )
        for drug in knowledge.drugs
    )
    return replace(knowledge, version=version, drugs=drugs)


def body(number: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(demo.examples(Settings().knowledge, datetime.now(UTC).date())[number - 1].body)
    return found


def test_under_load_every_answer_is_made_of_one_version_and_none_fails(real_service: Service) -> None:
    loud = replace(real_service, knowledge=replace(real_service.knowledge, version="loud"))
    quiet = replace(real_service, knowledge=lowered(real_service.knowledge, "quiet"))
    answers: list[tuple[int, dict[str, Any]]] = []
    with TestClient(create_app(Settings(), loud)) as client:
        endpoints: Endpoints = client.app.state.endpoints  # type: ignore[attr-defined]

        def call() -> None:
            for _ in range(30):
                response = client.post(SIGN, json=body(3))
                answers.append((response.status_code, response.json()))

        callers = [threading.Thread(target=call) for _ in range(4)]
        for caller in callers:
            caller.start()
        services = itertools.cycle([quiet, loud])
        reloader = Reloader(endpoints, lambda: Loaded(next(services)), lambda _: None)
        swaps = 0
        assert client.portal is not None
        while any(caller.is_alive() for caller in callers):
            client.portal.call(reloader.reload)
            swaps += 1
    assert {status for status, _ in answers} == {200}
    versions = [answer["extension"][REVIEW]["knowledge"] for _, answer in answers]
    assert set(versions) == {"loud", "quiet"}
    assert swaps > 10
    for version, (_, answer) in zip(versions, answers, strict=True):
        levels = {told["level"] for card in answer["cards"] for told in card["extension"][FINDINGS]}
        assert ("critical" in levels) is (version == "loud")
        assert all(f"Knowledge {version}" in card["detail"] for card in answer["cards"])


def test_knowledge_with_faults_is_refused_and_the_last_good_one_answers(real_service: Service) -> None:
    def faulty() -> Loaded:
        raise KnowledgeError([Fault("a.yaml", 1, "wrong")])

    with TestClient(create_app(Settings(), real_service)) as client:
        endpoints: Endpoints = client.app.state.endpoints  # type: ignore[attr-defined]
        assert client.portal is not None
        assert client.portal.call(Reloader(endpoints, faulty, lambda _: None).reload) is False
        ready = client.get("/readyz")
        assert ready.status_code == 200
        assert ready.json()["status"] == "degraded"
        assert client.post(SIGN, json=body(3)).json()["cards"]
        assert client.portal.call(Reloader(endpoints, lambda: Loaded(real_service), lambda _: None).reload) is True
        assert client.get("/readyz").json()["status"] == "ready"


def test_pages_show_the_new_knowledge_too(real_service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    renamed = replace(real_service, knowledge=replace(real_service.knowledge, version="renamed"))
    monkeypatch.setattr("cds.app.built", lambda _: renamed)
    with TestClient(create_app(Settings(), real_service)) as client:
        assert "renamed" not in client.get("/integrators").text
        assert client.portal is not None
        assert client.portal.call(client.app.state.reloader.reload)  # type: ignore[attr-defined]
        assert "renamed" in client.get("/integrators").text
        assert client.get("/version").json()["knowledge"] == "renamed"


def test_what_was_replaced_is_given_back(real_service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[weakref.ref[Knowledge]] = []

    def built(_: Settings) -> Service:
        service = replace(real_service, knowledge=replace(real_service.knowledge, version=f"number {len(made)}"))
        made.append(weakref.ref(service.knowledge))
        return service

    monkeypatch.setattr("cds.app.built", built)
    with TestClient(create_app(Settings(), real_service)) as client:
        assert client.portal is not None
        for _ in range(3):
            client.get("/integrators")
            assert client.portal.call(client.app.state.reloader.reload)  # type: ignore[attr-defined]
        assert [ref() is None for ref in made] == [True, True, False]


def clients_of(folder: Path, *listed: str) -> Path:
    """A clients file with these clients, each with its own issuer and the same keys."""
    (folder / "keys.json").write_bytes(tokens.key_set())
    path, rows = folder / "clients.yaml", ["clients:"]
    for name in listed:
        rows += [f"  - name: {name}", f"    issuer: https://{name}.example.org", "    keys: keys.json"]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def status_of(client: TestClient, name: str, **changes: Any) -> int:
    """What a call with a good token of this client is answered with."""
    path = SIGN
    said = tokens.bearer(path, iss=f"https://{name}.example.org", **changes)
    return client.post(path, json=body(1), headers={**said, "host": "cds.example.org"}).status_code


def test_clients_are_read_anew_with_the_knowledge(
    real_service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cds.app.built", lambda _: real_service)
    file = clients_of(tmp_path, "north", "east")
    with TestClient(create_app(Settings(clients=file, base_url=tokens.BASE_URL), real_service)) as client:
        reload = client.app.state.reloader.reload  # type: ignore[attr-defined]
        assert client.portal is not None
        assert [status_of(client, name) for name in ("north", "east", "south")] == [200, 200, 401]
        assert status_of(client, "north", jti="used") == 200

        clients_of(tmp_path, "north", "south")
        assert [status_of(client, name) for name in ("north", "east", "south")] == [200, 200, 401]
        assert client.portal.call(reload)
        assert [status_of(client, name) for name in ("north", "east", "south")] == [200, 401, 200]
        assert status_of(client, "north", jti="used") == 401, "what was used stays used"


def test_a_clients_file_with_faults_changes_nothing_and_is_told(
    real_service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    renamed = replace(real_service, knowledge=replace(real_service.knowledge, version="renamed"))
    monkeypatch.setattr("cds.app.built", lambda _: renamed)
    file = clients_of(tmp_path, "north")
    with TestClient(create_app(Settings(clients=file, base_url=tokens.BASE_URL), real_service)) as client:
        file.write_text("clients:\n  - name: NORTH\n", encoding="utf-8")
        assert client.portal is not None
        assert not client.portal.call(client.app.state.reloader.reload)  # type: ignore[attr-defined]
        assert status_of(client, "north") == 200
        ready = client.get("/readyz", headers={"host": "cds.example.org"}).json()
        assert ready["knowledge"] == real_service.knowledge.version, "nothing is half new"
        assert ready["problems"] == [CLIENTS_KEPT]


def test_a_key_file_that_was_replaced_is_read_anew(
    real_service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cds.app.built", lambda _: real_service)
    file = clients_of(tmp_path, "north")
    with TestClient(create_app(Settings(clients=file, base_url=tokens.BASE_URL), real_service)) as client:
        assert status_of(client, "north") == 200
        (tmp_path / "keys.json").write_bytes(tokens.key_set(tokens.ec_key("ec-2")))
        assert client.portal is not None
        assert client.portal.call(client.app.state.reloader.reload)  # type: ignore[attr-defined]
        assert status_of(client, "north") == 401


def test_a_clients_own_policy_comes_and_goes_with_its_file(
    real_service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def built(settings: Settings) -> Service:
        version = "its own" if settings.policy else "the site's"
        return replace(real_service, knowledge=replace(real_service.knowledge, version=version))

    monkeypatch.setattr("cds.app.built", built)
    file = clients_of(tmp_path, "north")
    (tmp_path / "north.yaml").write_text("policy: north", encoding="utf-8")

    def version(client: TestClient) -> str:
        said = tokens.bearer(SIGN, iss="https://north.example.org")
        answer = client.post(SIGN, json=body(3), headers={**said, "host": "cds.example.org"}).json()
        return str(answer["extension"][REVIEW]["knowledge"])

    with TestClient(create_app(Settings(clients=file, base_url=tokens.BASE_URL))) as client:
        reload = client.app.state.reloader.reload  # type: ignore[attr-defined]
        assert client.portal is not None
        assert version(client) == "the site's"
        plain = file.read_text(encoding="utf-8")
        file.write_text(f"{plain}    policy: north.yaml\n", encoding="utf-8")
        assert client.portal.call(reload)
        assert version(client) == "its own"
        file.write_text(plain, encoding="utf-8")
        assert client.portal.call(reload)
        assert version(client) == "the site's"


def test_told_to_stop_it_says_so_and_goes_on_for_the_time_that_was_set(real_service: Service) -> None:
    stopped: list[int] = []

    async def ask(times: int, seconds: float) -> Endpoints:
        endpoints = Endpoints(real_service, Settings(drain=seconds))
        for _ in range(times):
            drain(endpoints, lambda number, _: stopped.append(number))
        return endpoints

    endpoints = anyio.run(ask, 1, 60.0)
    assert endpoints.draining
    assert stopped == []
    assert anyio.run(endpoints.ready).status_code == 503
    anyio.run(ask, 2, 60.0)
    assert stopped == [signal.SIGTERM], "asked again, it stops at once"
    anyio.run(ask, 1, 0.0)
    assert stopped == [signal.SIGTERM] * 2


def an_entry() -> Entry:
    return Entry("s", "c", Change.OFF, "A", "because", date(2026, 11, 1), date(2026, 12, 1))


def test_entries_of_the_overlay_that_wait_for_somebody_are_told(real_service: Service) -> None:
    states = ((an_entry(), State.CHANGED), (an_entry(), State.APPLIED), (an_entry(), State.EXPIRED))
    service = replace(real_service, overlay=Overlaid(real_service.knowledge, states))
    with TestClient(create_app(Settings(), service)) as client:
        assert client.get("/readyz").json()["problems"] == [
            "2 entries of the overlay are not applied (cds overlay check)"
        ]


@pytest.mark.parametrize(("today", "times"), [(date(2026, 11, 30), 0), (date(2026, 12, 1), 1)])
def test_on_the_day_an_entry_ends_the_knowledge_is_loaded_anew(real_service: Service, today: date, times: int) -> None:
    states = ((an_entry(), State.APPLIED),)
    service = replace(real_service, overlay=Overlaid(real_service.knowledge, states, date(2026, 12, 1)))
    built: list[Service] = []

    def build() -> Loaded:
        built.append(service)
        return Loaded(service)

    endpoints = Endpoints(service, Settings())
    anyio.run(due, endpoints, Reloader(endpoints, build, lambda _: None), today)
    assert len(built) == times


def test_what_was_kept_long_enough_is_removed_once_a_day(real_service: Service, tmp_path: Path) -> None:
    database = Database(str(tmp_path / "cds.sqlite"))
    database.upgrade()
    ledger = Ledger(database, Key(), Comments())
    ledger.start()
    ledger.record(decision(at=datetime(2020, 1, 1, tzinfo=UTC)))
    ledger.take([]).result(5)
    endpoints = Endpoints(real_service, Settings(retention=30))
    endpoints.memory.ledger = ledger
    anyio.run(due, endpoints, Reloader(endpoints, lambda: Loaded(real_service), lambda _: None), date(2026, 11, 24))
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM decision").scalar() == 1  # its chain began just now
    ledger.close()


@pytest.mark.parametrize(
    ("now", "seconds"),
    [(datetime(2026, 11, 24, 23, 59, tzinfo=UTC), 120), (datetime(2026, 11, 24, 0, 1, tzinfo=UTC), 86400)],
)
def test_the_day_turns_a_little_after_midnight(now: datetime, seconds: float) -> None:
    assert until_midnight(now) == seconds
