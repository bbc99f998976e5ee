"""The vignettes of this folder, and the words they are told in."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path

from cds.selftest import build
from cds.selftest.build import Situation
from cds.selftest.vignettes import Vignette as Case
from cds.selftest.vignettes import read_vignettes
from cds.selftest.words import Words, read_words
from cds.settings import Settings

__all__ = ["Case", "Situation", "all_cases", "situation", "words"]


@cache
def words() -> Words:
    """The word list of this tree."""
    return read_words(Settings().knowledge)


def situation(case: Case, now: datetime) -> Situation:
    """What the EHR holds and sends for a vignette."""
    return build.situation(words(), case.scene, now)


def all_cases() -> list[Case]:
    """Every variant of every vignette, in order."""
    return read_vignettes(Path(__file__).parent)
