"""From facts to one meaning, or none: whatever can be understood in two ways is not read."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from cds.clinical.code import Concept
from cds.clinical.order import Timing
from cds.clinical.quantity import COUNT, MASS, PER_DAY, TIME, UNITS, VOLUME, WEIGHT, Dimension, Quantity
from cds.fhir.reading.quantity import exactly
from cds.fhir.reading.sig.facts import Facts, Said
from cds.fhir.reading.sig.figures import Figures
from cds.fhir.reading.sig.grammar import parse
from cds.fhir.reading.sig.tokens import tokens
from cds.fhir.reading.sig.vocabulary import COUNTED, FILLERS, INJECTED, ROUTES

Pair = tuple[Quantity, Quantity]

_DOSES = (MASS, MASS - WEIGHT, VOLUME, VOLUME - WEIGHT, COUNT)
_RATES = tuple(dimension - TIME for dimension in (MASS, MASS - WEIGHT, VOLUME, VOLUME - WEIGHT))


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often, as far as a text on timing alone says it."""

    per_day: tuple[Fraction, Fraction] | None = None
    once: bool = False
    continuous: bool = False
    as_needed: bool = False
    over_days: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Sig:
    """A direction that was understood as a whole."""

    timing: Timing
    dose: Pair | None = None
    rate: Pair | None = None
    over: Quantity | None = None
    route: Concept = Concept()
    max_per_day: Quantity | None = None


def read_frequency(text: str) -> Frequency | None:
    """The frequency a text on timing says; None when it says anything else, or is not understood."""
    facts = parse(text)
    if facts is None or facts.amounts or facts.routes or facts.over or facts.most or facts.divided or facts.doses:
        return None
    found = _frequency(facts)
    if found is None or found == Frequency():
        return None
    return found


def read_sig(text: str) -> Sig | None:
    """The direction, when every word of it was understood, it has one meaning, and it says how much and when:
    a dose with a frequency, a single dose, an injected dose, or a rate.
    """
    facts = parse(text)
    if facts is None or len(set(facts.routes)) > 1 or len(facts.over) > 1:
        return None
    often = _frequency(facts)
    amount = _amount(facts)
    if often is None or amount is None:
        return None
    if facts.divided:
        return _divided(facts, amount, often)
    is_rate = amount.unit.dimension in _RATES
    if is_rate and (often.per_day is not None or often.once or facts.bolus or facts.over):
        return None
    if not is_rate and (amount.unit.dimension not in _DOSES or not _says_when(facts, often)):
        return None
    return _sig(facts, often, dose=None if is_rate else amount.pair, rate=amount.pair if is_rate else None)


def amounts_named(text: str) -> tuple[Pair, ...]:
    """The amounts in directions that begin with one, in their order; none where they do not. The rest of the words
    need not be understood: what a direction begins with is its dose.
    """
    here = Figures(tokens(text) or [])
    while here.lower() in FILLERS:
        here.at += 1
    found: list[Pair] = []
    while here.at < len(here.cut):
        said = here.amount()
        if said is None or here.lower() in COUNTED:  # "25 mg tablets": a strength, and not a dose
            if not found:
                return ()
            here.at += said is None
        else:
            found.append(said.pair)
    return tuple(found)


def split_name(text: str) -> tuple[str, str]:
    """A medication text cut at its first free-standing number: the name, and what may be a direction."""
    for token in tokens(text) or ():
        if token.value is not None and not token.glued:
            return text[: token.start].strip(" ,-"), text[token.start :]
    return text, ""


def _says_when(facts: Facts, often: Frequency) -> bool:
    """Whether it is clear when a dose is given. An injected dose without a time is a single dose for the rules."""
    if facts.continuous or (facts.infusion and not facts.over):
        return False  # it runs, and nothing says how fast
    return often.per_day is not None or often.once or bool(INJECTED & set(facts.routes))


def _frequency(facts: Facts) -> Frequency | None:
    """One frequency, or None when there are two."""
    if len(set(facts.often)) > 1 or len(facts.days) > 1 or len(facts.doses) > 1:
        return None
    per_day = facts.often[0] if facts.often else None
    times = set(facts.times_of_day)
    if times:
        count = Fraction(len(times))
        together = len(times) == 1 or (facts.times_joined > 0 and len(times) == len(facts.times_of_day))
        if not together or (per_day is not None and per_day != (count, count)):
            return None
        per_day = (count, count)
    once = facts.once or (facts.bolus and per_day is None)
    if facts.once and (per_day is not None or facts.days or facts.doses):
        return None
    if facts.continuous and (per_day is not None or once):
        return None
    over_days = facts.days[0] if facts.days else None
    if facts.doses:
        if per_day is None or over_days is not None or facts.doses[0] < per_day[1]:
            return None  # fewer doses than a day would have: a day's total is not the day's frequency
        over_days = facts.doses[0] / per_day[1]
    continuous = facts.continuous or (facts.infusion and not facts.over)
    return Frequency(per_day, once, continuous, facts.as_needed, over_days)


def _amount(facts: Facts) -> Said | None:
    """The one amount of the direction. "2 tablets (50 mg total)" is 50 mg; "2 tablets (50 mg)" could be either."""
    if len(facts.amounts) != 1:
        return None
    said, aside = facts.amounts[0], facts.aside
    if aside is None:
        return said
    if said.unit.dimension == aside.unit.dimension:
        return said if _equal(said, aside) else None
    if aside.unit.dimension == MASS and said.unit.dimension in (COUNT, VOLUME):
        if facts.aside_is == "each":
            return aside.times(said.low) if said.low == said.high and said.unit.dimension == COUNT else None
        clear = facts.aside_is == "total" or said.unit.dimension == VOLUME or said.low == said.high == 1
        return aside if clear else None
    if said.unit.dimension == MASS and aside.unit.dimension in (COUNT, VOLUME) and facts.aside_is != "each":
        return said
    if said.unit.dimension == MASS - WEIGHT and aside.unit.dimension == MASS and facts.aside_is != "each":
        return said
    return None


def _equal(one: Said, other: Said) -> bool:
    return [quantity.base for quantity in one.pair] == [quantity.base for quantity in other.pair]


def _divided(facts: Facts, amount: Said, often: Frequency) -> Sig | None:
    """``150 mg/day in 3 divided doses``: a daily amount and the number of its parts."""
    whole, per_day = amount.unit.code.removesuffix("/d"), often.per_day
    if whole == amount.unit.code or whole not in UNITS or per_day is None or per_day[0] != per_day[1]:
        return None
    parts = [exactly(Fraction(value) / per_day[0]) for value in (amount.low, amount.high)]
    if parts[0] is None or parts[1] is None:
        return None
    unit = UNITS[whole]
    return _sig(facts, often, dose=(Quantity(parts[0], unit), Quantity(parts[1], unit)), rate=None)


def _sig(facts: Facts, often: Frequency, *, dose: Pair | None, rate: Pair | None) -> Sig:
    per_day_amount = rate is not None and rate[0].unit.code.endswith("/d")
    timing = Timing(
        per_day=often.per_day,
        once=often.once,
        continuous=facts.continuous or (rate is not None and (facts.infusion or not per_day_amount)),
        as_needed=often.as_needed,
        over_days=often.over_days,
    )
    return Sig(
        timing,
        dose,
        rate,
        facts.over[0] if facts.over else None,
        ROUTES[facts.routes[0]] if facts.routes else Concept(),
        _ceiling(facts),
    )


def _ceiling(facts: Facts) -> Quantity | None:
    """The stated most per day: a mass, a volume or product units."""
    if len(facts.most) != 1 or facts.most[0].low != facts.most[0].high:
        return None
    most = facts.most[0]
    code = most.unit.code if most.unit.code.endswith("/d") else f"{most.unit.code}/d"
    unit = UNITS.get(code) or PER_DAY.get(code)
    wanted: tuple[Dimension, ...] = (MASS - TIME, MASS - WEIGHT - TIME, VOLUME - TIME, COUNT - TIME)
    return None if unit is None or unit.dimension not in wanted else Quantity(most.high, unit)
