"""The files of an RxNorm release (RRF), read row by row: nothing is held but the row at hand.

Each line is one row of UTF-8 text, columns parted by ``|``, with a ``|`` at its end and without quoting. Columns
are those of the release's technical documentation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from cds.errors import TerminologyError

CONSO, REL, SAT = "RXNCONSO.RRF", "RXNREL.RRF", "RXNSAT.RRF"
ARCHIVE, RETIRED, SOURCES = "RXNATOMARCHIVE.RRF", "RXNCUI.RRF", "RXNSAB.RRF"
COLUMNS: Final = {CONSO: 18, REL: 16, SAT: 13, ARCHIVE: 16, RETIRED: 5, SOURCES: 25}
NEEDED: Final = (CONSO, REL, SAT)
REPORT_EVERY: Final = 500_000
"""Rows between two words of progress."""

# Versions in the sources' list end like RXNORM_25AA_251006F; folders and readmes are called like ..._10062025.
_VERSION: Final = re.compile(r"_([0-9]{2})([0-9]{2})([0-9]{2})F", re.ASCII)
_FOLDER: Final = re.compile(r"rxnorm.*_([0-9]{2})([0-9]{2})(20[0-9]{2})", re.ASCII | re.IGNORECASE)
_README: Final = re.compile(r"readme.*_([0-9]{2})([0-9]{2})(20[0-9]{2})\.txt", re.ASCII | re.IGNORECASE)
_SABIN, _RSAB, _VSAB, _SVER = 22, 3, 2, 6
_LONGEST_LINE: Final = 1 << 20

Say = Callable[[str], None]


def quiet(_: str) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that holds the files of one release."""

    path: Path
    release: str

    @classmethod
    def open(cls, path: Path, release: str = "") -> Folder:
        """The release in this folder, or in ``rrf`` below it. ``release`` names it where the files do not.

        TerminologyError in words when files are missing or it cannot be told which release they are.
        """
        inside = next((place for place in (path, path / "rrf") if (place / CONSO).is_file()), path)
        missing = [name for name in NEEDED if not (inside / name).is_file()]
        if missing:
            raise TerminologyError(
                f"{path} is not a release of RxNorm: it lacks {', '.join(missing)}. Name the folder of the unpacked "
                "release, or the folder rrf in it."
            )
        found = cls(inside, release)
        named = release or found._listed() or _named(path)
        if not named:
            raise TerminologyError(
                f"Which release is in {path}? Neither {SOURCES} nor the folder's name says it. Name it with --release, "
                "such as --release 2025-10-06."
            )
        return cls(inside, named)

    def has(self, name: str) -> bool:
        """Whether an optional file is there."""
        return (self.path / name).is_file()

    def rows(self, name: str, say: Say = quiet) -> Iterator[list[str]]:
        """The rows of one file. TerminologyError names the line that is not a row."""
        columns = COLUMNS[name]
        number = 0
        try:
            with (self.path / name).open("rb") as file:
                while line := file.readline(_LONGEST_LINE):
                    number += 1
                    yield _row(line, columns)
                    if number % REPORT_EVERY == 0:
                        say(f"{name}: {number:,} rows")
        except OSError as error:
            raise TerminologyError(f"{name} cannot be read ({type(error).__name__}).") from error
        except ValueError as error:
            raise TerminologyError(
                f"{name}, line {number}: {error}. The file is damaged or was not downloaded whole."
            ) from error
        say(f"{name}: {number:,} rows, all read")

    def _listed(self) -> str:
        """The release that the list of sources names for RxNorm itself."""
        if not self.has(SOURCES):
            return ""
        for row in self.rows(SOURCES):
            match = _VERSION.search(f"_{row[_VSAB]}") or _VERSION.search(f"_{row[_SVER]}")
            if row[_RSAB] == "RXNORM" and row[_SABIN] != "N" and match:
                return _day(f"20{match[1]}", match[2], match[3])
        return ""


def _row(line: bytes, columns: int) -> list[str]:
    text = line.decode("utf-8")
    if not text.endswith("|\n") and not text.endswith("|\r\n"):
        raise ValueError("the row does not end as a row does")
    found = text.rstrip("\r\n").split("|")
    if len(found) != columns + 1:
        raise ValueError(f"{len(found) - 1} columns instead of {columns}")
    return found


def _named(path: Path) -> str:
    """The release by the names of the folder, of those above it, and of the readme beside the files."""
    whole = path.resolve()
    near = [whole.name, whole.parent.name] if whole.name == "rrf" else [whole.name]
    for name in near:
        if match := _FOLDER.search(name):
            return _day(match[3], match[1], match[2])
    for place in (whole, whole.parent) if whole.name == "rrf" else (whole,):
        for file in sorted(place.glob("*.txt")):
            if match := _README.fullmatch(file.name):
                return _day(match[3], match[1], match[2])
    return ""


def _day(year: str, month: str, day: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""
