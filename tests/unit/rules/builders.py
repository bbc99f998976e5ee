"""A small made-up pharmacy to try the rules on: drugs that do not exist, and words to write orders, charts and
statements in, so that a test reads as a pharmacist would say it.

    review(prescribe("examplol tablet", "150 mg", per_day=2), chart(age=40), statement("daily limit", ...))

The drugs: **examplol** (tablets, ampoules, syrup, cream), **calmazine** and **dozamine** (sedatives),
**duplexol** (examplol and calmazine in one capsule).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from cds.clinical.chart import Birth, Category, Chart, Condition, Encounter, Gap, Observation, Sex
from cds.clinical.code import Concept
from cds.clinical.order import Drafts, Instruction, Medication, Order, Strength, Timing
from cds.clinical.quantity import Quantity, quantity
from cds.knowledge import criteria as ask
from cds.knowledge.criteria import Criteria, Measure, measure_of
from cds.knowledge.model import (
    Citation,
    Conflict,
    Drug,
    Kind,
    Knowledge,
    Level,
    Policy,
    PolicyItem,
    Review,
    ReviewStatus,
    Source,
    Statement,
    SuggestionSpec,
    Tier,
)
from cds.knowledge.vocabulary import ROUTE_GROUPS, ROUTES
from cds.rules.case import Case
from cds.rules.finding import Findings
from cds.rules.review import review as review_situation
from cds.rules.situation import Situation
from cds.terminology.model import Component, Evidence, Named, Product, Recognised

NOW = datetime(2025, 6, 15, 12, tzinfo=UTC)
TODAY = NOW.date()
NEW = "MedicationRequest/new"

# --- the pharmacy --------------------------------------------------------------------------------------------


def strength(amount: str, per: str) -> Strength:
    return Strength(quantity(amount), quantity(per))


def product(*parts: tuple[str, Strength | None], form: str = "", route: str = "", **more: Any) -> Product:
    components = tuple(Component(name, strong) for name, strong in parts)
    return Product(components, form, route, by="name", **more)


PRODUCTS: Mapping[str, Product] = {
    "examplol": product(("examplol", None)),
    "examplol tablet": product(("examplol", strength("50 mg", "1 {tbl}")), form="tablet", route="oral"),
    "examplol ampoule": product(("examplol", strength("10 mg", "1 mL")), form="injection"),
    "examplol syrup": product(("examplol", strength("20 mg", "5 mL")), form="solution", route="oral"),
    "examplol cream": product(("examplol", strength("2 g", "100 g")), form="cream", route="topical"),
    "examplol bag": product(("examplol", strength("10 mg", "1 mL")), diluted=True, concentration=quantity("2 mg/mL")),
    "examplol doubt": product(("examplol", None), form="injection", two_strengths=True),
    "examplol puzzle": product(("examplol", None), problem="the product could not be made out"),
    "calmazine": product(("calmazine", None), form="tablet", route="oral"),
    "calmazine cream": product(("calmazine", None), form="cream", route="topical"),
    "dozamine": product(("dozamine", None), form="tablet", route="oral"),
    "duplexol": product(
        ("examplol", strength("100 mg", "1 {cap}")),
        ("calmazine", strength("5 mg", "1 {cap}")),
        form="capsule",
        route="oral",
    ),
    "S-thing": product(("S-thing", None)),
    "vitamin": product(("vitamin", None), form="tablet", route="oral"),
}
CLASSES = {"calmazine": frozenset({"sedative"}), "dozamine": frozenset({"sedative"})}
CONDITIONS = {
    "liver trouble": Recognised("liver-trouble"),
    "severe liver trouble": Recognised("liver-trouble", severity="severe"),
    "infarct": Recognised("infarct"),
    "old infarct": Recognised("infarct", history=True),
    "liver trouble?": Recognised("liver-trouble", doubtful=True),
    "liver trouble in remission": Recognised("liver-trouble", course="remission"),
    "pregnant": Recognised("pregnancy"),
}
YES, NO = frozenset({("", "yes")}), frozenset({("", "no")})
EVIDENCE = {
    "pregnancy test": Evidence(
        "pregnancy",
        frozenset(),
        present=YES,
        absent=NO,
        present_words=frozenset({("positive",)}),
        absent_words=frozenset({("negative",)}),
        valid_days=100,
    ),
    "liver flag": Evidence("liver-trouble", frozenset(), present=YES),
    "filtration": Evidence("kidney-trouble", frozenset(), below=quantity("60 mL/min"), valid_days=365),
    "bilirubin": Evidence("liver-trouble", frozenset(), above=quantity("20 mg/L")),
}
USES = {
    "pain": frozenset({"pain"}),
    "back pain": frozenset({"back-pain", "pain"}),
    "sleep": frozenset({"sleep"}),
}
SERVICES = {"ECG": "ecg", "oximeter": "oximetry"}
NAMES = {
    "examplol": Named("examplol", "Examplol"),
    "calmazine": Named("calmazine", "Calmazine"),
    "dozamine": Named("dozamine", "Dozamine"),
    "vitamin": Named("vitamin", "Vitamin"),
    "S-thing": Named("S-thing", "S-thing"),
    "liver-trouble": Named("liver-trouble", "Liver trouble"),
    "kidney-trouble": Named("kidney-trouble", "Kidney trouble"),
    "infarct": Named("infarct", "Infarct"),
    "pregnancy": Named("pregnancy", "Pregnancy"),
    "pain": Named("pain", "Pain", code=("http://example.org/uses", "P", "Pain")),
    "sleep": Named("sleep", "Sleep"),
    "body-weight": Named("body-weight", "Body weight", code=("http://loinc.org", "29463-7", "Body weight")),
    "ecg": Named("ecg", "ECG"),
}


class Pharmacy:
    """What codes mean here: the words of a concept, looked up in the tables above."""

    def __init__(self) -> None:
        self.names = dict(NAMES)
        self.route_groups = dict(ROUTE_GROUPS)

    def product(self, medication: Medication) -> Product:
        return PRODUCTS.get(medication.concept.text, Product())

    def unknown(self, concept: Concept) -> tuple[tuple[str, str], ...]:
        return () if concept.text in PRODUCTS else tuple((coding.system, coding.code) for coding in concept.codings)

    def classes(self, ingredient: str) -> frozenset[str]:
        return CLASSES.get(ingredient, frozenset())

    def substances(self, concept: Concept) -> frozenset[str]:
        return PRODUCTS.get(concept.text, Product()).ingredients

    def conditions(self, concept: Concept) -> tuple[Recognised, ...]:
        return (CONDITIONS[concept.text],) if concept.text in CONDITIONS else ()

    def evidence(self, concept: Concept) -> tuple[Evidence, ...]:
        return (EVIDENCE[concept.text],) if concept.text in EVIDENCE else ()

    def valid_days(self, condition: str) -> int:
        return 100 if condition == "pregnancy" else 0

    def is_weight(self, concept: Concept) -> bool:
        return concept.text == "weight"

    def uses(self, concept: Concept) -> frozenset[str]:
        return USES.get(concept.text, frozenset())

    def uses_of(self, reasons: Iterable[Concept]) -> frozenset[str]:
        return frozenset(use for reason in reasons for use in self.uses(reason))

    def settings(self, encounter: Encounter) -> frozenset[str]:
        return frozenset(place.text for place in encounter.places)

    def settings_in_reason(self, reason: Concept) -> frozenset[str]:
        return frozenset({"ward"} if reason.text.endswith("on the ward") else ())

    def route(self, concept: Concept) -> str:
        return concept.text if concept.text in ROUTES else ""

    def says_diluted(self, text: str) -> bool:
        return "dilute" in text

    def services(self, concept: Concept) -> frozenset[str]:
        return frozenset({SERVICES[concept.text]}) if concept.text in SERVICES else frozenset()


PHARMACY = Pharmacy()

# --- orders --------------------------------------------------------------------------------------------------


def both(text: str) -> tuple[Quantity, Quantity] | None:
    """``"50 mg"`` or ``"50 mg to 100 mg"`` as a pair; empty text as none."""
    if not text:
        return None
    low, _, high = text.partition(" to ")
    return quantity(low), quantity(high or low)


def often(per_day: object) -> tuple[Fraction, Fraction] | None:
    """Administrations a day: one number, or (fewest, most)."""
    if per_day is None:
        return None
    low, high = per_day if isinstance(per_day, tuple) else (per_day, per_day)
    return Fraction(str(low)), Fraction(str(high))


def give(dose: str = "", per_day: object = None, route: str = "", **more: Any) -> Instruction:
    """One dosage instruction. ``once``, ``continuous``, ``as_needed`` go to its timing, the rest to itself."""
    flags = {name: bool(more.pop(name)) for name in ("once", "continuous", "as_needed") if name in more}
    for name in ("over", "max_per_day"):
        if name in more:
            more[name] = quantity(str(more[name]))
    rate = both(str(more.pop("rate", "")))
    timing = Timing(often(per_day), **flags)
    return Instruction(route=Concept(text=route), dose=both(dose), rate=rate, timing=timing, **more)


def order(drug: str, *instructions: Instruction, reference: str = NEW, **more: Any) -> Order:
    """An order to be signed."""
    reasons = tuple(Concept(text=str(one)) for one in more.pop("reasons", ()))
    more.setdefault("draft", True)
    medication = Medication(Concept(text=drug))
    return Order(reference, medication, instructions, reasons=reasons, **more)


def prescribe(drug: str, dose: str = "", per_day: object = None, route: str = "", **more: Any) -> Order:
    """An order of one instruction, to be signed. Names that are an order's own go to the order."""
    own = {name: more.pop(name) for name in _OF_ORDERS if name in more}
    return order(drug, give(dose, per_day, route, **more), **own)


_OF_ORDERS = ("reference", "reasons", "live", "stopping", "replaces", "started", "draft", "current", "status")


def takes(drug: str, *instructions: Instruction, days: int | None = None, **more: Any) -> Order:
    """A medicine the patient takes now, for so many days."""
    started = None if days is None else NOW - timedelta(days=days)
    usual = {"reference": f"MedicationRequest/{drug}", "started": started}
    return order(drug, *instructions, **usual | more, draft=False)


def took(drug: str, *instructions: Instruction, ended: int | None, **more: Any) -> Order:
    """A medicine that ended so many days ago; None: nobody knows when."""
    end = None if ended is None else NOW - timedelta(days=ended)
    return takes(drug, *instructions, current=False, ended=end, **more)


# --- the record ----------------------------------------------------------------------------------------------


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def weighed(value: str, days: int | None = 1) -> Observation:
    when = None if days is None else ago(days)
    return Observation("Observation/weight", Concept(text="weight"), when, quantity(value))


def problem(words: str, **more: Any) -> Condition:
    return Condition("Condition/1", Concept(text=words), **more)


def born(years: int, *, or_up_to: int | None = None) -> Birth:
    """A birth date that makes the patient this old today; or anything up to another age."""
    latest = TODAY.replace(year=TODAY.year - years) - timedelta(days=30)
    oldest = years if or_up_to is None else or_up_to
    return Birth(TODAY.replace(year=TODAY.year - oldest) - timedelta(days=30), latest)


def chart(age: int | None = 40, weight: str = "", *, missing: tuple[Category, ...] = (), **more: Any) -> Chart:
    """A record. Lists go by the chart's own names; ``place`` is where the patient is."""
    birth = more.pop("birth", None) or (None if age is None else born(age))
    observations: tuple[Observation, ...] = more.pop("observations", ())
    if weight:
        observations = (*observations, weighed(weight))
    place = str(more.pop("place", ""))
    encounter = Encounter("Encounter/1", (), (Concept(text=place),)) if place else None
    gaps = tuple(Gap(category, "the server did not answer") for category in missing)
    more.setdefault("sex", Sex.FEMALE)
    return Chart(NOW, birth, observations=observations, encounter=encounter, gaps=gaps, **more)


# --- statements ----------------------------------------------------------------------------------------------


def amount(of: Measure | None = None, **bounds: str) -> ask.AmountIs:
    """``amount(above="50 mg")``: above (>), at_least (>=), below (<), up_to (<=)."""
    low, high = bounds.get("above") or bounds.get("at_least"), bounds.get("below") or bounds.get("up_to")
    code = str(low or high).partition(" ")[2]
    return ask.AmountIs(
        of or measure_of(code),
        quantity(low) if low else None,
        "at_least" in bounds,
        quantity(high) if high else None,
        "up_to" in bounds,
    )


def route(*routes: str) -> ask.RouteIs:
    return ask.RouteIs(frozenset(routes))


def tier(level: str, *when: ask.Criterion, say: str = "{drug} {amount}", **more: Any) -> Tier:
    more.setdefault("rule", "X1")
    suggest: tuple[SuggestionSpec, ...] = tuple(more.pop("suggest", ()))
    return Tier(Level(level), when, say, suggest=suggest, **more)


def statement(name: str, *tiers: Tier, applies: Criteria = (), about: object = "examplol", **more: Any) -> Statement:
    """A statement about examplol, or about ``about``: one drug, or a set of drugs in one product."""
    group = frozenset({about}) if isinstance(about, str) else frozenset(about)
    settings: dict[str, object] = {
        "kind": Kind.DOSE,
        "topic": "dose",
        "says": f"what the book says about {name}",
        "cites": (Citation("book", "Chapter 1", (3, 4, 5, 9)),),
        "rule": "X1",
    } | more
    return Statement(f"examplol.{name}", "f.yaml", 1, about=(group,), applies=applies, tiers=tiers, **settings)


def policy(**items: str) -> Policy:
    """The cut-offs of the made-up hospital; ``infarct_recent="100 d"`` changes one."""
    usual = {
        "adult-from": "18 a",
        "elderly-from": "65 a",
        "weight-lowest": "0.5 kg",
        "weight-highest": "300 kg",
        "weight-valid-child": "30 d",
        "weight-valid-adult": "365 d",
        "infarct-recent": "180 d",
        "stopped-window": "14 d",
        "restart-after": "30 d",
        "long-term-after": "28 d",
        "parenteral-window": "24 h",
        "infusion-from": "15 min",
        "most-cards": "5 1",
    } | {key.replace("_", "-"): value for key, value in items.items()}
    rows = {key: value.split() for key, value in usual.items()}
    return Policy("house", "7", {key: PolicyItem(Decimal(row[0]), row[1], "", "") for key, row in rows.items()})


BOOK = Source("book", "The Book", "book.txt", "0", date(2024, 2, 3), caveat="not yet checked")
DRAFT = Review("an author", ReviewStatus.DRAFT)


def knowledge(*statements: Statement, review: Review = DRAFT, **more: Any) -> Knowledge:
    """Knowledge of these statements in one file."""
    drug = Drug("examplol", "Examplol", ("examplol",), review, "f.yaml", statements)
    conflicts: dict[str, Conflict] = more.pop("conflicts", {})
    reasons = {"BENEFIT": "Benefit outweighs risk", "BEDSIDE": "Checked at the bedside", "INTENT": "Intended"}
    rules: Policy = more.pop("policy", None) or policy()
    return Knowledge("v1", {"book": BOOK}, (drug,), conflicts, rules, reasons, {"dose": "Dose"})


# --- a review ------------------------------------------------------------------------------------------------


def situation(
    drafts: Order | tuple[Order, ...] | Drafts, record: Chart | None = None, rules: Policy | None = None
) -> Situation:
    if isinstance(drafts, Order):
        drafts = (drafts,)
    if not isinstance(drafts, Drafts):
        drafts = Drafts(drafts)
    return Situation(record or chart(), drafts, rules or policy(), PHARMACY)


def case(
    draft: Order, record: Chart | None = None, *, ingredient: str = "examplol", step: int = 0, **more: Any
) -> Case:
    """One instruction of a draft in its situation. ``beside`` are further drafts."""
    beside: tuple[Order, ...] = more.pop("beside", ())
    here = situation((draft, *beside), record, more.pop("rules", None))
    seen = (*here.signing, *here.stopping)[0]
    instruction = draft.instructions[step] if draft.instructions else Instruction()
    return Case(here, seen, instruction, ingredient)


def review(drafts: Order | tuple[Order, ...] | Drafts, record: Chart | None, *statements: Statement) -> Findings:
    """Judge the drafts by these statements."""
    return review_situation(situation(drafts, record), knowledge(*statements))


def fired(findings: Findings) -> list[tuple[str, str]]:
    """What was found, as (statement, level)."""
    return [(one.statement.id.removeprefix("examplol."), one.level.value) for one in findings.found]


def lacking(findings: Findings) -> list[tuple[str, str]]:
    """What could not be checked, as (label, words)."""
    return [(one.missing.lack.value, one.missing.words) for one in findings.not_assessed]
