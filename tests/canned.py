"""A service with set answers, for tests of the wire alone. Its drug does not exist."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from cds.cards.card import Card, OrderReport, Reviewed, Suggestion, Told
from cds.clinical.change import ChangeDose, CreateService, DeleteOrder, StateUse
from cds.clinical.chart import Chart
from cds.clinical.code import SNOMED, Coding, Concept
from cds.clinical.order import Drafts
from cds.clinical.quantity import quantity
from cds.knowledge.model import Drug, Knowledge, Level, Policy, Review, ReviewStatus
from cds.service import Repeated
from tests.bodies import ORDER

REASON = Concept((Coding(SNOMED, "274663001", "Acute pain"),), "Acute pain")


def canned_cards() -> tuple[Card, ...]:
    """One card with everything a card can have, and one with as little as a card can have."""
    told = Told("examplamine.daily.limit", "E1", Level.CRITICAL, (ORDER,), "")
    full = Card(
        summary="Examplamine 600 mg/day: above the maximum 150 mg/day.",
        level=Level.CRITICAL,
        topic="dose",
        topic_name="Dose",
        source="A document about examplamine",
        source_url="https://documents.example.org/examplamine",
        detail="**Above** the maximum.",
        suggestions=(
            Suggestion("Give 1 tablet", (ChangeDose(ORDER, quantity("1 {tbl}")),), recommended=True),
            Suggestion("State the use", (StateUse(ORDER, REASON),)),
            Suggestion("Weigh first", (CreateService(Concept((Coding(SNOMED, "27113001", "Body weight"),))),)),
            Suggestion("Remove the order", (DeleteOrder(ORDER),)),
        ),
        override=(("BENEFIT", "Benefit outweighs the risk"), ("INTENT", "Intended")),
        told=(told,),
    )
    bare = Card(
        summary="Some checks were not made: the weight is not known.",
        level=Level.WARNING,
        topic="not-verified",
        topic_name="Not verified",
        source="A document about examplamine",
        detail="",
        told=(Told("examplamine.bolus", "E2", Level.WARNING, (ORDER,), "the weight is not known"),),
    )
    return full, bare


def canned_reports() -> tuple[OrderReport, ...]:
    return (
        OrderReport(
            ORDER,
            "Examplamine",
            covered=True,
            checked=("examplamine.daily.limit", "examplamine.bolus", "examplamine.route"),
            fired=("examplamine.daily.limit",),
            clear=("examplamine.route",),
            not_assessed=(("examplamine.bolus", "the weight is not known"),),
        ),
    )


def canned_knowledge() -> Knowledge:
    draft = Review(author="A. Uthor", status=ReviewStatus.DRAFT)
    return Knowledge(
        version="k-0123456789ab",
        sources={},
        drugs=(Drug("examplamine", "Examplamine", ("examplamine",), draft, "drugs/examplamine.yaml", ()),),
        conflicts={},
        policy=Policy("default", "1", {}),
        override_reasons={"BENEFIT": "Benefit outweighs the risk", "INTENT": "Intended"},
    )


NO_CODES = SimpleNamespace(
    names={},
    tables=None,
    catalogue=lambda: (),
    uses=lambda _: frozenset(),
    route=lambda _: "",
    services=lambda _: frozenset(),
)
"""A terminology in which no code means anything."""


@dataclass
class CannedService:
    """Stands in for the service: answers with what it was given, and keeps what it was asked."""

    reviewed: Reviewed
    knowledge: Knowledge = field(default_factory=canned_knowledge)
    terminology: Any = field(default_factory=lambda: NO_CODES)
    overlay: Any = None
    canonical: str = ""
    asked: list[tuple[Drafts, Chart]] = field(default_factory=list)
    error: Exception | None = None

    @property
    def versions(self) -> tuple[str, str]:
        return self.knowledge.version, f"{self.knowledge.policy.name} {self.knowledge.policy.version}"

    @property
    def override_reasons(self) -> dict[str, str]:
        return self.knowledge.override_reasons

    def review(self, drafts: Drafts, chart: Chart, repeated: Repeated | None = None) -> Reviewed:
        self.asked.append((drafts, chart))
        if self.error:
            raise self.error
        return self.reviewed


def canned_service() -> CannedService:
    """The service that answers with the two cards above."""
    return CannedService(Reviewed(canned_cards(), canned_reports(), "k-0123456789ab", "default 1"))
