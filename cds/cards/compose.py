"""Findings become few cards: one per problem, loudest first, at most a handful. Alert fatigue is decided here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from cds.cards.card import Card, OrderReport, Reviewed, Suggestion, Told
from cds.cards.offers import SEVERAL, Offer, Offers, told_apart
from cds.cards.suggestions import service_suggestion
from cds.cards.wording import (
    SUMMARY_LIMIT,
    drug_name,
    escaped,
    explained,
    filled,
    footer,
    mentioned,
    sentence,
    short,
)
from cds.clinical.chart import Category, Gap
from cds.knowledge.model import Knowledge, Level, SuggestionKind
from cds.rules.finding import Finding, Findings, NotAssessed
from cds.rules.situation import Situation
from cds.rules.slips import Slip, slips
from cds.rules.truth import Lack

DOSE: Final = "dose"
NOT_VERIFIED: Final = "not-verified"
COVERAGE: Final = "coverage"

# One card for each draft order under these topics; under every other topic one card for all orders together.
PER_ORDER: Final = frozenset({DOSE, COVERAGE, "preparation", "administration", "strength", "paediatric", "stopping"})

# Where a check that could not be made is said, and how loudly at the least.
WHERE_SAID: Final[dict[Lack, tuple[str, Level | None]]] = {
    Lack.WEIGHT: (DOSE, Level.WARNING),
    Lack.ORDER: (DOSE, Level.WARNING),
    Lack.AGE: (NOT_VERIFIED, Level.WARNING),
    Lack.RECORD: (NOT_VERIFIED, None),
    Lack.USE: (NOT_VERIFIED, None),
    Lack.USE_NOT_COVERED: (COVERAGE, Level.INFO),
    Lack.FAILED: (NOT_VERIFIED, Level.WARNING),
}
# What to do about it, and the override reasons that fit (reading, section 3).
_ADVICE: Final[dict[Lack, tuple[str, tuple[str, ...]]]] = {
    Lack.WEIGHT: ("Record a body weight, or order per kg.", ("BEDSIDE", "EMERG")),
    Lack.ORDER: ("Order with a structured dose, unit, route and frequency.", ("BEDSIDE", "PROTOCOL")),
    Lack.AGE: ("Record the date of birth.", ("BEDSIDE",)),
    Lack.RECORD: ("Check by hand what could not be read.", ("EMERG", "BEDSIDE")),
    Lack.USE: ("State the reason for the order.", ("INTENT", "PROTOCOL")),
    Lack.USE_NOT_COVERED: ("Check the dose in another reference.", ("PROTOCOL", "INTENT")),
    Lack.FAILED: ("Check the order by hand and report the fault.", ("BEDSIDE", "EMERG")),
}
BODY_WEIGHT: Final = "body-weight"
INFORMATION: Final = "information"
"""Why a finding about a medicine that is taken already is not shown."""


@dataclass(frozen=True, slots=True)
class _Item:
    """A finding or a missing check on its way to a card."""

    level: Level
    topic: str
    order: str
    finding: Finding | None = None
    lacking: tuple[NotAssessed, ...] = ()


def compose(findings: Findings, situation: Situation, knowledge: Knowledge) -> Reviewed:
    """All cards of a review, in a stable order, and the report on every order.

    Of what is taken already only problems are said: an information on how to give it would come up each time the
    record is opened. It is told beside the cards.
    """
    items = [_found(finding) for finding in findings.found] + list(_lacking(findings.not_assessed))
    quiet: tuple[Finding, ...] = ()
    if situation.drafts.taken:
        quiet = tuple(one for one in findings.found if one.level is Level.INFO)
        items = [item for item in items if item.level is not Level.INFO]
    groups: dict[tuple[str, str], list[_Item]] = {}
    for item in items:
        place = item.order if item.topic in PER_ORDER else ""
        groups.setdefault((item.topic, place), []).append(item)
    subjects = situation.judging if situation.drafts.taken else situation.signing
    positions = {seen.order.reference: number for number, seen in enumerate(subjects)}
    offers = Offers(findings, knowledge)
    cards = [_card(topic, group, situation, knowledge, offers) for (topic, _), group in _ordered(groups, positions)]
    most = int(knowledge.policy.number("most-cards"))
    return Reviewed(
        tuple(replace(one, suggestions=told_apart(one, situation)) for one in _few(_once(cards), most)),
        _reports(findings, situation),
        knowledge.version,
        f"{knowledge.policy.name} {knowledge.policy.version}",
        tuple(told_of(one, INFORMATION) for one in quiet),
    )


def _found(finding: Finding) -> _Item:
    return _Item(finding.level, finding.statement.topic, finding.order, finding)


def _lacking(not_assessed: Sequence[NotAssessed]) -> Iterable[_Item]:
    """One item per lack and order; what the record lacks is one item for all orders. What the client never sends is
    named beside what else is lacking, and alone makes no card.
    """
    if all(_is_aside(one) for one in not_assessed if one.missing.lack is Lack.RECORD):
        not_assessed = [one for one in not_assessed if one.missing.lack is not Lack.RECORD]
    together: dict[tuple[Lack, str], list[NotAssessed]] = {}
    for one in not_assessed:
        topic, _ = WHERE_SAID[one.missing.lack]
        order = one.case.seen.order.reference if topic in PER_ORDER or one.missing.lack is Lack.AGE else ""
        together.setdefault((one.missing.lack, order), []).append(one)
    for (lack, order), group in together.items():
        topic, at_least = WHERE_SAID[lack]
        level = at_least or max((one.level for one in group), key=lambda level: level.rank)
        # A missing record is never more than a warning, as nothing is known to be wrong; another patient's is wrong.
        level = Level.CRITICAL if _foreign(group) else Level.WARNING if level is Level.CRITICAL else level
        yield _Item(level, topic, order, None, tuple(group))


def _foreign(group: Iterable[NotAssessed]) -> bool:
    """Whether any of it is lacking because another patient's data came in its place."""
    return any(gap is not None and gap.foreign for gap in map(_gap, group))


def _gap(one: NotAssessed) -> Gap | None:
    """The part of the record that is lacking."""
    chart = one.case.situation.chart
    category = {Lack.AGE: Category.PATIENT, Lack.WEIGHT: Category.WEIGHT}.get(one.missing.lack)
    return chart.missing(category) if category else chart.missing_named(one.missing.words)


def _is_aside(one: NotAssessed) -> bool:
    gap = one.case.situation.chart.missing_named(one.missing.words)
    return gap is not None and gap.aside


def _ordered(
    groups: dict[tuple[str, str], list[_Item]], positions: dict[str, int]
) -> list[tuple[tuple[str, str], list[_Item]]]:
    """Groups from loud to quiet, then by the first order they concern, then by topic."""
    sorted_groups = [
        (key, sorted(group, key=lambda item: (-item.level.rank, *_place(item)))) for key, group in groups.items()
    ]
    last = len(positions)
    return sorted(
        sorted_groups,
        key=lambda row: (
            -row[1][0].level.rank,
            min(positions.get(item.order, last) for item in row[1]),
            row[0],
        ),
    )


def _place(item: _Item) -> tuple[int, str]:
    """Among items of one level: a check that could not be made is the more urgent news; then come findings that offer
    another dose, so that the headline and the card's buttons speak of one matter.
    """
    if item.finding is None:
        return 0, ""
    offers_a_dose = any(spec.kind is SuggestionKind.SET for spec in item.finding.tier.suggest)
    return (1 if offers_a_dose else 2), item.finding.statement.id


def _card(topic: str, group: list[_Item], situation: Situation, knowledge: Knowledge, offers: Offers) -> Card:
    lead = group[0]
    summary = _summary(lead)
    also = _also(lead, group)
    if also and len(summary) + len(also) < SUMMARY_LIMIT:
        summary = f"{summary} {also}"
    slipped = [slips(item.finding, knowledge) if item.finding else () for item in group]
    detail = _detail(lead, slipped[0], knowledge)
    lines = dict.fromkeys(_further(item, knowledge) for item in group) if len(group) > 1 else ()
    further = list(lines)[1:]
    if further:
        of_one = all(item.order in ("", lead.order) for item in group)
        detail.append(("**Also on this order:**\n" if of_one else "**Also:**\n") + "\n".join(further))
    statements = [item.finding.statement for item in group if item.finding]
    detail.append(footer(statements, knowledge, situation.today))
    return Card(
        summary=short(summary),
        level=lead.level,
        topic=topic,
        topic_name=knowledge.topics.get(topic, topic.replace("-", " ").capitalize()),
        source=_source(group, knowledge),
        detail="\n\n".join(detail),
        source_url="",
        suggestions=_suggestions(group, slipped, situation, offers),
        override=_override(group, knowledge),
        told=tuple(told for item in group for told in _told(item)),
    )


def _summary(item: _Item) -> str:
    if item.finding:
        return filled(item.finding.tier.say, item.finding)
    lack = item.lacking[0].missing.lack
    drug = drug_name(item.lacking[0].case)
    words = "; ".join(dict.fromkeys(one.missing.words for one in item.lacking))
    if lack is Lack.RECORD:
        names = list(dict.fromkeys(one.missing.words for one in item.lacking))
        listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        if _foreign(item.lacking):
            return sentence(f"Data of ANOTHER patient was sent and not used: {listed}. Safety checks incomplete.")
        return sentence(f"Safety checks incomplete: {listed} could not be read.")
    if _foreign(item.lacking):
        what = "no age" if lack is Lack.AGE else "no body weight"
        return sentence(f"Data of ANOTHER patient was sent and not used. {drug} not fully checked: {what}.")
    said = {
        Lack.WEIGHT: f"{drug} dose NOT checked: no usable body weight. Record a weight or order per kg.",
        Lack.ORDER: f"Dose check not done for {drug}: {words.removeprefix('the dose: ')}.",
        Lack.AGE: f"Age unknown: what is advised for {drug} depends on it; not fully checked.",
        Lack.USE: f"{drug}: {words}.",
        Lack.USE_NOT_COVERED: f"{drug}: {words}; dose not checked.",
        Lack.FAILED: "Safety checks incomplete: a check failed inside the service.",
    }
    return sentence(said[lack])


def _also(lead: _Item, group: list[_Item]) -> str:
    """The other drugs a card of several orders speaks of at the same level."""
    if lead.finding is None or lead.topic in PER_ORDER:
        return ""
    first = drug_name(lead.finding.case, lead.finding.statement)
    names = dict.fromkeys(
        drug_name(item.finding.case, item.finding.statement)
        for item in group
        if item.finding and item.level is lead.level
    )
    others = [name for name in names if name != first]
    return f"Also: {', '.join(others)}." if others else ""


def _detail(item: _Item, slipped: tuple[Slip, ...], knowledge: Knowledge) -> list[str]:
    if item.finding:
        lines = explained(item.finding, knowledge)
        named = [f"× {slip.factor} ({slip.units}) would be {slip.in_words}" for slip in slipped]
        return [*lines, f"**A unit slip?** A factor of {escaped('; '.join(named))}."] if named else lines
    reasons = dict.fromkeys(_reason(one) for one in item.lacking)
    advice = _ADVICE[item.lacking[0].missing.lack][0]
    return [f"**Not checked:** {escaped('; '.join(reasons))}.", f"**What to do:** {advice}"]


def _further(item: _Item, knowledge: Knowledge) -> str:
    if item.finding:
        return mentioned(item.finding, knowledge)
    reasons = "; ".join(dict.fromkeys(_reason(one) for one in item.lacking))
    return f"- **Not checked:** {escaped(_summary(item))} {escaped(reasons)}."


def _reason(one: NotAssessed) -> str:
    gap = _gap(one)
    return f"{one.missing.words} ({gap.reason})" if gap else one.missing.words


def _source(group: list[_Item], knowledge: Knowledge) -> str:
    for item in group:
        if item.finding and item.finding.statement.cites:
            source = knowledge.sources[item.finding.statement.cites[0].source]
            dated = f", {source.updated.isoformat()}" if source.updated else ""
            caveat = f" ({source.caveat})" if source.caveat else ""
            return f"{source.title}{dated}{caveat}"
    return "Medication order review"


def _suggestions(
    group: list[_Item], slipped: list[tuple[Slip, ...]], situation: Situation, offers: Offers
) -> tuple[Suggestion, ...]:
    """Each way out once; only the first recommended one stays recommended (at most one can be chosen)."""
    found: list[Offer] = []
    on_card = [item.finding for item in group if item.finding]
    for item, named in zip(group, slipped, strict=True):
        if item.finding:
            found += offers.of(item.finding, on_card, named)
        elif item.lacking[0].missing.lack is Lack.WEIGHT and BODY_WEIGHT in situation.terminology.names:
            found.append(Offer(service_suggestion(situation.terminology.names[BODY_WEIGHT])))
    offered: dict[object, Suggestion] = {}
    for offer in sorted(found, key=lambda one: one.place):
        offered.setdefault(offer.suggestion.changes, offer.suggestion)
    return _one_recommended(list(offered.values()))


def _override(group: list[_Item], knowledge: Knowledge) -> tuple[tuple[str, str], ...]:
    """The override reasons of the loudest items; quieter ones add none that would excuse the loud one."""
    codes: dict[str, None] = {}
    for item in group:
        if item.level is group[0].level:
            reasons = item.finding.tier.override if item.finding else _ADVICE[item.lacking[0].missing.lack][1]
            codes.update(dict.fromkeys(reasons))
    return tuple((code, knowledge.override_reasons[code]) for code in codes if code in knowledge.override_reasons)


def told_of(finding: Finding, reason: str = "") -> Told:
    """One finding for machines. ``reason`` is why it is not shown, where it is not."""
    orders = tuple(dict.fromkeys((finding.order, *(reference for reference, _ in finding.others))))
    rule, statement = finding.tier.rule, finding.statement.id
    return Told(statement, rule, finding.level, orders, reason, finding.drugs, finding)


def _told(item: _Item) -> Iterable[Told]:
    if item.finding:
        yield told_of(item.finding)
        return
    lack = item.lacking[0].missing.lack
    statements = dict.fromkeys(one.statement for one in item.lacking)
    orders = dict.fromkeys(one.case.seen.order.reference for one in item.lacking)
    reasons = "; ".join(dict.fromkeys(one.missing.words for one in item.lacking))
    yield Told(next(iter(statements)), lack.value, item.level, tuple(orders), reasons)


def _once(cards: list[Card]) -> list[Card]:
    """Cards that say the same are one card: two drafts that together make one daily dose are one problem."""
    kept: dict[tuple[str, str, Level], Card] = {}
    for card in cards:
        key = (card.topic, card.summary, card.level)
        present = kept.get(key)
        kept[key] = card if present is None else _joined(present, card)
    return list(kept.values())


def _joined(one: Card, other: Card) -> Card:
    offered = {suggestion.changes: suggestion for suggestion in (*one.suggestions, *other.suggestions)}
    return replace(
        one,
        suggestions=_one_recommended(list(offered.values())),
        override=tuple(dict.fromkeys((*one.override, *other.override))),
        told=(*one.told, *other.told),
    )


def _one_recommended(offered: list[Suggestion]) -> tuple[Suggestion, ...]:
    """At most one of the suggestions stays recommended, since at most one can be chosen."""
    first = next((suggestion for suggestion in offered if suggestion.recommended), None)
    return tuple(replace(one, recommended=False) if one.recommended and one is not first else one for one in offered)


def _few(cards: list[Card], most: int) -> list[Card]:
    """At most ``most`` cards: first information folds into the last information card, then warnings into the last
    warning. A critical card is never folded, nor is anything left out.
    """
    cards = _fold(cards, most, Level.INFO)
    return _fold(cards, most, Level.WARNING)


def _fold(cards: list[Card], most: int, level: Level) -> list[Card]:
    folding = [card for card in cards if card.level is level]
    over = len(cards) - most
    if over <= 0 or len(folding) <= 1:
        return cards
    into = folding[-min(over + 1, len(folding)) :]
    summaries = " ".join(card.summary for card in into)
    number = f"{len(into)} further points: " if level is Level.INFO else f"{len(into)} further warnings: "
    offered = {one.changes: replace(one, recommended=False) for card in into for one in card.suggestions}
    folded = replace(
        into[0],
        summary=short(number + summaries),
        topic=SEVERAL,
        topic_name="Several points",
        detail="\n\n---\n\n".join(f"**{escaped(card.summary)}**\n\n{card.detail}" for card in into),
        suggestions=tuple(offered.values()),
        override=tuple(dict.fromkeys(reason for card in into for reason in card.override)),
        told=tuple(told for card in into for told in card.told),
    )
    kept = [card for card in cards if card not in into]
    return sorted([*kept, folded], key=lambda card: -card.level.rank)


def _reports(findings: Findings, situation: Situation) -> tuple[OrderReport, ...]:
    fired: dict[str, list[str]] = {}
    for finding in findings.found:
        fired.setdefault(finding.order, []).append(finding.statement.id)
    lacking: dict[str, dict[tuple[str, str], None]] = {}
    for one in findings.not_assessed:
        row = lacking.setdefault(one.case.seen.order.reference, {})
        row[one.missing.lack.value, one.missing.words] = None
    names = situation.terminology.names
    unknown = situation.terminology.unknown
    codes = {seen.order.reference: unknown(seen.order.medication.concept) for seen in situation.judging}
    return tuple(
        OrderReport(
            order=judged.order,
            drug="/".join(names[name].name for name in judged.ingredients if name in names),
            covered=bool(judged.checked) or judged.order in lacking,
            checked=judged.checked,
            fired=tuple(fired.get(judged.order, ())),
            clear=judged.clear,
            not_assessed=tuple(lacking.get(judged.order, {})),
            unknown_codes=tuple(f"{system}|{code}" for system, code in codes.get(judged.order, ())),
        )
        for judged in findings.judged
    )
