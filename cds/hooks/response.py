"""The answer on the wire: cards as the CDS Hooks text has them, and nothing empty anywhere.

Everything a prescriber reads was written and escaped before it comes here. This module only puts it in shape,
gives out the uuids that feedback comes back with, and holds the hard limit on the summary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

from cds.cards.card import Card, OrderReport, Reviewed, Suggestion, Told
from cds.hooks.strict import Json

SUMMARY_LIMIT: Final = 140
"""A summary has fewer characters than this."""

MOST_LINKS: Final = 3
"""Links on one card; the other statements are named in its extension."""

TOPICS: Final = "urn:medication-order-cds:topic"
OVERRIDE_REASONS: Final = "urn:medication-order-cds:override-reason"
FINDINGS: Final = "org.medication-order-cds.findings"
REVIEW: Final = "org.medication-order-cds.review"


Actions = Callable[[Suggestion], list[Json] | None]
"""Writes a suggestion's changes in the client's own FHIR release; None when that cannot be done wholly."""


def answer(
    reviewed: Reviewed,
    actions: Actions,
    new_uuid: Callable[[], UUID],
    *,
    report: bool = False,
    base_url: str = "",
) -> dict[str, Json]:
    """The body of the answer. ``report``: tell about every order even where there is no card. ``base_url`` is the
    public address of the service, for links to its knowledge; without one there are no links.
    """
    body: dict[str, Json] = {"cards": [_card(card, actions, new_uuid, base_url) for card in reviewed.cards]}
    if reviewed.orders and (reviewed.cards or report):
        body["extension"] = {REVIEW: _review(reviewed)}
    return body


def fitted(summary: str) -> str:
    """The summary within its limit. Cutting is the last resort; it is done between words and shown by an ellipsis."""
    if len(summary) < SUMMARY_LIMIT:
        return summary
    room = summary[: SUMMARY_LIMIT - 2]
    head, space, _ = room.rpartition(" ")
    return f"{head.rstrip(' ,;:-') if space and len(head) > SUMMARY_LIMIT // 2 else room}…"


def _card(card: Card, actions: Actions, new_uuid: Callable[[], UUID], base_url: str) -> Json:
    suggestions: list[Json] = [
        written
        for suggestion in card.suggestions
        if (written := _suggestion(suggestion, actions, new_uuid)) is not None
    ]
    wire: dict[str, Json] = {
        "uuid": str(new_uuid()),
        "summary": fitted(card.summary),
        "detail": card.detail,
        "indicator": card.level.value,
        "source": _whole(
            label=card.source,
            url=card.source_url,
            topic=_whole(code=card.topic, system=TOPICS, display=card.topic_name),
        ),
        "suggestions": suggestions,
        "selectionBehavior": "at-most-one" if suggestions else None,
        "overrideReasons": [
            _whole(code=code, system=OVERRIDE_REASONS, display=display) for code, display in card.override
        ],
        "links": _links(card, base_url),
        "extension": _whole(**{FINDINGS: [_told(told) for told in card.told]}),
    }
    return _whole(**wire)


def _links(card: Card, base_url: str) -> list[Json]:
    """The pages of the statements the card stands on, the leading one first. A check that was not made is none."""
    named = dict.fromkeys(told.statement for told in card.told if "." in told.statement)
    return [
        {"label": f"Read: {name}", "url": f"{base_url}/knowledge/statements/{name}", "type": "absolute"}
        for name in (list(named)[:MOST_LINKS] if base_url else ())
    ]


def _suggestion(suggestion: Suggestion, actions: Actions, new_uuid: Callable[[], UUID]) -> Json:
    written = actions(suggestion)
    if not written:
        return None
    return _whole(
        label=suggestion.label,
        uuid=str(new_uuid()),
        isRecommended=True if suggestion.recommended else None,
        actions=written,
    )


def _told(told: Told) -> Json:
    return _whole(
        statement=told.statement,
        rule=told.rule,
        level=told.level.value,
        orders=_list(told.orders),
        reason=told.reason,
    )


def _review(reviewed: Reviewed) -> Json:
    return _whole(
        knowledge=reviewed.knowledge_version,
        policy=reviewed.policy,
        orders=[_order(order) for order in reviewed.orders],
        withheld=[_told(told) for told in reviewed.withheld],
    )


NOT_IN_TABLES: Final = "code not in the tables"
"""Why an order is not covered, where none of its codes is known."""


def _order(order: OrderReport) -> Json:
    return _whole(
        **_unknown(order),
        order=order.order,
        drug=order.drug,
        covered=order.covered,
        checked=_list(order.checked),
        fired=_list(order.fired),
        clear=_list(order.clear),
        notAssessed=[_whole(statement=statement, reason=reason) for statement, reason in order.not_assessed],
    )


def _unknown(order: OrderReport) -> dict[str, Json]:
    if not order.unknown_codes:
        return {}
    codes: dict[str, Json] = {"unknownCodes": _list(order.unknown_codes)}
    return codes if order.covered else {"reason": NOT_IN_TABLES, **codes}


def _list(texts: Sequence[str]) -> list[Json]:
    return [text for text in texts if text]


def _whole(**members: Json) -> dict[str, Json]:
    """A JSON object without the members that would be null or empty: CDS Hooks and FHIR allow none."""
    return {name: value for name, value in members.items() if value or value is False}
