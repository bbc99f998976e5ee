from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cds.knowledge.model import Knowledge, Level, Statement
from cds.publication.compare import compare
from tests.published import edited, installed, read

HIGHEST = "amitriptyline.highest"


def _changed(change: Callable[[Statement], Statement | None], name: str = HIGHEST) -> Knowledge:
    knowledge, _ = installed()
    drugs = []
    for drug in knowledge.drugs:
        found = [change(each) if each.id == name else each for each in drug.statements]
        drugs.append(replace(drug, statements=tuple(each for each in found if each is not None)))
    return replace(knowledge, version="newer", drugs=tuple(drugs))


def _told(new: Knowledge) -> str:
    knowledge, tables = installed()
    return compare((knowledge, tables), (new, tables))


def test_the_same_knowledge_has_no_differences() -> None:
    assert "nothing changed that a card depends on" in _told(installed()[0])


def test_another_figure_is_told_with_the_old_and_the_new() -> None:
    told = _told(_changed(lambda each: replace(each, dose=(("max", "125 mg/d"),))))
    assert "To be approved again" in told
    assert "Amitriptyline\n  amitriptyline.highest\n    figures: max 150 mg/d\n             now max 125 mg/d" in told


def test_another_level_and_other_words_are_told_by_their_step() -> None:
    def louder(each: Statement) -> Statement:
        first = replace(each.tiers[0], level=Level.CRITICAL, say="Stop.")
        return replace(each, tiers=(first, *each.tiers[1:]))

    told = _told(_changed(louder))
    assert "step 1, level: WARNING" in told
    assert "now CRITICAL" in told
    assert "now Stop." in told


def test_a_statement_that_is_gone_or_new_is_told() -> None:
    knowledge, tables = installed()
    without = _changed(lambda _: None)
    assert f"{HIGHEST} is gone" in _told(without)
    assert f"{HIGHEST} is new" in compare((without, tables), (knowledge, tables))


def test_a_drug_that_is_gone_or_new_is_told() -> None:
    knowledge, tables = installed()
    without = replace(knowledge, drugs=knowledge.drugs[1:])
    assert "the whole drug is gone" in compare((knowledge, tables), (without, tables))
    assert "the whole drug is new" in compare((without, tables), (knowledge, tables))


def test_policy_topics_and_reasons_are_compared() -> None:
    knowledge, _ = installed()
    items = {**knowledge.policy.items}
    items["elderly-from"] = replace(items["elderly-from"], value=items["elderly-from"].value + 5)
    policy = replace(knowledge.policy, items=items)
    told = _told(replace(knowledge, policy=policy, topics={**knowledge.topics, "new-topic": "New"}))
    assert "elderly-from: 65 a" in told
    assert "now 70 a" in told
    assert "new-topic: now New" in told


def test_a_member_that_left_a_class_is_told() -> None:
    def without_morphine(resource: dict[str, object]) -> None:
        compose = resource["compose"]
        assert isinstance(compose, dict)
        first = compose["include"][0]
        first["concept"] = [each for each in first["concept"] if each["display"] != "Morphine"]

    new = read(edited("ValueSet/class-opioid", without_morphine)).imported
    told = compare(installed(), (new.knowledge, new.tables))
    assert "Members of classes" in told
    assert "opioid: " in told
