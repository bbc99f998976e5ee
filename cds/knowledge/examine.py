"""Reads the whole folder and judges it by the house rules; nothing is refused here, everything is said."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cds.errors import Fault
from cds.knowledge.check import faults_of
from cds.knowledge.gather import Reading, gather
from cds.knowledge.model import Knowledge, Policy, ReviewStatus
from cds.knowledge.slugs import known_slugs


def examine(
    folder: Path, policy: Path | None = None, documents: Path | None = None, *, complete: bool = False
) -> Reading:
    """Everything that can be read, with every fault, sorted; their paths begin with the folder's own name."""
    reading = gather(folder, known_slugs(folder), policy)
    found = {*reading.faults, *faults_of(reading, documents, complete=complete)}
    local = policy.name if policy and not policy.is_relative_to(folder) else ""
    reading.faults = [fault if fault.path == local else placed(fault, folder) for fault in sorted(found, key=_order)]
    return reading


def _order(fault: Fault) -> tuple[str, int, str]:
    return fault.path, fault.line, fault.message


def placed(fault: Fault, folder: Path) -> Fault:
    """A fault with its path as seen from beside the folder, so that an editor can jump to it."""
    return Fault(f"{folder.name}/{fault.path}", fault.line, fault.message)


_LEFT_OUT: Final = frozenset({ReviewStatus.RETIRED, ReviewStatus.WRITING})


def in_force(reading: Reading, folder: Path) -> list[Fault]:
    """The faults that stop the service: those of a file that is still being written do not."""
    written = {f"{folder.name}/{one.file}" for one in reading.drugs if one.review.status is ReviewStatus.WRITING}
    return [fault for fault in reading.faults if fault.path not in written]


def knowledge_of(reading: Reading, version: str) -> Knowledge:
    """The frozen result of a reading without faults. What is retired, or still being written, stays in its file and out
    of the cards.
    """
    return Knowledge(
        version=version,
        sources={name: source.source for name, source in reading.sources.items()},
        drugs=tuple(drug for drug in reading.drugs if drug.review.status not in _LEFT_OUT),
        conflicts=reading.conflicts,
        policy=reading.policy or Policy("", "", {}),
        override_reasons=reading.reasons,
        topics=reading.topics,
    )
