"""What the knowledge is made of, as frozen values: sources, statements with tiers, drugs, conflicts, policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Final

from cds.clinical.quantity import TIME, UNITS, Quantity, quantity
from cds.knowledge.criteria import AmountIs, Criteria, Measure, PhaseIs, Stopping, TakenWith, every


class Level(StrEnum):
    """How loudly a card speaks; CDS Hooks' indicators, from quiet to loud."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for info, 1 for warning, 2 for critical."""
        return _RANKS[self]


_RANKS = {Level.INFO: 0, Level.WARNING: 1, Level.CRITICAL: 2}


class Kind(StrEnum):
    """What a statement is about, in pharmacy's words."""

    DOSE = "dose"
    MAX_DOSE = "max-dose"
    TITRATION = "titration"
    ADJUSTMENT = "adjustment"
    CONTRAINDICATION = "contraindication"
    INTERACTION = "interaction"
    PRECAUTION = "precaution"
    PREGNANCY = "pregnancy"
    LACTATION = "lactation"
    MONITORING = "monitoring"
    ADVERSE_EFFECT = "adverse-effect"
    ADMINISTRATION = "administration"
    PREPARATION = "preparation"
    KINETICS = "kinetics"
    INDICATION = "indication"
    NAME = "name"
    EVIDENCE = "evidence-limitation"
    MECHANISM = "mechanism"
    NOT_COVERED = "not-covered"
    OTHER = "other"


class ReviewStatus(StrEnum):
    """Where a knowledge file stands in clinical governance. What is still being written is checked and shown, and is
    no part of what the service runs on.
    """

    WRITING = "writing"
    DRAFT = "draft"
    REVIEWED = "reviewed"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Source:
    """A cited document. ``caveat`` is what the document says of its own review state, in our words."""

    id: str
    title: str
    file: str
    sha256: str
    updated: date | None
    caveat: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a statement stands: lines of a document. ``lines`` holds every cited line, restatements too."""

    source: str
    section: str
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """Who wrote a file, who checked it, and when."""

    author: str
    status: ReviewStatus
    checker: str = ""
    reviewed: date | None = None
    next_review: date | None = None


class SuggestionKind(StrEnum):
    """What a suggestion does to the orders."""

    SET = "set"
    DELETE = "delete"
    DELETE_OTHER = "delete-other"
    STATE_USE = "state-use"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class SuggestionSpec:
    """A suggestion as authored: ``set`` an amount, ``delete`` the draft (or the other draft of a pair), state one
    of ``uses`` as the reason, or ``order`` a service such as a body weight.
    """

    kind: SuggestionKind
    amount: Quantity | None = None
    uses: tuple[str, ...] = ()
    service: str = ""
    recommended: bool = False


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of a statement: when it holds, how loud it is, what the card says and offers.

    ``rule`` is the label of the clinical reading when it differs from the statement's. ``say`` is the summary with
    placeholders in braces; ``advice`` is what to do.
    """

    level: Level
    when: Criteria
    say: str
    rule: str
    advice: str = ""
    suggest: tuple[SuggestionSpec, ...] = ()
    override: tuple[str, ...] = ()


_JUDGED_AMOUNTS = frozenset({Measure.DOSE, Measure.RATE, Measure.DAILY})
_COVERING_TOPICS = frozenset({"paediatric", "strength", "coverage"})


@dataclass(frozen=True)
class Statement:
    """One citable assertion, and when and how it speaks.

    ``about``: alternatives of ingredient sets, each a set that must be in one order together. ``says`` restates the
    passage in our own words. ``topic`` groups findings into one card. ``yields_to``: ids that silence this one
    (below critical) for the same order, and for the same other drug where both speak of one. ``dose`` are figures
    of the passage for the export, as (label, value). ``inventory`` are ids of the reading's list it carries.
    ``outside`` says what goes beyond the document, and why. No tiers: it never fires.
    """

    id: str
    file: str
    line: int
    kind: Kind
    about: tuple[frozenset[str], ...]
    says: str
    cites: tuple[Citation, ...]
    rule: str = ""
    topic: str = ""
    applies: Criteria = ()
    tiers: tuple[Tier, ...] = ()
    advice: str = ""
    yields_to: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    dose: tuple[tuple[str, str], ...] = ()
    inventory: tuple[str, ...] = ()
    outside: str = ""

    @property
    def fires(self) -> bool:
        """Whether it can put anything on a card."""
        return bool(self.tiers)

    # What its criteria speak of does not change, so it is found out once.

    @cached_property
    def criteria(self) -> Criteria:
        """All criteria of it and its tiers, those inside ``any`` and ``not`` too."""
        return (*every(self.applies), *(criterion for tier in self.tiers for criterion in every(tier.when)))

    @cached_property
    def speaks_of_company(self) -> bool:
        """Whether it is about the drug together with another."""
        return any(isinstance(criterion, TakenWith) for criterion in self.criteria)

    @cached_property
    def speaks_of_stopping(self) -> bool:
        """Whether it is about stopping the drug."""
        return any(isinstance(criterion, Stopping) for criterion in self.criteria)

    @cached_property
    def speaks_of_a_dose(self) -> bool:
        """Whether it judges an amount, or says outright that the sources give none."""
        if self.kind is Kind.NOT_COVERED or self.topic in _COVERING_TOPICS:
            return True
        return any(isinstance(one, AmountIs) and one.measure in _JUDGED_AMOUNTS for one in self.criteria)

    @cached_property
    def ranges(self) -> tuple[tuple[Quantity, Quantity], ...]:
        """Every documented range, and a starting dose as a range of its own."""
        figures = {label: quantity(text) for label, text in self.dose if text.partition(" ")[2] in UNITS}
        found = [(figures["low"], figures["high"])] if "low" in figures and "high" in figures else []
        return (*found, *((start, start) for start in (figures.get("start"),) if start is not None))

    @cached_property
    def applies_in_any_phase(self) -> Criteria:
        """When it concerns an order, whether the drug is new to the patient or not."""
        return tuple(criterion for criterion in self.applies if not isinstance(criterion, PhaseIs))


@dataclass(frozen=True, slots=True)
class Drug:
    """One ingredient, or a combination of several in one product, with everything said of it."""

    id: str
    name: str
    components: tuple[str, ...]
    review: Review
    file: str
    statements: tuple[Statement, ...]
    reading_note: str = ""


@dataclass(frozen=True, slots=True)
class Conflict:
    """Statements that disagree, what was decided, and why."""

    id: str
    between: tuple[str, ...]
    tension: str
    resolution: str
    why: str


WORKED_IN: Final = frozenset(
    {"pregnancy-valid", "child-bearing-from", "child-bearing-to", "renal-impairment-below", "renal-valid"}
)
"""Items of the policy that knowledge files may name in place of a figure: their values are worked into statements and
conditions when the files are read. All others are looked up in the policy at each review.
"""


@dataclass(frozen=True, slots=True)
class PolicyItem:
    """One local choice: its value, why it is needed, and where it comes from. All are outside the documents."""

    value: Decimal
    unit: str
    outside: str
    source: str


@dataclass(frozen=True)
class Policy:
    """Cut-offs and windows that the documents do not give. ``name`` and ``version`` are shown on cards."""

    name: str
    version: str
    items: dict[str, PolicyItem]

    def quantities(self) -> dict[str, Quantity]:
        """What knowledge files may name in place of a figure, by key."""
        return {key: Quantity(item.value, UNITS[item.unit]) for key, item in self.items.items() if key in WORKED_IN}

    @cached_property
    def windows(self) -> dict[str, timedelta]:
        """The items that are a span of time, as such."""
        amounts = {key: Quantity(one.value, UNITS[one.unit]) for key, one in self.items.items() if one.unit in UNITS}
        spans = {key: one for key, one in amounts.items() if one.unit.dimension == TIME}
        return {key: timedelta(hours=float(one.base)) for key, one in spans.items()}

    @cached_property
    def bands(self) -> dict[str, tuple[int, int]]:
        """The youngest and the oldest age of each band, in completed years; the elderly are adults too."""
        adult, elderly = int(self.number("adult-from")), int(self.number("elderly-from"))
        return {"child": (0, adult - 1), "adult": (adult, 999), "elderly": (elderly, 999)}

    def number(self, key: str) -> Decimal:
        """The value of one item. KeyError when the policy file lacks it (the check at start-up says so)."""
        return self.items[key].value


MOST_SETS: Final = 10_000
"""Sets of ingredients for which the statements are kept together. Products have fewer; what is written freely has no
end.
"""


@dataclass(frozen=True)
class Knowledge:
    """Everything read, checked and indexed. ``version`` is a digest of the content."""

    version: str
    sources: dict[str, Source]
    drugs: tuple[Drug, ...]
    conflicts: dict[str, Conflict]
    policy: Policy
    override_reasons: dict[str, str] = field(default_factory=dict)
    # Topic slug -> how a card names it (knowledge/topics.yaml).
    topics: dict[str, str] = field(default_factory=dict)
    # The release of a terminology that stands behind the tables, in words; empty when there is none.
    release: str = ""
    # Texts that do not change with the patient, as they were put together once, by what they are of.
    texts: dict[tuple[str, str], str] = field(default_factory=dict, init=False, compare=False, repr=False)

    _concerning: dict[tuple[frozenset[str], bool], tuple[tuple[Statement, str], ...]] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    _of_company: dict[str, tuple[Statement, ...]] = field(default_factory=dict, init=False, compare=False, repr=False)

    def text(self, part: str, of: str, make: Callable[[], str]) -> str:
        """A text made once: ``part`` of the statement or conflict ``of``."""
        found = self.texts.get((part, of))
        if found is None:
            found = self.texts[part, of] = make()
        return found

    @cached_property
    def statements(self) -> dict[str, Statement]:
        """All statements by id."""
        return {s.id: s for drug in self.drugs for s in drug.statements}

    @cached_property
    def drug_of(self) -> dict[str, Drug]:
        """The file each statement stands in, by statement id."""
        return {s.id: drug for drug in self.drugs for s in drug.statements}

    def overdue(self, today: date) -> tuple[Drug, ...]:
        """Drugs whose next review should have been made by now."""
        return tuple(drug for drug in self.drugs if drug.review.next_review and drug.review.next_review < today)

    @cached_property
    def covered(self) -> frozenset[str]:
        """Ingredients that have a file of their own."""
        return frozenset(drug.components[0] for drug in self.drugs if len(drug.components) == 1)

    @cached_property
    def by_ingredient(self) -> dict[str, tuple[Statement, ...]]:
        """Statements that can fire, by each ingredient of each alternative of what they are about."""
        found: dict[str, list[Statement]] = {}
        for statement in self.statements.values():
            if statement.fires:
                for name in sorted({min(group) for group in statement.about}):
                    found.setdefault(name, []).append(statement)
        return {name: tuple(rows) for name, rows in found.items()}

    def about(self, ingredient: str) -> tuple[Statement, ...]:
        """The statements that can fire for orders with this ingredient."""
        return self.by_ingredient.get(ingredient, ())

    def concerning(self, ingredients: frozenset[str], *, judged: bool) -> tuple[tuple[Statement, str], ...]:
        """The statements about an order of these ingredients, each once, with the ingredient it speaks of; of an order
        that is not judged itself, those about it together with another.
        """
        key = (ingredients, judged)
        found = self._concerning.get(key)
        if found is None:
            found = tuple(self._each_about(ingredients, self.about if judged else self.of_company))
            if len(self._concerning) < MOST_SETS:
                self._concerning[key] = found
        return found

    def _each_about(
        self, ingredients: frozenset[str], about: Callable[[str], tuple[Statement, ...]]
    ) -> Iterator[tuple[Statement, str]]:
        taken: set[str] = set()
        for name in sorted(ingredients):
            for statement in about(name):
                speaks = any(group <= ingredients and min(group) == name for group in statement.about)
                if speaks and statement.id not in taken:
                    taken.add(statement.id)
                    yield statement, name

    def of_company(self, ingredient: str) -> tuple[Statement, ...]:
        """Of the statements by this ingredient, those about it together with another."""
        found = self._of_company.get(ingredient)
        if found is None:
            rows = self.by_ingredient.get(ingredient, ())
            found = self._of_company[ingredient] = tuple(one for one in rows if one.speaks_of_company)
        return found
