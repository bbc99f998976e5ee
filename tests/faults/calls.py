"""What a client does to a running service, and what is found afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from sqlalchemy import select, text

from cds.hooks.demo import examples
from cds.settings import Settings
from cds.store.database import Database
from cds.store.keyed import Key
from cds.store.tables import FEEDBACK
from cds.store.verify import verify
from tests import serving
from tests.bodies import SIGN

KEY = "a secret of thirty-two characters"
JSON = {"content-type": "application/json"}


def with_cards() -> bytes:
    """An order-sign request that gets a card."""
    one = [each for each in examples(Settings().knowledge, datetime.now(UTC).date()) if "order-sign" in each.service]
    return next(each.body for each in one if b"150" in each.body)


BODY = with_cards()


def call(client: httpx.Client, service: serving.Served) -> list[str]:
    """A hook call, which has to be answered; the uuids of its cards."""
    answer = client.post(service.url + SIGN, content=BODY, headers=JSON)
    assert answer.status_code == 200, answer.text
    return [card["uuid"] for card in answer.json()["cards"]]


def report(client: httpx.Client, service: serving.Served, card: str, seconds: int = 0) -> httpx.Response:
    """Feedback on a card, of ``seconds`` ago."""
    when = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=seconds)
    one = {"card": card, "outcome": "overridden", "outcomeTimestamp": when.isoformat()}
    return client.post(f"{service.url}{SIGN}/feedback", json={"feedback": [one]})


def until(condition: Callable[[], bool], seconds: float = 20.0) -> bool:
    """Whether it comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


def status(client: httpx.Client, service: serving.Served) -> str:
    """What the service says of itself."""
    return str(client.get(f"{service.url}/readyz").json()["status"])


def kept(location: Path | str) -> set[str]:
    """The cards of all feedback that is kept, after the database and its audit trail were found to be whole."""
    database = Database(str(location))
    with database.reading() as connection:
        if database.embedded:
            assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        found = verify(connection, Key(KEY))
        cards = set(connection.execute(select(FEEDBACK.c.card)).scalars())
    database.close()
    assert not found.faults
    return cards
