"""Remembering which tokens were used, so that one that was overheard is of no use."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Protocol

from cds.errors import StoreError

MOST_REMEMBERED: Final = 200_000


class Replay(Protocol):
    """A memory of used tokens. With several processes it has to be one that they share."""

    async def is_first(self, issuer: str, token_id: str, until: float) -> bool:
        """Whether this token was not used before; from now on it was. ``until``: when it stops being valid, in
        seconds since 1970. StoreError when that cannot be told: then the token must not be accepted.
        """
        ...


def fingerprint(issuer: str, token_id: str) -> str:
    """One text of 64 characters for issuer and id together: any two that differ have different ones."""
    return hashlib.sha256(f"{len(issuer)}:{issuer}{token_id}".encode()).hexdigest()


class InMemory:
    """The memory of one process. A full one refuses rather than forgets."""

    def __init__(self, now: Callable[[], float] = time.time, most: int = MOST_REMEMBERED) -> None:
        self._now = now
        self._most = most
        self._used: OrderedDict[str, float] = OrderedDict()

    async def is_first(self, issuer: str, token_id: str, until: float) -> bool:
        """See ``Replay``."""
        token = fingerprint(issuer, token_id)
        if self._used.get(token, 0.0) > self._now():
            return False
        self._forget()
        if len(self._used) >= self._most:
            raise StoreError("no more tokens can be remembered")
        self._used[token] = until
        return True

    def _forget(self) -> None:
        """Forget the oldest ones that are no longer valid anyway; all of them when there is no room."""
        now = self._now()
        while self._used and next(iter(self._used.values())) <= now:
            self._used.popitem(last=False)
        if len(self._used) >= self._most:
            self._used = OrderedDict((token, until) for token, until in self._used.items() if until > now)
