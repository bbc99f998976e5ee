"""The use cases, one short function each. Every door (CDS Hooks, command line, pages) goes through ``review``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from cds.cards.card import Reviewed
from cds.cards.compose import compose, told_of
from cds.clinical.chart import Chart
from cds.clinical.order import Drafts
from cds.knowledge.load import load
from cds.knowledge.model import Knowledge, Level
from cds.rules.finding import Finding
from cds.rules.review import review
from cds.rules.situation import Situation
from cds.settings import Settings
from cds.terminology.terminology import Terminology

Repeated = Callable[[Finding], str]
"""Why a finding need not be shown again, in a word (``overridden``, ``mitigated``); empty: it is shown."""


@dataclass(frozen=True, slots=True)
class Service:
    """Knowledge and terminology, read once and never changed; every answer is made of exactly one of each."""

    knowledge: Knowledge
    terminology: Terminology

    def review(self, drafts: Drafts, chart: Chart, repeated: Repeated | None = None) -> Reviewed:
        """Judge the drafts against the record and say what there is to say. Pure: the moment is in the chart.

        What ``repeated`` gives a reason for is not shown, but told of beside the cards. A critical finding always is.
        """
        situation = Situation(chart, drafts, self.knowledge.policy, self.terminology)
        findings = review(situation, self.knowledge)
        if repeated is None:
            return compose(findings, situation, self.knowledge)
        reasons = {one.key: repeated(one) for one in findings.found if one.level is not Level.CRITICAL}
        withheld = tuple(told_of(one, reasons[one.key]) for one in findings.found if reasons.get(one.key))
        shown = replace(findings, found=tuple(one for one in findings.found if not reasons.get(one.key)))
        return replace(compose(shown, situation, self.knowledge), withheld=withheld)


def build(settings: Settings) -> Service:
    """Read and check all knowledge. KnowledgeError names every fault."""
    knowledge, lookup = load(settings.knowledge, settings.policy)
    return Service(knowledge, lookup)
