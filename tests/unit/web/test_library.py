"""Citations lead to lines; the documents are shown where they are given, and only there."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cds.app import create_app
from cds.service import Service
from cds.settings import Settings
from cds.web.library import Library, spelled
from tests.documented import with_documents


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory, real_service: Service) -> tuple[Service, Settings]:
    service, settings = with_documents(tmp_path_factory.mktemp("deployment"), real_service)
    return service, Settings(**settings)


def test_the_passage_is_marked_in_its_document(given: tuple[Service, Settings]) -> None:
    service, settings = given
    with TestClient(create_app(settings, service)) as client:
        statement = next(one for one in service.knowledge.statements.values() if one.cites)
        cite = statement.cites[0]
        page = client.get(f"/knowledge/statements/{statement.id}").text
        assert f"<mark>Line {cite.lines[0]} of &lt;{cite.source}&gt; &amp; more</mark>" in page
        whole = client.get(f"/coverage/{cite.source}").text
        assert f'id="line-{cite.lines[0]}"' in whole
        assert statement.id in whole
        assert "unread" in whole


def test_without_documents_no_line_is_shown(real_service: Service, tmp_path: Path) -> None:
    library = Library(real_service.knowledge, Settings())
    assert library.documents == {}
    statement = next(one for one in real_service.knowledge.statements.values() if one.cites)
    assert all(cite.passage == () for cite in library.cited(statement))


def test_documents_that_are_not_the_ones_that_were_read_are_not_shown(real_service: Service, tmp_path: Path) -> None:
    for source in real_service.knowledge.sources.values():
        (tmp_path / source.file).write_text("something else\n", "utf-8")
    assert Library(real_service.knowledge, Settings(documents=tmp_path)).documents == {}


def test_every_statement_has_a_name_and_a_place(real_service: Service) -> None:
    library = Library(real_service.knowledge, Settings())
    for name in real_service.knowledge.statements:
        assert ": " in library.title(name)
        assert "line" in library.where(name)
        assert len(library.digest(name)) == 12


def test_abbreviations_are_spelled_in_capitals() -> None:
    assert spelled("iv-bolus, mao-inhibitor") == "IV bolus, MAO inhibitor"
