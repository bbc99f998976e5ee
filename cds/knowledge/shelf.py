"""The knowledge folder while it is read: opens files, collects faults, codes and names."""

from __future__ import annotations

from pathlib import Path

from cds.clinical.quantity import Quantity
from cds.errors import Fault
from cds.knowledge.codes import Displays
from cds.knowledge.fields import Fields, Noted
from cds.knowledge.strict import parse
from cds.terminology.model import Named

_WORDS = (
    "not-a-product", "alternatives", "negations", "not-of-the-patient", "not-what-follows", "not-beside",
    "possible", "in-remission", "over", "past", "says-nothing", "severe", "moderate", "mild", "stages", "fillers",
)  # fmt: skip


class Shelf:
    """The folder being read: opens files, collects faults and names. ``chosen`` are the policy's choices."""

    def __init__(self, folder: Path, chosen: dict[str, Quantity] | None = None) -> None:
        self.folder = folder
        self.chosen = chosen or {}
        self.displays = Displays()
        self.faults: list[Fault] = []
        self.names: dict[str, Named] = {}
        self.outside: dict[str, str] = {}
        self.words = self.page("terminology/words.yaml", _WORDS)

    def text(self, name: str) -> tuple[str, Noted]:
        """A text file; empty, with a fault, when it is not there."""
        noted = Noted(name, self.faults)
        try:
            return (self.folder / name).read_text("utf-8"), noted
        except (OSError, UnicodeDecodeError):
            noted.at(0, "the file is missing, or is not UTF-8 text")
            return "", noted

    def page(self, name: str, keys: tuple[str, ...]) -> Fields | None:
        """The top of one YAML file; None, with a fault, when nothing can be made of it."""
        try:
            data = (self.folder / name).read_bytes()
        except OSError:
            self.faults.append(Fault(name, 0, "the file is missing"))
            return None
        node, faults = parse(data, name)
        self.faults.extend(faults)
        return Fields(node, Noted(name, self.faults), keys, "the file") if node is not None else None

    def entries(self, name: str, top: str, keys: tuple[str, ...], what: str) -> list[Fields]:
        """The maps of the one list that a YAML file holds."""
        page = self.page(name, (top,))
        return [Fields(node, page.noted, keys, what) for node in page.each(top)] if page else []

    def pages(self, below: str, keys: tuple[str, ...]) -> list[tuple[str, Fields]]:
        """Every YAML file of a folder, by its name without ending."""
        found = [
            (path.stem, self.page(f"{below}/{path.name}", keys))
            for path in sorted((self.folder / below).glob("*.yaml"))
        ]
        return [(stem, fields) for stem, fields in found if fields is not None]

    def name(self, named: Named) -> None:
        """Keep a slug's name. Where two tables use one slug, the one read last gives what the other lacks."""
        before = self.names.get(named.slug)
        if before is not None:
            named = Named(named.slug, before.name, before.broader | named.broader, before.code or named.code)
        self.names[named.slug] = named
