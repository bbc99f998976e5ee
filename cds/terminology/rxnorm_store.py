"""The file that a loaded release of RxNorm becomes: a read-only SQLite table of codes. The only module of this room
that knows SQL.

A ``Writer`` takes the rows of the release into a working table on disk, derives from them what each code stands
for, and renames the finished file into place. Which rows came first makes no difference to it. A ``Release`` reads
the file.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from cds.errors import TerminologyError
from cds.terminology.rxnorm import Drug, Part

Row = tuple[str, tuple[str | int, ...]]
"""A row for the working table of that name."""

LAYOUT: Final = "1"
"""Of the file. A file of another layout has to be made again."""

_BATCH: Final = 5_000
MOST_STEPS: Final = 8
"""How often a retired code may have been replaced by one that was retired in its turn."""

# What a concept's ingredients are read from, in this order: the first relation that leads anywhere counts. The
# concepts it leads to must all be understood, or a combination would lose an ingredient without a word.
_STEPS: Final = (
    ("PIN", "form_of"),
    ("MIN", "has_part"),
    ("BN", "tradename_of"),
    ("SCDC", "has_ingredient"),
    ("SCDC", "has_precise_ingredient"),
    ("SBDC", "tradename_of"),
    ("SBDC", "consists_of"),
    *((tty, "has_ingredient") for tty in ("SCDF", "SCDG", "SCDFP", "SCDGP")),
    *((tty, "tradename_of") for tty in ("SBDF", "SBDG", "SBDFP")),
    ("SCD", "consists_of"),
    ("SCD", "quantified_form_of"),
    ("SCD", "has_ingredients"),
    ("SCD", "isa"),
    ("SBD", "consists_of"),
    ("SBD", "tradename_of"),
    ("SBD", "quantified_form_of"),
    ("GPCK", "contains"),
    ("BPCK", "contains"),
    ("BPCK", "tradename_of"),
)
KINDS: Final = frozenset({"IN", "DF", *(tty for tty, _ in _STEPS)})
RELATIONS: Final = frozenset({"has_dose_form", *(relation for _, relation in _STEPS)})

_WORK: Final = """
CREATE TABLE work.concept (rxcui TEXT, tty TEXT, name TEXT, old INTEGER, PRIMARY KEY (rxcui, old, tty, name)) WITHOUT ROWID;
CREATE TABLE work.edge (subject TEXT, relation TEXT, object TEXT, PRIMARY KEY (subject, relation, object)) WITHOUT ROWID;
CREATE TABLE work.said (rxcui TEXT, what TEXT, value TEXT, PRIMARY KEY (rxcui, what, value)) WITHOUT ROWID;
CREATE TABLE work.ndc (ndc TEXT, rank INTEGER, rxcui TEXT, PRIMARY KEY (ndc, rank, rxcui)) WITHOUT ROWID;
CREATE TABLE work.atc (code TEXT, rxcui TEXT, PRIMARY KEY (code, rxcui)) WITHOUT ROWID;
CREATE TABLE work.moved (rxcui TEXT, target TEXT, PRIMARY KEY (rxcui, target)) WITHOUT ROWID;
CREATE TABLE work.strength (rxcui TEXT PRIMARY KEY, amount TEXT, per TEXT) WITHOUT ROWID;
CREATE TABLE work.kind (rxcui TEXT PRIMARY KEY, tty TEXT, name TEXT, old INTEGER) WITHOUT ROWID;
CREATE TABLE work.part (drug TEXT, ingredient TEXT, component TEXT, amount TEXT, per TEXT,
    PRIMARY KEY (drug, ingredient, component)) WITHOUT ROWID;
CREATE TABLE work.form (drug TEXT, name TEXT, PRIMARY KEY (drug, name)) WITHOUT ROWID;
"""  # noqa: E501 - one table to a line
_FINAL: Final = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE drug (rxcui TEXT PRIMARY KEY, name TEXT, form TEXT) WITHOUT ROWID;
CREATE TABLE part (drug TEXT, ingredient TEXT, name TEXT, amount TEXT, per TEXT,
    PRIMARY KEY (drug, ingredient)) WITHOUT ROWID;
CREATE TABLE moved (rxcui TEXT PRIMARY KEY, target TEXT) WITHOUT ROWID;
CREATE TABLE ndc (ndc TEXT PRIMARY KEY, rxcui TEXT) WITHOUT ROWID;
CREATE TABLE atc (code TEXT PRIMARY KEY, rxcui TEXT) WITHOUT ROWID;
"""
_STEP: Final = """
INSERT OR IGNORE INTO work.part
SELECT kind.rxcui, part.ingredient, CASE WHEN kind.tty = 'SCDC' THEN kind.rxcui ELSE part.component END,
  part.amount, part.per
FROM work.kind AS kind
JOIN work.edge AS edge ON edge.subject = kind.rxcui AND edge.relation = :relation
JOIN work.part AS part ON part.drug = edge.object
WHERE kind.tty = :tty
  AND NOT EXISTS (SELECT 1 FROM work.part AS mine WHERE mine.drug = kind.rxcui)
  AND NOT EXISTS (
    SELECT 1 FROM work.edge AS other
    WHERE other.subject = kind.rxcui AND other.relation = :relation
      AND NOT EXISTS (SELECT 1 FROM work.part AS theirs WHERE theirs.drug = other.object))
"""
# An ingredient that comes by one component has its strength. By several (two salts in one tablet, two strengths in a
# pack) it has none that is one figure.
_PARTS: Final = """
INSERT INTO part
SELECT part.drug, part.ingredient, kind.name,
  CASE WHEN count(*) = 1 THEN min(part.amount) ELSE '' END,
  CASE WHEN count(*) = 1 THEN min(part.per) ELSE '' END
FROM work.part AS part JOIN work.kind AS kind ON kind.rxcui = part.ingredient
GROUP BY part.drug, part.ingredient ORDER BY part.drug, part.ingredient
"""
_FORMS: Final = (
    """INSERT OR IGNORE INTO work.form SELECT edge.subject, kind.name FROM work.edge AS edge
    JOIN work.kind AS kind ON kind.rxcui = edge.object AND kind.tty = 'DF'
    JOIN work.kind AS mine ON mine.rxcui = edge.subject AND mine.tty NOT IN ('GPCK', 'BPCK')
    WHERE edge.relation = 'has_dose_form'""",
    """INSERT OR IGNORE INTO work.form SELECT edge.subject, form.name FROM work.edge AS edge
    JOIN work.form AS form ON form.drug = edge.object
    WHERE edge.relation IN ('contains', 'tradename_of', 'quantified_form_of')
      AND NOT EXISTS (SELECT 1 FROM work.form AS mine WHERE mine.drug = edge.subject)""",
)
_DRUGS: Final = """
INSERT INTO drug
SELECT kind.rxcui, kind.name,
  coalesce((SELECT CASE WHEN count(*) = 1 THEN min(form.name) ELSE '' END FROM work.form AS form
    WHERE form.drug = kind.rxcui), '')
FROM work.kind AS kind WHERE EXISTS (SELECT 1 FROM work.part AS part WHERE part.drug = kind.rxcui)
ORDER BY kind.rxcui
"""


class Writer:
    """Makes the file. Use it as a context: left with an error, it leaves nothing behind and no file is changed."""

    def __init__(self, to: Path) -> None:
        self._to = to
        self._new = to.with_name(to.name + ".tmp")

    def __enter__(self) -> Writer:
        try:
            self._new.unlink(missing_ok=True)
            self._base = sqlite3.connect(self._new, isolation_level=None)
            # The file is only looked at when it is whole, so nothing has to survive a crash half done.
            for line in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -8192", "temp_store = FILE"):
                self._base.execute(f"PRAGMA {line}")
            self._base.execute("ATTACH '' AS work")  # a nameless database on disk, gone when it is closed
            self._base.execute("PRAGMA work.cache_size = -16384")
            self._base.executescript(_WORK + _FINAL)
            self._base.execute("BEGIN")
        except (OSError, sqlite3.Error) as error:
            raise TerminologyError(f"{self._to} cannot be written ({type(error).__name__}).") from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        self._base.close()
        self._new.unlink(missing_ok=True)
        if isinstance(error, sqlite3.Error):
            raise TerminologyError(f"{self._to} cannot be written ({type(error).__name__}).") from error

    def take(self, rows: Iterable[Row]) -> None:
        """Take rows, each with the working table it goes to (``concept``, ``edge``, ``said``, ``ndc``, ``atc``,
        ``moved``, ``part``, ``form``). A row that is there already is not taken twice.
        """
        waiting: dict[str, list[tuple[str | int, ...]]] = {}
        for table, row in rows:
            batch = waiting.setdefault(table, [])
            batch.append(row)
            if len(batch) >= _BATCH:
                self._insert(table, waiting.pop(table))
        for table, batch in waiting.items():
            self._insert(table, batch)

    def _insert(self, table: str, rows: list[tuple[str | int, ...]]) -> None:
        marks = ", ".join("?" * len(rows[0]))
        self._base.executemany(f"INSERT OR IGNORE INTO work.{table} VALUES ({marks})", rows)  # noqa: S608 - our names

    def settle(self) -> None:
        """Give each concept one kind and name: of a current row before an old one."""
        self._base.execute(
            "INSERT OR IGNORE INTO work.kind SELECT rxcui, tty, name, old FROM work.concept "
            "ORDER BY rxcui, old, tty, name"
        )
        self._base.execute("CREATE INDEX work.kind_by_tty ON kind (tty)")
        self._base.execute("CREATE INDEX work.kind_by_name ON kind (name COLLATE NOCASE)")
        self._base.execute("INSERT INTO work.part SELECT rxcui, rxcui, '', '', '' FROM work.kind WHERE tty = 'IN'")

    def components(self) -> Iterator[tuple[str, ...]]:
        """Each component (SCDC): its code, its name and the strength the release states, or an empty text."""
        return self._each(
            "SELECT kind.rxcui, kind.name, coalesce((SELECT CASE WHEN count(*) = 1 THEN min(said.value) ELSE '?' END "
            "FROM work.said AS said WHERE said.rxcui = kind.rxcui AND said.what = 'RXN_STRENGTH'), '') "
            "FROM work.kind AS kind WHERE kind.tty = 'SCDC' ORDER BY kind.rxcui"
        )

    def derive(self) -> None:
        """Work out the ingredients of everything, with the strengths of components (table ``strength``)."""
        for tty, relation in _STEPS:
            self._base.execute(_STEP, {"tty": tty, "relation": relation})
            if tty == "SCDC":
                self._base.execute(
                    "UPDATE work.part SET (amount, per) = (SELECT amount, per FROM work.strength AS s "
                    "WHERE s.rxcui = part.drug) WHERE drug IN (SELECT rxcui FROM work.strength)"
                )
        for line in _FORMS:
            self._base.execute(line)

    def unstated(self) -> Iterator[tuple[str, ...]]:
        """Products of one ingredient without a strength: product, ingredient and the strength the release states."""
        return self._each(
            "SELECT part.drug, min(part.ingredient), min(said.value) FROM work.part AS part "
            "JOIN work.kind AS kind ON kind.rxcui = part.drug AND kind.tty IN ('SCD', 'SBD') "
            "JOIN work.said AS said ON said.rxcui = part.drug AND said.what = 'RXN_AVAILABLE_STRENGTH' "
            "GROUP BY part.drug HAVING count(DISTINCT part.ingredient || '/' || part.component) = 1 "
            "AND max(part.amount) = '' AND count(DISTINCT said.value) = 1 ORDER BY part.drug"
        )

    def state(self, strengths: Iterable[tuple[str, str, str, str]]) -> None:
        """Put strengths to products that lack one: product, ingredient, amount, per."""
        self._base.executemany(
            "UPDATE work.part SET amount = ?3, per = ?4 WHERE drug = ?1 AND ingredient = ?2", list(strengths)
        )

    def orphans(self) -> Iterator[tuple[str, ...]]:
        """Old products that nothing leads from any more: code and name."""
        return self._each(
            "SELECT kind.rxcui, kind.name FROM work.kind AS kind WHERE kind.tty IN ('SCD', 'SBD') AND kind.old = 1 "
            "AND NOT EXISTS (SELECT 1 FROM work.part AS part WHERE part.drug = kind.rxcui) "
            "AND NOT EXISTS (SELECT 1 FROM work.moved AS moved WHERE moved.rxcui = kind.rxcui) ORDER BY kind.rxcui"
        )

    def named(self, name: str, *kinds: str) -> str:
        """The one concept of these kinds with this name, by the ingredient it comes to; empty when there is none."""
        marks = ", ".join("?" * len(kinds))
        found = self._base.execute(
            "SELECT DISTINCT part.ingredient FROM work.kind AS kind JOIN work.part AS part ON part.drug = kind.rxcui "  # noqa: S608 - marks only
            f"WHERE kind.name = ? COLLATE NOCASE AND kind.tty IN ({marks}) LIMIT 2",
            (name, *kinds),
        ).fetchall()
        return str(found[0][0]) if len(found) == 1 else ""

    def parts_of(self, rxcui: str) -> frozenset[str]:
        """The ingredients of a concept, as far as they are worked out."""
        return frozenset(
            str(row[0]) for row in self._base.execute("SELECT ingredient FROM work.part WHERE drug = ?", (rxcui,))
        )

    def leads(self, start: str, end: str) -> bool:
        """Whether the relations lead from one concept to the other within three steps."""
        reached = {start}
        for _ in range(3):
            reached |= {
                str(row[0])
                for one in sorted(reached)
                for row in self._base.execute("SELECT object FROM work.edge WHERE subject = ?", (one,))
            }
        return end in reached

    def finish(self, about: dict[str, str], check: Callable[[Release], None]) -> dict[str, int]:
        """Write the tables of the file, let ``check`` look at it, and rename it into place. Answers how many rows
        each table has.
        """
        for line in (_DRUGS, _PARTS):
            self._base.execute(line)
        self._follow()
        self._base.execute(
            "INSERT INTO ndc SELECT ndc, min(rxcui) FROM work.ndc AS one WHERE rxcui IN (SELECT rxcui FROM drug "
            "UNION SELECT rxcui FROM moved) AND rank = (SELECT min(rank) FROM work.ndc WHERE ndc = one.ndc) "
            "GROUP BY ndc HAVING count(DISTINCT rxcui) = 1 ORDER BY ndc"
        )
        self._base.execute(
            "INSERT INTO atc SELECT code, min(rxcui) FROM work.atc WHERE rxcui IN (SELECT rxcui FROM drug) "
            "GROUP BY code HAVING count(DISTINCT rxcui) = 1 ORDER BY code"
        )
        names = ("drug", "part", "moved", "ndc", "atc")
        counts = {
            name: int(self._base.execute(f"SELECT count(*) FROM {name}").fetchone()[0])  # noqa: S608 - our names
            for name in names
        }
        told = {"layout": LAYOUT, **about}
        self._base.executemany("INSERT INTO about VALUES (?, ?)", sorted(told.items()))
        self._base.execute("COMMIT")
        self._base.close()
        with closing(Release(self._new)) as made:
            check(made)
        self._new.replace(self._to)
        return counts

    def _follow(self) -> None:
        """Keep where each retired code leads: to one code that is known, perhaps over others."""
        self._base.execute(
            "CREATE TABLE work.one AS SELECT rxcui, min(target) AS target FROM work.moved "
            "GROUP BY rxcui HAVING count(DISTINCT target) = 1"
        )
        self._base.execute("CREATE INDEX work.one_by_code ON one (rxcui)")
        self._base.execute(
            "INSERT OR IGNORE INTO moved WITH RECURSIVE way (rxcui, at, step) AS ("
            "SELECT rxcui, target, 1 FROM work.one UNION ALL "
            "SELECT way.rxcui, one.target, way.step + 1 FROM way JOIN work.one AS one ON one.rxcui = way.at "
            "WHERE way.step < ? AND way.at NOT IN (SELECT rxcui FROM drug)) "
            "SELECT way.rxcui, way.at FROM way WHERE way.at IN (SELECT rxcui FROM drug) "
            "AND way.rxcui NOT IN (SELECT rxcui FROM drug) ORDER BY way.rxcui, way.step",
            (MOST_STEPS,),
        )

    def _each(self, query: str) -> Iterator[tuple[str, ...]]:
        yield from self._base.execute(query)


class Release:
    """A loaded release, read from its file. Safe to ask from several threads; nothing in it changes."""

    def __init__(self, path: Path) -> None:
        """Open the file. TerminologyError when it is none that we made."""
        self._lock = threading.Lock()
        again = "Make it again with `cds terminology load`."
        try:
            address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
            self._base = sqlite3.connect(address, uri=True, check_same_thread=False)
            about = dict(self._base.execute("SELECT name, value FROM about").fetchall())
        except sqlite3.Error as error:
            raise TerminologyError(f"{path} is not a loaded release of RxNorm. {again}") from error
        if about.get("layout") != LAYOUT or not about.get("release"):
            raise TerminologyError(f"{path} was made by another version of this program. {again}")
        self.name = f"RxNorm {about['release']}"

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    def by_rxcui(self, rxcui: str) -> Drug | None:
        """What an RxCUI stands for, whether it is current, obsolete or replaced."""
        return self._drug(rxcui)

    def by_ndc(self, ndc: str) -> Drug | None:
        """What an NDC of eleven digits stands for."""
        found = self._one("SELECT rxcui FROM ndc WHERE ndc = ?", ndc)
        return self._drug(found[0]) if found else None

    def by_atc(self, code: str) -> Drug | None:
        """What an ATC code of the fifth level stands for."""
        found = self._one("SELECT rxcui FROM atc WHERE code = ?", code)
        return self._drug(found[0]) if found else None

    def _drug(self, rxcui: str) -> Drug | None:
        found = self._one("SELECT rxcui, name, form FROM drug WHERE rxcui = ?", rxcui) or self._one(
            "SELECT drug.rxcui, drug.name, drug.form FROM moved JOIN drug ON drug.rxcui = moved.target "
            "WHERE moved.rxcui = ?",
            rxcui,
        )
        if found is None:
            return None
        query = "SELECT ingredient, name, amount, per FROM part WHERE drug = ? ORDER BY ingredient"
        with self._lock, closing(self._base.execute(query, (found[0],))) as rows:
            return Drug(found[1], found[2], tuple(Part(*row) for row in rows))

    def _one(self, query: str, value: str) -> tuple[str, ...] | None:
        with self._lock, closing(self._base.execute(query, (value,))) as rows:
            row: tuple[str, ...] | None = rows.fetchone()
            return row
