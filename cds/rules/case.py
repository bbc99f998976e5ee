"""One instruction of one order, seen in its situation: what the criteria ask their questions of."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from cds.clinical.order import Instruction, Strength
from cds.clinical.quantity import Dimension, Quantity, unit
from cds.knowledge.criteria import NOT_STATED, GivenAs, Measure, Phase
from cds.rules.situation import OTHER_ROUTE, Seen, Situation


@dataclass(frozen=True)
class Case:
    """One step of an order. ``seen`` is the order, ``instruction`` the step; an order without any instruction has
    one empty step, so that what it lacks can be said.
    """

    situation: Situation
    seen: Seen
    instruction: Instruction
    ingredient: str
    # Amounts already worked out, by measure and dimension (filled by cds.rules.amounts).
    amounts: dict[tuple[Measure, Dimension], object] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    @cached_property
    def route(self) -> str:
        """The stated route's slug; else the one the form implies; else ``not-stated``. A route that is stated but
        not recognised is ``other``.
        """
        if self.instruction.route:
            return self.situation.terminology.route(self.instruction.route) or OTHER_ROUTE
        return self.seen.product.route or NOT_STATED

    @property
    def settings(self) -> frozenset[str]:
        """Where the drug will be given: by the encounter, else by the order's own reason."""
        known = self.situation.settings
        return self.seen.settings or known if NOT_STATED in known else known

    @cached_property
    def disagreement(self) -> str:
        """In words, where two statements of the route cannot both be right: of the text and a code, or of the route
        and the product's form (a cream by mouth).
        """
        implied = self.seen.product.route
        stated = self.situation.terminology.route(self.instruction.route)
        in_words = self.situation.terminology.route(self.instruction.text_route)
        if stated and in_words and in_words != stated:
            return "text and coded route disagree"
        if not stated or implied not in _FIXED_ROUTES:
            return ""
        kinds = {_kind(self.situation, implied), _kind(self.situation, stated)}
        return "the route and the form of the product disagree" if len(kinds) > 1 else ""

    @cached_property
    def given_as(self) -> GivenAs | None:
        """Bolus or infusion for what is injected into a vein; for other injections a bolus; else None."""
        if self.instruction.rate is not None or self.instruction.timing.continuous or self.runs_over is not None:
            return GivenAs.INFUSION
        return GivenAs.BOLUS if self.is_parenteral else None

    @property
    def is_parenteral(self) -> bool:
        """Whether it is injected or infused."""
        return self.route in self.situation.terminology.route_groups["parenteral"]

    @cached_property
    def runs_over(self) -> Quantity | None:
        """How long one dose runs, where that is so long that it is an infusion and not a bolus; else None."""
        over = self.instruction.over
        if over is None or self.instruction.dose is None or self.instruction.rate is not None:
            return None
        item = self.situation.policy.items["infusion-from"]
        return over if self.is_parenteral and over.base >= Quantity(item.value, unit(item.unit)).base else None

    @property
    def same_ingredient(self) -> tuple[Seen, ...]:
        """Current medicines on record with this ingredient, by the same kind of route."""
        return self._same_kind(self.situation.current_of(self.ingredient))

    def _same_kind(self, others: tuple[Seen, ...]) -> tuple[Seen, ...]:
        here = kind_of_route(self.situation, self.seen)
        return tuple(other for other in others if kind_of_route(self.situation, other) == here)

    @cached_property
    def phase(self) -> frozenset[Phase]:
        """Start, unless the record shows the drug in use now or within the policy's window, or this is a later step of
        the order.
        """
        situation = self.situation
        lately = situation.used_before(self.ingredient, "restart-after")
        used = (*self.same_ingredient, *self._same_kind(lately))
        steps = self.seen.order.instructions
        if not used and steps and self.instruction.sequence > min(one.sequence for one in steps):
            return frozenset({Phase.CONTINUING})
        if not used:
            return frozenset({Phase.START})
        since = [other.order.started for other in used if other.order.started is not None]
        long = situation.days("long-term-after")
        if since and situation.chart.as_of - min(since) >= long:
            return frozenset({Phase.CONTINUING, Phase.LONG_TERM})
        return frozenset({Phase.CONTINUING})

    @property
    def strength(self) -> Strength | None:
        """Strength of this ingredient in the product."""
        return strength_of(self.seen, self.ingredient)


# Forms that leave no choice of route. An injection may be drunk (002:L51), so injections are not among them.
_FIXED_ROUTES = frozenset({"topical", "oral", "rectal", "nasal", "transdermal", "ophthalmic"})


def strength_of(seen: Seen, ingredient: str) -> Strength | None:
    """Strength of one ingredient in an order's product."""
    for component in seen.product.components:
        if component.ingredient == ingredient:
            return component.strength
    return None


def kind_of_route(situation: Situation, seen: Seen) -> str:
    """``local``, ``parenteral`` or ``enteral``: orders of one kind add up, orders of different kinds do not."""
    return _kind(situation, seen.route)


def _kind(situation: Situation, route: str) -> str:
    groups = situation.terminology.route_groups
    if route not in groups["systemic"]:
        return "local"
    return "parenteral" if route in groups["parenteral"] else "enteral"
