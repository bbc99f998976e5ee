"""The tables of this tree, read once for all tests of the room."""

from __future__ import annotations

from pathlib import Path

import pytest

from cds.knowledge.terms import lookup
from cds.terminology.lookup import Lookup

KNOWLEDGE = Path(__file__).parents[3] / "knowledge"


@pytest.fixture(scope="session")
def terms() -> Lookup:
    return lookup(KNOWLEDGE)
