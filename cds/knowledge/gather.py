"""Reads every file of the knowledge folder, and collects what is wrong with any of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, TypeVar

from cds.errors import Fault
from cds.knowledge.fields import Noted
from cds.knowledge.model import Conflict, Drug, Policy, Statement
from cds.knowledge.read_drug import read_drug
from cds.knowledge.read_files import (
    REASON,
    TOPIC,
    InventoryItem,
    SourceFile,
    read_conflicts,
    read_inventory,
    read_not_carried,
    read_policy,
    read_source,
    read_texts,
)
from cds.knowledge.read_statement import Places
from cds.knowledge.strict import Node, parse
from cds.knowledge.vocabulary import Vocabulary

Read = TypeVar("Read")

# What the cards depend on. The inventory and what is not carried say how complete we are, not what we say.
CONTENT: Final = (
    "sources/*.yaml", "drugs/*.yaml", "combinations/*.yaml", "classes/*.yaml", "conditions/*.yaml",
    "terminology/*.yaml", "terminology/*.csv", "conflicts.yaml", "policy.yaml", "override-reasons.yaml",
    "topics.yaml",
)  # fmt: skip
_DIGITS: Final = 12


@dataclass(slots=True)
class Reading:
    """Everything that was read, with the faults found on the way. Paths in it are relative to the folder."""

    folder: Path
    vocabulary: Vocabulary
    sources: dict[str, SourceFile] = field(default_factory=dict)
    drugs: list[Drug] = field(default_factory=list)
    conflicts: dict[str, Conflict] = field(default_factory=dict)
    policy: Policy | None = None
    reasons: dict[str, str] = field(default_factory=dict)
    topics: dict[str, str] = field(default_factory=dict)
    not_carried: dict[str, str] = field(default_factory=dict)
    inventory: dict[str, InventoryItem] = field(default_factory=dict)
    places: Places = field(default_factory=Places)
    # Lines of conflicts, of entries not carried and of sources, by file and id.
    lines: dict[tuple[str, str], int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def statements(self) -> list[Statement]:
        """Every statement of every file, in the order of the files."""
        return [statement for drug in self.drugs for statement in drug.statements]


def gather(folder: Path, vocabulary: Vocabulary, policy: Path | None = None) -> Reading:
    """Read all files but the terminology's (whose slugs ``vocabulary`` gives). Never raises for their content."""
    reading = Reading(folder, vocabulary)
    _small_files(reading, policy)
    reading.vocabulary = replace(
        vocabulary,
        reasons=frozenset(reading.reasons) or None,
        topics=frozenset(reading.topics) or None,
        sources=frozenset(reading.sources) or None,
        chosen=reading.policy.quantities() if reading.policy else {},
    )
    for sort in ("drugs", "combinations"):
        for path in sorted(folder.glob(f"{sort}/*.yaml")):
            drug = _file(reading, path, lambda node, noted: read_drug(node, noted, reading.vocabulary, reading.places))
            if drug:
                reading.drugs.append(drug)
    return reading


def _small_files(reading: Reading, policy: Path | None) -> None:
    folder = reading.folder
    for path in sorted(folder.glob("sources/*.yaml")):
        source = _file(reading, path, read_source)
        if source:
            reading.sources[source.source.id] = source
            reading.lines[f"sources/{path.name}", source.source.id] = source.line
    conflicts = _file(reading, folder / "conflicts.yaml", read_conflicts, optional=True)
    if conflicts:
        reading.conflicts = conflicts[0]
        reading.lines.update({("conflicts.yaml", name): line for name, line in conflicts[1].items()})
    absent = _file(reading, folder / "not-carried.yaml", read_not_carried, optional=True)
    if absent:
        reading.not_carried = absent[0]
        reading.lines.update({("not-carried.yaml", name): line for name, line in absent[1].items()})
    reading.reasons = (
        _file(
            reading,
            folder / "override-reasons.yaml",
            lambda node, noted: read_texts(node, noted, "override_reasons", REASON),
        )
        or {}
    )
    reading.topics = (
        _file(
            reading,
            folder / "topics.yaml",
            lambda node, noted: read_texts(node, noted, "topics", TOPIC),
            optional=True,
        )
        or {}
    )
    reading.policy = _file(reading, folder / "policy.yaml", read_policy)
    if policy is not None:
        base = reading.policy
        reading.policy = _file(reading, policy, lambda node, noted: read_policy(node, noted, base))
    _read_inventory(reading)


def _read_inventory(reading: Reading) -> None:
    path = reading.folder / "inventory.csv"
    if not path.is_file():
        return
    noted = Noted(path.name, reading.faults)
    try:
        reading.inventory = read_inventory(path.read_bytes().decode("utf-8-sig"), noted)
    except UnicodeDecodeError:
        noted.at(0, "the file is not UTF-8 text: save it as UTF-8")


def _file(reading: Reading, path: Path, read: Callable[[Node, Noted], Read], *, optional: bool = False) -> Read | None:
    """What one YAML file holds; None when it cannot be read at all, with the faults noted."""
    name = shown(path, reading.folder)
    if optional and not path.exists():
        return None
    try:
        data = path.read_bytes()
    except OSError as error:
        reading.faults.append(Fault(name, 0, f"the file cannot be opened ({error.strerror})"))
        return None
    node, faults = parse(data, name)
    reading.faults.extend(faults)
    return None if node is None else read(node, Noted(name, reading.faults))


def shown(path: Path, folder: Path) -> str:
    """A path as faults show it: relative to the knowledge folder, or the bare name of a file outside it."""
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def content_version(folder: Path, policy: Path | None = None) -> str:
    """A digest of all content the cards depend on; line ends and trailing spaces do not count."""
    digest = hashlib.sha256()
    paths = sorted({path for pattern in CONTENT for path in folder.glob(pattern)}, key=lambda path: shown(path, folder))
    for path in [*paths, *([policy] if policy else [])]:
        lines = [line.rstrip() for line in path.read_bytes().splitlines()]
        digest.update(shown(path, folder).encode() + b"\0" + b"\n".join(lines).strip() + b"\0")
    return digest.hexdigest()[:_DIGITS]
