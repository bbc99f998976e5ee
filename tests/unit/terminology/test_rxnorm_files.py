from __future__ import annotations

from pathlib import Path

import pytest

from cds.errors import TerminologyError
from cds.terminology import rxnorm_files
from cds.terminology.rxnorm_files import CONSO, Folder
from tests.unit.terminology import rrf


@pytest.mark.parametrize(
    ("name", "version", "release"),
    [
        ("made", "RXNORM_25AA_251006F", "2025-10-06"),
        ("RxNorm_full_11032025", "RXNORM_25AA_251006F", "2025-10-06"),
        ("RxNorm_full_11032025", "", "2025-11-03"),
        ("RxNorm_full_prescribe_10062025", "", "2025-10-06"),
        ("RxNorm_full_10062025/rrf", "", "2025-10-06"),
        ("RxNorm_full_10062025", "no version", "2025-10-06"),
    ],
)
def test_the_release_is_named_by_its_list_of_sources_else_by_its_folder(
    tmp_path: Path, name: str, version: str, release: str
) -> None:
    assert Folder.open(rrf.write(tmp_path / name, version=version)).release == release


def test_the_files_may_lie_in_rrf_below_the_folder_and_the_readme_beside_it(tmp_path: Path) -> None:
    rrf.write(tmp_path / "rrf", version="")
    (tmp_path / "Readme_Full_Prescribe_10062025.txt").write_text("")
    found = Folder.open(tmp_path)
    assert (found.release, found.path) == ("2025-10-06", tmp_path / "rrf")


@pytest.mark.parametrize("name", ["made", "RxNorm_full_13452025"])
def test_a_release_that_nothing_names_has_to_be_named(tmp_path: Path, name: str) -> None:
    folder = rrf.write(tmp_path / name, version="")
    with pytest.raises(TerminologyError, match="--release"):
        Folder.open(folder)
    assert Folder.open(folder, "2025-10-06").release == "2025-10-06"


@pytest.mark.parametrize("name", ["RXNCONSO.RRF", "RXNREL.RRF", "RXNSAT.RRF"])
def test_missing_files_are_named(tmp_path: Path, name: str) -> None:
    folder = rrf.write(tmp_path)
    (folder / name).unlink()
    with pytest.raises(TerminologyError, match=f"lacks {name}"):
        Folder.open(folder)


def test_quotes_and_letters_of_other_scripts_are_text_like_any(tmp_path: Path) -> None:
    name = "a \"quoted' µ name"
    folder = Folder.open(rrf.write(tmp_path, names=[rrf.conso("1", "IN", name)]))
    assert [row[14] for row in folder.rows(CONSO)] == [name]


def test_lines_may_end_as_windows_writes_them(tmp_path: Path) -> None:
    folder = Folder.open(rrf.write(tmp_path))
    path = tmp_path / CONSO
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(list(folder.rows(CONSO))) == len(rrf.NAMES)


def test_progress_is_told_on_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rxnorm_files, "REPORT_EVERY", 20)
    said: list[str] = []
    list(Folder.open(rrf.write(tmp_path)).rows(CONSO, said.append))
    assert said[0] == f"{CONSO}: 20 rows"


def test_a_file_that_goes_away_is_told(tmp_path: Path) -> None:
    folder = Folder.open(rrf.write(tmp_path))
    (tmp_path / CONSO).unlink()
    with pytest.raises(TerminologyError, match="cannot be read"):
        list(folder.rows(CONSO))
