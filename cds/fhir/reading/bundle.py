"""Bundles and single resources as one list, with what the bundle says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cds.fhir.shape import Json, kind, obj, objs, text

_FAILED: Final = frozenset({"error", "fatal", ""})


@dataclass(frozen=True, slots=True)
class Entry:
    """One resource with the address the bundle gives it, if any. ``place`` counts from 1."""

    resource: Json
    url: str
    place: int


@dataclass(frozen=True, slots=True)
class Content:
    """What a Bundle, a resource or a list of resources holds. ``failure``: the words for an answer that is no
    data. ``more``: there are further pages that were not sent. ``unread``: so many entries do not say what they are.
    """

    entries: tuple[Entry, ...] = ()
    failure: str = ""
    more: bool = False
    unread: int = 0


def content(value: object) -> Content:
    """Read a prefetch value or the drafts. A Bundle needs no type; an outcome that only warns is no failure."""
    if isinstance(value, list):
        return _sifted([Entry(obj(one), "", place) for place, one in enumerate(value, 1)])
    resource = obj(value)
    if not resource:
        return Content(failure="what was sent is not a resource")
    if kind(resource) == "Bundle" or (not kind(resource) and "entry" in resource):
        found = [
            Entry(obj(obj(entry).get("resource")), text(obj(entry).get("fullUrl")), place)
            for place, entry in enumerate(_listed(resource.get("entry")), 1)
        ]
        return _sifted(found, more=_has_next(resource))
    if not kind(resource):
        return Content(failure="what was sent is not a resource")
    return _sifted([Entry(resource, "", 1)], alone=True)


def _sifted(found: list[Entry], *, more: bool = False, alone: bool = False) -> Content:
    """The entries without outcomes. An outcome in place of the data is a failure, whatever its severity."""
    failed = any(
        kind(entry.resource) == "OperationOutcome" and (alone or _is_failure(entry.resource)) for entry in found
    )
    kept = tuple(e for e in found if _is_named(e.resource) and kind(e.resource) != "OperationOutcome")
    unread = sum(not _is_named(entry.resource) for entry in found)
    return Content(kept, "the record system answered with an error" if failed else "", more, unread)


def _is_named(resource: Json) -> bool:
    name = kind(resource)
    return name.isascii() and name.isalpha()


def _listed(value: object) -> list[object]:
    """The entries as they stand, also those that are none. A single object counts as a list of one."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _is_failure(outcome: Json) -> bool:
    """An error among the issues, or no readable issue at all."""
    severities = {text(issue.get("severity")).lower() for issue in objs(outcome.get("issue"))}
    return not severities or bool(severities & _FAILED)


def _has_next(bundle: Json) -> bool:
    return any(text(link.get("relation")).lower() == "next" and link.get("url") for link in objs(bundle.get("link")))
