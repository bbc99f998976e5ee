"""One hook call from end to end: what was sent is read, reviewed and answered. No address is called here.

The same function answers the network and the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, cast
from uuid import UUID

from cds.cards.card import Card, Reviewed, Suggestion, Told
from cds.cards.wording import escaped
from cds.clinical.chart import Category, Chart
from cds.clinical.order import Drafts
from cds.fhir import editing
from cds.fhir.reading import read
from cds.fhir.shape import kind, obj, objs, relative, text
from cds.hooks import response
from cds.hooks.request import ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW, HookRequest
from cds.hooks.strict import Json
from cds.knowledge.model import Level
from cds.rules.truth import Lack
from cds.service import Repeated, Service

MOST_ORDERS: Final = 100
"""Draft orders judged in one call. More can only be a mistake, and each is compared with every other."""

_NOTHING_FETCHED: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, with what it was made of and came from: for the record of it."""

    body: dict[str, Json]
    drafts: Drafts = field(default_factory=Drafts)
    chart: Chart | None = None
    reviewed: Reviewed = field(default_factory=lambda: Reviewed(()))
    lack: str = ""
    """Why nothing at all was checked, in a word for the record."""


def answer(
    asked: HookRequest,
    service: Service,
    as_of: datetime,
    new_uuid: Callable[[], UUID],
    fetched: Mapping[str, object] = _NOTHING_FETCHED,
    *,
    base_url: str = "",
) -> dict[str, Json]:
    """The body of the answer. ``fetched`` is what the request did not bring, by prefetch key (see ``gather``);
    ``base_url`` the public address of the service, for the links of the cards.
    """
    return answered(asked, service, as_of, new_uuid, fetched, base_url=base_url).body


def answered(  # noqa: PLR0913 - what an answer depends on, each by its name
    asked: HookRequest,
    service: Service,
    as_of: datetime,
    new_uuid: Callable[[], UUID],
    fetched: Mapping[str, object] = _NOTHING_FETCHED,
    *,
    base_url: str = "",
    repeated: Repeated | None = None,
) -> Answered:
    """The answer whole. ``repeated`` tells what need not be shown again."""
    if asked.hook == ORDER_SELECT and not asked.selections:
        return Answered({"cards": []})
    found = read(asked.context, asked.prefetch, as_of, fetched)
    drafts = _selected(found.drafts, asked, frozenset(found.resources))
    judged = replace(drafts, orders=drafts.orders[:MOST_ORDERS])
    reviewed = service.review(judged, found.chart, repeated)
    reviewed = replace(reviewed, cards=_with_unjudged(reviewed, drafts, asked, found.chart))

    def actions(suggestion: Suggestion) -> list[Json] | None:
        # The words of an action are the suggestion's own, because some clients show only these.
        return cast("list[Json] | None", editing.actions(found, suggestion.changes, suggestion.label))

    body = response.answer(reviewed, actions, new_uuid, report=asked.wants_report, base_url=base_url)
    return Answered(body, judged, found.chart, reviewed)


def _with_unjudged(reviewed: Reviewed, drafts: Drafts, asked: HookRequest, chart: Chart) -> tuple[Card, ...]:
    """The cards, with those that say what of the request was not judged at all."""
    cards = list(reviewed.cards)
    if drafts.foreign:
        wrong = _not_checked(
            "An order of this request names ANOTHER patient and was NOT checked. Make sure whose order it is.",
            f"Draft orders that name another patient than the one of this request: {drafts.foreign}.",
            Level.CRITICAL,
        )
        cards.insert(0, wrong)
    if drafts.unread and asked.hook == ORDER_SIGN:  # while they are written they need not say yet what they are
        unread = _not_checked(
            "Not every order of this request could be read: what could not be read was NOT checked.",
            f"Draft orders that do not say what they are, or which medicine is ordered: {drafts.unread}.",
        )
        cards.append(unread)
    if drafts.taken and (missed := _unread_list(chart, reviewed)):
        cards.append(missed)
    if (beyond := len(drafts.orders) - MOST_ORDERS) > 0:
        unchecked = _not_checked(
            f"{beyond} medication orders NOT checked: a call may hold {MOST_ORDERS}. Check them by hand.",
            f"Only the first {MOST_ORDERS} draft orders of this request were checked.",
        )
        cards.append(unchecked)
    return tuple(cards)


def too_late(new_uuid: Callable[[], UUID]) -> dict[str, Json]:
    """The answer when the review did not finish: one card that says that nothing was checked."""
    card = _not_checked(
        "Medication orders NOT checked: the check did not finish in time. Check them by hand.",
        "No order of this request was checked. Signing fewer orders at once may help.",
    )
    return response.answer(Reviewed((card,)), lambda _: None, new_uuid)


def unloaded(new_uuid: Callable[[], UUID]) -> dict[str, Json]:
    """The answer while there is no knowledge."""
    card = _not_checked(
        "Medication orders NOT checked: the service has no knowledge loaded. Check them by hand.",
        "No order of this request was checked. Those who run the service find the reason at its start.",
    )
    return response.answer(Reviewed((card,)), lambda _: None, new_uuid)


def failed(new_uuid: Callable[[], UUID]) -> dict[str, Json]:
    """The answer when the check broke down: an error is shown to nobody, and silence would look like "all clear"."""
    card = _not_checked(
        "Medication orders NOT checked: the check failed (internal error). Check them by hand.",
        "No order of this request was checked. Those who run the service find the error in its log.",
    )
    return response.answer(Reviewed((card,)), lambda _: None, new_uuid)


def _not_checked(summary: str, detail: str, level: Level = Level.WARNING) -> Card:
    return Card(summary, level, "not-verified", "Not verified", "Medication order review", detail)


def _unread_list(chart: Chart, reviewed: Reviewed) -> Card | None:
    """That the list of medicines could not be read, where nothing that was judged has missed it: without the list
    there is nothing to judge.
    """
    gap = chart.missing(Category.MEDICINES)
    if gap is None or any(one.rule == Lack.RECORD and gap.category.value in one.reason for one in _told(reviewed)):
        return None
    return _not_checked(
        "Current medicines NOT checked: the list of medicines could not be read, or not all of it.",
        f"What the patient takes was not checked, or not all of it: {escaped(gap.reason)}.",
    )


def _told(reviewed: Reviewed) -> Iterator[Told]:
    for card in reviewed.cards:
        yield from card.told


def _selected(drafts: Drafts, asked: HookRequest, orders: frozenset[str]) -> Drafts:
    """The drafts with the selected ones marked; at order-sign all of them are judged, at patient-view what is taken.

    A selection that points to nothing that was sent means that we cannot tell which orders are meant, and then all
    of them are judged.
    """
    if asked.hook == PATIENT_VIEW:
        return Drafts(taken=True)
    if asked.hook != ORDER_SELECT:
        return replace(drafts, selected=frozenset())
    known = drafts.selected <= orders | _named(asked.drafts)
    return drafts if known else replace(drafts, selected=frozenset())


def _named(bundle: Mapping[str, Json]) -> frozenset[str]:
    """Every name under which an entry of the bundle can be selected, whatever kind of resource it is."""
    names: set[str] = set()
    for entry in objs(bundle.get("entry")):
        resource = obj(entry.get("resource"))
        identity, address = text(resource.get("id")), text(entry.get("fullUrl"))
        names |= {f"{kind(resource)}/{identity}", identity, address, relative(address)}
    return frozenset(names - {""})
