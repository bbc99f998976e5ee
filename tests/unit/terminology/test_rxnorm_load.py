from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds.errors import TerminologyError
from cds.terminology import rxnorm_load
from cds.terminology.rxnorm import Drug
from cds.terminology.rxnorm_files import Folder
from cds.terminology.rxnorm_store import Release
from tests.unit.terminology import rrf


def loaded(folder: Path, to: Path) -> Release:
    rxnorm_load.load(Folder.open(folder), to)
    return Release(to)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    place = tmp_path_factory.mktemp("rxnorm")
    return loaded(rrf.write(place / "rrf"), place / "rxnorm.sqlite")


def told(drug: Drug | None) -> str:
    if drug is None:
        return "unknown"
    parts = (f"{part.rxcui} {part.amount}/{part.per}" if part.amount else part.rxcui for part in drug.parts)
    return f"{', '.join(parts)}; {drug.form}"


@pytest.mark.parametrize(
    ("rxcui", "is_told"),
    [
        pytest.param("483450", "187832 75 mg/1; Oral Capsule", id="a clinical drug"),
        pytest.param("4001", "1001 12.5 mg/1; Oral Tablet", id="a clinical drug of a salt, by its ingredient"),
        pytest.param("4002", "1003 50 mg/1 mL; Injectable Solution", id="a strength per volume"),
        pytest.param("4003", "1001 12.5 mg/1, 1003 5 mg/1; Oral Tablet", id="a combination"),
        pytest.param("4004", "1003 50 mg/1 mL; Injectable Solution", id="a quantified drug, by the one it is of"),
        pytest.param("4101", "1001 12.5 mg/1; Oral Tablet", id="a branded drug"),
        pytest.param("4006", "1003; ", id="a strength per hour is a rate and no strength"),
        pytest.param("4005", "1003; Oral Tablet", id="a strength that name and attribute give differently"),
        pytest.param(
            "4007", "1001; Oral Tablet", id="two salts of one ingredient, equal in figures, have no one strength"
        ),
        pytest.param("4008", "1003 12.5 mg/1; Oral Tablet", id="a strength that only the product states"),
        pytest.param("5001", "1003; Oral Tablet", id="a pack of two strengths has none"),
        pytest.param("5003", "1001 12.5 mg/1; Oral Tablet", id="a branded pack of one drug"),
        pytest.param("3001", "1001 12.5 mg/1; ", id="a component"),
        pytest.param("3101", "1001 12.5 mg/1; ", id="a branded component"),
        pytest.param("4201", "1003; ", id="a drug and form"),
        pytest.param("4202", "1003; ", id="a drug and group of forms"),
        pytest.param("1001", "1001; ", id="an ingredient"),
        pytest.param("1002", "1001; ", id="a precise ingredient"),
        pytest.param("1004", "1001, 1003; ", id="several ingredients"),
        pytest.param("1005", "1001; ", id="a brand name"),
        pytest.param("6001", "1001 4 mg/1, 1003 2.5 mg/1; Oral Tablet", id="an obsolete drug of which a name is left"),
        pytest.param("6002", "unknown", id="an obsolete drug with a name that nothing is known of"),
        pytest.param("6003", "unknown", id="an obsolete drug with a name of no pattern"),
        pytest.param("6004", "unknown", id="a combination of which one part is not described"),
        pytest.param("7001", "1001 12.5 mg/1; Oral Tablet", id="replaced twice"),
        pytest.param("7003", "unknown", id="two that replace each other"),
        pytest.param("7005", "unknown", id="replaced by two different ones"),
        pytest.param("7006", "1001 12.5 mg/1, 1003 5 mg/1; Oral Tablet", id="retired with one successor"),
        pytest.param("7007", "unknown", id="split into several"),
        pytest.param("2001", "unknown", id="a dose form is no drug"),
        pytest.param("999", "unknown", id="a code of no concept"),
    ],
)
def test_every_kind_of_code_comes_to_its_ingredients(release: Release, rxcui: str, is_told: str) -> None:
    assert told(release.by_rxcui(rxcui)) == is_told


@pytest.mark.parametrize(
    ("ndc", "name"),
    [
        pytest.param("00071101268", "zorvane maleate 12.5 MG Oral Tablet", id="eleven digits"),
        pytest.param("00009519001", "quelline 50 MG/ML Injectable Solution", id="written with hyphens"),
        pytest.param("00009519002", "quelline 50 MG/ML Injectable Solution", id="RxNorm's word before another's"),
        pytest.param("12345678901", "quelline 2.50 MG / zorvane maleate 4 MG Oral Tablet", id="an obsolete package"),
    ],
)
def test_an_ndc_comes_to_its_product(release: Release, ndc: str, name: str) -> None:
    found = release.by_ndc(ndc)
    assert found is not None
    assert found.name == name


def test_ten_digits_without_hyphens_are_no_ndc(release: Release) -> None:
    assert release.by_ndc("00095190003") is None
    assert release.by_ndc("0009519003") is None


def test_an_atc_code_comes_to_its_ingredient(release: Release) -> None:
    assert told(release.by_atc("X99ZZ01")) == "1001; "
    assert release.by_atc("X99ZZ02") is None


def test_the_release_is_named(release: Release) -> None:
    assert release.name == "RxNorm 2025-10-06"


def dump(path: Path) -> list[str]:
    base = sqlite3.connect(path)
    try:
        return sorted(base.iterdump())
    finally:
        base.close()


FIRST: list[list[str]] = []


@settings(max_examples=15, deadline=None)
@given(random=st.randoms(use_true_random=False))
def test_the_order_of_rows_makes_no_difference(random: st.random.Random) -> None:
    def shuffled(rows: list[rrf.Row]) -> list[rrf.Row]:
        return random.sample([*rows, rows[0]], len(rows) + 1)

    with tempfile.TemporaryDirectory() as place:
        folder = rrf.write(
            Path(place) / "rrf",
            names=shuffled(rrf.NAMES),
            relations=shuffled(rrf.RELATIONS),
            attributes=shuffled(rrf.ATTRIBUTES),
            archived=shuffled(rrf.ARCHIVED),
            gone=shuffled(rrf.RETIRED),
        )
        rxnorm_load.load(Folder.open(folder), Path(place) / "made")
        found = dump(Path(place) / "made")
    FIRST.append(found)
    assert found == FIRST[0]


def test_loading_again_gives_the_same_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    folder = rrf.write(tmp_path / "rrf")
    to = tmp_path / "made"
    rxnorm_load.load(Folder.open(folder), to)
    first = to.read_bytes()
    rxnorm_load.load(Folder.open(folder), to)
    assert to.read_bytes() == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["made", "rrf"]


def test_counts_and_progress_are_told(tmp_path: Path) -> None:
    said: list[str] = []
    counts = rxnorm_load.load(Folder.open(rrf.write(tmp_path / "rrf")), tmp_path / "made", said.append)
    assert counts["moved"] == 3
    assert counts["ndc"] == 4
    assert f"RXNCONSO.RRF: {len(rrf.NAMES)} rows, all read" in said


def turned(rows: list[rrf.Row]) -> list[rrf.Row]:
    return [(row[4], *row[1:4], row[0], *row[5:]) for row in rows]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        pytest.param({"relations": turned(rrf.RELATIONS)}, "wrong way round", id="relations turned round"),
        pytest.param({"relations": []}, "does not say that the product 483450", id="no relations"),
        pytest.param({"names": []}, "does not say that the product 483450", id="no names"),
        pytest.param(
            {"names": [row[:-1] for row in rrf.NAMES]}, "RXNCONSO.RRF, line 1: 17 columns", id="other columns"
        ),
    ],
)
def test_what_is_no_release_is_refused_and_the_old_file_stays(
    tmp_path: Path, changed: dict[str, list[rrf.Row]], words: str
) -> None:
    to = tmp_path / "made"
    to.write_text("as it was")
    folder = rrf.write(tmp_path / "rrf", **changed)  # type: ignore[arg-type]
    with pytest.raises(TerminologyError, match=words):
        rxnorm_load.load(Folder.open(folder), to)
    assert to.read_text() == "as it was"
    assert not (tmp_path / "made.tmp").exists()


@pytest.mark.parametrize("name", ["RXNCONSO.RRF", "RXNREL.RRF", "RXNSAT.RRF"])
@pytest.mark.parametrize(
    ("damage", "words"),
    [
        pytest.param(lambda body: body[:-9], "does not end as a row does", id="cut off"),
        pytest.param(lambda body: body.replace(b"ENG|", b"\xff|", 1).replace(b"CUI|", b"\xff|", 1)
                     .replace(b"AUI|", b"\xff|", 1), "codec", id="not UTF-8"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_told_by_name_and_line(tmp_path: Path, name: str, damage, words: str) -> None:  # type: ignore[no-untyped-def]
    folder = rrf.write(tmp_path / "rrf")
    path = folder / name
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(TerminologyError, match=rf"{name}, line \d+: .*{words}"):
        rxnorm_load.load(Folder.open(folder), tmp_path / "made")


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    folder = Folder.open(rrf.write(tmp_path / "rrf"))
    with pytest.raises(TerminologyError, match="cannot be written"):
        rxnorm_load.load(folder, tmp_path / "no such folder" / "made")


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 100])
def test_another_file_is_not_taken_for_a_release(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(TerminologyError, match="not a loaded release"):
        Release(path)


def test_a_file_of_another_layout_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "made"
    rxnorm_load.load(Folder.open(rrf.write(tmp_path / "rrf")), path)
    base = sqlite3.connect(path)
    base.execute("UPDATE about SET value = '0' WHERE name = 'layout'")
    base.commit()
    base.close()
    with pytest.raises(TerminologyError, match="another version"):
        Release(path)


@pytest.mark.parametrize(
    ("name", "parts", "form"),
    [
        ("a b 5 MG Oral Tablet", [("a b", "5 MG")], "Oral Tablet"),
        ("10 ML a 5 MG/ML / b 0.5 MG/ML Injection [X]", [("a", "5 MG/ML"), ("b", "0.5 MG/ML")], "Injection"),
        ("24 HR a 5 MG Extended Release Oral Tablet", [("a", "5 MG")], "Extended Release Oral Tablet"),
        ("Matrix Delivery 24 HR a 5 MG Extended Release Oral Tablet", [("a", "5 MG")], "Extended Release Oral Tablet"),
        ("50 MG a 0.01 MG/MG Topical Gel", [("a", "0.01 MG/MG")], "Topical Gel"),
        ("50 MG 5 MG Oral Tablet", [], ""),
        ("a 5 MG", [], ""),
        ("a / b 5 MG Oral Tablet", [], ""),
        ("5 MG Oral Tablet", [], ""),
        ("a Oral Tablet", [], ""),
        ("", [], ""),
    ],
)
def test_a_name_is_read_by_the_pattern_of_names_or_not_at_all(
    name: str, parts: list[tuple[str, str]], form: str
) -> None:
    assert rxnorm_load.in_name(name) == (parts, form)


MANY = """
    import resource, sys
    from pathlib import Path
    from cds.terminology.rxnorm_files import Folder
    from cds.terminology.rxnorm_load import load
    from tests.unit.terminology import rrf

    place, many = Path(sys.argv[1]), int(sys.argv[2])
    def names():
        yield from rrf.NAMES
        for n in range(many):
            yield rrf.conso(str(100_000 + n), "SCDC", f"quelline {n + 1} MG")
            yield rrf.conso(str(1_000_000 + n), "SCD", f"quelline {n + 1} MG Oral Tablet")
    def relations():
        yield from rrf.RELATIONS
        for n in range(many):
            yield rrf.rel(str(100_000 + n), "has_ingredient", "1003")
            yield rrf.rel(str(1_000_000 + n), "consists_of", str(100_000 + n))
    def attributes():
        for n in range(many):
            yield rrf.sat(str(1_000_000 + n), "NDC", f"{n:011d}")
    rrf.write(place, names=names(), relations=relations(), attributes=attributes())
    load(Folder.open(place), place / "made")
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def kilobytes(place: Path, many: int) -> int:
    place.mkdir()
    code = textwrap.dedent(MANY)
    ran = subprocess.run(
        [sys.executable, "-c", code, str(place), str(many)], capture_output=True, text=True, check=True, timeout=60
    )
    return int(ran.stdout)


@pytest.mark.slow
def test_two_hundred_thousand_rows_are_loaded_in_bounded_memory(tmp_path: Path) -> None:
    few, many = kilobytes(tmp_path / "few", 200), kilobytes(tmp_path / "many", 40_000)
    assert Release(tmp_path / "many" / "made").by_ndc("00000039999") is not None
    assert many - few < 48 * 1024, f"{few} kB for few rows, {many} kB for many"
