"""What is served in one release of FHIR: every resource by type and id, made once and kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import Lock

from cds.fhir.exact import Element, write
from cds.fhir.publishing.bundle import publish
from cds.fhir.publishing.canonical import under
from cds.fhir.publishing.elements import kept
from cds.fhir.publishing.releases import Release, derived
from cds.knowledge.model import Knowledge
from cds.service import Service
from cds.terminology.tables import Tables


@dataclass
class Shelf:
    """One release. ``since`` is when the knowledge files were last changed."""

    release: Release
    published: list[Element]
    version: str
    since: datetime
    base: str = ""

    @cached_property
    def resources(self) -> list[Element]:
        """Every resource, marked with its version and its last change."""
        mark = {"versionId": self.version, "lastUpdated": self.since.isoformat().replace("+00:00", "Z")}
        return [
            {
                "resourceType": each["resourceType"],
                "id": each["id"],
                "meta": {**each.get("meta", {}), **mark},
                **{key: value for key, value in each.items() if key not in ("resourceType", "id", "meta")},
            }
            for each in under(self.base, derived(self.published, self.release)[0])
        ]

    @cached_property
    def by_type(self) -> dict[str, dict[str, Element]]:
        """The resources by type, then by id, in their order."""
        found: dict[str, dict[str, Element]] = {}
        for each in self.resources:
            found.setdefault(each["resourceType"], {})[each["id"]] = each
        return found

    @cached_property
    def ndjson(self) -> bytes:
        """All of them, one a line."""
        return b"".join(write(kept(each)) + b"\n" for each in self.resources)


@dataclass
class Shelves:
    """All releases of one knowledge. R5 is made when it is first asked for, the others from it. ``base`` is that of
    canonical addresses.
    """

    knowledge: Knowledge
    tables: Tables
    since: datetime
    base: str = ""
    _made: dict[Release, Shelf] = field(default_factory=dict)

    @cached_property
    def published(self) -> list[Element]:
        """The knowledge as R5."""
        return publish(self.knowledge, self.tables)

    def of(self, release: Release) -> Shelf:
        """The shelf of one release."""
        if release not in self._made:
            self._made[release] = Shelf(release, self.published, self.knowledge.version, self.since, self.base)
        return self._made[release]


@dataclass
class Newest:
    """The releases of the knowledge that answers now, which a running service may load anew."""

    service: Callable[[], Service]
    since: Callable[[], datetime]
    _kept: Shelves | None = None
    _one_at_a_time: Lock = field(default_factory=Lock)

    async def of(self, release: Release) -> Shelf:
        """The shelf of one release, of the service as it is now. Hook calls go on while it is made."""
        return await asyncio.to_thread(self._made, release)

    def _made(self, release: Release) -> Shelf:
        with self._one_at_a_time:
            now = self.service()
            if self._kept is None or self._kept.knowledge is not now.knowledge:
                self._kept = Shelves(now.knowledge, now.terminology.tables, self.since(), now.canonical)
            shelf = self._kept.of(release)
            _ = shelf.by_type, shelf.ndjson
            return shelf


def changed(path: Path) -> datetime:
    """When a file, or any file of a folder, was last changed, to the second."""
    files = [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
    newest = max((each.stat().st_mtime for each in files), default=0.0)
    return datetime.fromtimestamp(int(newest), UTC)
