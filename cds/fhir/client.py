"""Fetching what the client did not send from its FHIR server. Small on purpose, and suspicious.

The base address comes from our own settings, never from the request; no redirect is followed, no proxy or password
file of the machine is used, no compressed answer is taken, no more is read than a limit, and everything together
has to be done by one deadline. What cannot be had is a ``FhirUnavailable`` in the place of the data. A server that is
busy for a moment is asked once more where there is time; one that does not answer at all is left alone for a while.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import httpx

from cds.errors import FhirUnavailable
from cds.fhir import bounded
from cds.fhir.prefetch import OLDER_TYPES
from cds.fhir.shape import Json, kind, obj, objs, text
from cds.trust.circuit import Circuit

LARGEST_ANSWER: Final = 2 * 1024 * 1024
MOST_PAGES: Final = 3
_ID: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._")
_LONGEST_ID: Final = 128
_NOT_IN_A_LINK: Final = ("..", "\\", "@", "#", "%2e", "%2E", "%2f", "%2F", "%5c", "%5C")
_REFUSED: Final = frozenset({401, 403})
_NOT_THERE: Final = frozenset({400, 404, 501})
_BUSY: Final = frozenset({429, 500, 502, 503, 504})
_GOOD: Final = 200
_MOMENT: Final = 0.1
"""Seconds before a busy server is asked again when it does not say how long."""

NO_ANSWER: Final = "the record system could not be reached"
LEFT_ALONE: Final = "the record system has not answered of late"


class Busy(FhirUnavailable):
    """The server asks to come again, in ``seconds``."""

    def __init__(self, status: int, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(f"the record system answered {status}")


class NotThere(FhirUnavailable):
    """The server has no such thing, or does not know what is asked for."""


class Unreached(FhirUnavailable):
    """The server did not answer at all."""


async def fetch(  # noqa: PLR0913 - where, for whom, how long, and the way there
    templates: Mapping[str, str],
    base: str,
    token: str,
    context: Mapping[str, object],
    deadline: float,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    circuit: Circuit | None = None,
) -> dict[str, object]:
    """The data of these templates by key. ``base`` has no slash at its end; ``deadline`` is seconds for everything.

    A template whose context value is absent (no encounter) is left out. Never raises: see ``FhirUnavailable``.
    """
    paths = {key: path for key, template in templates.items() if (path := _filled(template, context)) is not None}
    if circuit is not None and not circuit.allows():
        return dict.fromkeys(paths, Unreached(LEFT_ALONE))
    found = await _fetched(paths, base, token, deadline, transport)
    if circuit is not None and found:
        _learn(circuit, found)
    return found


def _learn(circuit: Circuit, found: Mapping[str, object]) -> None:
    if all(isinstance(value, Unreached) for value in found.values()):
        circuit.failed()
    else:
        circuit.worked()


async def _fetched(
    paths: Mapping[str, str], base: str, token: str, deadline: float, transport: httpx.AsyncBaseTransport | None
) -> dict[str, object]:
    headers = {"Accept": "application/fhir+json, application/json", "Accept-Encoding": "identity"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    async with httpx.AsyncClient(
        headers=headers, transport=transport, trust_env=False, follow_redirects=False, timeout=deadline
    ) as client:
        until = asyncio.get_running_loop().time() + deadline
        tasks = {key: asyncio.create_task(_found(client, base, path, until)) for key, path in paths.items()}
        if tasks:
            _, late = await asyncio.wait(tasks.values(), timeout=deadline)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)
    return {key: _result(task) for key, task in tasks.items()}


def _result(task: asyncio.Task[object]) -> object:
    if task.cancelled():
        return Unreached("the record system did not answer in time")
    failure = task.exception()
    if failure is None:
        return task.result()
    if isinstance(failure, FhirUnavailable):
        return failure
    return Unreached(NO_ANSWER)


def _filled(template: str, context: Mapping[str, object]) -> str | None:
    """The path with its context values. An id with other characters than an id has is not sent anywhere."""
    path = template
    while "{{context." in path:
        before, _, rest = path.partition("{{context.")
        name, _, after = rest.partition("}}")
        value = text(context.get(name))
        if not value or len(value) > _LONGEST_ID or not set(value) <= _ID or ".." in value:
            return None
        # Some servers find nothing for a bare id, which would look like an empty record.
        typed = f"Patient/{value}" if before.endswith("patient=") else value
        path = f"{before}{typed}{after}"
    return quote(path, safe="/?=&,:-._~")


def older(path: str) -> str:
    """The path with the type's name in DSTU2; empty where that does not differ."""
    name, query, rest = path.partition("?")
    return f"{OLDER_TYPES[name]}{query}{rest}" if name in OLDER_TYPES else ""


async def _found(client: httpx.AsyncClient, base: str, path: str, until: float) -> object:
    """One read or search. A server that does not know the type is asked by its older name: it may be DSTU2."""
    try:
        return await _search(client, base, path, until)
    except NotThere as reason:
        if not older(path):
            raise
        try:
            return await _search(client, base, older(path), until)
        except FhirUnavailable:
            raise reason from None


async def _search(client: httpx.AsyncClient, base: str, path: str, until: float) -> object:
    """One read or search, with the further pages of a search up to a limit."""
    page = await _patiently(client, f"{base}/{path}", until)
    if kind(page) != "Bundle":
        return page
    entries = list(objs(page.get("entry")))
    for _ in range(MOST_PAGES - 1):
        following = _next(page, base)
        if not following:
            break
        try:
            page = await _patiently(client, following, until)
        except FhirUnavailable:
            break  # what came is used; the link to the next page stays and says that it is not all
        entries += objs(page.get("entry"))
    return {**page, "resourceType": "Bundle", "entry": entries}


def _next(page: Json, base: str) -> str:
    """The address of the next page, if it is on the same server and below the same base."""
    for link in objs(page.get("link")):
        if text(link.get("relation")) == "next":
            url = text(link.get("url"))
            rest = url.removeprefix(base)
            if rest != url and rest[:1] in ("/", "?") and not any(bad in rest for bad in _NOT_IN_A_LINK):
                return base + rest
    return ""


async def _patiently(client: httpx.AsyncClient, url: str, until: float) -> Json:
    """One answer; a busy server is asked once more, after as long as it says, if that is in time."""
    try:
        return await _get(client, url)
    except Busy as busy:
        if asyncio.get_running_loop().time() + busy.seconds >= until:
            raise
        await asyncio.sleep(busy.seconds)
        return await _get(client, url)


async def _get(client: httpx.AsyncClient, url: str) -> Json:
    try:
        async with client.stream("GET", url) as answer:
            return _read(await _body(answer))
    except httpx.HTTPError as wrong:
        raise Unreached(NO_ANSWER) from wrong


async def _body(answer: httpx.Response) -> bytes:
    """The whole body of a good answer, no larger than the limit."""
    if answer.status_code in _REFUSED:
        raise FhirUnavailable("the record system refused access")
    if answer.status_code in _BUSY:
        raise Busy(answer.status_code, _seconds(answer.headers.get("retry-after", "")))
    if answer.status_code in _NOT_THERE:
        raise NotThere(f"the record system answered {answer.status_code}")
    if answer.status_code != _GOOD:
        raise FhirUnavailable(f"the record system answered {answer.status_code}")
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise FhirUnavailable("the record system's answer could not be read")
    body = bytearray()
    async for part in answer.aiter_raw():
        body += part
        if len(body) > LARGEST_ANSWER:
            raise FhirUnavailable("the record system's answer is too large")
    return bytes(body)


def _seconds(text: str) -> float:
    """``Retry-After`` in seconds; a date in its place is further away than any deadline of ours."""
    if not text:
        return _MOMENT
    return float(text) if text.isascii() and text.isdigit() and len(text) < len("100000") else float("inf")


def _read(body: bytes) -> Json:
    """JSON with exact numbers. Two values for one name, or a number that is none, make it unreadable."""
    try:
        value = bounded.read(body)
    except ValueError as wrong:
        raise FhirUnavailable("the record system's answer could not be read") from wrong
    if not kind(obj(value)):
        raise FhirUnavailable("the record system's answer could not be read")
    return obj(value)
