"""Codes asked of a service shaped like RxNav's REST interface. Off unless a deployment names one.

Nothing leaves but codes of medicines, each checked to be one (digits). No redirect is followed, no proxy or password
file of the machine is used, no more is read than a limit, and everything together has to be done by one deadline.
What cannot be had stays unknown, which is what it was before. A service that fails again and again is left alone
for a while.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Final

import httpx

from cds.clinical.code import RXNORM
from cds.terminology.rxnorm import Drug, Part, askable, ndc11, strength
from cds.terminology.tables import Key

DEADLINE: Final = 0.5
"""Seconds for all codes of a request together."""

LARGEST_ANSWER: Final = 512 * 1024
MOST_CODES: Final = 20
"""Codes asked for one request: the public service allows twenty calls a second."""

MOST_KEPT: Final = 4096
KEPT_SECONDS: Final = 24 * 3600.0
UNKNOWN_SECONDS: Final = 3600.0
FAILURES: Final = 3
"""Requests in a row that got nothing before the service is left alone."""

PAUSE_SECONDS: Final = 30.0
_FOUND, _NOT_FOUND, _BAD = 200, 404, 400
_PER_ONE: Final = frozenset({"", "1", "EA", "EACH"})
_REMAPPED: Final = (("remappedConcept", "remappedRxCui"), ("quantifiedConcept", "quantifiedRxcui"))

Json = Mapping[str, object]


class Unavailable(Exception):
    """The service did not give a usable answer."""


class RxNav:
    """The service at one address, with what it answered of late."""

    def __init__(
        self,
        base: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        deadline: float = DEADLINE,
    ) -> None:
        self._base = base.rstrip("/")
        self._transport = transport
        self._clock = clock
        self._deadline = deadline
        self._kept: OrderedDict[Key, tuple[float, Drug | None]] = OrderedDict()
        self._failed = 0
        self._paused_until = 0.0

    async def drugs(self, keys: Iterable[Key]) -> dict[Key, Drug]:
        """What these codes stand for, as far as it is known or can be had in time. Never raises."""
        known: dict[Key, Drug | None] = {}
        wanted: list[Key] = []
        for key in sorted(set(keys)):
            if key in self._kept and self._kept[key][0] > self._clock():
                known[key] = self._kept[key][1]
            elif askable(key):
                wanted.append(key)
        if wanted and self._clock() >= self._paused_until:
            known |= await self._ask(wanted[:MOST_CODES])
        return {key: drug for key, drug in known.items() if drug is not None}

    async def _ask(self, keys: list[Key]) -> dict[Key, Drug | None]:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "medication-order-cds"}
        async with httpx.AsyncClient(
            headers=headers,
            transport=self._transport,
            trust_env=False,
            follow_redirects=False,
            timeout=self._deadline,
        ) as client:
            tasks = {key: asyncio.create_task(self._one(client, key)) for key in keys}
            _, late = await asyncio.wait(tasks.values(), timeout=self._deadline)
            for task in late:
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)
        found = {key: task.result() for key, task in tasks.items() if not task.cancelled() and not task.exception()}
        self._failed = 0 if found else self._failed + 1
        if self._failed >= FAILURES:
            self._paused_until = self._clock() + PAUSE_SECONDS
        for key, drug in found.items():
            self._keep(key, drug)
        return found

    def _keep(self, key: Key, drug: Drug | None) -> None:
        self._kept[key] = (self._clock() + (UNKNOWN_SECONDS if drug is None else KEPT_SECONDS), drug)
        self._kept.move_to_end(key)
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    async def _one(self, client: httpx.AsyncClient, key: Key) -> Drug | None:
        system, code = key
        if system == RXNORM:
            return await self._by_rxcui(client, code)
        listed = await self._get(client, f"/ndcproperties.json?id={ndc11(code)}")
        found = {_text(entry, "rxcui") for entry in _objects(_object(listed, "ndcPropertyList"), "ndcProperty")}
        rxcui = found.pop() if len(found) == 1 else ""
        return await self._by_rxcui(client, rxcui) if askable((RXNORM, rxcui)) else None

    async def _by_rxcui(self, client: httpx.AsyncClient, rxcui: str, *, again: bool = True) -> Drug | None:
        """By its history, which answers for retired codes too; by what is related to it, where that has no parts."""
        history = _object(await self._get(client, f"/rxcui/{rxcui}/historystatus.json"), "rxcuiStatusHistory")
        drug = read_history(history, rxcui)
        if drug is not None and drug.parts:
            return drug
        target = moved_to(history)
        if again and askable((RXNORM, target)):
            return await self._by_rxcui(client, target, again=False)
        if drug is None:
            return None
        related = _object(await self._get(client, f"/rxcui/{rxcui}/allrelated.json"), "allRelatedGroup")
        parts = read_related(related)
        return Drug(drug.name, drug.form, parts) if parts else None

    async def _get(self, client: httpx.AsyncClient, path: str) -> Json:
        try:
            async with client.stream("GET", self._base + path) as answer:
                if answer.status_code in (_NOT_FOUND, _BAD):
                    return {}
                if answer.status_code != _FOUND or answer.headers.get("content-encoding", "identity") != "identity":
                    raise Unavailable
                body = bytearray()
                async for part in answer.aiter_raw():
                    body += part
                    if len(body) > LARGEST_ANSWER:
                        raise Unavailable
            value = json.loads(body.decode("utf-8"))
        except (httpx.HTTPError, ValueError, RecursionError) as wrong:
            raise Unavailable from wrong
        if not isinstance(value, dict):
            raise Unavailable
        return value


def read_history(history: Json, rxcui: str) -> Drug | None:
    """A drug from a history. Without parts, where the history names none; None, where the code is not known."""
    about = _object(history, "attributes")
    status = _text(_object(history, "metaData"), "status").casefold()
    name = _text(about, "name")
    if not name or status == "unknown":
        return None
    defined = _object(history, "definitionalFeatures")
    forms = {_text(form, "doseFormName") for form in _objects(defined, "doseFormConcept")} - {""}
    form = forms.pop() if len(forms) == 1 else ""
    parts = [_part(entry) for entry in _objects(defined, "ingredientAndStrength")]
    several = _text(about, "isMultipleIngredient").casefold() in ("yes", "true")
    if not parts or not all(part.rxcui for part in parts) or (several and len(parts) == 1):
        derived = _objects(_object(history, "derivedConcepts"), "ingredientConcept")
        parts = [Part(_text(entry, "ingredientRxcui"), _text(entry, "ingredientName")) for entry in derived]
    if not parts and _text(about, "tty") == "IN":
        parts = [Part(rxcui, name)]
    whole = all(part.rxcui for part in parts) and not (several and len(parts) == 1)
    return Drug(name, form, tuple(parts) if whole else ())


def _part(entry: Json) -> Part:
    amount = f"{_text(entry, 'numeratorValue')} {_text(entry, 'numeratorUnit')}"
    per, value = _text(entry, "denominatorUnit"), _text(entry, "denominatorValue")
    stated = strength(amount if per in _PER_ONE else f"{amount}/{per}") if value in ("", "1") else ("", "")
    return Part(_text(entry, "baseRxcui"), _text(entry, "baseName"), *stated)


def moved_to(history: Json) -> str:
    """The one code that took the place of a retired one; empty when there is none or there are several."""
    derived = _object(history, "derivedConcepts")
    found = {_text(entry, name) for group, name in _REMAPPED for entry in _objects(derived, group)} - {""}
    return found.pop() if len(found) == 1 else ""


def read_related(related: Json) -> tuple[Part, ...]:
    """The ingredients among what is related to a code."""
    return tuple(
        Part(_text(entry, "rxcui"), _text(entry, "name"))
        for group in _objects(related, "conceptGroup")
        if _text(group, "tty") == "IN"
        for entry in _objects(group, "conceptProperties")
        if askable((RXNORM, _text(entry, "rxcui")))
    )


def _object(value: Json, name: str) -> Json:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _objects(value: Json, name: str) -> list[Json]:
    """The objects of a list; a single object counts as a list of one, as some answers write it."""
    found = value.get(name)
    if isinstance(found, dict):
        return [found]
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _text(value: Json, name: str) -> str:
    found = value.get(name)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return found.strip() if isinstance(found, str) else ""
