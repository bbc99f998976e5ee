"""Sends every question and judges every answer."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cds.errors import CdsError
from cds.knowledge.model import Knowledge, Statement
from cds.knowledge.monograph import Case
from cds.knowledge.worked import WorkedCase, read_cases
from cds.selftest import ehr, wire
from cds.selftest.build import situation
from cds.selftest.categories import Categories, read_categories
from cds.selftest.client import Send
from cds.selftest.judge import Verdict, Way, failed, judge, way_of
from cds.selftest.question import Question, of_case, of_vignette
from cds.selftest.vignettes import read_vignettes
from cds.selftest.words import Words, read_words

PACKAGE: Final = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Shown:
    """A worked case beside the statement it is about."""

    case: WorkedCase
    statement: Statement


def cases_folder() -> Path | None:
    """The cases inside an installed wheel, else those beside the package in a checkout, if they are there."""
    for folder in (PACKAGE / "_cases", PACKAGE.parent / "tests" / "knowledge"):
        if folder.is_dir():
            return folder
    return None


def questions(folder: Path, knowledge: Knowledge, categories: Categories, words: Words) -> list[Question]:
    """The worked cases of a folder and its vignettes. KnowledgeError names what cannot be read."""
    asked = [of_case(case, knowledge.statements, categories, words) for case in read_cases(folder)]
    asked += [of_vignette(case, categories, words) for case in read_vignettes(folder / "vignettes")]
    if not asked:
        raise CdsError(f"There are no worked cases in {folder}.")
    return asked


def ask(asked: Iterable[Question], words: Words, templates: Mapping[str, str], send: Send) -> list[Verdict]:
    """Send each question once, then judge all answers in the same way: by findings, if the service tells any."""
    kept: list[tuple[Question, dict[str, Any] | None, str, float]] = []
    for question in asked:
        at = situation(words, question.scene, datetime.now(UTC).replace(microsecond=0))
        body = wire.write(ehr.request(at, dict(templates), question.name)).encode()
        begun = time.perf_counter()
        try:
            answer, error = send(body), ""
        except CdsError as problem:
            answer, error = None, str(problem)
        kept.append((question, answer, error, time.perf_counter() - begun))
    told = any(answer is not None and way_of(answer) is Way.FINDINGS for _, answer, _, _ in kept)
    way = Way.FINDINGS if told else Way.CARDS
    return [
        replace(failed(question, way, error) if answer is None else judge(question, answer, way), seconds=seconds)
        for question, answer, error, seconds in kept
    ]


def worked_of(drug: str, folder: Path, knowledge: Knowledge) -> list[Shown]:
    """The worked cases of one knowledge file's statements."""
    return [
        Shown(case, knowledge.statements[case.statement])
        for case in read_cases(folder)
        if case.statement in knowledge.statements and knowledge.drug_of[case.statement].id == drug
    ]


def ticked(
    shown: Iterable[Shown], knowledge: Path, templates: Mapping[str, str], send: Send
) -> dict[str, tuple[Case, ...]]:
    """Worked cases by statement, each with whether it is answered rightly. ``knowledge`` is the folder of the words."""
    words, categories = read_words(knowledge), read_categories(knowledge)
    rows = list(shown)
    statements = {row.statement.id: row.statement for row in rows}
    asked = [of_case(row.case, statements, categories, words) for row in rows]
    found: dict[str, list[Case]] = {}
    for row, verdict in zip(rows, ask(asked, words, templates, send), strict=True):
        found.setdefault(row.statement.id, []).append(Case(row.case.name, verdict.passed))
    return {statement: tuple(cases) for statement, cases in found.items()}
