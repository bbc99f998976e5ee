"""The word list refuses what it does not hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from cds.errors import KnowledgeError
from cds.knowledge.model import Level
from cds.knowledge.worked import read_cases
from cds.selftest.categories import read_categories
from cds.selftest.question import of_case
from cds.selftest.run import cases_folder
from cds.selftest.words import Words, read_words
from cds.service import Service
from cds.settings import Settings


def test_a_word_has_its_code_and_its_text(words: Words) -> None:
    assert words.concept("routes", "oral") == {
        "coding": [{"system": "http://snomed.info/sct", "code": "26643006", "display": "Oral route"}],
        "text": "Oral route",
    }
    assert words.concept("forms", "cream") == {"text": "Cream"}


def test_a_word_that_is_not_in_the_list_is_an_error(words: Words) -> None:
    with pytest.raises(KeyError, match="'unobtainium' is not in the word list of drugs"):
        words.concept("drugs", "unobtainium")


def test_a_list_with_a_fault_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "selftest").mkdir()
    (tmp_path / "selftest" / "words.yaml").write_text("drugs:\n  a: {}\n  a: {}\n", "utf-8")
    with pytest.raises(KnowledgeError, match=r"words\.yaml:3"):
        read_words(tmp_path)


def test_every_rule_of_the_knowledge_has_a_category(real_service: Service) -> None:
    categories = read_categories(Settings().knowledge)
    rules = {tier.rule for statement in real_service.knowledge.statements.values() for tier in statement.tiers}
    assert rules - categories.by_rule.keys() == set()
    assert categories.by_rule.keys() - rules <= {"N1", "N3", "N4", "N5"}
    assert categories.problems(["C6", "unknown"]) == {"glaucoma", "ocular", "eye"}


def test_a_case_names_the_ordered_drug_in_the_words_of_other_services(words: Words, real_service: Service) -> None:
    folder = cases_folder()
    assert folder is not None
    categories = read_categories(Settings().knowledge)
    (case, *_) = [case for case in read_cases(folder) if case.statement == "amitriptyline-ketamine.strength"]
    question = of_case(case, real_service.knowledge.statements, categories, words)
    assert {"amitriptyline", "ketamine"} <= question.names
    assert (question.category, question.loudest, question.must) == ("route", Level.INFO, False)


def test_a_statement_that_is_not_known_is_asked_for_all_the_same(words: Words) -> None:
    folder = cases_folder()
    assert folder is not None
    case = read_cases(folder)[0]
    question = of_case(case, {}, read_categories(Settings().knowledge), words)
    assert question.category == "excessive-alerts"
