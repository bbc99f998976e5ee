"""One patient at one moment: the orders made out, the weight, the age, the setting; each worked out once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Final

from cds.clinical.chart import Birth, Category, Certainty, Chart, Condition, Observation
from cds.clinical.code import ICD10, ICD10CM, SNOMED, Concept
from cds.clinical.order import Drafts, Order
from cds.clinical.quantity import MASS, WEIGHT, Dimension, Quantity, Span, shown, unit
from cds.knowledge.criteria import NOT_STATED, OTHER_USE
from cds.knowledge.model import Policy
from cds.terminology.model import Evidence, Product, Recognised
from cds.terminology.terminology import Terminology

KG = unit("kg")
OTHER_ROUTE = "other"
# Systems whose codes mean the same everywhere: a reason coded in one of them is a stated reason.
_PUBLIC: Final = frozenset({SNOMED, ICD10, ICD10CM})


@dataclass(frozen=True)
class Seen:
    """An order with what it turned out to be; found out when first asked for, since most of what is on record has
    nothing to do with the drafts.
    """

    order: Order
    product: Product
    terminology: Terminology = field(repr=False, compare=False)

    @cached_property
    def names(self) -> frozenset[str]:
        """Slugs of the active ingredients."""
        return self.product.ingredients

    @cached_property
    def diluted(self) -> bool:
        """Whether the product, or anything the order says in words, tells of a dilution."""
        return self.product.diluted or self._diluted_in_words

    @cached_property
    def _diluted_in_words(self) -> bool:
        words = (part for one in self.order.instructions for part in (one.text, *one.beside))
        return any(self.terminology.says_diluted(part) for part in words if part)

    @property
    def concentration(self) -> Quantity | None:
        """How strong the preparation is as given; None where the order speaks of a dilution in words, which say
        nothing certain of it.
        """
        certain = self.product.diluted or not self._diluted_in_words
        return self.product.concentration if certain else None

    @cached_property
    def content(self) -> str:
        """All that the order says, whatever it is called now."""
        return repr(replace(self.order, reference="", started=None))

    @cached_property
    def uses(self) -> frozenset[str]:
        """The uses its reasons stand for; a reason that says something else is another use, which is not none."""
        found = self.terminology.uses_of(self.order.reasons)
        if not found and any(self._says_another(reason) for reason in self.order.reasons):
            return frozenset({OTHER_USE})
        return found or frozenset({NOT_STATED})

    def _says_another(self, reason: Concept) -> bool:
        """Whether a reason that is no use we know says anything: words, or a public code; a place is none."""
        said = reason.text or any(one.display or one.system in _PUBLIC for one in reason.codings)
        return bool(said) and not self.terminology.settings_in_reason(reason)

    @cached_property
    def settings(self) -> frozenset[str]:
        """The places that its reasons name."""
        return frozenset(
            place for reason in self.order.reasons for place in self.terminology.settings_in_reason(reason)
        )

    @cached_property
    def route(self) -> str:
        """The first stated route, else the one the form implies, else ``not-stated``; a route that is stated and not
        recognised is ``other``.
        """
        for instruction in self.order.instructions:
            if instruction.route:
                return self.terminology.route(instruction.route) or OTHER_ROUTE
        return self.product.route or NOT_STATED


@dataclass(frozen=True, slots=True)
class Beside:
    """One ingredient of one order that stands beside others, with its place among them. ``over``: it is not taken
    any more, or ends with what is signed here.
    """

    place: int
    seen: Seen
    ingredient: str
    over: bool = False


@dataclass(frozen=True, slots=True)
class Index:
    """Orders by ingredient and by class: a question costs its answers, not the length of the record."""

    by_ingredient: dict[str, tuple[Beside, ...]]
    by_class: dict[str, tuple[Beside, ...]]


@dataclass(frozen=True, slots=True)
class Weight:
    """The body weight to reckon with. ``span`` is wide when no usable weight is on record; ``words`` say why, or
    which weight it is.
    """

    span: Span
    known: bool
    words: str
    when: date | None = None


@dataclass(frozen=True)
class Situation:
    """Everything one review is about. Nothing in it changes; what is derived is derived once."""

    chart: Chart
    drafts: Drafts
    policy: Policy
    terminology: Terminology
    assumed_birth: Birth | None = field(default=None)
    # Daily doses of orders already worked out, by order, ingredient and dimension (filled by cds.rules.amounts).
    daily: dict[tuple[str, str, Dimension], object] = field(default_factory=dict, init=False, compare=False, repr=False)
    # What the record says of a condition, by its slug (filled by cds.rules.record).
    standing: dict[str, object] = field(default_factory=dict, init=False, compare=False, repr=False)

    def days(self, key: str) -> timedelta:
        """A window of the policy as a span of time."""
        return self.policy.windows[key]

    @property
    def today(self) -> date:
        """The day of the review."""
        return self.chart.as_of.date()

    @cached_property
    def signing(self) -> tuple[Seen, ...]:
        """The draft orders that are to be acted on."""
        return tuple(self._see(order) for order in self.drafts.orders if order.live)

    @cached_property
    def stopping(self) -> tuple[Seen, ...]:
        """Draft orders that end a medicine."""
        return tuple(self._see(order) for order in self.drafts.orders if order.stopping)

    @cached_property
    def judging(self) -> tuple[Seen, ...]:
        """The drafts to judge: all of them, or at order-select the ones selected; or what is taken already."""
        if self.drafts.taken:
            return self.current
        chosen = self.drafts.selected
        drafts = (*self.signing, *self.stopping)
        return tuple(seen for seen in drafts if not chosen or seen.order.reference in chosen)

    @cached_property
    def judging_references(self) -> frozenset[str]:
        """References of the orders to judge."""
        return frozenset(seen.order.reference for seen in self.judging)

    @cached_property
    def replaced(self) -> frozenset[str]:
        """References of the orders on record that a draft, or a later order on record, takes the place of."""
        found: set[str] = set()
        for seen in self.current if self.drafts.taken else self.signing:
            # Of two that claim to replace each other one has to stay.
            if seen.order.replaces and not (self.drafts.taken and seen.order.reference in found):
                found.add(seen.order.replaces)
        return frozenset(found)

    @cached_property
    def on_record(self) -> tuple[Seen, ...]:
        """Medicines on record, current and former, without those that are themselves being signed, and without those
        that only tell again of one that is signed or taken.
        """
        drafted = {order.reference for order in self.drafts.orders}
        found = [self._see(order) for order in self.chart.medicines if order.live and order.reference not in drafted]
        return tuple(seen for seen in found if not (seen.order.tells_of and self._told_already(seen)))

    def _told_already(self, seen: Seen) -> bool:
        """Whether what a statement reports on, step by step, is a draft or a current medicine of the same drug."""
        passed = {seen.order.reference}
        order: Order | None = seen.order
        while order is not None and order.tells_of:
            source = order.tells_of[0]
            order = None if source in passed else self._told.get(source)
            passed.add(source)
        return order is not None and bool(seen.names) and seen.names == self._see(order).names

    @cached_property
    def _told(self) -> dict[str, Order]:
        """What a statement can report on: the drafts, and what is taken now."""
        current = {order.reference: order for order in self.chart.medicines if order.live and order.current}
        return {**current, **{order.reference: order for order in self.drafts.orders}}

    @cached_property
    def current(self) -> tuple[Seen, ...]:
        """Medicines the patient takes now."""
        return tuple(seen for seen in self.on_record if seen.order.current)

    def current_of(self, ingredient: str) -> tuple[Seen, ...]:
        """Medicines with this ingredient that the patient takes now."""
        return self._current_by_ingredient.get(ingredient, ())

    def stopped_of(self, ingredient: str, key: str) -> tuple[Seen, ...]:
        """Medicines with this ingredient that ended within a window of the policy."""
        former = self._former_by_ingredient.get(ingredient, ())
        return self._ended_within(former, self.days(key)) if former else ()

    def used_before(self, ingredient: str, key: str) -> tuple[Seen, ...]:
        """What shows, beside the current medicines, that this ingredient was taken within a window of the policy: what
        ended in it, or began in it and is over, and what is signed anew or stopped here.
        """
        return (*self.stopped_of(ingredient, key), *self._begun(ingredient, key), *self._again.get(ingredient, ()))

    def _begun(self, ingredient: str, key: str) -> tuple[Seen, ...]:
        former = self._former_by_ingredient.get(ingredient, ())
        undated = [seen for seen in former if seen.order.ended is None and seen.order.started is not None]
        window = self.days(key) if undated else timedelta(0)
        return tuple(seen for seen in undated if seen.order.started and self.chart.as_of - seen.order.started <= window)

    @cached_property
    def _again(self) -> dict[str, tuple[Seen, ...]]:
        """What was taken before today under the reference of a draft, and the drafts that only stop a medicine."""
        drafted = {order.reference for order in self.drafts.orders}
        taken = [
            self._see(order)
            for order in self.chart.medicines
            if order.reference in drafted and order.current and order.started and order.started.date() < self.today
        ]
        return _by_ingredient((*taken, *self.stopping))

    def goes_on(self, seen: Seen, ingredient: str) -> bool:
        """Whether a medicine that is stopped here is ordered anew in the same session, by the same route."""
        return any(ingredient in other.names and other.route == seen.route for other in self.signing)

    @cached_property
    def _current_by_ingredient(self) -> dict[str, tuple[Seen, ...]]:
        return _by_ingredient(self.current)

    @cached_property
    def _former_by_ingredient(self) -> dict[str, tuple[Seen, ...]]:
        return _by_ingredient(self.former)

    @cached_property
    def former(self) -> tuple[Seen, ...]:
        """Medicines on record that the patient does not take any more."""
        return tuple(seen for seen in self.on_record if not seen.order.current)

    def maybe_stopped_within(self, window: timedelta) -> tuple[Seen, ...]:
        """Medicines that ended within the window before now, or may have: an end without a date counts, unless the
        record shows that it lies before the window.
        """
        now = self.chart.as_of
        ends = ((seen, seen.order.ended or seen.order.over_by) for seen in self.former)
        return tuple(seen for seen, ended in ends if ended is None or now - ended <= window)

    @cached_property
    def ending(self) -> tuple[Seen, ...]:
        """Medicines that end with what is signed here: stopped, or replaced by another drug."""
        over = {order.reference: order for order in self.drafts.orders if not order.live}
        drafted = tuple(self._see(order) for order in self.chart.medicines if order.current and order.reference in over)
        named = {seen.order.reference for seen in drafted}
        stopped = tuple(seen for seen in self.stopping if seen.order.reference not in named)
        replaced = tuple(seen for seen in self.current if seen.order.reference in self.replaced)
        carried_on = frozenset(name for seen in self.signing for name in seen.names)
        return tuple(seen for seen in (*drafted, *stopped, *replaced) if not seen.names <= carried_on)

    def _ended_within(self, former: tuple[Seen, ...], window: timedelta) -> tuple[Seen, ...]:
        return tuple(
            seen for seen in former if seen.order.ended is not None and self.chart.as_of - seen.order.ended <= window
        )

    def _see(self, order: Order) -> Seen:
        return Seen(order, self.terminology.product(order.medication), self.terminology)

    @cached_property
    def in_use(self) -> Index:
        """The drafts and the current medicines that no draft replaces."""
        return self._indexed(self._unreplaced((*self.signing, *self.current)))

    @cached_property
    def in_question(self) -> Index:
        """The orders to be judged, without those that only stop a medicine."""
        return self._indexed(self._unreplaced(tuple(seen for seen in self.judging if not seen.order.stopping)))

    @cached_property
    def lately_stopped(self) -> Index:
        """Medicines that end with what is signed here, or ended, or may have, within the policy's window."""
        return self._indexed((*self.ending, *self.maybe_stopped_within(self.days("stopped-window"))), over=True)

    def _unreplaced(self, orders: tuple[Seen, ...]) -> tuple[Seen, ...]:
        return tuple(seen for seen in orders if seen.order.reference not in self.replaced)

    def _indexed(self, orders: tuple[Seen, ...], *, over: bool = False) -> Index:
        by_ingredient: dict[str, list[Beside]] = {}
        by_class: dict[str, list[Beside]] = {}
        for place, seen in enumerate(orders):
            for ingredient in sorted(seen.names) if len(seen.names) > 1 else seen.names:
                beside = Beside(place, seen, ingredient, over)
                by_ingredient.setdefault(ingredient, []).append(beside)
                for name in self.terminology.classes(ingredient):
                    by_class.setdefault(name, []).append(beside)
        return Index(
            {name: tuple(found) for name, found in by_ingredient.items()},
            {name: tuple(found) for name, found in by_class.items()},
        )

    @cached_property
    def settings(self) -> frozenset[str]:
        """Where the drugs will be given, as far as the record says."""
        encounter = self.chart.encounter
        found = self.terminology.settings(encounter) if encounter else frozenset()
        return found or frozenset({NOT_STATED})

    @cached_property
    def conditions(self) -> dict[str, list[tuple[Condition, Recognised]]]:
        """The record's conditions by slug, each with what its code says. Refuted ones are not among them."""
        found: dict[str, list[tuple[Condition, Recognised]]] = {}
        for entry in self.chart.conditions:
            if entry.certainty is not Certainty.REFUTED:
                for recognised in self.terminology.conditions(entry.concept):
                    found.setdefault(recognised.condition, []).append((entry, recognised))
        return found

    @cached_property
    def evidence(self) -> dict[str, list[tuple[Observation, Evidence]]]:
        """The record's observations by the condition they can speak of."""
        found: dict[str, list[tuple[Observation, Evidence]]] = {}
        for observation in self.chart.observations:
            for evidence in self.terminology.evidence(observation.concept):
                found.setdefault(evidence.condition, []).append((observation, evidence))
        return found

    def at_birth(self, birth: Birth | None) -> Situation:
        """The same situation, had the patient been born then (None: as the record has it). What does not depend on
        the age is kept.
        """
        other = replace(self, assumed_birth=birth)
        vars(other).update({name: found for name, found in vars(self).items() if name in _OF_ANY_AGE})
        return other

    def with_draft(self, order: Order) -> Situation:
        """The same situation with this order in the place of the draft of its reference. What only the record
        decides is kept.
        """
        orders = tuple(order if one.reference == order.reference else one for one in self.drafts.orders)
        other = replace(self, drafts=replace(self.drafts, orders=orders))
        vars(other).update({name: found for name, found in vars(self).items() if name in _OF_ANY_DRAFT})
        return other

    @property
    def birth(self) -> Birth | None:
        """The birth date, recorded or assumed."""
        return self.assumed_birth or self.chart.birth

    @cached_property
    def age(self) -> tuple[int, int] | None:
        """Completed years, youngest and oldest that the birth date allows; None when it is not known."""
        if self.birth is None:
            return None
        return _years(self.birth.latest, self.today), _years(self.birth.earliest, self.today)

    @cached_property
    def weight(self) -> Weight:
        """The newest body weight, if it is plausible and not too old for the patient's age; else every plausible
        weight, with the reason.
        """
        lowest, highest = self.policy.number("weight-lowest"), self.policy.number("weight-highest")
        measured = [
            seen
            for seen in self.chart.observations
            if seen.quantity is not None
            and seen.quantity.unit.dimension in (WEIGHT, MASS)
            and self.terminology.is_weight(seen.concept)
        ]
        if not measured:
            gap = self.chart.missing(Category.WEIGHT)
            return self._any_weight(gap.reason if gap else "no body weight on record")
        newest = max(measured, key=lambda seen: (seen.when is not None, seen.when or date.min))
        kilograms = _kilograms(newest.quantity)
        if not lowest <= kilograms <= highest:
            return self._any_weight("the newest body weight on record is not plausible")
        grown = self.age is not None and self.age[0] >= self.policy.number("adult-from")
        valid = self.days("weight-valid-adult" if grown else "weight-valid-child")
        if newest.when is not None and self.today - newest.when > valid:
            return self._any_weight("the newest body weight on record is too old to rely on")
        dated = f" of {newest.when.isoformat()}" if newest.when else ", undated"
        words = f"body weight {shown(kilograms, 2)} kg{dated}"
        return Weight(Span(kilograms, kilograms, WEIGHT), True, words, newest.when)

    def _any_weight(self, why: str) -> Weight:
        """Every plausible weight, where none can be relied on."""
        lowest, highest = self.policy.number("weight-lowest"), self.policy.number("weight-highest")
        return Weight(Span.of(Quantity(lowest, KG), Quantity(highest, KG)), False, why)


_OF_ANY_AGE: Final = (
    "signing", "stopping", "judging", "judging_references", "replaced", "on_record", "current", "former", "ending",
    "in_use", "in_question", "lately_stopped", "settings", "conditions", "evidence",
)  # fmt: skip
_OF_ANY_DRAFT: Final = ("on_record", "current", "former", "settings", "conditions", "evidence", "weight")


def _by_ingredient(orders: tuple[Seen, ...]) -> dict[str, tuple[Seen, ...]]:
    found: dict[str, list[Seen]] = {}
    for seen in orders:
        for ingredient in seen.names:
            found.setdefault(ingredient, []).append(seen)
    return {ingredient: tuple(rows) for ingredient, rows in found.items()}


def _kilograms(measured: Quantity | None) -> Fraction:
    """A weight in kg, whether it was recorded in kg, g or lb (grams are a mass of a million base units to the kg)."""
    if measured is None:  # pragma: no cover - the caller kept only those with a quantity
        return Fraction(0)
    return measured.base if measured.unit.dimension == WEIGHT else measured.base / 1_000_000


def _years(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
