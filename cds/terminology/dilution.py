"""Whether words about an order say that the medicine is given diluted.

Stricter than what a product's own name tells: "flush with saline" names a fluid and dilutes nothing.
"""

from __future__ import annotations

from typing import Final

from cds.terminology.tables import MedicineTables
from cds.terminology.words import Token, tokens

_INTO: Final = frozenset({"in", "into"})
_MIXED: Final = frozenset(
    {"add", "added", "adding", "mix", "mixed", "make", "made", "reconstitute", "reconstituted", "dissolve", "dissolved"}
)
_TO: Final = frozenset({"to", "with", "up", "of"})
_RINSED: Final = frozenset({"flush", "flushed", "flushes", "flushing", "rinse"})
_NEAR: Final = 6
"""Words that may stand between "in" and the fluid: "in a 500 mL bag of ..."."""
_BEFORE: Final = 3
"""How far before "diluted" a "not" is looked for."""


def says_diluted(text: str, tables: MedicineTables) -> bool:
    """Whether a text says that something is diluted, or put into a fluid."""
    found = tokens(text)
    for place, token in enumerate(found):
        if token.word in tables.diluted and not _any(found[max(0, place - _BEFORE) : place], tables.negations):
            return True
    fluids = [match for match in tables.spoken.find(found) if match.value <= tables.diluents]
    return any(_put_into(found[: match.first]) for match in fluids)


def _put_into(before: tuple[Token, ...]) -> bool:
    """Whether the words before a fluid put something into it."""
    if _any(before, _RINSED):
        return False
    near = before[-_NEAR:]
    return _any(near, _INTO) or (_any(near, _TO) and _any(before, _MIXED))


def _any(found: tuple[Token, ...], words: frozenset[str]) -> bool:
    return any(token.word in words for token in found)
