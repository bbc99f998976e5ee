"""The report as values: every figure of the page, of the text and of the JSON is worked out here and nowhere else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from cds.report.rates import Rate, chance_of_at_most
from cds.store.history import History, Said, Traffic

LEVELS: Final = ("critical", "warning", "info")
FEW_ENOUGH: Final = 0.01
"""A statement is quiet when so few cards, by its own history, would come about by chance less often than this."""

LEAST_HISTORY: Final = 5
"""Times a statement must have held before its silence means anything."""

NO_REASON: Final = "none given"
NOT_STATED: Final = "not-stated"


@dataclass(slots=True)
class StatementFigures:
    """One statement: what became of the cards it stands on, in all and by setting, and why they were overridden."""

    statement: str
    level: str = "info"
    rate: Rate = field(default_factory=Rate)
    by_setting: dict[str, Rate] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class Repeated:
    """The same statement about the same drugs shown again for the same patient. ``again``: beyond the first time."""

    statement: str
    drugs: tuple[str, ...]
    patients: int
    again: int


@dataclass(frozen=True, slots=True)
class Quiet:
    """A statement that held less often of late than its own history lets expect."""

    statement: str
    expected: float
    seen: int
    chance: float


@dataclass(slots=True)
class Day:
    """One day: orders, and cards by level."""

    orders: int = 0
    cards: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Report:
    """Everything the report tells of a time. ``repeats`` has the most frequent first, ``statements`` the most shown."""

    since: str
    until: str
    calls: int = 0
    orders: int = 0
    cards: int = 0
    without_card: int = 0
    levels: dict[str, Rate] = field(default_factory=dict)
    settings: dict[str, Rate] = field(default_factory=dict)
    setting_orders: Counter[str] = field(default_factory=Counter)
    months: dict[str, Rate] = field(default_factory=dict)
    month_orders: Counter[str] = field(default_factory=Counter)
    days: dict[str, Day] = field(default_factory=dict)
    statements: list[StatementFigures] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    repeats: list[Repeated] = field(default_factory=list)
    quiet: list[Quiet] = field(default_factory=list)
    not_checked: Counter[str] = field(default_factory=Counter)
    withheld: Counter[str] = field(default_factory=Counter)
    knowledge: Counter[str] = field(default_factory=Counter)
    median_ms: int = 0
    p95_ms: int = 0

    @property
    def per_100(self) -> float:
        """Cards for every 100 orders."""
        return 100 * self.cards / self.orders if self.orders else 0.0

    @property
    def rate(self) -> Rate:
        """All cards together."""
        rates = self.levels.values()
        return Rate(*(sum(getattr(rate, name) for rate in rates) for name in ("shown", "accepted", "overridden")))


def figures(found: History, since: str, until: str) -> Report:
    """The report of a history, but for what is quiet (see ``quiet``)."""
    report = Report(since[:10], until[:10], not_checked=found.not_checked)
    _answers(report, found)
    _cards(report, found)
    report.statements = _statements(found)
    report.repeats = _repeats(found)
    report.withheld = Counter(said.withheld for said in found.said if said.withheld)
    return report


def _answers(report: Report, found: History) -> None:
    with_card = {card.decision for card in found.cards}
    for answer in found.answers.values():
        report.calls += 1
        report.orders += answer.orders
        report.without_card += answer.id not in with_card
        report.setting_orders[answer.setting or NOT_STATED] += answer.orders
        report.month_orders[answer.at[:7]] += answer.orders
        report.days.setdefault(answer.at[:10], Day()).orders += answer.orders
        report.knowledge[answer.knowledge] += 1
    took = sorted(answer.milliseconds for answer in found.answers.values())
    if took:
        report.median_ms, report.p95_ms = took[len(took) // 2], took[min(len(took) - 1, len(took) * 95 // 100)]


def _cards(report: Report, found: History) -> None:
    report.cards = len(found.cards)
    for card in found.cards:
        answer = found.answers[card.decision]
        outcome, reason = found.outcomes.get(card.uuid, ("", ""))
        for rates, key in (
            (report.levels, card.level),
            (report.settings, answer.setting or NOT_STATED),
            (report.months, answer.at[:7]),
        ):
            rates.setdefault(key, Rate()).add(outcome)
        report.days[answer.at[:10]].cards[card.level] += 1
        if outcome == "overridden":
            report.reasons[reason or NO_REASON] += 1


def _statements(found: History) -> list[StatementFigures]:
    """Each statement once for each card it stands on, whatever else stands there."""
    rows: dict[str, StatementFigures] = {}
    seen: set[tuple[str, str]] = set()
    for said in found.said:
        row = rows.setdefault(said.statement, StatementFigures(said.statement))
        if LEVELS.index(said.level) < LEVELS.index(row.level):
            row.level = said.level
        if said.withheld:
            row.withheld += 1
        elif (said.statement, said.card) not in seen:
            seen.add((said.statement, said.card))
            outcome, reason = found.outcomes.get(said.card, ("", ""))
            setting = found.answers[said.decision].setting or NOT_STATED
            row.rate.add(outcome)
            row.by_setting.setdefault(setting, Rate()).add(outcome)
            if outcome == "overridden":
                row.reasons[reason or NO_REASON] += 1
    return sorted(rows.values(), key=lambda row: (-row.rate.shown, row.statement))


def _repeats(found: History) -> list[Repeated]:
    times: Counter[tuple[str, str, tuple[str, ...]]] = Counter(
        (found.answers[said.decision].patient, said.statement, said.drugs) for said in _once(found.said)
    )
    pairs: dict[tuple[str, tuple[str, ...]], list[int]] = defaultdict(list)
    for (patient, statement, drugs), number in times.items():
        if patient and number > 1:
            pairs[statement, drugs].append(number - 1)
    rows = [Repeated(statement, drugs, len(again), sum(again)) for (statement, drugs), again in pairs.items()]
    return sorted(rows, key=lambda row: (-row.again, row.statement, row.drugs))


def _once(all_said: Iterable[Said]) -> Iterable[Said]:
    """What was shown, each statement and drugs once in an answer."""
    seen: set[tuple[str, str, tuple[str, ...]]] = set()
    for said in all_said:
        key = (said.decision, said.statement, said.drugs)
        if not said.withheld and key not in seen:
            seen.add(key)
            yield said


def quiet(before: Traffic, lately: Traffic) -> list[Quiet]:
    """Statements that hold less often than their own history, for as many orders, lets expect; the surest first."""
    if not before.orders:
        return []
    rows = []
    for statement, times in before.held.items():
        expected = times / before.orders * lately.orders
        seen = lately.held[statement]
        chance = chance_of_at_most(seen, expected)
        if times >= LEAST_HISTORY and seen < expected and chance < FEW_ENOUGH:
            rows.append(Quiet(statement, expected, seen, chance))
    return sorted(rows, key=lambda row: (row.chance, row.statement))
