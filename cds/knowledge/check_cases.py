"""The house rule for worked cases: every step of every statement that can speak is shown, and every bound pinned.

For each statement: a case in which it does not speak. For each tier: a case in which this tier speaks. For each
bound (of an amount, of an age in years): a case just below, exactly at, and just above it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from cds.clinical.quantity import UNITS, Quantity
from cds.errors import Fault
from cds.knowledge.criteria import AgeBetween, AmountIs, AnyOf, Criteria, Not
from cds.knowledge.fields import nearest
from cds.knowledge.model import Level, Statement, Tier
from cds.knowledge.worked import NOTHING, Side, WorkedCase


def missing(statements: Iterable[Statement], cases: Iterable[WorkedCase]) -> list[Fault]:
    """What the cases lack or get wrong. A fault stands at the statement, or at the case that is at fault."""
    known = {statement.id: statement for statement in statements if statement.fires}
    of: dict[str, list[WorkedCase]] = {}
    faults: list[Fault] = []
    for case in cases:
        if case.statement not in known:
            near = nearest(case.statement, known)
            faults.append(
                Fault(case.file, case.line, f"no statement that can speak is called '{case.statement}'{near}")
            )
        of.setdefault(case.statement, []).append(case)
        faults += [
            Fault(case.file, case.line, f"'also' names '{other}', which cannot speak{nearest(other, known)}")
            for other in sorted(case.also - known.keys())
            if "." in other  # without a dot it is the label of a rule, such as the one for a dose that was not judged
        ]
    for statement in known.values():
        faults += _of_statement(statement, of.get(statement.id, []))
    return [*faults, *_twice(of)]


def _twice(of: Mapping[str, list[WorkedCase]]) -> Iterator[Fault]:
    for cases in of.values():
        names: dict[str, int] = {}
        for case in cases:
            if case.name in names:
                yield Fault(case.file, case.line, f"this sentence stands also on line {names[case.name]}")
            names[case.name] = case.line


def _of_statement(statement: Statement, cases: list[WorkedCase]) -> Iterator[Fault]:
    shown: set[int] = set()
    for case in cases:
        if case.level is None:
            continue
        speaking = tiers_meant(statement, case)
        if len(speaking) == 1:
            shown.add(speaking[0])
        else:
            says = "no tier" if not speaking else f"{len(speaking)} tiers"
            words = f"{says} of {statement.id} may be meant: 'saying' or 'offering' tells which one"
            yield Fault(case.file, case.line, words)
    for number, tier in enumerate(statement.tiers):
        if number not in shown:
            yield _lacks(statement, f"a case in which it speaks: {_named(statement, tier)}")
    if not any(case.never == frozenset(Level) for case in cases):
        yield _lacks(statement, "a case in which it does not speak")
    edges = {(case.edge.side, case.edge.bound.unit.dimension, case.edge.bound.base) for case in cases if case.edge}
    for bound in bounds(statement):
        for side in Side:
            if (side, bound.unit.dimension, bound.base) not in edges:
                yield _lacks(statement, f"a case with the amount {side} {bound.value} {bound.unit.code}")


def tiers_meant(statement: Statement, case: WorkedCase) -> list[int]:
    """The tiers, by number, that speak at the level the case expects, in the words it expects."""
    return [
        number
        for number, tier in enumerate(statement.tiers)
        if tier.level is case.level and case.saying in tier.say and _offers(tier, case.offering)
    ]


def _offers(tier: Tier, offering: str) -> bool:
    amounts = {f"{one.amount.value} {one.amount.unit.code}" for one in tier.suggest if one.amount is not None}
    return not offering or offering in (amounts or {NOTHING})


def bounds(statement: Statement) -> list[Quantity]:
    """Every figure the statement compares with, each once."""
    found: dict[tuple[object, object], Quantity] = {}
    for group in (statement.applies, *(tier.when for tier in statement.tiers)):
        for bound in _bounds(group):
            found.setdefault((bound.unit.dimension, bound.base), bound)
    return list(found.values())


def _bounds(group: Criteria) -> Iterator[Quantity]:
    for criterion in group:
        if isinstance(criterion, AmountIs):
            yield from (bound for bound in (criterion.low, criterion.high) if bound is not None)
        elif isinstance(criterion, AgeBetween):
            yield from (Quantity(Decimal(years), UNITS["a"]) for years in (criterion.low, criterion.high))
        elif isinstance(criterion, AnyOf):
            for inner in criterion.groups:
                yield from _bounds(inner)
        elif isinstance(criterion, Not):
            yield from _bounds(criterion.group)


def _lacks(statement: Statement, what: str) -> Fault:
    return Fault(statement.file, statement.line, f"{statement.id} lacks {what}")


def _named(statement: Statement, tier: Tier) -> str:
    alike = sum(other.level is tier.level for other in statement.tiers)
    return f'{tier.level}, "{tier.say}"' if alike > 1 else str(tier.level)
