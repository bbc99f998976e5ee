"""A server that does not answer is left alone for a while, so that no prescriber waits for it in vain again."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

FAILURES: Final = 5
"""Calls in a row that got nothing before the server is left alone."""

PAUSE_SECONDS: Final = 10.0


class Circuit:
    """Counts failures in a row. After the pause one call tries again; the others wait for what becomes of it."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._failures = 0
        self._again_at = 0.0

    def allows(self) -> bool:
        """Whether a call may be made now. The one that is allowed after a pause begins another pause."""
        if self._failures < FAILURES:
            return True
        if self._now() < self._again_at:
            return False
        self._again_at = self._now() + PAUSE_SECONDS
        return True

    def failed(self) -> None:
        """A call got nothing."""
        self._failures += 1
        self._again_at = self._now() + PAUSE_SECONDS

    def worked(self) -> None:
        """A call got an answer, whatever it was."""
        self._failures = 0
