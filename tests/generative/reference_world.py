"""What the second opinion is about: one patient at one moment, one instruction, and answers of three kinds.

An answer is True, False, or a set of labels of what is lacking (``{"N1"}``: the weight).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from cds.clinical.chart import Chart
from cds.clinical.code import ICD10, ICD10CM, SNOMED
from cds.clinical.order import Drafts, Instruction, Order
from cds.clinical.quantity import UNITS, Quantity
from cds.knowledge.model import Policy
from cds.terminology.model import Product
from cds.terminology.terminology import Terminology

PUBLIC = {SNOMED, ICD10, ICD10CM}
Lacks = frozenset[str]
Answer = bool | Lacks
Range = tuple[Fraction, Fraction]


@dataclass(frozen=True)
class World:
    """One patient at one moment, and what words mean."""

    chart: Chart
    drafts: Drafts
    policy: Policy
    terms: Terminology

    def product(self, order: Order) -> Product:
        return self.terms.product(order.medication)

    def names(self, order: Order) -> frozenset[str]:
        return self.product(order).ingredients

    def uses(self, order: Order) -> set[str]:
        found = set(self.terms.uses_of(order.reasons))
        said = [
            one
            for one in order.reasons
            if (one.text or any(code.display or code.system in PUBLIC for code in one.codings))
            and not self.terms.settings_in_reason(one)
        ]
        return found or ({"other-use"} if said else {"not-stated"})

    def days(self, key: str) -> timedelta:
        item = self.policy.items[key]
        return timedelta(hours=float(Fraction(item.value) * UNITS[item.unit].factor))

    @property
    def signing(self) -> list[Order]:
        return [order for order in self.drafts.orders if order.live]

    @property
    def judged(self) -> list[Order]:
        chosen = self.drafts.selected
        return [
            order
            for order in self.drafts.orders
            if (order.live or order.stopping) and (not chosen or order.reference in chosen)
        ]

    @property
    def replaced(self) -> set[str]:
        return {order.replaces for order in self.signing}

    @property
    def record(self) -> list[Order]:
        drafted = {order.reference for order in self.drafts.orders}
        return [order for order in self.chart.medicines if order.live and order.reference not in drafted]

    @property
    def current(self) -> list[Order]:
        return [order for order in self.record if order.current]

    def stopped(self, window: str) -> list[Order]:
        return [
            order
            for order in self.record
            if not order.current and order.ended and self.chart.as_of - order.ended <= self.days(window)
        ]

    def left_off(self) -> set[str]:
        """References of what ended within the window, may have, or ends with what is signed."""
        window = self.days("stopped-window")
        found = {order.reference for order in self.stopped("stopped-window")}
        for order in self.record:
            if not order.current and order.ended is None:
                if order.over_by is None or self.chart.as_of - order.over_by <= window:
                    found.add(order.reference)
            elif order.current and order.reference in self.replaced:
                found.add(order.reference)
        found |= {order.reference for order in self.drafts.orders if order.stopping}
        signed = {name for order in self.signing for name in self.names(order)}
        former = {order.reference for order in self.record if not order.current}
        every = {order.reference: order for order in (*self.drafts.orders, *self.record)}
        return {one for one in found if one in former or not self.names(every[one]) <= signed}

    @property
    def age(self) -> Range | None:
        birth = self.chart.birth
        if birth is None:
            return None
        return completed(birth.latest, self.chart.as_of.date()), completed(birth.earliest, self.chart.as_of.date())

    @property
    def weights(self) -> Range:
        """The lightest and the heaviest the patient can be."""
        lowest, highest = (Fraction(self.policy.number(f"weight-{end}")) for end in ("lowest", "highest"))
        weighed = [
            (one.when, kilograms(one.quantity))
            for one in self.chart.observations
            if self.terms.is_weight(one.concept) and one.quantity and kilograms(one.quantity) is not None
        ]
        if not weighed:
            return lowest, highest
        when, kilos = max(weighed, key=lambda row: row[0] or date.min)
        adult = self.age is not None and self.age[0] >= self.policy.number("adult-from")
        valid = self.days("weight-valid-adult" if adult else "weight-valid-child")
        too_old = when is not None and self.chart.as_of.date() - when > valid
        return (lowest, highest) if too_old or not lowest <= kilos <= highest else (kilos, kilos)

    def route(self, order: Order, instruction: Instruction | None = None) -> str:
        for one in [instruction] if instruction else order.instructions:
            if one.route:
                return self.terms.route(one.route) or "other"
        return self.product(order).route or "not-stated"

    def kind(self, route: str) -> str:
        if route in self.terms.route_groups["parenteral"]:
            return "parenteral"
        return "enteral" if route in self.terms.route_groups["systemic"] else "local"

    def kind_of(self, order: Order) -> str:
        return self.kind(self.route(order))


def completed(born: date, today: date) -> Fraction:
    years = today.year - born.year
    return Fraction(years if (today.month, today.day) >= (born.month, born.day) else years - 1)


def kilograms(quantity: Quantity) -> Fraction | None:
    dimension = quantity.unit.dimension
    if (dimension.weight, dimension.mass, dimension.time, dimension.volume) == (1, 0, 0, 0):
        return quantity.base
    if (dimension.mass, dimension.weight, dimension.time, dimension.volume) == (1, 0, 0, 0):
        return quantity.base / 10**6
    return None


# --- three-valued logic --------------------------------------------------------------------------------------


def every(answers: Iterable[Answer]) -> Answer:
    answers = list(answers)
    if any(answer is False for answer in answers):
        return False
    lacks = frozenset(lack for answer in answers if answer is not True for lack in answer)
    return lacks or True


def some(answers: Iterable[Answer]) -> Answer:
    answers = list(answers)
    if any(answer is True for answer in answers):
        return True
    return frozenset(lack for answer in answers if answer is not False for lack in answer) or False


def opposite(answer: Answer) -> Answer:
    return not answer if isinstance(answer, bool) else answer


@dataclass(frozen=True)
class Asked:
    """One instruction of an order, asked about one ingredient."""

    world: World
    order: Order
    instruction: Instruction
    ingredient: str
