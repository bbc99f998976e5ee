"""What codes turn into: slugs that statements use, with enough beside them to show where each came from."""

from __future__ import annotations

from dataclasses import dataclass

from cds.clinical.order import Strength
from cds.clinical.quantity import Quantity


@dataclass(frozen=True, slots=True)
class Component:
    """One active ingredient of a product by slug, with its strength where that is known."""

    ingredient: str
    strength: Strength | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """What a medication turned out to be.

    ``components`` are active ingredients; diluents (saline, dextrose, water) are only flagged by ``diluted``.
    ``form`` and ``route`` are slugs, empty when not known; ``route`` is what the form implies (a tablet: oral).
    ``by`` says how it was recognised: ``code``, ``ingredients``, ``name``. ``problem`` is in words when a covered
    name is in the text but the product could not be made out. ``total`` is the amount of the whole preparation.
    ``two_strengths``: code and text state different ones, and neither is believed.
    """

    components: tuple[Component, ...] = ()
    form: str = ""
    route: str = ""
    by: str = ""
    problem: str = ""
    diluted: bool = False
    total: Quantity | None = None
    concentration: Quantity | None = None
    two_strengths: bool = False

    @property
    def ingredients(self) -> frozenset[str]:
        """Slugs of the active ingredients."""
        return frozenset(component.ingredient for component in self.components)


@dataclass(frozen=True, slots=True)
class Recognised:
    """A condition slug that a code or text stands for, with what the code or the text itself says of it.

    ``severity``: ``severe``, ``mild`` ... or empty. ``history``: a past event is meant (old infarct). ``doubtful``: it
    is suspected only. ``course``: ``remission`` or ``resolved`` where it says so, else empty.
    """

    condition: str
    severity: str = ""
    history: bool = False
    doubtful: bool = False
    course: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How an observation speaks for or against a condition: by coded answer, by flag, or by a threshold.

    ``present``/``absent`` are codes of answers, ``present_words``/``absent_words`` whole answers in words, as tokens
    (:func:`cds.terminology.words.words`); ``below``/``above`` thresholds mean present. ``valid_days`` is how long a
    positive answer holds (0: for ever).
    """

    condition: str
    codes: frozenset[tuple[str, str]]
    present: frozenset[tuple[str, str]] = frozenset()
    absent: frozenset[tuple[str, str]] = frozenset()
    present_words: frozenset[tuple[str, ...]] = frozenset()
    absent_words: frozenset[tuple[str, ...]] = frozenset()
    below: Quantity | None = None
    above: Quantity | None = None
    valid_days: int = 0


@dataclass(frozen=True, slots=True)
class Named:
    """A slug's own name and, for uses, what it is a kind of; for conditions, the codes it is written with."""

    slug: str
    name: str
    broader: frozenset[str] = frozenset()
    code: tuple[str, str, str] | None = None
