"""Criteria, suggestions and citations as a pharmacist would say them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cds.knowledge.criteria import (
    NOT_STATED,
    AgeBetween,
    AgeIs,
    Allergic,
    AmountIs,
    AmountStated,
    AnyOf,
    Criteria,
    Criterion,
    Diluted,
    GivenAsIs,
    HasCondition,
    Measure,
    NotRecorded,
    Ordered,
    Phase,
    PhaseIs,
    RouteIs,
    SettingIs,
    SexIs,
    Stopping,
    StrengthsAre,
    TakenWith,
    UseIs,
)
from cds.knowledge.fields import listed
from cds.knowledge.model import Citation, SuggestionKind, SuggestionSpec
from cds.knowledge.vocabulary import MONITORED, ROUTE_GROUPS

_PHASES: Final = {
    Phase.START: "at the start of treatment",
    Phase.CONTINUING: "during treatment",
    Phase.LONG_TERM: "in long-term treatment",
}
_MEASURES: Final = {
    Measure.DOSE: "single dose",
    Measure.DAILY: "daily dose",
    Measure.DURATION: "time of one administration",
    Measure.PREVIOUS: "daily dose before",
    Measure.STEP: "change of the daily dose",
    Measure.STEP_DOSE: "change of the single dose",
    Measure.INTERVAL: "time since the last order began",
    Measure.OVER_PARENTERAL: "daily dose over the parenteral one before",
}
ALWAYS: Final = "always"
_BANDS: Final = {"child": "children", "adult": "adults", "elderly": "the elderly"}


def plain(slug: str) -> str:
    """A slug as words."""
    return slug.replace("-", " ")


def either(slugs: Iterable[str], last: str = "or") -> str:
    """Slugs as words in a stable order, ``not stated`` at the end."""
    return listed((plain(slug) for slug in sorted(slugs, key=lambda slug: (slug == NOT_STATED, slug))), last)


def in_words(criteria: Criteria) -> str:
    """A group of criteria as one phrase."""
    return "; ".join(one_in_words(each) for each in criteria) or ALWAYS


def one_in_words(criterion: Criterion) -> str:  # noqa: C901, PLR0912 - one line per criterion, as in a table
    """One criterion as a phrase."""
    match criterion:
        case RouteIs(routes):
            return _route(routes)
        case GivenAsIs(given_as):
            return f"given as {'a bolus' if given_as == 'bolus' else 'an infusion'}"
        case UseIs(uses):
            return f"for {either(uses)}" if uses != {NOT_STATED} else "no use stated"
        case SettingIs(settings):
            return "in a monitored area" if settings == MONITORED else f"setting: {either(settings)}"
        case AgeIs(bands):
            return f"in {listed(_BANDS[band] for band in _BANDS if band in bands)}"
        case AgeBetween(low, high):
            return f"aged {low} to {high} years"
        case SexIs(sexes):
            return f"sex: {either(sexes)}"
        case PhaseIs(phase):
            return _PHASES[phase]
        case Stopping():
            return "when it is being stopped"
        case AmountIs():
            return _amount(criterion)
        case AmountStated(measure):
            return f"the order states its {measure_in_words(measure)}"
        case StrengthsAre(strengths):
            return f"strengths exactly {', '.join(f'{plain(name)} {value}' for name, value in strengths)}"
        case Diluted():
            return "a diluent is ordered with it"
        case Ordered(services):
            return f"{either(services, 'and')} ordered or running"
        case HasCondition():
            return _condition(criterion)
        case NotRecorded(condition):
            return f"the record says nothing on {plain(condition)} either way"
        case Allergic(kinds, substances):
            also = f" or to {either(substances)}" if substances else ""
            return f"allergy to it{also} on record ({either(kinds)})"
        case TakenWith():
            return _with(criterion)
        case AnyOf(groups):
            return f"one of: {' / '.join(f'({in_words(group)})' for group in groups)}"
        case _:
            return f"not ({in_words(criterion.group)})"


def _route(routes: frozenset[str]) -> str:
    for name, group in ROUTE_GROUPS.items():
        if routes == group:
            return f"any {name} route"
    return f"route: {either(routes)}"


def _amount(amount: AmountIs) -> str:
    parts = []
    if amount.low:
        parts.append(f"{'from' if amount.low_included else 'above'} {amount.low}")
    if amount.high:
        parts.append(f"{'up to' if amount.high_included else 'below'} {amount.high}")
    return f"{measure_in_words(amount.measure)} {' and '.join(parts)}"


def measure_in_words(measure: Measure) -> str:
    """Which amount of an order is meant."""
    return _MEASURES.get(measure, plain(measure))


def _condition(condition: HasCondition) -> str:
    details = [either(condition.courses), either(condition.certainties)]
    if condition.severities:
        details.append(f"severity {either(condition.severities)}")
    if condition.onsets:
        details.append(f"onset {either(condition.onsets)}")
    return f"{either(condition.conditions)} on record ({', '.join(details)})"


def _with(other: TakenWith) -> str:
    names = [plain(name) for name in sorted(other.ingredients)]
    names += [f"any {plain(name)}" for name in sorted(other.classes)]
    text = f"with {'' if other.at_least == 1 else f'{other.at_least} or more of '}{listed(names)}"
    if other.without:
        text += f", other than {either(other.without)}"
    if other.routes:
        text += f", {_route(other.routes)}"
    if other.regular:
        text += ", taken regularly"
    if other.uses:
        text += f", for {either(other.uses)}"
    return text if other.states == {"current"} else f"{text} ({either(other.states)})"


def suggestion(spec: SuggestionSpec) -> str:
    """What a suggestion offers."""
    text = {
        SuggestionKind.SET: f"change to {spec.amount}",
        SuggestionKind.DELETE: "delete the draft",
        SuggestionKind.DELETE_OTHER: "delete the other draft",
        SuggestionKind.STATE_USE: f"state the use: {either(spec.uses)}" if spec.uses else "",
        SuggestionKind.ORDER: f"order {plain(spec.service)}",
    }[spec.kind]
    return f"{text} (recommended)" if spec.recommended else text


def citation(cite: Citation) -> str:
    """Where a statement stands: ``monograph, "Dosage", lines 47-49``."""
    return f'{cite.source}, "{cite.section}", line{"s" if len(cite.lines) > 1 else ""} {ranges(cite.lines)}'


def ranges(lines: tuple[int, ...]) -> str:
    """Line numbers with runs drawn together: ``41-43, 50``."""
    runs: list[list[int]] = []
    for line in lines:
        if runs and line == runs[-1][-1] + 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
