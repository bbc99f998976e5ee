"""DetectedIssue: problems that somebody has seen and dealt with, as the record says.

A client may keep the outcome of an alert as a DetectedIssue with a ``mitigation``. It counts for a finding when it
implicates every order the finding speaks of, was made after each of those that is still a draft was written, and
either names the statement (a coding or identifier of the system below) or is an interaction between two orders.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cds.fhir.reading.bundle import content
from cds.fhir.shape import Json, obj, objs, relative, text

STATEMENTS: Final = "urn:medication-order-cds:statement"
"""System of our statements' ids, as a client copies them from a card's extension."""

_INTERACTIONS: Final = frozenset({"DRG", "DUPTHPY", "DUPTHPCLS", "DUPTHPGEN"})
"""HL7 v3 ActCode: drug interaction and duplicate therapy. These speak of two orders at least."""

_VOID: Final = frozenset({"cancelled", "entered-in-error"})
_PAIR: Final = 2


@dataclass(frozen=True, slots=True)
class _Issue:
    orders: frozenset[str]
    codes: frozenset[str]
    statements: frozenset[str]
    when: datetime | None


@dataclass(frozen=True, slots=True)
class Mitigations:
    """What was dealt with, and when each draft order was written (where the client says so)."""

    issues: tuple[_Issue, ...] = ()
    written: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.issues)

    @classmethod
    def read(
        cls, context: Mapping[str, object], prefetch: Mapping[str, object], fetched: Mapping[str, object]
    ) -> Mitigations:
        """Everything that was sent or fetched, of this patient alone. Never raises."""
        patient = text(context.get("patientId")).removeprefix("Patient/")
        values = [value for key, value in prefetch.items() if value is not None]
        values += [value for key, value in fetched.items() if key not in prefetch]
        issues = tuple(issue for value in values for issue in _issues(value, patient))
        if not issues:
            return cls()
        drafts = content(context.get("draftOrders")).entries
        written = ((f"{one.kind}/{one.id}", one.resource) for one in drafts)
        return cls(
            issues, tuple((name, text(of.get("authoredOn")) or text(of.get("dateWritten"))) for name, of in written)
        )

    def covers(self, statement: str, orders: frozenset[str]) -> bool:
        """Whether what a statement says of these orders (``Type/id``) was dealt with."""
        written = [_moment(when, end=True) for name, when in self.written if name in orders and when]
        return any(
            orders <= issue.orders
            and (statement in issue.statements or (len(orders) >= _PAIR and bool(issue.codes & _INTERACTIONS)))
            and all(issue.when is not None and when is not None and when <= issue.when for when in written)
            for issue in self.issues
        )


def _issues(value: object, patient: str) -> Iterator[_Issue]:
    # Most answers hold none, and one look tells.
    entries = objs(obj(value).get("entry")) or objs(value)
    if not any(obj(entry.get("resource", entry)).get("resourceType") == "DetectedIssue" for entry in entries):
        return
    for entry in content(value).entries:
        issue = entry.resource
        if entry.kind != "DetectedIssue" or not objs(issue.get("mitigation")) or text(issue.get("status")) in _VOID:
            continue
        of = relative(text(obj(issue.get("patient") or issue.get("subject")).get("reference")))
        if of != f"Patient/{patient}":
            continue
        implicated = (relative(text(reference.get("reference"))) for reference in objs(issue.get("implicated")))
        codings = [coding for name in ("code", "category") for coding in _codings(issue.get(name))]
        named = [coding for coding in codings if text(coding.get("system")) == STATEMENTS]
        identifiers = [one for one in objs(issue.get("identifier")) if text(one.get("system")) == STATEMENTS]
        yield _Issue(
            frozenset(implicated) - {""},
            frozenset(text(coding.get("code")) for coding in codings) - {""},
            frozenset([*(text(one.get("code")) for one in named), *(text(one.get("value")) for one in identifiers)]),
            _latest(issue),
        )


def _codings(concepts: object) -> Iterator[Json]:
    for concept in objs(concepts):
        yield from objs(concept.get("coding"))


def _latest(issue: Json) -> datetime | None:
    """When it was last dealt with, or else found."""
    texts = [text(one.get("date")) for one in objs(issue.get("mitigation"))]
    moments = [moment for moment in map(_moment, texts) if moment is not None]
    return max(moments) if moments else _moment(text(issue.get("identifiedDateTime")) or text(issue.get("date")))


def _moment(written: str, *, end: bool = False) -> datetime | None:
    """A whole moment. A mere day is taken for its beginning, or its end: whichever makes more be shown."""
    try:
        moment = datetime.fromisoformat(written.upper())
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment + timedelta(days=1) if end and "T" not in written.upper() else moment
