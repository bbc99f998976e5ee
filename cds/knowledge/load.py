"""One way in: a folder becomes checked knowledge, or an error that names every fault in every file."""

from __future__ import annotations

from pathlib import Path

from cds.errors import Fault, KnowledgeError
from cds.knowledge import kept
from cds.knowledge.examine import examine, in_force, knowledge_of
from cds.knowledge.gather import content_version
from cds.knowledge.model import Knowledge, Policy
from cds.knowledge.terms import lookup
from cds.terminology.lookup import Lookup


def load(
    folder: Path, policy: Path | None = None, documents: Path | None = None, cache: Path | None = None
) -> tuple[Knowledge, Lookup]:
    """Read, check and index everything: the statements, and what codes mean.

    ``cache`` is a folder of ours alone, where the checked statements are kept for the next start (see ``kept``).
    ``policy`` is a local policy file that overrides items of the packaged one. With ``documents`` (the folder of
    the cited documents) citations and figures are checked against them too. KnowledgeError holds all faults.
    """
    of = kept.digest(folder, policy) if cache and not documents else ""
    known = kept.recall(cache, of) if cache and of else None
    if known is not None:
        terms, faults = read_terms(folder, known.policy)
        if terms is None:
            raise KnowledgeError(faults)
        return known, terms
    version = content_version(folder, policy)
    reading = examine(folder, policy, documents)
    terms, faults = read_terms(folder, reading.policy)
    stopping = in_force(reading, folder)
    if stopping or terms is None:
        raise KnowledgeError([*stopping, *faults])
    if content_version(folder, policy) != version:
        raise KnowledgeError([Fault(folder.name, 0, "the files changed while they were read: load them again")])
    knowledge = knowledge_of(reading, version)
    if cache and of:
        kept.keep(cache, of, knowledge)
    return knowledge, terms


def read_terms(folder: Path, policy: Policy | None = None) -> tuple[Lookup | None, tuple[Fault, ...]]:
    """What codes mean, or every fault of the terminology files."""
    try:
        return lookup(folder, policy), ()
    except KnowledgeError as error:
        return None, error.faults
