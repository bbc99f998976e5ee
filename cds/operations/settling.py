"""The garbage collector leaves alone what was loaded."""

from __future__ import annotations

import gc
from typing import Final

NEW_OBJECTS: Final = 20_000
"""New objects after which the collector looks for cycles among them: those of a few requests."""


def settle() -> None:
    """What is there now lives as long as the process. Looking through it for garbage would be a third of the time of
    a request, and would make some requests wait; worker processes also keep sharing what nothing touches.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 10, 10)


def forget() -> None:
    """Give back what was replaced. It holds on to itself in rings, which are looked for too seldom to wait for that."""
    gc.collect()
