"""What no check is about: medicines and conditions of a case that no statement on the ordered drug asks for.

A clean answer says nothing about them, and a reader must not take it for more than it is. Nothing is judged here: the
knowledge is only asked whether it speaks of a pair at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from cds.clinical.chart import Certainty
from cds.fhir.reading import read
from cds.hooks.request import HookRequest
from cds.knowledge.criteria import Criterion, HasCondition, TakenWith
from cds.knowledge.model import Knowledge
from cds.rules.record import standing
from cds.rules.situation import Seen, Situation
from cds.service import Service
from cds.web.library import spelled
from cds.web.matrix import asked


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the statements on one order ask of the record and of the other medicines."""

    conditions: frozenset[str]
    ingredients: frozenset[str]
    classes: frozenset[str]


def unchecked(request: HookRequest, service: Service, as_of: datetime) -> Mapping[str, tuple[str, ...]]:
    """By reference of a covered order: the other medicines, and the conditions, that no statement on it asks for, in
    words.
    """
    found = read(request.context, request.prefetch, as_of)
    knowledge = service.knowledge
    situation = Situation(found.chart, found.drafts, knowledge.policy, service.terminology)
    return {
        seen.order.reference: (
            *dict.fromkeys(_medicines(seen, situation, knowledge)),
            *dict.fromkeys(_conditions(seen, situation, knowledge)),
        )
        for seen in situation.signing
        if seen.names & knowledge.covered
    }


def _medicines(order: Seen, situation: Situation, knowledge: Knowledge) -> Iterator[str]:
    mine = _asked(order.names, knowledge)
    for other in (*situation.signing, *situation.current):
        if other.order.reference == order.order.reference or other.order.reference in situation.replaced:
            continue
        if not other.names:
            yield f"{other.order.medication.concept.words()} (not recognised)"
        for name in sorted(other.names - order.names):
            here = name in mine.ingredients or situation.terminology.classes(name) & mine.classes
            if not here and not order.names & _asked(other.names, knowledge).ingredients:
                yield _named(name, situation)


def _conditions(order: Seen, situation: Situation, knowledge: Knowledge) -> Iterator[str]:
    mine = _asked(order.names, knowledge)
    known = {id(entry) for entries in situation.conditions.values() for entry, _ in entries}
    for slug in dict.fromkeys((*situation.conditions, *situation.evidence)):
        if slug not in mine.conditions and standing(situation, slug):
            yield _named(slug, situation).lower()
    for entry in situation.chart.conditions:
        if id(entry) not in known and entry.certainty is not Certainty.REFUTED:
            yield f"{entry.concept.words()} (not recognised)"


def _asked(names: frozenset[str], knowledge: Knowledge) -> _Asked:
    conditions: set[str] = set()
    ingredients: set[str] = set()
    classes: set[str] = set()
    for criterion in _criteria(names, knowledge):
        if isinstance(criterion, HasCondition):
            conditions |= criterion.conditions
        elif isinstance(criterion, TakenWith):
            ingredients |= criterion.ingredients
            classes |= criterion.classes
    return _Asked(frozenset(conditions), frozenset(ingredients), frozenset(classes))


def _criteria(names: frozenset[str], knowledge: Knowledge) -> Iterator[Criterion]:
    for name in names:
        for statement in knowledge.about(name):
            if any(group <= names for group in statement.about):
                for tier in statement.tiers:
                    yield from asked(statement.applies)
                    yield from asked(tier.when)


def _named(slug: str, situation: Situation) -> str:
    named = situation.terminology.names.get(slug)
    return named.name if named else spelled(slug)
