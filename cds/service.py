"""The use cases, one short function each. Every door (CDS Hooks, command line, pages) goes through ``review``."""

from __future__ import annotations

from dataclasses import dataclass

from cds.cards.card import Reviewed
from cds.cards.compose import compose
from cds.clinical.chart import Chart
from cds.clinical.order import Drafts
from cds.knowledge.load import load
from cds.knowledge.model import Knowledge
from cds.rules.review import review
from cds.rules.situation import Situation
from cds.settings import Settings
from cds.terminology.terminology import Terminology


@dataclass(frozen=True, slots=True)
class Service:
    """Knowledge and terminology, read once and never changed; every answer is made of exactly one of each."""

    knowledge: Knowledge
    terminology: Terminology

    def review(self, drafts: Drafts, chart: Chart) -> Reviewed:
        """Judge the drafts against the record and say what there is to say. Pure: the moment is in the chart."""
        situation = Situation(chart, drafts, self.knowledge.policy, self.terminology)
        return compose(review(situation, self.knowledge), situation, self.knowledge)


def build(settings: Settings) -> Service:
    """Read and check all knowledge. KnowledgeError names every fault."""
    knowledge, lookup = load(settings.knowledge, settings.policy)
    return Service(knowledge, lookup)
