"""Imported statements obey the rules that hold for knowledge files: slugs resolve, bounds measure what they name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cds.errors import Fault
from cds.fhir.importing.terms import ingredients
from cds.fhir.publishing.clinical_use import criteria_of
from cds.knowledge import vocabulary
from cds.knowledge.check import faults_of
from cds.knowledge.criteria import (
    NOT_STATED,
    OTHER_USE,
    AgeIs,
    Allergic,
    AmountIs,
    Criterion,
    HasCondition,
    NotRecorded,
    Ordered,
    RouteIs,
    SettingIs,
    SexIs,
    StrengthsAre,
    TakenWith,
    UseIs,
)
from cds.knowledge.gather import Reading
from cds.knowledge.model import Knowledge, Statement
from cds.knowledge.read_files import POLICY_UNITS, SourceFile
from cds.terminology.tables import Tables

Named = tuple[str, frozenset[str], frozenset[str]]


def faults(knowledge: Knowledge, tables: Tables) -> list[Fault]:
    """All faults of imported knowledge."""
    reading = Reading(Path(), vocabulary.Vocabulary())
    reading.sources = {name: SourceFile(source, 0) for name, source in knowledge.sources.items()}
    reading.drugs = list(knowledge.drugs)
    reading.conflicts = dict(knowledge.conflicts)
    return [*faults_of(reading), *_policy(knowledge), *_slugs(knowledge, tables)]


def _policy(knowledge: Knowledge) -> Iterator[Fault]:
    for key, unit in POLICY_UNITS.items():
        item = knowledge.policy.items.get(key)
        if item is None:
            yield Fault("CodeSystem/policy", 0, f"the policy lacks '{key}'")
        elif item.unit != unit:
            yield Fault("CodeSystem/policy", 0, f"'{key}' should be in '{unit}' and is in '{item.unit}'")


def _slugs(knowledge: Knowledge, tables: Tables) -> Iterator[Fault]:
    known = _known(tables)
    for drug in knowledge.drugs:
        for spoken in drug.statements:
            for sort, words, allowed in _named(spoken, knowledge, known):
                for word in sorted(words - allowed):
                    yield Fault(spoken.file, 0, f"'{spoken.id}': '{word}' is not known as {sort}")
            for criterion in criteria_of(spoken):
                if isinstance(criterion, AmountIs) and not _measures(criterion):
                    yield Fault(spoken.file, 0, f"'{spoken.id}': a bound does not measure {criterion.measure}")


def _measures(amount: AmountIs) -> bool:
    bounds = [bound for bound in (amount.low, amount.high) if bound]
    fits = all(bound.unit.dimension in vocabulary.DIMENSIONS[amount.measure] for bound in bounds)
    return fits and (amount.low is None or amount.high is None or amount.low.base <= amount.high.base)


def _known(tables: Tables) -> dict[str, frozenset[str]]:
    conditions = tables.conditions
    rows = [*conditions.codes.values(), *(row for table in conditions.prefixes.values() for row in table.values())]
    return {
        "ingredient": ingredients(tables),
        "class": frozenset[str]().union(*tables.medicines.classes.values()),
        "condition": frozenset(each.condition for row in rows for each in row),
        "use": frozenset(tables.reasons.broader) | {NOT_STATED, OTHER_USE},
        "service": frozenset[str]().union(*tables.reasons.services.values()),
        "route": frozenset(vocabulary.ROUTES),
        "setting": frozenset(vocabulary.SETTINGS),
    }


def _named(spoken: Statement, knowledge: Knowledge, known: dict[str, frozenset[str]]) -> Iterator[Named]:
    yield "an ingredient", frozenset[str]().union(*spoken.about), known["ingredient"]
    if spoken.topic:
        yield "a topic", frozenset({spoken.topic}), frozenset(knowledge.topics)
    yield "a source", frozenset(cite.source for cite in spoken.cites), frozenset(knowledge.sources)
    for tier in spoken.tiers:
        yield "an override reason", frozenset(tier.override), frozenset(knowledge.override_reasons)
        for spec in tier.suggest:
            yield "a use", frozenset(spec.uses), known["use"]
            if spec.service:
                yield "something we can request", frozenset({spec.service}), vocabulary.REQUESTS
    for criterion in criteria_of(spoken):
        yield from _of(criterion, known)


def _of(criterion: Criterion, known: dict[str, frozenset[str]]) -> Iterator[Named]:  # noqa: C901 - as in a table
    match criterion:
        case RouteIs(routes):
            yield "a route", routes, known["route"]
        case UseIs(uses):
            yield "a use", uses, known["use"]
        case SettingIs(settings):
            yield "a setting", settings, known["setting"]
        case AgeIs(bands):
            yield "an age band", bands, frozenset(vocabulary.BANDS)
        case SexIs(sexes):
            yield "a sex", sexes, frozenset(vocabulary.SEXES)
        case Ordered(services):
            yield "a service", services, known["service"]
        case NotRecorded(condition):
            yield "a condition", frozenset({condition}), known["condition"]
        case StrengthsAre(strengths):
            yield "an ingredient", frozenset(name for name, _ in strengths), known["ingredient"]
        case Allergic(kinds, substances):
            yield "a kind of allergy", kinds, frozenset(vocabulary.ALLERGIES)
            yield "an ingredient", substances, known["ingredient"]
        case HasCondition():
            yield "a condition", criterion.conditions, known["condition"]
            yield "a course", criterion.courses, frozenset(vocabulary.COURSES)
            yield "a certainty", criterion.certainties, frozenset(vocabulary.CERTAINTIES)
            yield "a severity", criterion.severities, frozenset(vocabulary.SEVERITIES)
            yield "an onset", criterion.onsets, frozenset(vocabulary.ONSETS)
        case TakenWith():
            yield "an ingredient", criterion.ingredients | criterion.without, known["ingredient"]
            yield "a class", criterion.classes, known["class"]
            yield "a state", criterion.states, frozenset(vocabulary.STATES)
            yield "a route", criterion.routes, known["route"]
            yield "a use", criterion.uses, known["use"]
        case _:
            return
