"""What prescribers wrote beside their feedback, decrypted for somebody who holds the key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography.fernet import InvalidToken
from sqlalchemy import Connection, select

from cds.store.feedback import Comments
from cds.store.tables import FEEDBACK, FIRED


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment, with the statements of its card. ``text`` may name the patient; None: written with another key."""

    at: str
    outcome: str
    reason: str
    statements: tuple[str, ...]
    text: str | None = field(repr=False)


def comments(connection: Connection, since: str, until: str, cipher: Comments) -> Iterator[Comment]:
    """The comments received from ``since`` up to but not including ``until`` (stamps), the oldest first. SettingsError
    without a key.
    """
    query = select(FEEDBACK).where(
        FEEDBACK.c.comment.is_not(None), FEEDBACK.c.received >= since, FEEDBACK.c.received < until
    )
    for row in connection.execute(query.order_by(FEEDBACK.c.received, FEEDBACK.c.chain, FEEDBACK.c.number)).all():
        fired = select(FIRED.c.statement).where(FIRED.c.card == row.card).order_by(FIRED.c.place)
        statements = tuple(dict.fromkeys(connection.execute(fired).scalars()))
        yield Comment(row.outcome_at, row.outcome, row.reason, statements, _read(cipher, row.comment))


def _read(cipher: Comments, written: str) -> str | None:
    try:
        return cipher.read(written)
    except InvalidToken:
        return None
