import pytest

from cds.rules.truth import FALSE, TRUE, Answer, Fact, Lack, Truth, all_of, any_of, known, negated, unknown

YES = known(True, Fact((("a", "1"),)))
ALSO = known(True, Fact((("b", "2"),)))
NO = FALSE
NO_WEIGHT = unknown(Lack.WEIGHT, "no weight")
NO_AGE = unknown(Lack.AGE, "no age")


@pytest.mark.parametrize(
    ("answers", "truth"),
    [
        ((), Truth.TRUE),
        ((YES,), Truth.TRUE),
        ((YES, YES), Truth.TRUE),
        ((YES, NO), Truth.FALSE),
        ((NO_WEIGHT, NO), Truth.FALSE),
        ((NO, NO_WEIGHT), Truth.FALSE),
        ((YES, NO_WEIGHT), Truth.UNKNOWN),
        ((NO_AGE, NO_WEIGHT), Truth.UNKNOWN),
    ],
)
def test_all_of_is_false_if_any_is_false_and_true_only_if_all_are(answers: tuple[Answer, ...], truth: Truth):
    assert all_of(answers).truth is truth


@pytest.mark.parametrize(
    ("answers", "truth"),
    [
        ((), Truth.FALSE),
        ((NO, NO), Truth.FALSE),
        ((NO, YES), Truth.TRUE),
        ((NO_WEIGHT, YES), Truth.TRUE),
        ((NO_WEIGHT, NO), Truth.UNKNOWN),
        ((NO_AGE, NO_WEIGHT), Truth.UNKNOWN),
    ],
)
def test_any_of_is_true_if_any_is_true_and_false_only_if_all_are(answers: tuple[Answer, ...], truth: Truth):
    assert any_of(answers).truth is truth


@pytest.mark.parametrize(("answer", "truth"), [(YES, Truth.FALSE), (NO, Truth.TRUE), (NO_AGE, Truth.UNKNOWN)])
def test_the_opposite_of_not_known_is_not_known(answer: Answer, truth: Truth):
    assert negated(answer).truth is truth


def test_all_of_gathers_what_was_found():
    assert all_of((YES, ALSO)).facts == (*YES.facts, *ALSO.facts)


def test_what_was_lacking_is_said_once():
    together = all_of((NO_WEIGHT, YES, NO_AGE, NO_WEIGHT))
    assert together.missing == (*NO_WEIGHT.missing, *NO_AGE.missing)
    assert any_of([NO_WEIGHT, NO_WEIGHT]).missing == NO_WEIGHT.missing


def test_any_of_keeps_only_what_made_it_true():
    assert any_of([NO_WEIGHT, ALSO, YES]) == ALSO


def test_what_is_denied_is_no_fact():
    assert known(False, Fact((("a", "1"),))) == FALSE
    assert negated(YES) == FALSE
    assert negated(NO) == TRUE


@pytest.mark.parametrize(("answer", "holds"), [(YES, True), (NO, False), (NO_AGE, False)])
def test_only_true_holds(answer: Answer, holds: bool):
    assert answer.holds is holds
