"""The service as an operator runs it: loaded anew and stopped, with one worker and with several."""

from __future__ import annotations

import shutil
import signal
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from cds.settings import Settings
from tests import serving
from tests.faults.test_process import BODY, JSON, SIGN, until

MANY = 24
"""Connections of their own after which each of two workers has answered one, as good as certainly."""


def ready(service: serving.Served) -> list[dict[str, Any]]:
    """What ``/readyz`` says, over many connections."""
    return [httpx.get(f"{service.url}/readyz", trust_env=False, timeout=10).json() for _ in range(MANY)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Knowledge that may be changed."""
    return Path(shutil.copytree(Settings().knowledge, tmp_path / "knowledge"))


@pytest.mark.parametrize("workers", ["1", "2"])
def test_every_worker_loads_anew_or_says_that_it_could_not(tmp_path: Path, folder: Path, workers: str) -> None:
    drug = min((folder / "drugs").glob("*.yaml"))
    whole = drug.read_bytes()
    with serving.serving(tmp_path, "--workers", workers, knowledge=str(folder)) as service:
        (before,) = {each["knowledge"] for each in ready(service)}
        drug.write_bytes(whole[: len(whole) // 2])
        service.process.send_signal(signal.SIGHUP)
        assert until(lambda: {each["status"] for each in ready(service)} == {"degraded"}), service.said()
        assert {each["knowledge"] for each in ready(service)} == {before}
        drug.write_bytes(whole + b"# changed\n")
        service.process.send_signal(signal.SIGHUP)
        assert until(lambda: {each["status"] for each in ready(service)} == {"ready"}), service.said()
        (after,) = {each["knowledge"] for each in ready(service)}
        assert after != before


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_service_that_stops_lets_go_of_the_balancer_before_it_refuses_anybody(tmp_path: Path, workers: str) -> None:
    with serving.serving(tmp_path, "--workers", workers, drain="4") as service:
        service.process.send_signal(signal.SIGTERM)
        seen: list[tuple[int, int]] = []
        while True:
            try:
                asked = httpx.get(f"{service.url}/readyz", trust_env=False, timeout=30).status_code
                called = httpx.post(
                    service.url + SIGN, content=BODY, headers=JSON, trust_env=False, timeout=30
                ).status_code
            except httpx.HTTPError:
                break
            seen.append((asked, called))
            time.sleep(0.05)
        assert {called for _, called in seen} == {200}, "nobody was refused while it could still be asked"
        asked_for = [asked for asked, _ in seen]
        assert set(asked_for) <= {200, 503}
        assert asked_for[-1] == 503, "it has let go before it refuses"
        assert service.process.wait(40) == 0
