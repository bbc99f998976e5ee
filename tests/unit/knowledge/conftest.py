from pathlib import Path

import pytest

from tests.unit.knowledge.made_up import MadeUp, make


@pytest.fixture
def made(tmp_path: Path) -> MadeUp:
    return make(tmp_path)
