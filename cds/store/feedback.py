"""What prescribers did with cards: kept once, tied to the card, its statements and its client."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography.fernet import Fernet
from sqlalchemy import Connection, insert, select

from cds.errors import SettingsError
from cds.store.chain import FEEDBACK as ENTRY
from cds.store.chain import Link
from cds.store.moments import moment, stamp
from cds.store.tables import CARDS, DECISIONS, FEEDBACK

LONGEST_COMMENT: Final = 2000
"""Characters of a comment that are kept; what is longer is cut."""

AHEAD: Final = timedelta(minutes=10)
"""How far a client's clock may be ahead of ours."""


@dataclass(frozen=True, slots=True)
class Said:
    """One report as it came: ``when`` as the client wrote it, ``comment`` a person's own words, never shown."""

    card: str
    outcome: str
    when: str
    reason: str = ""
    accepted: tuple[str, ...] = ()
    comment: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch: kept, kept before, about a card that is not this client's, or from the future."""

    kept: int = 0
    again: int = 0
    unknown: int = 0
    ahead: int = 0


class Comments:
    """What happens to a comment: it is dropped, unless there is a key to encrypt it with."""

    def __init__(self, key: str = "") -> None:
        try:
            self._cipher = Fernet(key) if key else None
        except ValueError:
            message = "CDS_COMMENT_KEY must be a Fernet key: 32 bytes in URL-safe base64"
            raise SettingsError(message) from None

    def kept(self, comment: str) -> str | None:
        """What is written of a comment; None: nothing."""
        if not comment or self._cipher is None:
            return None
        return self._cipher.encrypt(comment[:LONGEST_COMMENT].encode()).decode()

    def read(self, written: str) -> str:
        """A comment as it was. Needs the key it was written with."""
        if self._cipher is None:
            message = "comments are read with the key they were written with (CDS_COMMENT_KEY)"
            raise SettingsError(message)
        return self._cipher.decrypt(written.encode()).decode()


def take(connection: Connection, link: Link, batch: Sequence[Said], client: str, comments: Comments) -> Taken:
    """Keep what is new of a batch, as of now. A report is the same when client, card, outcome and moment are."""
    now = moment()
    theirs = _cards_of(connection, {said.card for said in batch}, client)
    before = _known(connection, theirs, client)
    counts = {"kept": 0, "again": 0, "unknown": 0, "ahead": 0}
    for said in batch:
        when = _utc(said.when)
        same = (said.card, said.outcome, when)
        if said.card not in theirs:
            counts["unknown"] += 1
        elif datetime.fromisoformat(when) > now + AHEAD:
            counts["ahead"] += 1
        elif same in before:
            counts["again"] += 1
        else:
            before.add(same)
            counts["kept"] += 1
            _keep(connection, link, said, when, (client, stamp(now), comments.kept(said.comment)))
    return Taken(**counts)


def _keep(connection: Connection, link: Link, said: Said, when: str, rest: tuple[str, str, str | None]) -> None:
    client, received, comment = rest
    row = {"client": client, "card": said.card, "outcome": said.outcome, "outcome_at": when, "reason": said.reason}
    body = {
        **row,
        "accepted": list(said.accepted),
        # The text itself can be removed without breaking the chain; that it was another one cannot be claimed.
        "comment": hashlib.sha256(comment.encode()).hexdigest() if comment else "",
    }
    number = link.append(ENTRY, received, {name: value for name, value in body.items() if value})
    connection.execute(
        insert(FEEDBACK).values(chain=link.chain, number=number, received=received, comment=comment, **row)
    )


def _cards_of(connection: Connection, cards: set[str], client: str) -> set[str]:
    """Those of the cards that were shown to this client."""
    query = select(CARDS.c.uuid).join(DECISIONS, DECISIONS.c.id == CARDS.c.decision)
    query = query.where(CARDS.c.uuid.in_(cards), DECISIONS.c.client == client)
    return set(connection.execute(query).scalars())


def _known(connection: Connection, cards: set[str], client: str) -> set[tuple[str, str, str]]:
    query = select(FEEDBACK.c.card, FEEDBACK.c.outcome, FEEDBACK.c.outcome_at)
    query = query.where(FEEDBACK.c.card.in_(cards), FEEDBACK.c.client == client)
    return {(row.card, row.outcome, row.outcome_at) for row in connection.execute(query)}


def _utc(when: str) -> str:
    """The client's moment in UTC with six digits, so that one moment is written in one way. Finer digits are cut."""
    return stamp(datetime.fromisoformat(when.upper()), "microseconds")
