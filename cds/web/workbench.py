"""The workbench: a case is written as an EHR would send it, answered by the same function, and shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import msgspec

from cds.errors import RequestError
from cds.hooks import strict
from cds.hooks.answer import answer
from cds.hooks.discovery import SERVICES
from cds.hooks.request import read
from cds.hooks.strict import Json
from cds.service import Service
from cds.web import state as states
from cds.web.accept import carried_out, order_of, state_after
from cds.web.cards import Checked, Of, Shown, checked, nothing, shown
from cds.web.catalogue import Catalogue
from cds.web.ehr import Writer
from cds.web.marks import marks
from cds.web.picture import Marks, Picture, pictures
from cds.web.said import further, orders_from
from cds.web.scope import unchecked
from cds.web.state import State
from cds.web.words import Words


@dataclass(frozen=True, slots=True)
class Result:
    """An answer to show, with what was asked. ``request`` and ``response`` are JSON to read."""

    cards: list[Shown]
    orders: list[Checked]
    pictures: list[Picture]
    request: str
    response: str

    @property
    def news(self) -> str:
        """One sentence for a screen reader when the answer changes."""
        if not self.cards:
            return "No card." if self.orders else "No order."
        first = self.cards[0]
        return f"{len(self.cards)} card{'s' if len(self.cards) > 1 else ''}. {first.level_words}: {first.summary}"


class Workbench:
    """Answers states of the form and pasted hook requests."""

    def __init__(self, service: Service, words: Words, catalogue: Catalogue, base_url: str) -> None:
        self.service = service
        self.words = words
        self.catalogue = catalogue
        self.base_url = base_url

    def writer(self, now: datetime) -> Writer:
        """The EHR that the workbench plays, at this moment."""
        return Writer(self.words, self.catalogue, self.service.terminology, now)

    def say(self, line: str, state: State, now: datetime) -> State:
        """The state with the order that a line says, in place of the one on the form; a semicolon begins another."""
        return orders_from(line, states.without_order(state), self.writer(now))

    def example(self, preset: str, line: str, now: datetime) -> State:
        """A made-up patient with an order."""
        found = self.words.presets.get(preset)
        state = self.say(line, states.preset(preset, self.words), now)
        return replace(state, replaces=found.replaces) if found and found.order == line else state

    def result(self, state: State, now: datetime) -> Result:
        """What the service answers to a state of the form."""
        writer = self.writer(now)
        body = strict.write(writer.request(state, uuid4(), further(state, writer)))

        def after(suggestion: Mapping[str, Any]) -> str:
            return states.query(state_after(state, suggestion, writer), self.words)

        def about(suggestion: Mapping[str, Any]) -> str:
            return order_of(state, suggestion, writer)

        return self._result(body, now, after, about)

    def both(self, state: State, now: datetime) -> str:
        """The request and the response of a state, as one JSON object."""
        writer = self.writer(now)
        request = writer.request(state, uuid4(), further(state, writer))
        return pretty({"request": request, "response": self._answer(strict.write(request), now)})

    def pasted(self, text: str, now: datetime) -> Result:
        """What the service answers to a whole hook request. RequestError when it is none."""
        return self._result(text.encode(), now, nothing, nothing)

    def accepted(self, text: str, card: int, number: int, now: datetime) -> str:
        """The hook request after a suggestion of its answer was accepted."""
        body = strict.read(text.encode())
        found = self._answer(text.encode(), now)
        cards: Any = found.get("cards")
        try:
            suggestion = cards[card]["suggestions"][number]
        except (IndexError, KeyError, TypeError):
            raise RequestError("The suggestion is not there any more.") from None
        assert isinstance(body, dict)  # noqa: S101 - it was answered
        return pretty(carried_out(body, suggestion))

    def _answer(self, body: bytes, now: datetime) -> dict[str, Json]:
        return answer(read(body, hook_of(body)), self.service, now, uuid4, base_url=self.base_url)

    def _result(self, body: bytes, now: datetime, after: Of, about: Of) -> Result:
        asked = read(body, hook_of(body))
        found = answer(asked, self.service, now, uuid4, base_url=self.base_url)
        orders = checked(found, unchecked(asked, self.service, now))
        return Result(
            cards=shown(found, self.service.knowledge, after, about),
            orders=orders,
            pictures=self._pictures(orders, marks(asked, self.service, now)),
            request=pretty(strict.read(body)),
            response=pretty(found),
        )

    def _pictures(self, orders: list[Checked], made: Mapping[str, Marks]) -> list[Picture]:
        known = self.service.knowledge.statements
        # A statement that speaks only beside a condition would draw a limit that does not hold for this patient.
        statements = {
            name
            for order in orders
            for name in order.checked
            if name in known and (name in order.fired or known[name].dose)
        }
        return [
            picture
            for drug in self.service.knowledge.drugs
            if drug.id in made
            for picture in pictures(drug, statements, made[drug.id])
            if picture.mark is not None
        ]


def hook_of(body: bytes) -> str:
    """The hook a request names, if one of our services answers it. RequestError otherwise."""
    value = strict.read(body)
    hook = value.get("hook") if isinstance(value, dict) else None
    if hook not in {listed.hook for listed in SERVICES.values()}:
        raise RequestError(
            "The request must name one of the hooks of this service: order-sign, order-select or patient-view.", "hook"
        )
    return str(hook)


def pretty(value: object) -> str:
    """JSON to read."""
    return msgspec.json.format(strict.write(value), indent=2).decode()
