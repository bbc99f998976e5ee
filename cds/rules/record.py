"""What the record says of a condition, an allergy or a service: present, possible, over, or nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, cast

from cds.clinical.chart import Category, Certainty, Condition, Course, Gap, Observation
from cds.clinical.code import Concept
from cds.clinical.quantity import Quantity
from cds.knowledge.criteria import Allergic, HasCondition, NotRecorded, Ordered
from cds.rules.case import Case
from cds.rules.situation import Situation
from cds.rules.truth import FALSE, TRUE, Answer, Fact, Lack, known, unknown
from cds.terminology.model import Evidence, Recognised
from cds.terminology.words import words

_OBSERVED: Final = {
    "pregnancy": Category.PREGNANCY,
    "breastfeeding": Category.PREGNANCY,
    "renal-impairment": Category.RENAL,
    "alcohol-use": Category.LIFESTYLE,
}
"""The part of the record that speaks of a condition beside the problem list: the rest is found nowhere else."""

RECENT, OLDER, UNKNOWN = "recent", "older", "unknown"


@dataclass(frozen=True, slots=True)
class Sign:
    """One entry that speaks of a condition, for it or against it. ``denies``: it says outright that the condition
    is absent (a coded answer), which a normal laboratory value does not.
    """

    condition: str
    present: bool
    course: str
    certainty: str
    severity: str
    onset: str
    when: date | None
    words: str
    denies: bool = False


def has_condition(case: Case, criterion: HasCondition) -> Answer:
    """Whether the record holds one of the conditions as the criterion describes it."""
    situation = case.situation
    for condition in sorted(criterion.conditions):
        for sign in standing(situation, condition):
            if (
                sign.course in criterion.courses
                and sign.certainty in criterion.certainties
                and (not criterion.severities or sign.severity in criterion.severities)
                and (not criterion.onsets or sign.onset in criterion.onsets)
            ):
                name = situation.terminology.names[condition].name
                return known(True, Fact((("condition", name),), sign.words))
    part = _missing(situation, criterion.conditions)
    return FALSE if part is None else unknown(Lack.RECORD, part.category)


def _missing(situation: Situation, conditions: Iterable[str]) -> Gap | None:
    """What of the record that speaks of these conditions could not be had: the problem list before all."""
    parts = (Category.CONDITIONS, *(_OBSERVED[name] for name in sorted(conditions) if name in _OBSERVED))
    return next((gap for part in parts if (gap := situation.chart.missing(part)) is not None), None)


def not_recorded(case: Case, criterion: NotRecorded) -> Answer:
    """Whether the record could be read and says nothing either way. Where it could not be read, that is said
    elsewhere, once.
    """
    situation = case.situation
    gap = _missing(situation, (criterion.condition,))
    if gap is not None and not gap.aside:
        return FALSE
    signs = _signs(situation, criterion.condition)
    spoken = [sign for sign in signs if not sign.present or sign.course == Course.ACTIVE]
    name = situation.terminology.names[criterion.condition].name
    return FALSE if spoken else known(True, Fact((("condition", name),)))


def standing(situation: Situation, condition: str) -> tuple[Sign, ...]:
    """The signs for a condition that still stand, worked out once for each situation."""
    if condition not in situation.standing:
        situation.standing[condition] = _standing(situation, condition)
    return cast("tuple[Sign, ...]", situation.standing[condition])


def _standing(situation: Situation, condition: str) -> tuple[Sign, ...]:
    """A newer denial ends an older sign; an undated sign beside a denial is kept as not confirmed, since nobody can
    say which came first.
    """
    if condition not in situation.conditions and condition not in situation.evidence:
        return ()
    signs = _signs(situation, condition)
    newest = max((sign.when for sign in signs if sign.denies and sign.when is not None), default=None)
    still: list[Sign] = []
    for sign in signs:
        if not sign.present:
            continue
        if newest is None or (sign.when is not None and sign.when >= newest):
            still.append(sign)
        elif sign.when is None:
            still.append(replace(sign, certainty=Certainty.UNCONFIRMED.value))
    return tuple(still)


def _signs(situation: Situation, condition: str) -> tuple[Sign, ...]:
    entries = [_from_condition(situation, *pair) for pair in situation.conditions.get(condition, ())]
    told = [(pair, _verdict(situation, *pair)) for pair in situation.evidence.get(condition, ())]
    newest = _newest_measured(told)
    observed = [
        _from_observation(situation, *pair, present=present)
        for pair, present in told
        if present is not None and not _outdated(*pair, newest)
    ]
    return (*entries, *(sign for sign in observed if sign is not None))


def _newest_measured(told: list[tuple[tuple[Observation, Evidence], bool | None]]) -> dict[Evidence, date]:
    """The day of the newest value that could be judged, by what was measured."""
    newest: dict[Evidence, date] = {}
    for (seen, evidence), present in told:
        if present is not None and seen.when is not None:
            newest[evidence] = max(seen.when, newest.get(evidence, seen.when))
    return newest


def _outdated(seen: Observation, evidence: Evidence, newest: dict[Evidence, date]) -> bool:
    """Whether a newer value of the same measurement takes the place of this one: an old bad result says nothing
    beside a new good one. Coded answers do not go by this; a denial ends what came before it.
    """
    measured = evidence.below is not None or evidence.above is not None
    return measured and seen.when is not None and seen.when < newest[evidence]


def _from_condition(situation: Situation, entry: Condition, recognised: Recognised) -> Sign:
    when = entry.onset or entry.recorded
    name = situation.terminology.names[recognised.condition].name
    certainty = entry.certainty
    if recognised.doubtful and certainty is Certainty.CONFIRMED:
        certainty = Certainty.UNCONFIRMED
    course = Course(recognised.course) if recognised.course and entry.course is Course.ACTIVE else entry.course
    validity = situation.terminology.valid_days(recognised.condition)
    stale = bool(validity and when is not None and (situation.today - when).days > validity)
    dated = f", since {entry.onset.isoformat()}" if entry.onset else ""
    if stale and not dated and when is not None:
        dated = f", recorded on {when.isoformat()}"
    doubt = ("" if certainty is Certainty.CONFIRMED else ", not confirmed") + (", too old to rely on" if stale else "")
    stands = "" if course is Course.ACTIVE else f", {'in ' if course is Course.REMISSION else ''}{course.value}"
    return Sign(
        recognised.condition,
        True,
        course.value,
        (Certainty.UNCONFIRMED if stale else certainty).value,
        entry.severity or recognised.severity or UNKNOWN,
        _onset(situation, entry, recognised),
        when,
        f"on record: {name.lower()}{stands}{dated}{doubt}",
    )


def _onset(situation: Situation, entry: Condition, recognised: Recognised) -> str:
    """Recent, older or unknown, by the policy's window for this condition. A record older than the window proves
    that the event is; a fresh record does not prove that it is fresh.
    """
    if recognised.history:
        return OLDER
    key = f"{recognised.condition}-recent"
    if key not in situation.policy.items:
        return UNKNOWN
    window = situation.days(key)
    if entry.onset is not None:
        return RECENT if situation.today - entry.onset <= window else OLDER
    if entry.recorded is not None and situation.today - entry.recorded > window:
        return OLDER
    return UNKNOWN


def _from_observation(situation: Situation, seen: Observation, evidence: Evidence, *, present: bool) -> Sign | None:
    stale = bool(
        evidence.valid_days and seen.when is not None and (situation.today - seen.when).days > evidence.valid_days
    )
    if stale and not present:
        return None
    name = situation.terminology.names[evidence.condition].name.lower()
    said = f"observed: {name}" if present else f"observed: no {name}"
    dated = f" on {seen.when.isoformat()}" if seen.when else ""
    return Sign(
        evidence.condition,
        present,
        Course.ACTIVE.value,
        (Certainty.UNCONFIRMED if stale else Certainty.CONFIRMED).value,
        UNKNOWN,
        UNKNOWN,
        seen.when,
        f"{said}{dated}" + (", too old to rely on" if stale else ""),
        denies=not present and bool(evidence.absent),
    )


def _verdict(situation: Situation, seen: Observation, evidence: Evidence) -> bool | None:
    """True for, False against, None when the value says neither. An answer in words counts where no code says it."""
    answers = {(coding.system, coding.code) for coding in seen.value.codings}
    if answers & evidence.present or (seen.flag is True and evidence.present):
        return True
    if answers & evidence.absent or (seen.flag is False and evidence.present):
        return False
    for said in (seen.value.text, *(coding.display for coding in seen.value.codings)):
        answer = _answered(situation, said, evidence)
        if answer is not None:
            return answer
    for bound, is_below in ((evidence.below, True), (evidence.above, False)):
        if bound is not None:
            size = seen.quantity if seen.bare is None else Quantity(seen.bare, bound.unit)
            return None if size is None else _beyond(size, bound, is_below, seen.bound)
    return None


def _answered(situation: Situation, said: str, evidence: Evidence) -> bool | None:
    """What an answer in words says: by the answers the knowledge lists, or because it names the condition itself."""
    answer = words(said)
    if answer in evidence.present_words:
        return True
    if answer in evidence.absent_words:
        return False
    named = situation.terminology.conditions(Concept(text=said)) if answer and evidence.present else ()
    return True if any(one == Recognised(evidence.condition, one.severity) for one in named) else None


def _beyond(value: Quantity, limit: Quantity, is_below: bool, bound: str) -> bool | None:
    """Whether a value lies beyond a limit. One that is only known as "less than 90" may lie on either side."""
    if value.unit.dimension != limit.unit.dimension:
        return None
    if not bound:
        return value.base < limit.base if is_below else value.base > limit.base
    if bound.startswith("<") is is_below:
        inside = value.base == limit.base and bound.endswith("=")
        reaches = value.base <= limit.base if is_below else value.base >= limit.base
        return True if reaches and not inside else None
    return False if (value.base >= limit.base if is_below else value.base <= limit.base) else None


def allergic(case: Case, criterion: Allergic) -> Answer:
    """Whether the record holds an allergy or intolerance to an ingredient of the order."""
    terms = case.situation.terminology
    for allergy in case.situation.chart.allergies:
        if not allergy.active or allergy.certainty is Certainty.REFUTED:
            continue
        kind = (
            "intolerance"
            if allergy.intolerance
            else "unconfirmed"
            if allergy.certainty is Certainty.UNCONFIRMED
            else "confirmed"
        )
        if kind in criterion.kinds and {case.ingredient, *criterion.substances} & terms.substances(allergy.concept):
            return known(True, Fact((), f"on record: {kind} {'' if kind == 'intolerance' else 'allergy '}to this drug"))
    gap = case.situation.chart.missing(Category.ALLERGIES)
    return unknown(Lack.RECORD, Category.ALLERGIES) if gap else FALSE


def ordered(case: Case, criterion: Ordered) -> Answer:
    """Whether all of these services are ordered or running. What is not found counts as not ordered."""
    situation = case.situation
    found: set[str] = set()
    for service in (*situation.drafts.services, *situation.chart.services):
        if service.current:
            found |= situation.terminology.services(service.concept)
    return TRUE if criterion.services <= found else FALSE
