"""Reads ``knowledge/terminology``, ``classes`` and ``conditions`` into the tables of the terminology room.

One run finds every fault of every file; any fault stops the start. Products are read once and kept as values, so
that a look-up is a dictionary hit.
"""

from __future__ import annotations

from pathlib import Path

from cds.errors import Fault, KnowledgeError
from cds.knowledge.fields import Noted
from cds.knowledge.model import Policy
from cds.knowledge.read_files import read_policy
from cds.knowledge.shelf import Shelf
from cds.knowledge.strict import parse
from cds.knowledge.terms_conditions import read_conditions
from cds.knowledge.terms_medicines import read_medicines
from cds.knowledge.terms_places import read_places
from cds.knowledge.terms_reasons import read_reasons
from cds.knowledge.vocabulary import ROUTE_GROUPS
from cds.terminology.lookup import Lookup
from cds.terminology.tables import Tables


def read_tables(folder: Path, policy: Policy | None = None) -> Tables:
    """All tables of a knowledge folder, with the choices of ``policy`` (default: the folder's own) filled in.

    KnowledgeError holds every fault.
    """
    chosen = policy or _own_policy(folder)
    shelf = Shelf(folder, chosen.quantities() if chosen else None)
    medicines = read_medicines(shelf)
    conditions = read_conditions(shelf)
    places = read_places(shelf)
    reasons = read_reasons(shelf)
    if shelf.faults:
        faults = sorted(shelf.faults, key=lambda fault: (fault.path, fault.line, fault.message))
        raise KnowledgeError([Fault(f"{folder.name}/{f.path}", f.line, f.message) for f in faults])
    return Tables(
        medicines,
        conditions,
        places,
        reasons,
        shelf.names,
        dict(ROUTE_GROUPS),
        shelf.displays.known,
        shelf.outside,
    )


def _own_policy(folder: Path) -> Policy | None:
    """The folder's policy file, if it can be read; its faults are told by whoever reads the statements."""
    path = folder / "policy.yaml"
    node, _ = parse(path.read_bytes(), path.name) if path.is_file() else (None, ())
    return read_policy(node, Noted(path.name)) if node is not None else None


def lookup(folder: Path, policy: Policy | None = None) -> Lookup:
    """What codes mean, from a knowledge folder. KnowledgeError holds every fault."""
    return Lookup(read_tables(folder, policy))
