from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cds.service import Service
from cds.settings import Settings
from cds.web.catalogue import catalogue
from cds.web.ehr import Writer
from cds.web.words import Words, read_words
from cds.web.workbench import Workbench

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def words() -> Words:
    return read_words(Settings().knowledge)


@pytest.fixture(scope="session")
def bench(real_service: Service, words: Words) -> Workbench:
    return Workbench(real_service, words, catalogue(real_service.knowledge, real_service.terminology), "")


@pytest.fixture(scope="session")
def writer(bench: Workbench) -> Writer:
    return bench.writer(NOW)
