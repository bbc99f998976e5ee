from pathlib import Path

import pytest

from tests.unit.knowledge.made_up import MadeUp, make
from tests.unit.knowledge.whole import make_whole


@pytest.fixture
def made(tmp_path: Path) -> MadeUp:
    return make(tmp_path)


@pytest.fixture
def whole(tmp_path: Path) -> MadeUp:
    return make_whole(tmp_path)
