"""Knowledge is loaded only when it is signed with the key that is set, and not when it is older than what was loaded
before. Without a key it is loaded as it is.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from cds.errors import Fault, KnowledgeError, StoreError
from cds.hooks import log
from cds.knowledge import signature
from cds.operations.places import NOWHERE
from cds.service import Service, build
from cds.settings import Settings
from cds.store.issues import Issues

_NEWEST: Final[dict[str, datetime]] = {}
"""The newest issue that this process has loaded, by key: what holds where no database is set."""


def built(settings: Settings) -> Service:
    """As ``cds.service.build``; KnowledgeError too when the signature is missing or wrong, or the issue is old."""
    if settings.knowledge_key is None:
        return build(settings)
    key, knowledge = signature.public_key(settings.knowledge_key), settings.bundle or settings.knowledge
    issue = signature.verified(knowledge, key)
    # The folder of what was checked before is not signed, so it is not used.
    service = build(replace(settings, cache=None))
    if signature.digest(knowledge) != issue.digest:
        raise _fault("the files changed while they were read")
    # Only now: what cannot be loaded must not keep an older issue out.
    newest = _newest(settings, issue)
    if newest > issue.issued:
        raise _fault(f"issued {issue.issued.isoformat()}, but knowledge issued {newest.isoformat()} was loaded before")
    return service


def _newest(settings: Settings, issue: signature.Issue) -> datetime:
    found = _NEWEST[issue.key] = max(_NEWEST.get(issue.key, issue.issued), issue.issued)
    if settings.database in ("", NOWHERE):
        return found
    try:
        return max(found, Issues(settings.database, settings.database_password).newest(issue.key, issue.issued))
    except StoreError as error:
        log.failed("the newest issue of the knowledge could not be looked up", error)
        return found


def _fault(words: str) -> KnowledgeError:
    return KnowledgeError([Fault(signature.NAME, 0, words)])
