"""Feedback on cards: read in every form clients send, counted, and nothing of it kept that a person wrote.

The text has ``overrideReason``; one large client sends ``overrideReasons``, an object, and may put the reason in
an extension of it. All of these are read. Feedback is counted in memory within bounds, and kept by the store where
there is one. A user's comment may name the patient: it is never shown, and the store drops it unless it has a key to
encrypt it with.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from cds.errors import RequestError
from cds.hooks import strict
from cds.hooks.strict import Json

OUTCOMES: Final = ("accepted", "overridden")
MOST_ITEMS: Final = 1000
LONGEST_ID: Final = 200
_MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_EXTENSION_REASON: Final = "com.epic.cdshooks.feedback.overrideReason."


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a prescriber did with one card. ``reason`` is a code of ours or the client's own, perhaps empty."""

    card: str
    outcome: str
    when: str
    accepted: tuple[str, ...] = ()
    reason: str = ""
    comment: str = field(default="", repr=False, compare=False)


@dataclass(slots=True)
class Tally:
    """Counts of feedback by service, outcome and reason, in memory. The same report twice counts once.

    ``reasons`` are the codes we offer; any other code counts as ``other``, so that a client cannot grow the table.
    ``remembered`` bounds how many reports are held to recognise a repeat.
    """

    reasons: frozenset[str] = frozenset()
    remembered: int = 10_000
    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _seen: OrderedDict[tuple[str, Feedback], None] = field(default_factory=OrderedDict)

    def add(self, service: str, feedback: Feedback) -> bool:
        """Count one report. False when it was counted before."""
        key = (service, feedback)
        if key in self._seen:
            return False
        self._seen[service, replace(feedback, comment="")] = None
        while len(self._seen) > self.remembered:
            self._seen.popitem(last=False)
        reason = feedback.reason if not feedback.reason or feedback.reason in self.reasons else "other"
        self.counts[service, feedback.outcome, reason] += 1
        return True


def read(body: bytes) -> tuple[Feedback, ...]:
    """Read a feedback body. RequestError with the place when it is not one."""
    value = strict.read(body)
    items = value.get("feedback") if isinstance(value, dict) else None
    if not isinstance(items, list) or not items:
        raise RequestError("feedback must be a list that is not empty.", "feedback")
    if len(items) > MOST_ITEMS:
        raise RequestError(f"feedback holds more than {MOST_ITEMS} reports.", "feedback")
    return tuple(_one(item, f"feedback[{number}]") for number, item in enumerate(items))


def _one(item: Json, where: str) -> Feedback:
    if not isinstance(item, dict):
        raise RequestError(f"{where} must be an object.", where)
    outcome = _text(item, "outcome", where)
    if outcome not in OUTCOMES:
        raise RequestError(f"{where}.outcome must be accepted or overridden.", f"{where}.outcome")
    when = _text(item, "outcomeTimestamp", where)
    if not _is_moment(when):
        raise RequestError(
            f"{where}.outcomeTimestamp must be a date and time with a zone.", f"{where}.outcomeTimestamp"
        )
    return Feedback(
        card=_text(item, "card", where),
        outcome=outcome,
        when=when,
        accepted=_accepted(item, where) if outcome == "accepted" else (),
        reason=_reason(item, where) if outcome == "overridden" else "",
        comment=_comment(item) if outcome == "overridden" else "",
    )


def _text(of: Mapping[str, Json], key: str, where: str) -> str:
    value = of.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID:
        raise RequestError(f"{where}.{key} must be a text that is not empty.", f"{where}.{key}")
    return value


def _is_moment(text: str) -> bool:
    if not _MOMENT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(re.sub(r"\.\d+", "", text).upper())
    except ValueError:
        return False
    return True


def _accepted(item: Mapping[str, Json], where: str) -> tuple[str, ...]:
    place = f"{where}.acceptedSuggestions"
    value = item.get("acceptedSuggestions")
    if not isinstance(value, list) or not value:
        raise RequestError(f"{place} must name the suggestions that were accepted.", place)
    found = []
    for number, accepted in enumerate(value):
        if not isinstance(accepted, dict):
            raise RequestError(f"{place}[{number}] must be an object.", f"{place}[{number}]")
        found.append(_text(accepted, "id", f"{place}[{number}]"))
    return tuple(found)


def _reason(item: Mapping[str, Json], where: str) -> str:
    """The code of the reason, whichever of the known forms it came in; empty when none was given."""
    key = "overrideReason" if item.get("overrideReason") is not None else "overrideReasons"
    value = item.get(key)
    place = f"{where}.{key}"
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value is None:
        return ""
    if not isinstance(value, dict) or not value:
        raise RequestError(f"{place} must be an object with a reason or a comment.", place)
    reason = value.get("reason")
    if reason is None:
        return _reason_in_extension(value)
    if not isinstance(reason, dict):
        raise RequestError(f"{place}.reason must be a Coding.", f"{place}.reason")
    _text(reason, "system", f"{place}.reason")
    return _text(reason, "code", f"{place}.reason")


def _comment(item: Mapping[str, Json]) -> str:
    """What the user wrote, wherever it stands; the reason has been read before, so the shape is known to be right."""
    value = item.get("overrideReason") or item.get("overrideReasons")
    value = value[0] if isinstance(value, list) and value else value
    comment = value.get("userComment") if isinstance(value, dict) else None
    return comment if isinstance(comment, str) else ""


def _reason_in_extension(value: Mapping[str, Json]) -> str:
    extension = value.get("extension")
    if not isinstance(extension, dict):
        return ""
    for name in ("reasonCategory", "reasonTitle", "reasonDisplay"):
        found = extension.get(_EXTENSION_REASON + name)
        if isinstance(found, str):
            return found[:LONGEST_ID]
        if isinstance(found, dict) and isinstance(found.get("code"), str):
            return str(found["code"])[:LONGEST_ID]
    return ""
