"""The second opinion on what the record says: conditions and allergies, entry by entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from cds.clinical.chart import Category, Certainty, Observation
from cds.knowledge import criteria as ask
from cds.terminology.model import Evidence
from cds.terminology.words import words

if TYPE_CHECKING:
    from tests.generative.reference_world import Answer, World


@dataclass
class Entry:
    """One entry that speaks of a condition."""

    for_it: bool
    against_it: bool
    when: date | None
    course: str
    certainty: str
    severity: str = "unknown"
    onset: str = "unknown"


def entries(world: World, condition: str) -> list[Entry]:  # noqa: C901 - one plain case after the other, on purpose
    today = world.chart.as_of.date()
    found: list[Entry] = []
    for one in world.chart.conditions:
        if one.certainty is Certainty.REFUTED:
            continue
        for meaning in world.terms.conditions(one.concept):
            if meaning.condition != condition:
                continue
            when = one.onset or one.recorded
            valid = world.terms.valid_days(condition)
            aged = valid and when and today - when > timedelta(days=valid)
            certainty = "unconfirmed" if aged or meaning.doubtful else one.certainty.value
            course = meaning.course if meaning.course and one.course.value == "active" else one.course.value
            onset = "unknown"
            if meaning.history:
                onset = "older"
            elif f"{condition}-recent" in world.policy.items:
                window = world.days(f"{condition}-recent")
                if one.onset:
                    onset = "recent" if today - one.onset <= window else "older"
                elif one.recorded and today - one.recorded > window:
                    onset = "older"
            severity = one.severity or meaning.severity or "unknown"
            found.append(Entry(True, False, when, course, certainty, severity, onset))
    for seen in world.chart.observations:
        for evidence in world.terms.evidence(seen.concept):
            if evidence.condition == condition and (speaks := verdict(seen, evidence)) is not None:
                old = evidence.valid_days and seen.when and today - seen.when > timedelta(days=evidence.valid_days)
                if (old and not speaks) or superseded(world, seen, evidence):
                    continue
                denies = not speaks and bool(evidence.absent)
                found.append(Entry(speaks, denies, seen.when, "active", "unconfirmed" if old else "confirmed"))
    return found


def superseded(world: World, seen: Observation, evidence: Evidence) -> bool:
    """Whether a newer value of the same measurement is on record."""
    if seen.when is None or not (evidence.below or evidence.above):
        return False
    return any(
        other.when is not None
        and other.when > seen.when
        and evidence in world.terms.evidence(other.concept)
        and verdict(other, evidence) is not None
        for other in world.chart.observations
    )


def verdict(seen: Observation, evidence: Evidence) -> bool | None:
    said = {(coding.system, coding.code) for coding in seen.value.codings}
    if said & evidence.present or (evidence.present and seen.flag is True):
        return True
    if said & evidence.absent or (evidence.present and seen.flag is False):
        return False
    if words(seen.value.text) in evidence.present_words:
        return True
    if words(seen.value.text) in evidence.absent_words:
        return False
    limit = evidence.below or evidence.above
    if limit is None or seen.quantity is None or seen.quantity.unit.dimension != limit.unit.dimension:
        return None
    return seen.quantity.base < limit.base if evidence.below else seen.quantity.base > limit.base


def has_condition(world: World, criterion: ask.HasCondition) -> Answer:
    for condition in criterion.conditions:
        all_entries = entries(world, condition)
        denied = [entry.when for entry in all_entries if entry.against_it and entry.when]
        for entry in all_entries:
            if not entry.for_it:
                continue
            certainty = entry.certainty
            if denied and entry.when is None:
                certainty = "unconfirmed"
            elif denied and entry.when < max(denied):
                continue
            if (
                entry.course in criterion.courses
                and certainty in criterion.certainties
                and (not criterion.severities or entry.severity in criterion.severities)
                and (not criterion.onsets or entry.onset in criterion.onsets)
            ):
                return True
    return frozenset({"N5"}) if world.chart.missing(Category.CONDITIONS) else False


def says_nothing(world: World, criterion: ask.NotRecorded) -> bool:
    if world.chart.missing(Category.CONDITIONS):
        return False
    return not any(entry.course == "active" or not entry.for_it for entry in entries(world, criterion.condition))


def is_allergic(world: World, ingredient: str, criterion: ask.Allergic) -> Answer:
    for one in world.chart.allergies:
        kind = "intolerance" if one.intolerance else one.certainty.value
        meant = bool({ingredient, *criterion.substances} & world.terms.substances(one.concept))
        if one.active and one.certainty is not Certainty.REFUTED and meant and kind in criterion.kinds:
            return True
    return frozenset({"N5"}) if world.chart.missing(Category.ALLERGIES) else False
