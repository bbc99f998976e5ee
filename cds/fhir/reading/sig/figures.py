"""Numbers, units and amounts at the place where a direction is being read."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from cds.clinical.quantity import UNITS, Unit
from cds.fhir.reading.sig.facts import Said
from cds.fhir.reading.sig.tokens import Token
from cds.fhir.reading.sig.vocabulary import COUNTED, LONG_NAMES, MASSES, NUMBERS, TIMES, VOLUMES


@cache
def _longest_first(spellings: tuple[str, ...]) -> dict[str, list[list[str]]]:
    """The words of each phrase, by the first of them. The phrases are those of the grammar, so there are few."""
    phrases: dict[str, list[list[str]]] = {}
    for spelling in sorted(spellings, key=len, reverse=True):
        words = spelling.split()
        phrases.setdefault(words[0], []).append(words)
    return phrases


class Figures:
    """A place in a row of tokens. Each method consumes what it reads, or leaves the place where it was."""

    def __init__(self, cut: list[Token]) -> None:
        self.cut = cut
        self.at = 0
        self._lower = [token.lower for token in cut]

    def lower(self, ahead: int = 0) -> str:
        """The token so many places ahead, in lower case; empty beyond the end."""
        place = self.at + ahead
        return self._lower[place] if place < len(self._lower) else ""

    def skip(self, *spellings: str) -> bool:
        """Consume the longest of these phrases that stands here."""
        for words in _longest_first(spellings).get(self.lower(), ()):
            if self._lower[self.at : self.at + len(words)] == words:
                self.at += len(words)
                return True
        return False

    def number(self) -> Decimal | None:
        """A number in figures or words, also 1/2, 1 1/2, 1½, "one and a half" and "3 (three)"."""
        value = self._plain_number()
        if value is None:
            return None
        self._skip_echo(value)
        if self.lower() == "/" and value in (1, 3) and self.lower(1) in ("2", "4"):
            divisor = Decimal(self.lower(1))
            self.at += 2
            return value / divisor
        if value != value.to_integral_value():
            return value
        if self.skip("and a half", "and one half", "and 1 / 2", "1 / 2", "and half", "and one - half"):
            return value + Decimal("0.5")
        here = self.cut[self.at] if self.at < len(self.cut) else None
        if here is not None and here.value is not None and not here.text[0].isascii():
            self.at += 1
            return value + here.value
        return value

    def _skip_echo(self, value: Decimal) -> None:
        """The same number again in words, with or without brackets, as some systems print it."""
        if self.lower() == "(" and NUMBERS.get(self.lower(1)) == value and self.lower(2) == ")":
            self.at += 3
        elif NUMBERS.get(self.lower()) == value and self.cut[self.at - 1].value is not None:
            self.at += 1

    def _plain_number(self) -> Decimal | None:
        if self.at >= len(self.cut):
            return None
        here = self.cut[self.at]
        value = here.value if here.value is not None else NUMBERS.get(here.lower)
        if value is not None:
            self.at += 1
            if here.lower == "half":
                self.skip("a", "of a")
        return value

    def range(self) -> tuple[Decimal, Decimal] | None:
        """A number, or two with "-", "to" or "or" between them."""
        start = self.at
        low = self.number()
        if low is None:
            return None
        between = self.at
        if self.lower() in ("-", "to", "or"):
            self.at += 1
            high = self.number()
            if high is not None and high >= low:
                return low, high
            if high is not None:
                self.at = start
                return None
            self.at = between
        return low, low

    def unit(self) -> Unit | None:
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
            self.skip("( s )")
            return UNITS[code]
        return self._per(code)

    def _per(self, code: str) -> Unit | None:
        """The rest of a unit after its first part."""
        while True:
            start = self.at
            if self.lower() in ("/", "per") or (self.lower() == "a" and self.lower(1) == "day"):
                self.at += 1
            else:
                break
            below = self.lower()
            if below == "kg":
                code += "/kg"
            elif below in TIMES and not code.endswith(tuple(f"/{time}" for time in set(TIMES.values()))):
                code += f"/{TIMES[below]}"
            elif below == "24" and self.lower(1) in ("h", "hr", "hrs", "hours"):
                self.at += 1
                code += "/d"
            elif below != "dose":
                self.at = start
                return None
            self.at += 1
        return UNITS.get(code)

    def time(self) -> str:
        """A word for a length of time, as its UCUM code."""
        code = TIMES.get(self.lower(), "")
        if code:
            self.at += 1
        return code

    def amount(self) -> Said | None:
        """``25 mg``, ``25-50 mg``, ``1 to 2 tablets``, ``a tablet``, ``2 x 25 mg tablets``."""
        start = self.at
        if self.lower() in ("a", "an") and self.lower(1) in COUNTED:
            self.at += 1
            unit = self.unit()
            return None if unit is None else Said(Decimal(1), Decimal(1), unit)
        between = self.range()
        if between is None:
            return None
        if self.lower() == "x" and between[0] == between[1]:
            self.at += 1
            each = self.amount()
            if each is not None and each.unit.code in set(MASSES.values()) and self._product_word():
                return each.times(between[0])
            self.at = start
            return None
        unit = self.unit()
        if unit is None:
            self.at = start
            return None
        return Said(between[0], between[1], unit)

    def _product_word(self) -> bool:
        """The word of a product unit after its strength."""
        if self.lower() in COUNTED:
            self.at += 1
            return True
        return False
