"""Fetching what the client did not send from its FHIR server. Small on purpose, and suspicious.

The base address comes from our own settings, never from the request; no redirect is followed, no proxy or password
file of the machine is used, no compressed answer is taken, no more is read than a limit, and everything together
has to be done by one deadline. What cannot be had is a ``FhirUnavailable`` in the place of the data.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, NoReturn
from urllib.parse import quote

import httpx

from cds.errors import FhirUnavailable
from cds.fhir.shape import Json, kind, obj, objs, text

LARGEST_ANSWER: Final = 2 * 1024 * 1024
MOST_PAGES: Final = 3
_ID: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._")
_LONGEST_ID: Final = 128
_NOT_IN_A_LINK: Final = ("..", "\\", "@", "#", "%2e", "%2E", "%2f", "%2F", "%5c", "%5C")
_REFUSED: Final = frozenset({401, 403})
_FOUND: Final = 200


async def fetch(
    templates: Mapping[str, str],
    base: str,
    token: str,
    context: Mapping[str, object],
    deadline: float,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
) -> dict[str, object]:
    """The data of these templates by key. ``base`` has no slash at its end; ``deadline`` is seconds for everything.

    A template whose context value is absent (no encounter) is left out. Never raises: see ``FhirUnavailable``.
    """
    paths = {key: path for key, template in templates.items() if (path := _filled(template, context)) is not None}
    headers = {"Accept": "application/fhir+json, application/json", "Accept-Encoding": "identity"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    async with httpx.AsyncClient(
        headers=headers, transport=transport, trust_env=False, follow_redirects=False, timeout=deadline
    ) as client:
        tasks = {key: asyncio.create_task(_search(client, base, path)) for key, path in paths.items()}
        if tasks:
            _, late = await asyncio.wait(tasks.values(), timeout=deadline)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)
    return {key: _result(task) for key, task in tasks.items()}


def _result(task: asyncio.Task[object]) -> object:
    if task.cancelled():
        return FhirUnavailable("the record system did not answer in time")
    failure = task.exception()
    if failure is None:
        return task.result()
    if isinstance(failure, FhirUnavailable):
        return failure
    return FhirUnavailable("the record system could not be reached")


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


async def _search(client: httpx.AsyncClient, base: str, path: str) -> object:
    """One read or search, with the further pages of a search up to a limit."""
    page = await _get(client, f"{base}/{path}")
    if kind(page) != "Bundle":
        return page
    entries = list(objs(page.get("entry")))
    for _ in range(MOST_PAGES - 1):
        following = _next(page, base)
        if not following:
            break
        try:
            page = await _get(client, following)
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


async def _get(client: httpx.AsyncClient, url: str) -> Json:
    try:
        async with client.stream("GET", url) as answer:
            return _read(await _body(answer))
    except httpx.HTTPError as wrong:
        raise FhirUnavailable("the record system could not be reached") from wrong


async def _body(answer: httpx.Response) -> bytes:
    """The whole body of a good answer, no larger than the limit."""
    if answer.status_code in _REFUSED:
        raise FhirUnavailable("the record system refused access")
    if answer.status_code != _FOUND:
        raise FhirUnavailable(f"the record system answered {answer.status_code}")
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise FhirUnavailable("the record system's answer could not be read")
    body = bytearray()
    async for part in answer.aiter_raw():
        body += part
        if len(body) > LARGEST_ANSWER:
            raise FhirUnavailable("the record system's answer is too large")
    return bytes(body)


def _read(body: bytes) -> Json:
    """JSON with exact numbers. Two values for one name, or a number that is none, make it unreadable."""
    try:
        value = json.loads(body.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_object)
    except (ValueError, RecursionError) as wrong:
        raise FhirUnavailable("the record system's answer could not be read") from wrong
    if not kind(obj(value)):
        raise FhirUnavailable("the record system's answer could not be read")
    return obj(value)


def _refuse(_: str) -> NoReturn:
    raise ValueError("not a number of JSON")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in one object")
    return found
