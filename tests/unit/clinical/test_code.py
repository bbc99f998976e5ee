import pytest

from cds.clinical.code import Coding, Concept

CODE = Coding("http://example.org", "A1", "")
NAMED = Coding("http://example.org", "B2", "Second thing")


@pytest.mark.parametrize(
    ("concept", "words"),
    [
        (Concept((CODE, NAMED), "As written"), "As written"),
        (Concept((CODE, NAMED)), "Second thing"),
        (Concept((CODE,)), "A1"),
        (Concept(), ""),
    ],
)
def test_the_words_of_a_concept_are_its_text_then_a_display_then_a_code(concept: Concept, words: str):
    assert concept.words() == words


@pytest.mark.parametrize(
    ("concept", "says_something"), [(Concept(), False), (Concept(text="x"), True), (Concept((CODE,)), True)]
)
def test_a_concept_is_true_when_it_says_anything(concept: Concept, says_something: bool):
    assert bool(concept) is says_something
