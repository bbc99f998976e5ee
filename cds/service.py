"""The use cases, one short function each. Every door (CDS Hooks, command line, pages) goes through ``review``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from cds.cards.card import Reviewed
from cds.cards.compose import compose
from cds.clinical.chart import Chart
from cds.clinical.code import Concept
from cds.clinical.order import Drafts
from cds.errors import Fault, KnowledgeError
from cds.knowledge.load import load
from cds.knowledge.model import Knowledge
from cds.rules.review import review
from cds.rules.situation import Situation
from cds.settings import Settings
from cds.terminology.lookup import Lookup
from cds.terminology.rxnorm import Drug, askable
from cds.terminology.rxnorm_codes import extended
from cds.terminology.rxnorm_load import disagreements
from cds.terminology.rxnorm_store import Release

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Service:
    """Knowledge and terminology, read once and never changed; every answer is made of exactly one of each."""

    knowledge: Knowledge
    terminology: Lookup

    def review(self, drafts: Drafts, chart: Chart) -> Reviewed:
        """Judge the drafts against the record and say what there is to say. Pure: the moment is in the chart."""
        situation = Situation(chart, drafts, self.knowledge.policy, self.terminology)
        return compose(review(situation, self.knowledge), situation, self.knowledge)

    def unknown_codes(self, drafts: Drafts, chart: Chart) -> frozenset[Key]:
        """Codes of medicines and allergies that our tables do not know and RxNorm could: what may be asked for
        before a review.
        """
        found = (key for concept in _concepts(drafts, chart) for key in self.terminology.unknown(concept))
        return frozenset(key for key in found if askable(key))

    def with_codes(self, found: Mapping[Key, Drug]) -> Service:
        """The same service, knowing these codes too; for one review."""
        return replace(self, terminology=self.terminology.with_codes(found)) if found else self


def _concepts(drafts: Drafts, chart: Chart) -> Iterator[Concept]:
    for order in (*drafts.orders, *chart.medicines):
        yield order.medication.concept
        yield from (ingredient.concept for ingredient in order.medication.ingredients)
    yield from (allergy.concept for allergy in chart.allergies)


def build(settings: Settings) -> Service:
    """Read and check all knowledge. KnowledgeError names every fault, TerminologyError says what is wrong with the
    loaded release of RxNorm.
    """
    knowledge, lookup = load(settings.knowledge, settings.policy)
    if settings.rxnorm is None:
        return Service(knowledge, lookup)
    release = Release(settings.rxnorm)
    faults = disagreements(release, lookup.tables.medicines, knowledge.covered)
    if faults:
        raise KnowledgeError([Fault(release.name, 0, words) for words in faults])
    return Service(replace(knowledge, release=release.name), Lookup(extended(lookup.tables, release)))
