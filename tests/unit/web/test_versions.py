"""What changed between versions: in words, with the words that differ, and plainly where it cannot be told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cds.app import create_app
from cds.publication.compare import Change, Fate, Part, Section
from cds.service import Service
from cds.settings import Settings
from cds.web.history import KEPT, History
from cds.web.library import Library
from cds.web.versions import AT_ONCE, MOST, Piece, chapters
from tests.documented import LATER, earlier, exported

PAGE = "/knowledge/versions"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, real_service: Service) -> Path:
    made = tmp_path_factory.mktemp("history")
    (made / "2026-01-01.json").write_bytes(exported(real_service))
    (made / "2026-02-01.json").write_bytes(earlier(real_service))
    (made / ".hidden.json").write_text("{}")
    (made / "notes.txt").write_text("no version")
    return made


@pytest.fixture(scope="module")
def keeping(folder: Path, real_service: Service) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(history=folder), real_service)) as found:
        yield found


def words(text: str) -> str:
    """What a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", text)).split())


def test_the_last_earlier_version_is_compared_with_the_running_one(keeping: TestClient) -> None:
    page = keeping.get(PAGE)
    said = words(page.text)
    assert page.status_code == 200
    assert "From 2026-02-01 to the running version" in said
    assert "2 statements to be approved again" in said


def test_a_figure_and_a_level_are_shown_before_and_after(keeping: TestClient) -> None:
    page = keeping.get(PAGE).text
    assert "max <del>125</del> mg/day" in page
    assert "max <ins>150</ins> mg/day" in page
    assert "<del>info</del>" in page
    assert "<ins>warning</ins>" in page


def test_a_statement_is_told_as_new_or_gone_and_links_to_its_page_while_it_is_there(keeping: TestClient) -> None:
    forth = words(keeping.get(PAGE).text)
    assert "oral, step" in forth
    assert "+ new" in forth
    back = keeping.get(f"{PAGE}?old=2026-01-01.json&new=2026-02-01.json").text
    assert "− gone" in words(back)
    assert f"/knowledge/statements/{LATER}" in back


def test_the_same_knowledge_has_nothing_to_approve(keeping: TestClient) -> None:
    assert "nothing to approve again" in words(keeping.get(f"{PAGE}?old=2026-01-01.json").text)


def test_a_version_against_itself_asks_for_two_that_differ(keeping: TestClient) -> None:
    page = keeping.get(f"{PAGE}?old=2026-01-01.json&new=2026-01-01.json")
    assert "Choose two that differ" in words(page.text)


@pytest.mark.parametrize("name", ["../knowledge", ".hidden.json", "notes.txt", "/etc", "<b>"])
def test_only_versions_of_the_folder_are_opened(keeping: TestClient, name: str) -> None:
    page = keeping.get(PAGE, params={"old": name})
    assert page.status_code == 404
    assert "no earlier version of this name" in words(page.text)
    assert "<b>" not in page.text.replace("<b>On a card</b>", "")


def test_without_earlier_versions_the_page_tells_how_to_keep_them(client: TestClient) -> None:
    said = words(client.get(PAGE).text)
    assert "No earlier version is at hand" in said
    assert "CDS_HISTORY" in said
    assert "cds export" in said


def test_an_empty_folder_is_said(tmp_path: Path, real_service: Service) -> None:
    with TestClient(create_app(Settings(history=tmp_path), real_service)) as found:
        assert "The folder of earlier versions is empty" in words(found.get(PAGE).text)


def test_a_folder_that_went_away_is_as_good_as_empty(tmp_path: Path, real_service: Service) -> None:
    history = History(real_service.knowledge, real_service.terminology, Settings(history=tmp_path / "gone"))
    assert history.names == []


def test_a_file_that_is_no_knowledge_is_told_by_its_name_alone(tmp_path: Path, real_service: Service) -> None:
    (tmp_path / "broken.json").write_text("{}")
    with TestClient(create_app(Settings(history=tmp_path), real_service)) as found:
        said = words(found.get(PAGE).text)
    assert "broken.json cannot be read as knowledge" in said
    assert str(tmp_path) not in said


def test_a_knowledge_folder_is_a_version_too(tmp_path: Path, real_service: Service) -> None:
    (tmp_path / "approved").symlink_to(Settings().knowledge)
    history = History(real_service.knowledge, real_service.terminology, Settings(history=tmp_path))
    found = history.between("approved", "")
    assert (found.fault, found.sections) == ("", ())


def test_a_changed_file_is_read_again_and_few_are_held(tmp_path: Path, real_service: Service) -> None:
    history = History(real_service.knowledge, real_service.terminology, Settings(history=tmp_path))
    path = tmp_path / "one.json"
    for size in range(KEPT + 2):
        path.write_text("{}" + " " * size)
        assert history.between("one.json", "").fault
        assert len(history._read) <= KEPT
    path.write_bytes(exported(real_service))
    assert history.between("one.json", "").fault == ""


def section(title: str, parts: int) -> Section:
    change = Change("says", "one two", "one three")
    return Section("", title, Fate.CHANGED, tuple(Part(f"x.{n}", Fate.CHANGED, (change,)) for n in range(parts)))


@pytest.fixture(scope="module")
def library(real_service: Service) -> Library:
    return Library(real_service.knowledge, Settings())


def test_few_changes_are_shown_at_once_and_many_section_by_section(library: Library) -> None:
    few = (section("first", AT_ONCE - 1), section("second", 1))
    many = (section("first", AT_ONCE), section("second", 1))
    assert [one.shown for one in chapters(few, 0, library)] == [True, True]
    assert [one.shown for one in chapters(many, 1, library)] == [False, True]


def test_what_is_left_out_for_length_is_counted(library: Library) -> None:
    (long,) = chapters((section("first", MOST + 3),), 0, library)
    assert (len(long.items), long.more) == (MOST, 3)
    rows = tuple(Change(f"code {n}", "", "now") for n in range(MOST + 5))
    (listed,) = chapters((Section("", "Codes", Fate.CHANGED, (Part("", Fate.CHANGED, rows),)),), 0, library)
    assert (len(listed.items[0].rows), listed.more) == (MOST, 5)


def test_only_the_words_that_differ_are_marked(library: Library) -> None:
    (chapter,) = chapters((section("first", 1),), 0, library)
    (row,) = chapter.items[0].rows
    assert row.before == (Piece("one "), Piece("two", changed=True))
    assert row.after == (Piece("one "), Piece("three", changed=True))


def test_the_largest_difference_stays_small_pages(tmp_path: Path, real_service: Service) -> None:
    knowledge = real_service.knowledge
    smallest = min(knowledge.drugs, key=lambda drug: len(drug.statements))
    alone = tuple(replace(each, conflicts=(), yields_to=()) for each in smallest.statements)
    old = replace(knowledge, drugs=(replace(smallest, statements=alone),), conflicts={})
    (tmp_path / "one.json").write_bytes(exported(replace(real_service, knowledge=old)))
    with TestClient(create_app(Settings(history=tmp_path), real_service)) as found:
        first = found.get(PAGE).text
        shown = re.findall(r'href="([^"]+;show=\d+)#', first)
        assert len(shown) >= len(knowledge.drugs) - 1
        for link in shown:
            page = found.get(unescape(link))
            assert len(page.content) < 150_000
            assert "cannot be compared" not in page.text
