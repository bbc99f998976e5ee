"""The tables of this room as frozen values: what the files under ``knowledge/`` hold, indexed for look-up.

A *key* is a code with the canonical address of its system. Everything is built once, when the service starts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from cds.terminology.model import Component, Evidence, Named, Recognised
from cds.terminology.words import Phrases

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Form:
    """A dose form: the route it implies (empty: several ways), and whether its strength is per volume or per mass.

    ``counted`` is the unit counted out (``tablet``), ``measured`` is ``volume``, ``mass`` or empty.
    """

    slug: str
    route: str = ""
    counted: str = ""
    measured: str = ""


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One product of the drug table: its ingredients, with strengths where the name gives them, and its form."""

    display: str
    components: tuple[Component, ...]
    form: str


class OtherCodes(Protocol):
    """Codes beyond the tables: a whole release of RxNorm, or what a REST source answered. The tables win."""

    def row(self, key: Key) -> ProductRow | None:
        """The product of a code, or None when it is not known."""


@dataclass(frozen=True, slots=True)
class MedicineTables:
    """What names and codes of medicines mean.

    ``spoken`` holds names of ingredients, brands and diluents. ``alternatives`` (or) between two names leave open
    which is meant, ``negations`` (no) before a name say it is not; ``no_product`` words make it something else (an
    allergy test).
    """

    ingredients: dict[Key, str]
    products: dict[Key, ProductRow]
    spoken: Phrases[frozenset[str]]
    forms: dict[str, Form]
    form_words: Phrases[str]
    diluents: frozenset[str]
    diluted: frozenset[str]
    alternatives: frozenset[str]
    negations: frozenset[str]
    no_product: frozenset[str]
    classes: dict[str, frozenset[str]]
    beyond: OtherCodes | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """What a word beside a condition's name says of it. All empty: it says nothing, whatever its parts would.

    ``condition``: it speaks of this one only. ``ahead``: of what comes after it only (previous, history of).
    """

    severity: str = ""
    course: str = ""
    doubtful: bool = False
    condition: str = ""
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class ConditionTables:
    """What codes and names of conditions mean. ``prefixes`` are ICD codes without dots, by system.

    ``guards`` are words with which a text does not say the condition of the patient: ``guards_ahead`` those of them
    that deny what follows, ``guards_beside`` what stands in one clause with them, the others all. ``marks`` are words
    that say how sure, how severe or how long ago, ``fillers`` words beside them that add nothing. ``valid`` is how
    many days a record holds.
    """

    codes: dict[Key, tuple[Recognised, ...]]
    prefixes: dict[str, dict[str, tuple[Recognised, ...]]]
    spoken: Phrases[tuple[Recognised, ...]]
    guards: frozenset[str]
    guards_ahead: frozenset[str]
    guards_beside: frozenset[str]
    marks: Phrases[Mark]
    fillers: frozenset[str]
    evidence: dict[Key, tuple[Evidence, ...]]
    valid: dict[str, int]


@dataclass(frozen=True, slots=True)
class PlaceTables:
    """Routes by code and word, settings by encounter class, place code and word, and by the words for them that an
    order's reason may hold.
    """

    routes: dict[Key, str]
    route_words: Phrases[str]
    route_exact: dict[str, str]
    classes: dict[str, str]
    places: dict[Key, str]
    place_words: Phrases[str]
    place_exact: dict[str, str]
    reason_words: Phrases[str]


@dataclass(frozen=True, slots=True)
class ReasonTables:
    """Uses, services and body weight. ``broader`` holds every use above a use, itself included; ``follows`` the uses
    that have to be stated together for another one.
    """

    uses: dict[Key, frozenset[str]]
    use_prefixes: dict[str, dict[str, frozenset[str]]]
    use_words: Phrases[str]
    broader: dict[str, frozenset[str]]
    follows: dict[str, frozenset[str]]
    services: dict[Key, frozenset[str]]
    service_words: Phrases[frozenset[str]]
    weights: frozenset[Key]


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables together, and the name of every slug."""

    medicines: MedicineTables
    conditions: ConditionTables
    places: PlaceTables
    reasons: ReasonTables
    names: dict[str, Named] = field(default_factory=dict)
    route_groups: dict[str, frozenset[str]] = field(default_factory=dict)
    # For readers of the tables: the display of each code, and why a class or condition holds what it holds.
    displays: dict[Key, str] = field(default_factory=dict)
    outside: dict[str, str] = field(default_factory=dict)
