"""A site's own policy over knowledge that was not read from files: a published bundle brings a policy of its own."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Final

from cds.errors import Fault, KnowledgeError
from cds.knowledge.fields import Noted
from cds.knowledge.model import WORKED_IN, Knowledge, Policy
from cds.knowledge.read_files import read_policy
from cds.knowledge.strict import parse

_DIGITS: Final = 6


def with_policy(knowledge: Knowledge, path: Path) -> Knowledge:
    """The knowledge with the items of a policy file in place of its own. KnowledgeError holds every fault of the file,
    and every item that cannot be changed any more: it was worked into the statements when they were published, and
    would be changed in name alone.

    The digest of the file stands behind the policy's version, because the knowledge keeps the version it came with.
    """
    noted = Noted(path.name)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise KnowledgeError([Fault(path.name, 0, f"the file cannot be opened ({error.strerror})")]) from None
    node, faults = parse(data, path.name)
    noted.faults += faults
    policy = read_policy(node, noted, knowledge.policy) if node is not None else knowledge.policy
    noted.faults += _too_late(knowledge.policy, policy, path.name)
    if noted.faults:
        raise KnowledgeError(noted.faults)
    version = f"{policy.version} ({hashlib.sha256(data).hexdigest()[:_DIGITS]})"
    return replace(knowledge, policy=replace(policy, version=version))


def _too_late(own: Policy, wanted: Policy, name: str) -> list[Fault]:
    return [
        Fault(
            name,
            0,
            f"'{key}' is worked into the bundle as {own.items[key].value} {own.items[key].unit}: to change it, export "
            "the bundle again with this policy in CDS_POLICY",
        )
        for key in sorted(WORKED_IN)
        if key in own.items and key in wanted.items and own.items[key].value != wanted.items[key].value
    ]
