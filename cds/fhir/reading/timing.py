"""How often: FHIR's Timing as administrations per day, a single dose, or not known.

``repeat`` says it best; ``code`` (BID, Q8H, a text such as "every 12 hours") is read where ``repeat`` is silent and
compared where it is not. What is there and cannot be read is said; it is never passed over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from typing import Final

from cds.clinical.code import SNOMED
from cds.clinical.order import Timing
from cds.clinical.quantity import TIME, UNITS, Quantity
from cds.fhir.reading.coding import concept
from cds.fhir.reading.dates import days, moment
from cds.fhir.reading.quantity import Unread, number, quantity, span
from cds.fhir.reading.sig import Frequency, read_frequency
from cds.fhir.shape import Json, first, obj, objs, text, texts, whole

PerDay = tuple[Fraction, Fraction]

HOW_OFTEN: Final = "how often it is given"
_HOURS_A_DAY: Final = 24

_MEALS: Final = frozenset({"AC", "PC", "C"})
_ONCE_A_DAY: Final = frozenset(
    {
        "MORN", "MORN.early", "MORN.late", "NOON", "AFT", "AFT.early", "AFT.late", "EVE", "EVE.early", "EVE.late",
        "NIGHT", "PHS", "HS", "WAKE", "CM", "CD", "CV", "ACM", "ACD", "ACV", "PCM", "PCD", "PCV",
    }
)  # fmt: skip

_ABBREVIATIONS: Final[dict[str, str]] = {
    "QD": "daily", "BID": "twice daily", "TID": "three times daily", "QID": "four times daily",
    "QOD": "every other day", "AM": "every morning", "PM": "every evening", "QAM": "every morning",
    "QPM": "every evening", "QHS": "at bedtime", "HS": "at bedtime", "BED": "at bedtime", "WK": "weekly",
    "QH": "every hour", "DAILY": "daily", "ONCE": "once", "STAT": "once",
} | {f"Q{n}H": f"every {n} hours" for n in (1, 2, 3, 4, 6, 8, 12, 24, 48, 72)}  # fmt: skip

_SNOMED_TIMES: Final[dict[str, str]] = {
    "229797004": "daily",
    "229799001": "twice daily",
    "229798009": "three times daily",
    "307439001": "four times daily",
    "225768006": "every hour",
    "225750008": "every 2 hours",
    "225753005": "every 3 hours",
    "225756002": "every 4 hours",
    "307468000": "every 6 hours",
    "307469008": "every 8 hours",
    "307470009": "every 12 hours",
}


@dataclass(frozen=True, slots=True)
class Read:
    """A timing, how long one administration takes, and in words what could not be read."""

    timing: Timing
    over: Quantity | None = None
    unread: tuple[str, ...] = ()


def read_timing(value: object) -> Read:
    """Read a Timing. Nothing written: nothing known, and nothing unread."""
    if value is None:
        return Read(Timing())
    if isinstance(value, str):  # a client that writes the code's text alone
        return _with_code(Read(Timing()), {"text": value})
    if not isinstance(value, Mapping):
        return Read(Timing(), unread=(HOW_OFTEN,))
    written = obj(value)
    repeat = obj(written.get("repeat"))
    found = _repeated(repeat) if repeat else _events(written.get("event"))
    return _with_code(found, written.get("code"))


# --- repeat --------------------------------------------------------------------------------------------------


def _repeated(repeat: Json) -> Read:
    unread: list[str] = []
    per_day = _per_day(repeat)
    if isinstance(per_day, Unread):
        unread.append(f"{HOW_OFTEN} ({per_day.why})")
        per_day = None
    over = _duration(repeat)
    if isinstance(over, Unread):
        unread.append(f"how long one administration takes ({over.why})")
        over = None
    count = whole(first(repeat, "countMax", "count"))
    once = count == 1
    bounded = _bounds(repeat)
    if per_day is not None and count is not None and count > 1:
        bounded = bounded if bounded is not None else Fraction(count) / per_day[0]
        per_day = min(per_day[0], Fraction(count)), min(per_day[1], Fraction(count))
    timing = Timing(per_day=None if once else per_day, once=once, over_days=bounded)
    return Read(timing, over, tuple(unread))


def _per_day(repeat: Json) -> PerDay | Unread | None:
    """Administrations per day, fewest and most."""
    by_clock = _by_clock(repeat)
    if first(repeat, "frequency", "frequencyMax", "period", "periodMax") is None:
        if by_clock is None and texts(repeat.get("dayOfWeek")):
            return Fraction(1), Fraction(1)
        return by_clock
    counted = _counted(repeat)
    if by_clock is None or isinstance(counted, Unread) or isinstance(by_clock, Unread):
        return counted
    # One dose a day "in the morning and at night" may mean one or two: both ends are kept.
    return min(counted[0], by_clock[0]), max(counted[1], by_clock[1])


def _counted(repeat: Json) -> PerDay | Unread:
    fewest = 1 if repeat.get("frequency") is None else whole(repeat.get("frequency"))
    most = fewest if repeat.get("frequencyMax") is None else whole(repeat.get("frequencyMax"))
    if fewest is None or most is None or fewest < 1 or most < fewest:
        return Unread("the frequency is not a whole number from 1")
    unit = UNITS.get(text(first(repeat, "periodUnit", "periodUnits")))
    if unit is None or unit.dimension != TIME:
        return Unread("the period has no unit of time")
    shortest = number(repeat.get("period"))
    longest = shortest if repeat.get("periodMax") is None else number(repeat.get("periodMax"))
    if isinstance(shortest, Unread) or isinstance(longest, Unread) or not shortest or longest < shortest:
        return Unread("the period is not a number above zero")
    in_days = unit.factor / _HOURS_A_DAY
    return Fraction(fewest) / (Fraction(longest) * in_days), Fraction(most) / (Fraction(shortest) * in_days)


def _by_clock(repeat: Json) -> PerDay | Unread | None:
    """Times of day and events of the day, counted."""
    times, events = texts(repeat.get("timeOfDay")), texts(repeat.get("when"))
    if not times and not events:
        return None
    count = len(set(times))
    for event in set(events):
        if event in _MEALS:
            count += 3
        elif event in _ONCE_A_DAY:
            count += 1
        else:
            return Unread("a time of day is not one we know")
    return Fraction(count), Fraction(count)


def _duration(repeat: Json) -> Quantity | Unread | None:
    """How long one administration takes; the longest where a range is written."""
    value = first(repeat, "durationMax", "duration")
    if value is None:
        return None
    amount = number(value)
    if isinstance(amount, Unread):
        return amount
    unit = UNITS.get(text(first(repeat, "durationUnit", "durationUnits")))
    if unit is None or unit.dimension != TIME:
        return Unread("it has no unit of time")
    if repeat.get("durationMax") is not None and repeat.get("duration") is not None:
        return Unread("it is a range")
    return Quantity(amount, unit)


def _bounds(repeat: Json) -> Fraction | None:
    """For how many days the order runs, where it says so and can be read. Not needed to judge a dose."""
    length = first(repeat, "boundsDuration", "boundsQuantity")
    if length is not None:
        found = quantity(length)
        longest = None if isinstance(found, Unread) else found
    else:
        pair = span(repeat.get("boundsRange"))
        longest = None if isinstance(pair, Unread) else pair[1]
    if longest is not None:
        return longest.base / _HOURS_A_DAY if longest.unit.dimension == TIME else None
    period = obj(repeat.get("boundsPeriod"))
    return _between(period.get("start"), period.get("end"))


def _between(start: object, end: object) -> Fraction | None:
    first_day, last_day = days(start), days(end)
    if first_day is None or last_day is None:
        return None
    if "T" in text(start) and "T" in text(end):
        begun, over = moment(start, None), moment(end, None)
        if begun is None or over is None or (begun.tzinfo is None) != (over.tzinfo is None):
            return None
        length = over - begun
    else:
        length = last_day.latest - first_day.earliest + timedelta(days=1)
    return Fraction(int(length.total_seconds()), 86_400) if length > timedelta(0) else None


# --- single moments, and codes -------------------------------------------------------------------------------


def _events(events: object) -> Read:
    """One moment is a single dose; several are counted by day."""
    moments = texts(events)
    if not moments:
        return Read(Timing())
    if len(moments) == 1:
        return Read(Timing(once=True))
    by_day = Counter(written.partition("T")[0] for written in moments)
    counts = [Fraction(count) for count in by_day.values()]
    return Read(Timing(per_day=(min(counts), max(counts)), over_days=Fraction(len(by_day))))


def _with_code(found: Read, code: object) -> Read:
    """Take what the code says where nothing else does, and say so where they contradict each other."""
    if code is None:
        return found
    said = concept(code)
    coded = _coded(code)
    timing = replace(found.timing, text=said.words())
    told = timing.per_day is not None or timing.once
    if coded is None:
        if told or found.unread or not said:
            return replace(found, timing=timing)
        return replace(found, timing=timing, unread=(HOW_OFTEN,))
    timing = replace(
        timing,
        continuous=coded.continuous,
        as_needed=coded.as_needed,
        over_days=timing.over_days if timing.over_days is not None else coded.over_days,
    )
    if not told:
        return replace(found, timing=replace(timing, per_day=coded.per_day, once=coded.once))
    agree = timing.once or coded.per_day is None or _overlap(timing.per_day, coded.per_day)
    if agree:
        return replace(found, timing=timing)
    return replace(found, timing=timing, unread=(*found.unread, f"{HOW_OFTEN} (its code and its numbers disagree)"))


def _coded(code: object) -> Frequency | None:
    """The frequency that a timing code or its text stands for."""
    for coding in objs(obj(code).get("coding")):
        one = concept({"coding": [coding]})
        if not one.codings:
            continue
        known = one.codings[0]
        phrase = _SNOMED_TIMES.get(known.code) if known.system == SNOMED else _ABBREVIATIONS.get(known.code.upper())
        if phrase is not None:
            return read_frequency(phrase)
    said = concept(code)
    words = [said.text, *(coding.display for coding in said.codings)]
    found = [read for one in words if one and (read := read_frequency(one)) is not None]
    return found[0] if found else None


def _overlap(one: PerDay | None, other: PerDay | None) -> bool:
    return one is None or other is None or (one[0] <= other[1] and other[0] <= one[1])
