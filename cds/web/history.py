"""Earlier versions of the knowledge, as a deployment keeps them, and what changed between two of them in words.

``CDS_HISTORY`` names a folder of exports (``cds export -o FOLDER/2026-11-24.json``) or of whole knowledge folders.
One is read when it is first asked for, and a few are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final

from cds.errors import CdsError
from cds.knowledge.model import Knowledge
from cds.publication.compare import Section, Version, differences
from cds.publication.export import read_either
from cds.settings import Settings
from cds.terminology.lookup import Lookup

RUNNING: Final = ""
"""The name of the version that answers now."""
KEPT: Final = 3
"""Earlier versions held in memory at a time."""
Stamp = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed from one version to another. ``fault`` says in words why it cannot be told."""

    old: str
    new: str
    sections: tuple[Section, ...] = ()
    old_version: str = ""
    new_version: str = ""
    fault: str = ""


class History:
    """The earlier versions of a folder, beside the one that runs."""

    def __init__(self, knowledge: Knowledge, terminology: Lookup | None, settings: Settings) -> None:
        self._knowledge = knowledge
        self._terminology = terminology
        self._settings = settings
        self._read: dict[Stamp, Version | str] = {}
        self._one_at_a_time = Lock()

    @property
    def configured(self) -> bool:
        """Whether this deployment names a folder of earlier versions."""
        return self._settings.history is not None

    @property
    def names(self) -> list[str]:
        """Names of the earlier versions, the last one by its name first (dates in names sort themselves)."""
        return sorted(self._paths(), reverse=True)

    def _paths(self) -> dict[str, Path]:
        folder = self._settings.history
        try:
            found = list(folder.iterdir()) if folder else []
        except OSError:
            return {}
        return {
            path.name: path
            for path in found
            if not path.name.startswith(".") and (path.is_dir() or path.suffix == ".json")
        }

    def between(self, old: str, new: str) -> Difference:
        """What changed from ``old`` to ``new``. A name that is not there is told as a fault."""
        first, second = self._version(old), self._version(new)
        for version in (first, second):
            if isinstance(version, str):
                return Difference(old, new, fault=version)
        assert not isinstance(first, str)  # noqa: S101 - told above
        assert not isinstance(second, str)  # noqa: S101
        return Difference(old, new, differences(first, second), first[0].version, second[0].version)

    def _version(self, name: str) -> Version | str:
        """A version, or why there is none."""
        if name == RUNNING:
            # Asked for only here: a service with set answers has no tables.
            if self._terminology is None:
                return "The running service has no knowledge that can be compared."
            return self._knowledge, self._terminology.tables
        path = self._paths().get(name)
        if path is None:
            return "There is no earlier version of this name any more."
        with self._one_at_a_time:
            try:
                stamp = _stamp(path)
            except OSError:
                return f"{name} cannot be opened."
            if stamp not in self._read:
                while len(self._read) >= KEPT:
                    self._read.pop(next(iter(self._read)))
                self._read[stamp] = self._opened(path)
            return self._read[stamp]

    def _opened(self, path: Path) -> Version | str:
        try:
            return read_either(path, self._settings)
        except CdsError as error:
            first, *rest = str(error).splitlines() or [""]
            more = f" (and {len(rest)} more faults)" if rest else ""
            return f"{path.name} cannot be read as knowledge: {first.replace(str(path), path.name)}{more}"


def _stamp(path: Path) -> Stamp:
    """Another stamp means that the file, or a file of the folder, is another one."""
    files = [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
    stats = [each.stat() for each in files]
    return (path.name, max((one.st_mtime_ns for one in stats), default=0), sum(one.st_size for one in stats))
