"""What was checked once is kept for the next start, and is believed only while nothing has changed."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import msgspec
import pytest

from cds.knowledge import kept
from cds.knowledge.load import load
from cds.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped knowledge, to be changed."""
    return Path(shutil.copytree(Settings().knowledge, tmp_path / "knowledge"))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_what_is_kept_comes_back_equal(folder: Path, cache: Path) -> None:
    read, _ = load(folder)
    first, _ = load(folder, cache=cache)
    again = kept.recall(cache, kept.digest(folder))
    assert again == first == read
    assert load(folder, cache=cache)[0] == read


def test_nothing_is_read_of_a_file_that_is_kept(folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(folder, cache=cache)
    monkeypatch.setattr("cds.knowledge.load.examine", None)
    assert load(folder, cache=cache)[0].statements


@pytest.mark.parametrize("name", ["drugs/ketamine.yaml", "conflicts.yaml", "inventory.csv", "policy.yaml"])
def test_one_more_byte_in_any_file_is_another_knowledge(folder: Path, name: str) -> None:
    before = kept.digest(folder)
    with (folder / name).open("ab") as file:
        file.write(b"\n")
    assert kept.digest(folder) != before


def test_another_policy_is_another_knowledge(folder: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_bytes((folder / "policy.yaml").read_bytes())
    assert kept.digest(folder, policy) != kept.digest(folder)


@pytest.mark.parametrize("place", [0, 31, 32, 1000, -1])
def test_a_byte_that_was_changed_is_noticed(folder: Path, cache: Path, place: int) -> None:
    knowledge, _ = load(folder, cache=cache)
    (file,) = cache.iterdir()
    data = bytearray(file.read_bytes())
    data[place] ^= 1
    file.write_bytes(data)
    assert kept.recall(cache, kept.digest(folder)) is None
    assert load(folder, cache=cache)[0] == knowledge


@pytest.mark.parametrize(
    "content", [["x", [], []], ["?", [], [[99, 0]]], ["?", [], [[6]]], ["?", ["mg"], [[5, 7]]], "not a row", ["?"]]
)
def test_a_file_that_another_program_wrote_is_not_believed(cache: Path, content: object) -> None:
    cache.mkdir()
    body = msgspec.msgpack.encode(content)
    (cache / "knowledge-?.kept").write_bytes(hashlib.sha256(body).digest() + body)
    assert kept.recall(cache, "?") is None


def test_only_the_newest_is_kept_and_what_is_not_ours_is_left_alone(folder: Path, cache: Path) -> None:
    load(folder, cache=cache)
    (cache / "other.txt").write_text("not ours", encoding="utf-8")
    with (folder / "topics.yaml").open("ab") as file:
        file.write(b"\n")
    load(folder, cache=cache)
    assert sorted(file.suffix for file in cache.iterdir()) == [".kept", ".txt"]


def test_a_cache_that_cannot_be_written_is_no_fault(folder: Path, cache: Path) -> None:
    cache.write_text("a file where a folder should be", encoding="utf-8")
    assert load(folder, cache=cache)[0].statements


def test_knowledge_with_faults_is_not_kept(folder: Path, cache: Path) -> None:
    (folder / "drugs" / "ketamine.yaml").write_text("drug: [", encoding="utf-8")
    with pytest.raises(Exception, match=r"ketamine"):
        load(folder, cache=cache)
    assert not cache.exists()
