"""Finding the resource a reference points at: contained, in the drafts, or anywhere in what was sent."""

from __future__ import annotations

from collections.abc import Iterable

from cds.fhir.reading.bundle import Entry
from cds.fhir.shape import NOTHING, Json, kind, objs, reference_of, relative, text


class Index:
    """Resources by ``Type/id`` and by the address their bundle gives them. The first one of a name stays."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._found: dict[str, Json] = {}
        for entry in entries:
            if entry.id:
                self._found.setdefault(f"{entry.kind}/{entry.id}", entry.resource)
            if entry.url:
                self._found.setdefault(entry.url, entry.resource)

    def resolve(self, reference: object, inside: Json = NOTHING) -> Json | None:
        """The resource, or None when it was not sent. ``inside`` is the resource that makes the reference."""
        written = reference_of(reference)
        if written.startswith("#"):
            return next(
                (one for one in objs(inside.get("contained")) if text(one.get("id")) == written[1:]),
                None,
            )
        if not written:
            return None
        return self._found.get(written) or self._found.get(relative(written))

    def target(self, reference: object) -> str:
        """``Type/id`` of what is referred to; an address that a bundle gave is looked up."""
        written = reference_of(reference)
        found = self._found.get(written)
        if found is not None and text(found.get("id")):
            return f"{kind(found)}/{text(found.get('id'))}"
        return relative(written)
