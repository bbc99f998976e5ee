"""The grammar: one pass over the tokens, longest phrase first, no going back.

``parse`` returns the facts, or None as soon as one token is not understood.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Final

from cds.clinical.quantity import UNITS, Quantity
from cds.fhir.reading.sig.facts import Facts, Place
from cds.fhir.reading.sig.figures import Figures
from cds.fhir.reading.sig.tokens import Token, tokens
from cds.fhir.reading.sig.vocabulary import (
    COUNTED,
    FILLERS,
    LONGEST_PHRASE,
    PHRASES,
    REASONS,
    TIMES,
    Kind,
    Phrase,
)

_A_DAY: Final = ("daily", "a day", "per day", "/ day", "each day", "every day", "in a day", "/ d")
_A_WEEK: Final = ("weekly", "a week", "per week", "/ week", "each week", "every week")
_CEILINGS: Final = (
    "not to exceed", "do not exceed", "no more than", "up to a maximum of", "to a maximum of", "maximum of",
    "max of", "maximum dose", "max dose", "maximum", "max",
)  # fmt: skip
_DAILY_CEILINGS: Final = (
    "mdd", "mdd :", "mdd =", "max daily dose", "maximum daily dose", "max daily amount", "max per day dose",
    "max daily dose :", "maximum daily dose :", "max daily dose of", "maximum daily dose of",
)  # fmt: skip
_DAY_OF_CEILING: Final = (
    "per day", "a day", "/ day", "daily", "in 24 hours", "per 24 hours", "in 24 h", "/ 24 h", "/ 24 hours", "/ d",
    "in a day", "every 24 hours", "in any 24 hours",
)  # fmt: skip
_SEPARATORS: Final = frozenset({",", ";", ".", ":"})
_HOURS: Final = 24
_LONGEST_COUNT: Final = 100


def parse(text: str) -> Facts | None:
    """The facts of a direction, or None when any token of it is not understood."""
    cut = tokens(text)
    return None if not cut else _Parser(cut, text).run()


class _Parser(Figures):
    """One pass. Every ``_try`` method consumes tokens and returns True, or leaves the place and returns False."""

    def __init__(self, cut: list[Token], text: str) -> None:
        super().__init__(cut)
        self.facts = Facts()
        self.text = text

    def run(self) -> Facts | None:
        tries: tuple[Callable[[], bool], ...] = (
            self._try_ceiling,
            self._try_every,
            self._try_times,
            self._try_repeats,
            self._try_portions,
            self._try_aside,
            self._try_amount,
            self._try_over,
            self._try_for,
            self._try_phrase,
            self._try_and,
            self._try_length,
            self._try_filler,
        )
        while self.at < len(self.cut):
            start, before = self.at, self._known()
            if not any(attempt() for attempt in tries):
                return None
            self._place(start, before)
        return self.facts

    def _known(self) -> tuple[tuple[str, int], ...]:
        """How much of each kind that a change may replace has been said so far."""
        facts = self.facts
        return (
            ("amount", len(facts.amounts) + (facts.aside is not None)),
            ("often", len(facts.often) + len(facts.times_of_day) + facts.once),
            ("over", len(facts.over)),
        )

    def _place(self, start: int, before: tuple[tuple[str, int], ...]) -> None:
        """Put down where in the text that stands which has just been understood."""
        end = self.cut[self.at].start if self.at < len(self.cut) else len(self.text)
        written = self.text[self.cut[start].start : end].rstrip()
        for (what, was), (_, now) in zip(before, self._known(), strict=True):
            if now > was:
                place = self.cut[start].start
                self.facts.places.append(Place(what, place, place + len(written)))

    # --- the facts -------------------------------------------------------------------------------------------

    def _try_ceiling(self) -> bool:
        """``max 150 mg per day``."""
        start = self.at
        if self.skip(*_DAILY_CEILINGS):
            amount = self.amount()
            if amount is not None:
                self.facts.most.append(amount)
            if amount is not None or self.number() is not None:
                return True
            self.at = start
            return False
        if not self.skip(*_CEILINGS):
            return False
        amount = self.amount()
        if amount is not None:
            self.skip("total")
            by_day = amount.unit.code.endswith("/d")
            if by_day or self.skip(*_DAY_OF_CEILING):
                self.facts.most.append(amount)
                return True
        self.at = start
        return False

    def _try_every(self) -> bool:
        """``every 6 hours``, ``q6h``, ``q4-6h``, ``6-hourly``."""
        start = self.at
        if self.skip("every", "q"):
            between = self.range()
            unit = self.time() if between is not None else ""
            if between is not None and unit and between[0] > 0:
                days = UNITS[unit].factor / _HOURS
                self.facts.by_interval = True
                self._often(1 / (Fraction(between[1]) * days), 1 / (Fraction(between[0]) * days))
                return True
        self.at = start
        between = self.range()
        if between is not None and between[0] > 0:
            self.skip("-")
            if self.skip("hourly", "hrly"):
                self.facts.by_interval = True
                self._often(_HOURS / Fraction(between[1]), _HOURS / Fraction(between[0]))
                return True
        self.at = start
        return False

    def _try_times(self) -> bool:
        """``3 times daily``, ``2-3 times a day``, ``3x/day``, ``two times a week``."""
        start = self.at
        between = self.range()
        if between is not None and between[0] > 0 and self.skip("times", "time", "x"):
            for spellings, days in ((_A_DAY, 1), (_A_WEEK, 7)):
                if self.skip(*spellings):
                    self._often(Fraction(between[0]) / days, Fraction(between[1]) / days)
                    return True
        self.at = start
        return False

    def _try_repeats(self) -> bool:
        """``x 1``, ``x 3 doses``, ``x 7 days``."""
        start = self.at
        if self.skip("x"):
            count = self.number()
            if count is not None and count == count.to_integral_value() and 0 < count <= _LONGEST_COUNT:
                if self.skip("doses", "dose") or (count == 1 and not TIMES.get(self.lower())):
                    return self._count(int(count))
                if unit := self.time():
                    return self._run(Quantity(count, UNITS[unit]))
        self.at = start
        return False

    def _try_portions(self) -> bool:
        """``in 3 divided doses``, ``divided into 2 doses``."""
        start = self.at
        self.skip("given")
        if self.skip("in", "divided in", "divided into"):
            count = self.number()
            if count is not None and count > 0 and self.skip("divided doses", "doses", "equal doses"):
                self.facts.divided = True
                self._often(Fraction(count), Fraction(count))
                return True
        self.at = start
        return False

    def _try_amount(self) -> bool:
        said = self.amount()
        if said is None or self.lower() in COUNTED:  # "25 mg tablets": a strength, and not a dose
            return False
        self.facts.amounts.append(said)
        return True

    def _try_aside(self) -> bool:
        """``(50 mg)``, ``(50 mg total)``, ``(25 mg each)`` after the dose; some clients drop the brackets."""
        start = self.at
        if len(self.facts.amounts) != 1 or self.facts.aside is not None:
            return False
        bracket = self.skip("(")
        self.skip("=")
        said = self.amount()
        if said is not None:
            meant = "total" if self.skip("total", "in total", "total dose") else ""
            meant = meant or ("each" if self.skip("each") else "")
            if self.skip(")") if bracket else self._stands_beside(start, meant):
                self.facts.aside, self.facts.aside_is = said, meant
                return True
        self.at = start
        return False

    def _stands_beside(self, start: int, meant: str) -> bool:
        """Without brackets an amount only explains the product units right before it."""
        counted = self.cut[start - 1].lower in COUNTED
        return counted and (bool(meant) or self.facts.amounts[0].high == 1)

    def _try_over(self) -> bool:
        """``over 60 seconds``, ``over one minute``."""
        start = self.at
        if self.skip("over", "infused over", "run over"):
            value = Decimal(1) if self.skip("a", "an") else self.number()
            if value is not None and (unit := self.time()):
                self.facts.over.append(Quantity(value, UNITS[unit]))
                return True
        self.at = start
        return False

    def _try_for(self) -> bool:
        """``for 5 days``, ``for 3 doses``, ``for severe pain``."""
        start = self.at
        if not self.skip("for"):
            return False
        count = Decimal(1) if self.skip("a", "an") else self.number()
        if count is None:
            if self._reason():
                return True
        elif self.skip("doses", "dose"):
            if count == count.to_integral_value():
                return self._count(int(count))
        elif unit := self.time():
            return self._run(Quantity(count, UNITS[unit]))
        self.at = start
        return False

    def _try_length(self) -> bool:
        """``90 days`` at the very end, after how often."""
        start = self.at
        count = self.number() if self.facts.often or self.facts.times_of_day else None
        if count is not None and self.lower() in ("day", "days", "week", "weeks"):
            unit = self.time()
            self.skip(".")
            if self.at == len(self.cut):
                return self._run(Quantity(count, UNITS[unit]))
        self.at = start
        return False

    def _reason(self) -> bool:
        """Words that say what the medicine is for and change nothing."""
        start = self.at
        while self.lower() in REASONS or (
            self.at > start and self.lower() in ("or", "and", "/", "of") and self.lower(1) in REASONS
        ):
            self.at += 1
        return self.at > start

    def _try_phrase(self) -> bool:
        for length in range(min(LONGEST_PHRASE, len(self.cut) - self.at), 0, -1):
            words = tuple(token.lower for token in self.cut[self.at : self.at + length])
            phrase = PHRASES.get(words)
            if phrase is not None:
                self.at += length
                self._take(phrase)
                if phrase.kind is Kind.AS_NEEDED:
                    self._reason()
                return True
        return False

    def _try_and(self) -> bool:
        """The "and" of "in the morning and at night", which stands only between two times of day."""
        start = self.at
        if not self.facts.times_of_day or not self.skip("and", "&"):
            return False
        before = len(self.facts.times_of_day)
        if self._try_phrase() and len(self.facts.times_of_day) > before:
            self.facts.times_joined += 1
            return True
        self.at = start
        return False

    def _try_filler(self) -> bool:
        here = self.cut[self.at]
        if here.lower in _SEPARATORS or here.lower in FILLERS or self._is_dash():
            self.at += 1
            return True
        return self.skip("at a rate of", "at rate of", "rate", "at the rate of")

    def _is_dash(self) -> bool:
        """A dash between two statements, not one between or before numbers."""
        if self.lower() != "-" or self.at == 0 or self.at + 1 >= len(self.cut):
            return False
        before = self.cut[self.at - 1].lower
        return self.cut[self.at + 1].value is None and (not self.cut[self.at].glued or before == "-")

    # --- putting down ----------------------------------------------------------------------------------------

    def _often(self, fewest: Fraction, most: Fraction) -> None:
        self.facts.often.append((fewest, most))

    def _count(self, count: int) -> bool:
        if count == 1:
            self.facts.once = True
        else:
            self.facts.doses.append(count)
        return True

    def _run(self, length: Quantity) -> bool:
        self.facts.days.append(length.base / _HOURS)
        return True

    def _take(self, phrase: Phrase) -> None:
        facts = self.facts
        if phrase.route:
            facts.routes.append(phrase.route)
        if phrase.often is not None:
            self._often(phrase.often, phrase.often)
        elif phrase.kind is Kind.TIME_OF_DAY:
            facts.times_of_day.append(phrase.time)
        elif phrase.kind is Kind.ONCE:
            facts.once = True
        elif phrase.kind is Kind.AS_NEEDED:
            facts.as_needed = True
        elif phrase.kind is Kind.BOLUS:
            facts.bolus = True
        elif phrase.kind is Kind.INFUSION:
            facts.infusion = True
        elif phrase.kind is Kind.CONTINUOUS:
            facts.continuous = True
        elif phrase.kind is Kind.DIVIDED:
            facts.divided = True
