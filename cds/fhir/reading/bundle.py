"""Bundles and single resources as one list, with what the bundle says about itself."""

from __future__ import annotations

from typing import Final, NamedTuple

from cds.fhir.shape import Json, kind, obj, objs, text

_FAILED: Final = frozenset({"error", "fatal", ""})
_OUTCOME: Final = "OperationOutcome"


class Entry(NamedTuple):
    """One resource: its type and id, the address the bundle gives it (if any), and its place, which counts from 1."""

    kind: str
    id: str
    resource: Json
    url: str
    place: int


class Content(NamedTuple):
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
        return _sifted([_entry(obj(one), "", place) for place, one in enumerate(value, 1)])
    resource = obj(value)
    if not resource:
        return Content(failure="what was sent is not a resource")
    name = kind(resource)
    if name == "Bundle" or (not name and "entry" in resource):
        found = [
            _entry(obj(obj(entry).get("resource")), text(obj(entry).get("fullUrl")), place)
            for place, entry in enumerate(_listed(resource.get("entry")), 1)
        ]
        return _sifted(found, more=_has_next(resource))
    if not name:
        return Content(failure="what was sent is not a resource")
    return _sifted([_entry(resource, "", 1)], alone=True)


def _entry(resource: Json, url: str, place: int) -> Entry:
    return Entry(kind(resource), text(resource.get("id")), resource, url, place)


def _sifted(found: list[Entry], *, more: bool = False, alone: bool = False) -> Content:
    """The entries without outcomes. An outcome in place of the data is a failure, whatever its severity."""
    outcomes = [entry.resource for entry in found if entry.kind == _OUTCOME]
    failed = (alone and bool(outcomes)) or any(map(_is_failure, outcomes))
    named = [entry for entry in found if _is_named(entry.kind)]
    kept = tuple([entry for entry in named if entry.kind != _OUTCOME])
    unread = len(found) - len(named)
    return Content(kept, "the record system answered with an error" if failed else "", more, unread)


def _is_named(name: str) -> bool:
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
