"""The rules and a slow, obvious second opinion agree on what is found and on what could not be checked."""

from __future__ import annotations

from hypothesis import given, settings

from cds.clinical.chart import Chart
from cds.clinical.order import Drafts
from cds.knowledge.model import Knowledge
from cds.rules.review import review
from cds.rules.situation import Situation
from cds.terminology.terminology import Terminology
from tests.generative import made_up, real
from tests.generative.patients import charts, drafts
from tests.generative.reference import Verdict, second_opinion
from tests.generative.reference_world import World
from tests.unit.rules.builders import PHARMACY


def first_opinion(signing: Drafts, chart: Chart, knowledge: Knowledge, terms: Terminology) -> Verdict:
    findings = review(Situation(chart, signing, knowledge.policy, terms), knowledge)
    return Verdict(
        {(one.statement.id, one.order, one.level.value) for one in findings.found},
        {(one.case.seen.order.reference, one.missing.lack.value) for one in findings.not_assessed},
    )


@settings(max_examples=150)
@given(made_up.KNOWLEDGE, drafts(made_up.HOSPITAL), charts(made_up.HOSPITAL))
def test_both_agree_on_any_knowledge(knowledge: Knowledge, signing: Drafts, chart: Chart):
    second = second_opinion(World(chart, signing, knowledge.policy, PHARMACY), knowledge)
    assert first_opinion(signing, chart, knowledge, PHARMACY) == second


@settings(max_examples=40)
@given(drafts(real.HOSPITAL), charts(real.HOSPITAL))
def test_both_agree_on_the_knowledge_of_this_tree(signing: Drafts, chart: Chart):
    knowledge, terms = real.service().knowledge, real.service().terminology
    second = second_opinion(World(chart, signing, knowledge.policy, terms), knowledge)
    assert first_opinion(signing, chart, knowledge, terms) == second
