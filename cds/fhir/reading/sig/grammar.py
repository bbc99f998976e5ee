"""The grammar: one pass over the tokens, longest phrase first, no going back.

``parse`` returns the facts, or None as soon as one token is not understood.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Final

from cds.clinical.quantity import UNITS, Quantity, Unit
from cds.fhir.reading.sig.facts import Facts, Said
from cds.fhir.reading.sig.tokens import Token, tokens
from cds.fhir.reading.sig.vocabulary import (
    COUNTED,
    FILLERS,
    LONG_NAMES,
    LONGEST_PHRASE,
    MASSES,
    NUMBERS,
    PHRASES,
    REASONS,
    TIMES,
    VOLUMES,
    Kind,
    Phrase,
)

_A_DAY: Final = ("daily", "a day", "per day", "/ day", "each day", "every day", "in a day", "/ d")
_A_WEEK: Final = ("weekly", "a week", "per week", "/ week", "each week", "every week")
_CEILINGS: Final = (
    "not to exceed", "do not exceed", "no more than", "up to a maximum of", "to a maximum of", "maximum of",
    "max of", "maximum dose", "max dose", "maximum", "max",
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
    return None if not cut else _Parser(cut).run()


class _Parser:
    """One pass. Every ``_try`` method consumes tokens and returns True, or leaves the place and returns False."""

    def __init__(self, cut: list[Token]) -> None:
        self.cut = cut
        self.at = 0
        self.facts = Facts()

    def run(self) -> Facts | None:
        tries: tuple[Callable[[], bool], ...] = (
            self._try_ceiling,
            self._try_every,
            self._try_times,
            self._try_repeats,
            self._try_portions,
            self._try_amount,
            self._try_aside,
            self._try_over,
            self._try_for,
            self._try_phrase,
            self._try_and,
            self._try_filler,
        )
        while self.at < len(self.cut):
            if not any(attempt() for attempt in tries):
                return None
        return self.facts

    # --- looking ahead ---------------------------------------------------------------------------------------

    def _lower(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.cut[place].lower if place < len(self.cut) else ""

    def _skip(self, *spellings: str) -> bool:
        """Consume the longest of these phrases that stands here."""
        for spelling in sorted(spellings, key=len, reverse=True):
            words = spelling.split()
            if all(self._lower(ahead) == word for ahead, word in enumerate(words)):
                self.at += len(words)
                return True
        return False

    def _number(self) -> Decimal | None:
        """A number in figures or words, also 1/2, 1 1/2, 1½ and "one and a half"."""
        value = self._plain_number()
        if value is None:
            return None
        if self._lower() == "/" and value in (1, 3) and self._lower(1) in ("2", "4"):
            divisor = Decimal(self._lower(1))
            self.at += 2
            return value / divisor
        if value != value.to_integral_value():
            return value
        if self._skip("and a half", "and one half", "and 1 / 2", "1 / 2", "and half"):
            return value + Decimal("0.5")
        here = self.cut[self.at] if self.at < len(self.cut) else None
        if here is not None and here.value is not None and not here.text[0].isascii():
            self.at += 1
            return value + here.value
        return value

    def _plain_number(self) -> Decimal | None:
        if self.at >= len(self.cut):
            return None
        here = self.cut[self.at]
        value = here.value if here.value is not None else NUMBERS.get(here.lower)
        if value is not None:
            self.at += 1
            if here.lower == "half":
                self._skip("a", "of a")
        return value

    def _range(self) -> tuple[Decimal, Decimal] | None:
        """A number, or two with "-", "to" or "or" between them."""
        start = self.at
        low = self._number()
        if low is None:
            return None
        between = self.at
        if self._lower() in ("-", "to", "or"):
            self.at += 1
            high = self._number()
            if high is not None and high >= low:
                return low, high
            if high is not None:
                self.at = start
                return None
            self.at = between
        return low, low

    def _unit(self) -> Unit | None:
        """A unit of dose or rate: ``mg``, ``mcg/kg/min``, ``mg per kg per hour``, ``tablets``."""
        if self.at >= len(self.cut):
            return None
        here = self.cut[self.at]
        counted = COUNTED.get(here.lower)
        code = MASSES.get(here.text) or LONG_NAMES.get(here.lower) or VOLUMES.get(here.text) or counted
        if code is None:
            return None
        self.at += 1
        if counted:
            self._skip("( s )")
            return UNITS[code]
        return self._per(code)

    def _per(self, code: str) -> Unit | None:
        """The rest of a unit after its first part."""
        while True:
            start = self.at
            if self._lower() in ("/", "per") or (self._lower() == "a" and self._lower(1) == "day"):
                self.at += 1
            else:
                break
            below = self._lower()
            if below == "kg":
                code += "/kg"
            elif below in TIMES and not code.endswith(tuple(f"/{time}" for time in set(TIMES.values()))):
                code += f"/{TIMES[below]}"
            elif below == "24" and self._lower(1) in ("h", "hr", "hrs", "hours"):
                self.at += 1
                code += "/d"
            elif below != "dose":
                self.at = start
                return None
            self.at += 1
        return UNITS.get(code)

    def _time(self) -> str:
        """A word for a length of time, as its UCUM code."""
        code = TIMES.get(self._lower(), "")
        if code:
            self.at += 1
        return code

    # --- the facts -------------------------------------------------------------------------------------------

    def _try_ceiling(self) -> bool:
        """``max 150 mg per day``."""
        start = self.at
        if not self._skip(*_CEILINGS):
            return False
        amount = self._amount()
        if amount is not None:
            self._skip("total")
            by_day = amount.unit.code.endswith("/d")
            if by_day or self._skip(*_DAY_OF_CEILING):
                self.facts.most.append(amount)
                return True
        self.at = start
        return False

    def _try_every(self) -> bool:
        """``every 6 hours``, ``q6h``, ``q4-6h``, ``6-hourly``."""
        start = self.at
        if self._skip("every", "q"):
            between = self._range()
            unit = self._time() if between is not None else ""
            if between is not None and unit and between[0] > 0:
                days = UNITS[unit].factor / _HOURS
                self._often(1 / (Fraction(between[1]) * days), 1 / (Fraction(between[0]) * days))
                return True
        self.at = start
        between = self._range()
        if between is not None and between[0] > 0:
            self._skip("-")
            if self._skip("hourly", "hrly"):
                self._often(_HOURS / Fraction(between[1]), _HOURS / Fraction(between[0]))
                return True
        self.at = start
        return False

    def _try_times(self) -> bool:
        """``3 times daily``, ``2-3 times a day``, ``3x/day``, ``two times a week``."""
        start = self.at
        between = self._range()
        if between is not None and between[0] > 0 and self._skip("times", "time", "x"):
            for spellings, days in ((_A_DAY, 1), (_A_WEEK, 7)):
                if self._skip(*spellings):
                    self._often(Fraction(between[0]) / days, Fraction(between[1]) / days)
                    return True
        self.at = start
        return False

    def _try_repeats(self) -> bool:
        """``x 1``, ``x 3 doses``, ``x 7 days``."""
        start = self.at
        if self._skip("x"):
            count = self._number()
            if count is not None and count == count.to_integral_value() and 0 < count <= _LONGEST_COUNT:
                if self._skip("doses", "dose") or (count == 1 and not TIMES.get(self._lower())):
                    return self._count(int(count))
                if unit := self._time():
                    return self._run(Quantity(count, UNITS[unit]))
        self.at = start
        return False

    def _try_portions(self) -> bool:
        """``in 3 divided doses``, ``divided into 2 doses``."""
        start = self.at
        self._skip("given")
        if self._skip("in", "divided in", "divided into"):
            count = self._number()
            if count is not None and count > 0 and self._skip("divided doses", "doses", "equal doses"):
                self.facts.divided = True
                self._often(Fraction(count), Fraction(count))
                return True
        self.at = start
        return False

    def _amount(self) -> Said | None:
        """``25 mg``, ``25-50 mg``, ``1 to 2 tablets``, ``a tablet``, ``2 x 25 mg tablets``."""
        start = self.at
        if self._lower() in ("a", "an") and self._lower(1) in COUNTED:
            self.at += 1
            unit = self._unit()
            return None if unit is None else Said(Decimal(1), Decimal(1), unit)
        between = self._range()
        if between is None:
            return None
        if self._lower() == "x" and between[0] == between[1]:
            self.at += 1
            each = self._amount()
            if each is not None and each.unit.code in set(MASSES.values()) and self._product_word():
                return each.times(between[0])
            self.at = start
            return None
        unit = self._unit()
        if unit is None:
            self.at = start
            return None
        return Said(between[0], between[1], unit)

    def _product_word(self) -> bool:
        """The word of a product unit after its strength."""
        if self._lower() in COUNTED:
            self.at += 1
            return True
        return False

    def _try_amount(self) -> bool:
        said = self._amount()
        if said is None or self._lower() in COUNTED:  # "25 mg tablets": a strength, and not a dose
            return False
        self.facts.amounts.append(said)
        return True

    def _try_aside(self) -> bool:
        """``(50 mg)``, ``(50 mg total)``, ``(25 mg each)`` after the dose."""
        start = self.at
        if len(self.facts.amounts) == 1 and self.facts.aside is None and self._skip("("):
            self._skip("=")
            said = self._amount()
            if said is not None:
                meant = "total" if self._skip("total", "in total", "total dose") else ""
                meant = meant or ("each" if self._skip("each") else "")
                if self._skip(")"):
                    self.facts.aside, self.facts.aside_is = said, meant
                    return True
        self.at = start
        return False

    def _try_over(self) -> bool:
        """``over 60 seconds``, ``over one minute``."""
        start = self.at
        if self._skip("over", "infused over", "run over"):
            value = Decimal(1) if self._skip("a", "an") else self._number()
            if value is not None and (unit := self._time()):
                self.facts.over.append(Quantity(value, UNITS[unit]))
                return True
        self.at = start
        return False

    def _try_for(self) -> bool:
        """``for 5 days``, ``for 3 doses``, ``for severe pain``."""
        start = self.at
        if not self._skip("for"):
            return False
        count = Decimal(1) if self._skip("a", "an") else self._number()
        if count is None:
            if self._reason():
                return True
        elif self._skip("doses", "dose"):
            if count == count.to_integral_value():
                return self._count(int(count))
        elif unit := self._time():
            return self._run(Quantity(count, UNITS[unit]))
        self.at = start
        return False

    def _reason(self) -> bool:
        """Words that say what the medicine is for and change nothing."""
        start = self.at
        while self._lower() in REASONS or (
            self.at > start and self._lower() in ("or", "and") and self._lower(1) in REASONS
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
        if not self.facts.times_of_day or not self._skip("and", "&"):
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
        return self._skip("at a rate of", "at rate of", "rate", "at the rate of")

    def _is_dash(self) -> bool:
        """A dash between two statements, not one between or before numbers."""
        if self._lower() != "-" or self.at == 0 or self.at + 1 >= len(self.cut):
            return False
        return self.cut[self.at + 1].value is None and not self.cut[self.at].glued

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
