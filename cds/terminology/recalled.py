"""What coded concepts came to before: the same few thousand codes come again and again.

Nothing of a record is kept: a concept is known again by a digest of its codes and words, under a key that is made when
the process starts and is nowhere else. What has no code at all is a person's own words and is looked up each time.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from hashlib import blake2b
from itertools import chain
from typing import Final, Generic, TypeVar

from cds.clinical.code import Concept

T = TypeVar("T")

MOST: Final = 8192
"""Answers kept; with more than that all are forgotten and the common ones soon known again."""

_SECRET: Final = secrets.token_bytes(32)


class Recalled(Generic[T]):
    """A look-up that keeps its answers. ``look_up`` depends on nothing but the concept."""

    def __init__(self, look_up: Callable[[Concept], T]) -> None:
        self._look_up = look_up
        self._known: dict[bytes, T] = {}

    def __call__(self, concept: Concept) -> T:
        """The answer, from memory where the same codes and words were asked before."""
        if not concept.codings:
            return self._look_up(concept)
        mark = _mark(concept)
        found = self._known.get(mark, _NONE)
        if found is not _NONE:
            return found  # type: ignore[return-value]
        answer = self._look_up(concept)
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[mark] = answer
        return answer


_NONE: Final = object()


def _mark(concept: Concept) -> bytes:
    written = "\x1f".join((concept.text, *chain.from_iterable(concept.codings)))
    return blake2b(written.encode("utf-8", "surrogatepass"), digest_size=16, key=_SECRET).digest()
