"""The demonstration: orders kept as files beside the knowledge, sent as an EHR would send them.

Each file holds a title, the patient in one sentence, and a whole hook request. Its dates are written relative to
today (``{{today - 7 days}}``), so that a weight stays recent however old the file is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

from cds.hooks import strict
from cds.hooks.answer import answer
from cds.hooks.discovery import SERVICES
from cds.hooks.request import read
from cds.hooks.strict import Json
from cds.service import Service

FOLDER: Final = "demo"
_TODAY: Final = re.compile(r"\{\{today(?: - (\d{1,5}) days)?\}\}")

Send = Callable[[str, bytes], dict[str, Json]]
"""Sends a body to the service of this id and gives the answer."""


@dataclass(frozen=True, slots=True)
class Example:
    """One order to show: what it is about, the id of the service it goes to, and the request as bytes."""

    title: str
    story: str
    service: str
    body: bytes


def examples(knowledge: Path, today: date) -> list[Example]:
    """The orders in the knowledge folder, in the order of their names."""
    return [_example(path.read_text(encoding="utf-8"), today) for path in sorted((knowledge / FOLDER).glob("*.json"))]


def in_process(service: Service, as_of: datetime) -> Send:
    """Send to a service in this process."""

    def send(service_id: str, body: bytes) -> dict[str, Json]:
        return answer(read(body, SERVICES[service_id].hook), service, as_of, uuid4)

    return send


def _example(text: str, today: date) -> Example:
    dated = _TODAY.sub(lambda found: (today - timedelta(days=int(found[1] or 0))).isoformat(), text)
    value = strict.read(dated.encode())
    match value:
        case {"title": str(title), "story": str(story), "request": {"hook": str(hook)} as request}:
            service = next(listed.id for listed in SERVICES.values() if listed.hook == hook)
            return Example(title, story, service, strict.write(request))
        case _:
            raise ValueError("a demonstration file needs a title, a story and a request with a hook")
