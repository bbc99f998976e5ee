"""Drugs against conditions and classes: how loudly the knowledge speaks of each pair, and in which statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cds.knowledge.criteria import AnyOf, Criteria, Criterion, HasCondition, NotRecorded, TakenWith
from cds.knowledge.model import Drug, Knowledge, Level, Statement
from cds.web.library import spelled


@dataclass(frozen=True, slots=True)
class Cell:
    """The statements of one pair, the loudest first; ``level`` is the loudest of them."""

    level: str
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows by columns; an empty cell means that no statement speaks of the pair."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell | None, ...]], ...]


Names = Callable[[Criterion], Iterable[str]]
Called = Callable[[str], str]
"""What a slug is called."""


def conditions(knowledge: Knowledge, called: Called = spelled) -> Matrix:
    """Conditions on record by drug."""

    def names(one: Criterion) -> Iterable[str]:
        if isinstance(one, HasCondition):
            return map(called, one.conditions)
        return (f"{called(one.condition)}: not recorded",) if isinstance(one, NotRecorded) else ()

    return _matrix(knowledge, names)


def company(knowledge: Knowledge, called: Called = spelled) -> Matrix:
    """Classes and single medicines taken as well, by drug."""

    def names(one: Criterion) -> Iterable[str]:
        return map(called, (*one.classes, *one.ingredients)) if isinstance(one, TakenWith) else ()

    return _matrix(knowledge, names)


def _matrix(knowledge: Knowledge, names: Names) -> Matrix:
    drugs = knowledge.drugs
    found: dict[str, dict[str, dict[str, Level]]] = {}
    for drug in drugs:
        for statement in _about(drug, knowledge):
            for name, level in _spoken(statement, names):
                cell = found.setdefault(name, {}).setdefault(drug.id, {})
                before = cell.get(statement.id)
                cell[statement.id] = level if before is None or level.rank > before.rank else before
    rows = sorted(found.items(), key=lambda row: row[0].casefold())
    return Matrix(
        tuple(drug.name for drug in drugs),
        tuple((name, tuple(_cell(drug, cells) for drug in drugs)) for name, cells in rows),
    )


def _about(drug: Drug, knowledge: Knowledge) -> Iterable[Statement]:
    """The statements of a combination's file; of a single drug, all that are about it alone, in whichever file."""
    if len(drug.components) > 1:
        return drug.statements
    alone = frozenset(drug.components)
    return (statement for statement in knowledge.statements.values() if alone in statement.about)


def _cell(drug: Drug, cells: dict[str, dict[str, Level]]) -> Cell | None:
    statements = cells.get(drug.id)
    if not statements:
        return None
    ordered = sorted(statements, key=lambda name: (-statements[name].rank, name))
    return Cell(statements[ordered[0]].value, tuple(ordered))


def _spoken(statement: Statement, names: Names) -> Iterable[tuple[str, Level]]:
    """What a statement can speak of, and how loudly: what a tier asks for, and what all its tiers ask for."""
    for tier in statement.tiers:
        for criterion in (*asked(statement.applies), *asked(tier.when)):
            for name in names(criterion):
                yield name, tier.level


def asked(criteria: Criteria) -> Iterable[Criterion]:
    """The criteria of a group, those of its alternatives too, but not what must not hold."""
    for criterion in criteria:
        yield criterion
        if isinstance(criterion, AnyOf):
            for group in criterion.groups:
                yield from asked(group)
