"""What can be asked of the knowledge from a command line. Each answers a text and an exit code (0: all is well)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from cds.errors import Fault
from cds.knowledge.check import COMPLETENESS, DOCUMENT_RULES, RULES
from cds.knowledge.check_cases import missing
from cds.knowledge.cited import read_documents
from cds.knowledge.coverage import coverage as measured
from cds.knowledge.coverage import report
from cds.knowledge.examine import examine, knowledge_of, placed
from cds.knowledge.fields import nearest
from cds.knowledge.gather import content_version
from cds.knowledge.load import read_terms
from cds.knowledge.model import ReviewStatus, Statement
from cds.knowledge.monograph import Case, as_text, monograph
from cds.knowledge.new import template
from cds.knowledge.vocabulary import SLUG
from cds.knowledge.worked import WorkedCase, read_folder


def check(
    folder: Path, documents: Path | None = None, policy: Path | None = None, cases: Path | None = None
) -> tuple[str, int]:
    """All faults of all files, one a line; or what was checked, and which files still wait for a checker. ``cases``:
    a folder of worked cases; what they do not show is then a fault, too.
    """
    reading = examine(folder, policy, documents, complete=True)
    _, term_faults = read_terms(folder)
    faults = [*map(str, reading.faults), *map(str, term_faults)]
    worked: tuple[WorkedCase, ...] = ()
    if cases is not None:
        worked, case_faults = of_cases(reading.statements, cases, folder)
        faults += map(str, case_faults)
    if faults:
        return "\n".join([*faults, f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"]), 1
    rules = len(RULES) + len(COMPLETENESS) + (len(DOCUMENT_RULES) if documents else 0)
    rows = [
        f"{drug.file}: {_UNFINISHED[drug.review.status]}"
        for drug in reading.drugs
        if drug.review.status in _UNFINISHED and not drug.review.checker
    ]
    firing = sum(statement.fires for statement in reading.statements)
    rows.append(
        f"{len(reading.drugs)} files, {len(reading.statements)} statements ({firing} can speak), {rules} rules: no "
        f"fault. Version {content_version(folder, policy)}."
    )
    if cases is not None:
        rows.append(f"{len(worked)} worked cases: every tier speaks in one, and every bound is pinned on both sides.")
    if documents is None:
        rows.append("Citations were not compared with the documents: name their folder with --documents.")
    return "\n".join(rows), 0


_UNFINISHED: Final = {
    ReviewStatus.WRITING: "still being written, left out of the service; set its status to draft when it is whole",
    ReviewStatus.DRAFT: "draft, not yet checked by a second person",
}


def of_cases(statements: Iterable[Statement], cases: Path, folder: Path) -> tuple[tuple[WorkedCase, ...], list[Fault]]:
    """The worked cases of a folder, with their own faults and with what they lack."""
    worked, faults = read_folder(cases)
    known = list(statements)
    files = {statement.file for statement in known}
    lacking = missing(known, worked)
    return worked, faults + [placed(fault, folder) if fault.path in files else fault for fault in lacking]


def coverage(folder: Path, documents: Path, *, every_line: bool = False) -> tuple[str, int]:
    """Which lines of the documents nobody has read, and what of the inventory nobody carries."""
    reading = examine(folder)
    read, faults = read_documents(documents, reading.sources)
    found = measured(reading, read)
    rows = [str(fault) for fault in (*reading.faults, *(placed(fault, folder) for fault in faults))]
    rows.append(report(found, every_line=every_line))
    return "\n".join(rows), 1 if faults or reading.faults or found.unread or found.absent else 0


def show(folder: Path, drug: str, cases: Mapping[str, tuple[Case, ...]] | None = None) -> tuple[str, int]:
    """One drug or combination as a readable page, with the faults of the files in front, if there are any."""
    reading = examine(folder)
    knowledge = knowledge_of(reading, "")
    for found in reading.drugs:
        if found.id == drug:
            faults = [str(fault) for fault in reading.faults if fault.path.endswith(found.file)]
            text = as_text(monograph(knowledge, found, cases))
            return "\n".join([*faults, text]), 1 if faults else 0
    known = [found.id for found in reading.drugs]
    near = nearest(drug, known) or "."
    return f"There is no file on '{drug}'{near} Files: {', '.join(known)}.", 1


def new(folder: Path, drug: str) -> tuple[str, int]:
    """Write an annotated template for one more drug; never over a file that exists."""
    if not SLUG.fullmatch(drug):
        return f"'{drug}' is not a name for a file: use lower case letters, digits and hyphens.", 1
    path = folder / "drugs" / f"{drug}.yaml"
    if path.exists():
        return f"{folder.name}/drugs/{path.name} is already there.", 1
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(template(drug), "utf-8")
    return (
        f"Wrote {path}. The service leaves it out while its status is 'writing'. Next: add the document to "
        f"{folder.name}/sources, the ingredient to {folder.name}/terminology/ingredients.csv, fill the file in, and "
        "run 'cds knowledge check'."
    ), 0
