"""Directions in words after a change: the prescriber's own words, with the changed amount, frequency or time in place.

Words that were not understood as a whole are never rewritten: nobody could tell what the change would make of them.
"""

from __future__ import annotations

from cds.clinical.change import ChangeDose, ChangeDuration, ChangeRate
from cds.clinical.order import times_a_day
from cds.errors import FhirError
from cds.fhir.reading.sig import parse
from cds.fhir.reading.sig.facts import Place
from cds.fhir.reading.sig.figures import Figures
from cds.fhir.reading.sig.tokens import tokens
from cds.fhir.reading.sig.vocabulary import LONGEST_PHRASE, PHRASES, TIMES, Kind

Amends = ChangeDose | ChangeRate | ChangeDuration

_OFTEN = frozenset({Kind.OFTEN, Kind.TIME_OF_DAY, Kind.ONCE})


def reworded(text: str, change: Amends) -> str:
    """The directions after the change. FhirError when they were not understood, or name two amounts."""
    facts = parse(text)
    if facts is None or len(facts.amounts) > 1 or facts.divided:
        raise FhirError("the directions in words were not understood, and cannot be written anew")
    often = isinstance(change, ChangeDose) and change.per_day is not None
    new: dict[str, str] = {}
    if isinstance(change, ChangeDuration):
        new["over"] = f"over {change.over}"
    elif facts.amounts:
        new["amount"] = str(change.dose if isinstance(change, ChangeDose) else change.rate)
    if isinstance(change, ChangeDose) and change.per_day is not None:
        new["often"] = times_a_day(change.per_day, change.per_day)
    replaced = _replaced(text, facts.places, new)
    missing = [new[what] for what in ("over", "often") if what in new and not _stands(facts.places, what)]
    if often and not _stands(facts.places, "often") and not facts.amounts:
        missing = []  # words that name neither how much nor how often stay true
    return ", ".join([replaced.rstrip(" .,;"), *missing]) if missing else replaced


def _stands(places: list[Place], what: str) -> bool:
    return any(place.what == what for place in places)


def _replaced(text: str, places: list[Place], new: dict[str, str]) -> str:
    """The text with the first of each kind of place replaced and the others of that kind taken out."""
    done: set[str] = set()
    parts: list[str] = []
    at = 0
    for place in sorted(places, key=lambda one: one.start):
        if place.what not in new or place.start < at:
            continue
        before = text[at : place.start]
        if place.what in done:
            before = before.rstrip(" ,")
        parts += [before, "" if place.what in done else new[place.what]]
        done.add(place.what)
        at = place.end
    return "".join([*parts, text[at:]]).strip()


def speaks_of(text: str, change: Amends) -> bool:
    """Whether words beside the directions may say what the change is about, so that they would contradict it."""
    cut = tokens(text)
    if cut is None:
        return True
    here = Figures(cut)
    timed = isinstance(change, ChangeDuration)
    often = isinstance(change, ChangeDose) and change.per_day is not None
    while here.at < len(cut):
        start = here.at
        if here.number() is not None:
            here.skip("-", "to", "or")
            here.number()
            is_time = here.lower() in TIMES
            if timed or often or not is_time:
                return True
            continue
        here.at = start + 1
        if often and any(
            (phrase := PHRASES.get(tuple(token.lower for token in cut[start : start + length]))) is not None
            and phrase.kind in _OFTEN
            for length in range(1, LONGEST_PHRASE + 1)
        ):
            return True
    return False
