"""Rules on one statement: its citation, its tiers, its wording, its figures."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from typing import Final

from cds.clinical.quantity import Quantity
from cds.errors import Fault
from cds.knowledge.criteria import (
    AmountIs,
    AnyOf,
    Criteria,
    Criterion,
    HasCondition,
    Not,
    NotRecorded,
    TakenWith,
)
from cds.knowledge.fields import listed, nearest, read_quantity
from cds.knowledge.gather import Reading
from cds.knowledge.model import Drug, Statement, Tier
from cds.knowledge.vocabulary import PLACEHOLDERS, SUMMARY_LENGTH, sample

_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
_RANGE: Final = re.compile(r"(\S+?)\s*(?:-|to)\s*(\S+ \S+)")
# What a placeholder is filled from.
_FILLED_BY: Final[dict[str, tuple[type[Criterion], ...]]] = {
    "amount": (AmountIs,),
    "limit": (AmountIs,),
    "limit_here": (AmountIs,),
    "other": (TakenWith,),
    "ago": (TakenWith,),
    "condition": (HasCondition, NotRecorded),
}


def _at(reading: Reading, statement: Statement, part: str, message: str) -> Fault:
    return Fault(statement.file, reading.places.of(statement, part), message)


def cited(reading: Reading) -> Iterator[Fault]:
    """A statement without a passage behind it is an opinion."""
    for statement in reading.statements:
        if not any(cite.lines for cite in statement.cites):
            yield _at(reading, statement, "cite", f"'{statement.id}' cites no line of a document")


def outside(reading: Reading) -> Iterator[Fault]:
    """The documents know no levels, so whatever fires goes beyond them, and says so."""
    for statement in reading.statements:
        if statement.fires and not statement.outside:
            message = f"'{statement.id}' fires and must say under 'outside' what goes beyond the document, and why"
            yield _at(reading, statement, "id", message)


def tier_order(reading: Reading) -> Iterator[Fault]:
    """Tiers stand from quiet to loud, and an amount within another's bounds is at least as loud."""
    for statement in reading.statements:
        if statement.id in reading.places.crooked:
            continue
        for number, (tier, after) in enumerate(zip(statement.tiers, statement.tiers[1:], strict=False), 2):
            if after.level.rank < tier.level.rank:
                message = f"the tier '{after.level}' stands behind '{tier.level}': order them from quiet to loud"
                yield _at(reading, statement, f"tiers.{number}", message)
        numbered = enumerate(statement.tiers, 1)
        for (one, first), (two, second) in combinations(numbered, 2):
            for inner, outer, number in ((first, second, one), (second, first, two)):
                if inner.level.rank < outer.level.rank and _within(inner, outer):
                    message = f"this '{inner.level}' tier holds only where a '{outer.level}' tier holds too: never seen"
                    yield _at(reading, statement, f"tiers.{number}", message)


def _within(inner: Tier, outer: Tier) -> bool:
    """Whether ``inner`` can only hold where ``outer`` holds, as far as their criteria show it."""
    return all(
        criterion in inner.when
        or (
            isinstance(criterion, AmountIs)
            and any(isinstance(other, AmountIs) and _narrower(other, criterion) for other in inner.when)
        )
        for criterion in outer.when
    )


def _narrower(one: AmountIs, other: AmountIs) -> bool:
    if one.measure is not other.measure:
        return False
    return _bound(one.low, other.low, one.low_included, other.low_included, 1) and _bound(
        one.high, other.high, one.high_included, other.high_included, -1
    )


def _bound(one: Quantity | None, other: Quantity | None, closed: bool, other_closed: bool, sign: int) -> bool:
    if other is None:
        return True
    if one is None or one.unit.dimension != other.unit.dimension:
        return False
    gap: Fraction = (one.base - other.base) * sign
    return gap > 0 or (gap == 0 and (other_closed or not closed))


def placeholders(reading: Reading) -> Iterator[Fault]:
    """A brace is a placeholder we know, and the tier compares or finds something to fill it with."""
    for statement in reading.statements:
        for number, tier in enumerate(statement.tiers, 1):
            within = (*statement.applies, *tier.when)
            for key, text in (("say", tier.say), ("advice", tier.advice)):
                for message in _misfits(text, within, whole=statement.id not in reading.places.crooked):
                    yield _at(reading, statement, f"tiers.{number}.{key}", message)


def _misfits(text: str, within: Criteria, *, whole: bool) -> Iterator[str]:
    if "{" in (rest := _PLACEHOLDER.sub("", text)) or "}" in rest:
        yield "a brace is not closed, or closed twice"
    for name in _PLACEHOLDER.findall(text):
        if name not in PLACEHOLDERS:
            yield f"'{{{name}}}' is not a placeholder{nearest(name, PLACEHOLDERS) or f'; use {listed(PLACEHOLDERS)}'}"
        elif whole and name in _FILLED_BY and not _found(_FILLED_BY[name], within):
            yield f"'{{{name}}}' has nothing to fill it: neither 'when' nor 'applies' looks for that"


def _found(kinds: tuple[type[Criterion], ...], within: Criteria) -> bool:
    return any(isinstance(each, kinds) for each in flattened(within))


def flattened(criteria: Criteria) -> Iterator[Criterion]:
    """All criteria, those inside ``any`` and ``not`` too."""
    for criterion in criteria:
        yield criterion
        if isinstance(criterion, AnyOf):
            for group in criterion.groups:
                yield from flattened(group)
        elif isinstance(criterion, Not):
            yield from flattened(criterion.group)


def summary_length(reading: Reading) -> Iterator[Fault]:
    """CDS Hooks wants a summary under 140 characters, whatever fills the placeholders."""
    for drug in reading.drugs:
        for statement in drug.statements:
            for number, tier in enumerate(statement.tiers, 1):
                length = len(filled(tier, statement, drug))
                if length >= SUMMARY_LENGTH:
                    message = f"the summary can become {length} characters long; it must stay under {SUMMARY_LENGTH}"
                    yield _at(reading, statement, f"tiers.{number}.say", message)


def filled(tier: Tier, statement: Statement, drug: Drug) -> str:
    """The summary as a long one might look: the drug's own name, the bound compared with, long samples else."""
    amounts = [each for each in flattened((*tier.when, *statement.applies)) if isinstance(each, AmountIs)]
    bound = (amounts[0].low or amounts[0].high) if amounts else None
    names = [drug.name, *(name for group in statement.about for name in group)]
    text = tier.say.replace("{drug}", max(names, key=len))
    if bound:
        text = text.replace("{limit}", str(bound)).replace("{amount}", f"123.45 {bound.unit}")
    return sample(text)


def figure_units(reading: Reading) -> Iterator[Fault]:
    """Every figure under ``dose`` is a number, or a range, with a unit of the table."""
    for statement in reading.statements:
        for label, text in statement.dose:
            try:
                figure_range(text)
            except ValueError as error:
                yield _at(reading, statement, "dose", f"{label}: {error}")


def figure_range(text: str) -> tuple[Quantity, Quantity]:
    """``"4-6 h"`` as its two ends, ``"5 mg"`` as the same twice. ValueError, in words, for anything else."""
    match = _RANGE.fullmatch(text)
    if match is None:
        one = read_quantity(text)
        return one, one
    high = read_quantity(match[2])
    return read_quantity(f"{match[1]} {high.unit.code}"), high


def low_and_high(reading: Reading) -> Iterator[Fault]:
    """Of two figures of one range, the low one is not the higher."""
    for statement in reading.statements:
        ends: dict[str, tuple[Quantity, Quantity]] = {}
        for label, text in statement.dose:
            try:
                ends[label] = figure_range(text)
            except ValueError:
                continue
            if ends[label][0].base > ends[label][1].base:
                yield _at(reading, statement, "dose", f"{label}: '{text}' runs from high to low")
        for label in ends:
            low = label.removesuffix("high") + "low" if label.endswith("high") else ""
            if low in ends:
                below, above = ends[low][0], ends[label][1]
                if below.unit.dimension != above.unit.dimension:
                    yield _at(reading, statement, "dose", f"{low} and {label} do not measure the same")
                elif below.base > above.base:
                    yield _at(reading, statement, "dose", f"{low} ({below}) is higher than {label} ({above})")
