"""What tests of the whole application share: a service with set answers, and the real one.

The application is imported by the fixtures that need it, so that a test of one room does not wait for all rooms.
"""
# ruff: noqa: PLC0415 - see above

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import pytest
from starlette.testclient import TestClient

from tests import canned as canned_answers

if TYPE_CHECKING:
    from cds.service import Service


@pytest.fixture
def canned_service() -> canned_answers.CannedService:
    """The service with set answers; a test may set others."""
    return canned_answers.canned_service()


@pytest.fixture
def canned(canned_service: canned_answers.CannedService) -> Iterator[TestClient]:
    """The application over the service with set answers: for tests of the wire alone."""
    from cds.app import create_app
    from cds.settings import Settings

    with TestClient(create_app(Settings(), cast("Service", canned_service))) as client:
        yield client


@pytest.fixture(scope="session")
def real_service() -> Service:
    """The service with the knowledge of this tree."""
    from cds.service import build
    from cds.settings import Settings

    return build(Settings())


@pytest.fixture(scope="session")
def client(real_service: Service) -> Iterator[TestClient]:
    """The application as it is installed."""
    from cds.app import create_app
    from cds.settings import Settings

    with TestClient(create_app(Settings(), real_service)) as client:
        yield client
