"""One dosage instruction: amounts, timing, route and text put together, and what could not be read.

Coded fields count; free text is read only where there is no coded amount, and is compared where there is one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from cds.clinical.code import Concept
from cds.clinical.order import Instruction, Timing
from cds.clinical.quantity import COUNT, PER_DAY, TIME, UNITS, Quantity
from cds.fhir.reading.amounts import Amounts, read_amounts
from cds.fhir.reading.coding import concept
from cds.fhir.reading.quantity import Pair, Unread, exactly, ratio
from cds.fhir.reading.rapid import is_rapid
from cds.fhir.reading.release import Release
from cds.fhir.reading.sig import Sig, amounts_named, read_sig
from cds.fhir.reading.timing import HOW_OFTEN, Read, read_timing
from cds.fhir.shape import Json, each, objs, text, whole

_A_DAY: Final = 24
DIRECTIONS: Final = "the directions in free text could not be read with certainty"
DOSES_DISAGREE: Final = "the dose (text and coded dose disagree)"


def instruction(dosage: Json, release: Release) -> Instruction:
    """Read one dosage instruction."""
    words = text(dosage.get("text")).strip()
    amounts = read_amounts(release.amounts(dosage))
    timing = read_timing(dosage.get("timing"))
    coded = _coded(dosage, amounts, timing, words)
    if amounts.unread or not words:
        return coded
    sig = read_sig(words)
    if coded.dose is None and coded.rate is None:
        return _from_text(coded, sig)
    return _held_against(coded, amounts_named(words)) if sig is None else _compared(coded, sig)


def from_words(words: str) -> Instruction | None:
    """An instruction that stands in a medication's own text ("... 100 mg at night"), or None."""
    sig = read_sig(words)
    return None if sig is None else _from_text(Instruction(text=words), sig)


def _coded(dosage: Json, amounts: Amounts, timing: Read, words: str) -> Instruction:
    """What the coded fields say."""
    over = amounts.over or timing.over
    when = timing.timing
    if not when.as_needed and _as_needed(dosage):
        when = replace(when, as_needed=True)
    unread = [*amounts.unread, *timing.unread]
    if amounts.rate is not None and not when.once and (when.per_day is None or when.continuous):
        when = replace(when, continuous=True, per_day=None)
        if timing.over is not None:  # of an infusion that runs, the duration is how long it runs
            when = replace(when, over_days=when.over_days or timing.over.base / _A_DAY)
            over = amounts.over
    elif when.continuous and amounts.dose is not None:
        unread.append("how fast it runs (an amount, and no unit of time)")
    return Instruction(
        sequence=whole(dosage.get("sequence")) or 1,
        route=concept(dosage.get("route")),
        dose=amounts.dose,
        rate=amounts.rate,
        over=over,
        timing=when,
        max_per_day=_ceiling(dosage.get("maxDosePerPeriod")),
        text=words,
        unread=tuple(unread),
        also=amounts.also,
        rapid=is_rapid(concept(dosage.get("route")), concept(dosage.get("method")), words),
        beside=_beside(dosage),
    )


def _beside(dosage: Json) -> tuple[str, ...]:
    """What stands in words beside the directions."""
    parts = [text(dosage.get("patientInstruction"))]
    for one in (*each(dosage.get("additionalInstruction")), *each(dosage.get("additionalInstructions"))):
        parts += [one] if isinstance(one, str) else [concept(one).words()]
    return tuple(part for part in parts if part)


def _as_needed(dosage: Json) -> bool:
    if dosage.get("asNeeded") is True or dosage.get("asNeededBoolean") is True:
        return True
    return bool(reasons_as_needed(dosage))


def reasons_as_needed(dosage: Json) -> list[Concept]:
    """What the medicine is to be taken for when needed, where that is said."""
    return [
        said
        for one in (*objs(dosage.get("asNeededCodeableConcept")), *objs(dosage.get("asNeededFor")))
        if (said := concept(one))
    ]


def _ceiling(value: object) -> Quantity | None:
    """The stated most per day. A ceiling for more than a day says little about one and is left out."""
    for one in objs(value):
        parts = ratio(one)
        if isinstance(parts, Unread):
            continue
        top, bottom = parts
        code = f"{top.unit.code}/d"
        unit = UNITS.get(code) or PER_DAY.get(code)
        if bottom.unit.dimension != TIME or bottom.base > _A_DAY or unit is None:
            continue
        value_per_day = exactly(top.base / bottom.base / unit.factor)
        if value_per_day is not None:
            return Quantity(value_per_day, unit)
    return None


# --- free text -----------------------------------------------------------------------------------------------


def _from_text(coded: Instruction, sig: Sig | None) -> Instruction:
    """The text's meaning, with what is coded beside it; or the words that it could not be read."""
    if sig is not None and any(pair is not None and not pair[1].value for pair in (sig.dose, sig.rate)):
        return replace(coded, unread=(*coded.unread, "the dose: the amount is zero"))
    if sig is None or _is_a_note(sig):
        return replace(coded, unread=(*coded.unread, DIRECTIONS))
    timing = sig.timing
    if _tells(coded.timing):
        if not _agree(coded.timing, timing):
            return replace(coded, unread=(*coded.unread, f"{HOW_OFTEN} (text and coded timing disagree)"))
        timing = coded.timing
    return replace(
        coded,
        route=coded.route or sig.route,
        dose=sig.dose,
        rate=sig.rate,
        over=coded.over or sig.over,
        timing=replace(timing, as_needed=coded.timing.as_needed or sig.timing.as_needed),
        max_per_day=coded.max_per_day or sig.max_per_day,
        from_text=True,
    )


def _is_a_note(sig: Sig) -> bool:
    """Whether the words are too few to be a direction: an amount once, and the words name no way to give it
    ("24 mg now"). A coded route beside it does not make a jotted amount an order.
    """
    counted = sig.dose is not None and sig.dose[0].unit.dimension == COUNT
    return sig.timing.once and not sig.route and not counted


def _compared(coded: Instruction, sig: Sig) -> Instruction:
    """The coded instruction; where the text clearly says another amount or frequency, neither is believed."""
    unread = list(coded.unread)
    dose, rate, also = coded.dose, coded.rate, list(coded.also)
    for said in (sig.dose, sig.rate):
        if said is None:
            continue
        if any(_apart(one, said) for one in (coded.dose, coded.rate) if one is not None):
            unread.append(DOSES_DISAGREE)
            dose = rate = None
        elif said not in (coded.dose, coded.rate):
            also.append(said)
    if _tells(coded.timing) and not _agree(coded.timing, sig.timing):
        unread.append(f"{HOW_OFTEN} (text and coded timing disagree)")
    filled = not _tells(coded.timing) and not coded.unread and _tells(sig.timing)
    as_needed = coded.timing.as_needed or sig.timing.as_needed
    return replace(
        coded,
        dose=dose,
        rate=rate,
        also=tuple(also),
        route=coded.route or sig.route,
        text_route=sig.route if coded.route else Concept(),
        over=coded.over or sig.over,
        timing=_filled(coded.timing, sig.timing) if filled else replace(coded.timing, as_needed=as_needed),
        max_per_day=coded.max_per_day or sig.max_per_day,
        from_text=filled,
        unread=tuple(dict.fromkeys(unread)),
    )


def _held_against(coded: Instruction, named: tuple[Pair, ...]) -> Instruction:
    """The coded instruction beside words that were not understood as a whole but begin with an amount: neither is
    believed where that is another one, and the words do not name the coded one either.
    """
    if not named:
        return coded
    stated = [one for one in (coded.dose, coded.rate) if one is not None]
    agrees = any(
        one[0].unit.dimension == said[0].unit.dimension and not _apart(one, said) for one in stated for said in named
    )
    if agrees:
        return coded
    if any(_apart(one, named[0]) for one in stated):
        return replace(coded, dose=None, rate=None, unread=(*coded.unread, DOSES_DISAGREE))
    return replace(coded, also=(*coded.also, named[0]))


def _filled(coded: Timing, said: Timing) -> Timing:
    """The timing of the text where the coded one is silent."""
    return replace(said, as_needed=coded.as_needed or said.as_needed, text=coded.text)


def _tells(timing: Timing) -> bool:
    return timing.per_day is not None or timing.once or timing.continuous


def _agree(coded: Timing, said: Timing) -> bool:
    """Whether the two can both be true. Silence agrees with everything."""
    if not _tells(said):
        return True
    if coded.per_day is not None and said.per_day is not None:
        return coded.per_day[0] <= said.per_day[1] and said.per_day[0] <= coded.per_day[1]
    return (coded.per_day is None, coded.once) == (said.per_day is None, said.once)


def _apart(one: Pair, other: Pair) -> bool:
    """Whether two amounts of one dimension have no value in common."""
    if one == other or one[0].unit.dimension != other[0].unit.dimension:
        return False
    return one[0].base > other[1].base or other[0].base > one[1].base
