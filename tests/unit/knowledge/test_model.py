from decimal import Decimal

import pytest

from cds.knowledge.examine import knowledge_of
from cds.knowledge.model import MOST_SETS, Level, Policy
from tests.unit.knowledge.made_up import MadeUp
from tests.unit.knowledge.test_read_drug import BOTH


def test_levels_go_from_quiet_to_loud() -> None:
    assert [level.rank for level in (Level.INFO, Level.WARNING, Level.CRITICAL)] == [0, 1, 2]


def test_a_policy_item_that_is_missing_is_an_error_not_a_default() -> None:
    with pytest.raises(KeyError):
        Policy("p", "1", {}).number("adult-from")


def test_knowledge_is_indexed_by_what_can_fire(made: MadeUp) -> None:
    made.write("combinations/examplin-othermab.yaml", BOTH)
    reading = made.examine()
    knowledge = knowledge_of(reading, "v")
    assert knowledge.covered == {"examplin"}
    assert [each.id for each in knowledge.by_ingredient["examplin"]] == ["examplin.top", "examplin.with-othermab"]
    assert set(knowledge.statements) == {statement.id for statement in reading.statements}
    assert knowledge.drug_of["examplin-othermab.pair"].name == "Examplin + Othermab"
    assert knowledge.policy.number("adult-from") == Decimal(10)
    assert knowledge.topics == {"dose": "Dose", "pair": "Pair"}


def test_the_statements_about_a_set_of_ingredients_are_kept_together_and_never_without_end(made: MadeUp) -> None:
    made.write("combinations/examplin-othermab.yaml", BOTH)
    knowledge = knowledge_of(made.examine(), "v")
    both = frozenset({"examplin", "othermab"})
    found = knowledge.concerning(both, judged=True)
    assert ("examplin.top", "examplin") in [(statement.id, name) for statement, name in found]
    assert knowledge.concerning(both, judged=True) is found
    for number in range(MOST_SETS):
        knowledge.concerning(frozenset({f"unheard-of-{number}"}), judged=True)
    late = frozenset({"examplin", "unheard-of"})
    kept = knowledge.concerning(late, judged=True)
    assert knowledge.concerning(late, judged=True) == kept
    assert knowledge.concerning(late, judged=True) is not kept
