"""Our own service on loopback, and questions about a drug."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from cds.app import create_app
from cds.knowledge.worked import Scene
from cds.selftest.question import Question, Thing
from cds.selftest.words import Words, read_words
from cds.service import Service
from cds.settings import Settings


@pytest.fixture(scope="session")
def words() -> Words:
    return read_words(Settings().knowledge)


@pytest.fixture(scope="session")
def ours(real_service: Service) -> Iterator[str]:
    """The address of this tree's service, run by uvicorn in a thread."""
    config = uvicorn.Config(create_app(Settings(), real_service), port=0, log_config=None, access_log=False, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started:
        assert time.monotonic() < until, "the service did not start"
        time.sleep(0.01)
    (socket, *_) = server.servers[0].sockets
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    server.should_exit = True
    thread.join()


def question(
    *wanted: Thing,
    unwanted: tuple[Thing, ...] = (),
    allowed: tuple[Thing, ...] = (),
    category: str = "allergy",
    name: str = "a:1",
) -> Question:
    """A question about an order of ketamine, with what the test wants of the answer."""
    scene = Scene(
        patient={"sex": "male", "age": "45", "weight": "80 kg"},
        setting="operating room",
        orders=({"drug": "ketamine", "route": "intravenous", "dose": "40 mg", "times": "once"},),
    )
    return Question(name, "A sentence", category, scene, wanted, unwanted, allowed, frozenset({"ketamine", "allerg"}))
