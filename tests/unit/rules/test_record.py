from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cds.clinical.chart import Allergy, Category, Certainty, Condition, Course, Observation
from cds.clinical.code import Coding, Concept
from cds.clinical.order import Drafts, ServiceOrder
from cds.clinical.quantity import quantity
from cds.knowledge.criteria import Allergic, HasCondition, NotRecorded, Ordered
from cds.rules import record
from cds.rules.case import Case
from tests.unit.rules.builders import PHARMACY, ago, case, chart, policy, prescribe, problem, situation

DRAFT = prescribe("examplol tablet", "50 mg", 2)


def has(condition: str, **more: Any) -> HasCondition:
    return HasCondition(frozenset({condition}), **{name: frozenset(values) for name, values in more.items()})


def observed(what: str, answer: str = "", days: int | None = 1, **more: Any) -> Observation:
    value = Concept((Coding("", answer),)) if answer else Concept()
    when: date | None = None if days is None else ago(days)
    return Observation("Observation/1", Concept(text=what), when, value=value, **more)


def judged(asked: HasCondition | NotRecorded, *entries: Condition | Observation, **more: Any) -> Any:
    here = chart(
        conditions=tuple(one for one in entries if isinstance(one, Condition)),
        observations=tuple(one for one in entries if isinstance(one, Observation)),
        **more,
    )
    ask = record.has_condition if isinstance(asked, HasCondition) else record.not_recorded
    return ask(case(DRAFT, here), asked)


LIVER = has("liver-trouble")


@pytest.mark.parametrize(
    ("asked", "entry", "holds"),
    [
        (LIVER, problem("liver trouble"), True),
        (LIVER, problem("infarct"), False),
        (LIVER, problem("hiccups"), False),
        (HasCondition(frozenset({"infarct", "liver-trouble"})), problem("liver trouble"), True),
        # course
        (LIVER, problem("liver trouble", course=Course.REMISSION), False),
        (has("liver-trouble", courses={"remission"}), problem("liver trouble", course=Course.REMISSION), True),
        (has("liver-trouble", courses={"resolved"}), problem("liver trouble", course=Course.RESOLVED), True),
        (has("liver-trouble", courses={"resolved"}), problem("liver trouble"), False),
        # certainty
        (LIVER, problem("liver trouble", certainty=Certainty.UNCONFIRMED), False),
        (
            has("liver-trouble", certainties={"unconfirmed"}),
            problem("liver trouble", certainty=Certainty.UNCONFIRMED),
            True,
        ),
        (
            has("liver-trouble", certainties={"confirmed", "unconfirmed"}),
            problem("liver trouble", certainty=Certainty.REFUTED),
            False,
        ),
        # severity: the entry's own, else the code's, else unknown
        (has("liver-trouble", severities={"severe"}), problem("liver trouble", severity="severe"), True),
        (has("liver-trouble", severities={"severe"}), problem("severe liver trouble"), True),
        (has("liver-trouble", severities={"severe"}), problem("severe liver trouble", severity="mild"), False),
        (has("liver-trouble", severities={"severe"}), problem("liver trouble"), False),
        (has("liver-trouble", severities={"unknown"}), problem("liver trouble"), True),
        # onset, within 180 days by this policy
        (has("infarct", onsets={"recent"}), problem("infarct", onset=ago(180)), True),
        (has("infarct", onsets={"recent"}), problem("infarct", onset=ago(181)), False),
        (has("infarct", onsets={"older"}), problem("infarct", onset=ago(181)), True),
        (has("infarct", onsets={"older"}), problem("old infarct", onset=ago(1)), True),
        (has("infarct", onsets={"older"}), problem("infarct", recorded=ago(181)), True),
        (has("infarct", onsets={"unknown"}), problem("infarct", recorded=ago(180)), True),
        (has("infarct", onsets={"unknown"}), problem("infarct"), True),
        (has("infarct", onsets={"recent"}), problem("infarct"), False),
        (has("liver-trouble", onsets={"recent"}), problem("liver trouble", onset=ago(1)), False),
        (has("liver-trouble", onsets={"unknown"}), problem("liver trouble", onset=ago(1)), True),
        # a record of pregnancy holds 100 days here; after that it is no longer confirmed
        (has("pregnancy"), problem("pregnant", onset=ago(100)), True),
        (has("pregnancy"), problem("pregnant", onset=ago(101)), False),
        (has("pregnancy", certainties={"unconfirmed"}), problem("pregnant", recorded=ago(101)), True),
        (has("pregnancy"), problem("pregnant"), True),
        # observations: a coded answer, a flag, a threshold
        (has("pregnancy"), observed("pregnancy test", "yes"), True),
        (has("pregnancy"), observed("pregnancy test", "no"), False),
        (has("pregnancy"), observed("pregnancy test", "perhaps"), False),
        (has("pregnancy"), observed("pregnancy test", flag=True), True),
        (has("pregnancy"), observed("pregnancy test", flag=False), False),
        (has("pregnancy"), observed("pregnancy test", "yes", days=100), True),
        (has("pregnancy"), observed("pregnancy test", "yes", days=101), False),
        (has("pregnancy", certainties={"unconfirmed"}), observed("pregnancy test", "yes", days=101), True),
        (has("pregnancy"), observed("pregnancy test", "yes", days=None), True),
        (has("kidney-trouble"), observed("filtration", quantity=quantity("59.999 mL/min")), True),
        (has("kidney-trouble"), observed("filtration", quantity=quantity("60 mL/min")), False),
        (has("kidney-trouble"), observed("filtration", quantity=quantity("3.5 L/h")), True),
        (has("kidney-trouble"), observed("filtration", quantity=quantity("5 mg")), False),
        (has("kidney-trouble"), observed("filtration"), False),
        (LIVER, observed("bilirubin", quantity=quantity("20.001 mg/L")), True),
        (LIVER, observed("bilirubin", quantity=quantity("20 mg/L")), False),
    ],
)
def test_a_condition_is_looked_for_as_the_statement_describes_it(
    asked: HasCondition, entry: Condition | Observation, holds: bool
):
    assert judged(asked, entry).holds is holds


@pytest.mark.parametrize(
    ("sign", "denial", "certainty"),
    [
        (problem("pregnant", onset=ago(50)), observed("pregnancy test", "no", days=10), ""),
        (problem("pregnant", onset=ago(10)), observed("pregnancy test", "no", days=10), "confirmed"),
        (problem("pregnant", onset=ago(5)), observed("pregnancy test", "no", days=10), "confirmed"),
        (problem("pregnant"), observed("pregnancy test", "no", days=10), "unconfirmed"),
        (problem("pregnant", onset=ago(50)), observed("pregnancy test", "no", days=None), "confirmed"),
        (problem("pregnant", onset=ago(90)), observed("pregnancy test", "no", days=101), "confirmed"),
        (problem("pregnant", onset=ago(50)), observed("pregnancy test", flag=False), ""),
    ],
)
def test_a_newer_denial_ends_an_older_sign_and_makes_an_undated_one_uncertain(
    sign: Condition, denial: Observation, certainty: str
):
    held = {
        wanted
        for wanted in ("confirmed", "unconfirmed")
        if judged(has("pregnancy", certainties={wanted}), sign, denial).holds
    }
    assert held == ({certainty} if certainty else set())


def test_a_normal_laboratory_value_does_not_deny_a_recorded_condition():
    normal = observed("bilirubin", quantity=quantity("5 mg/L"))
    assert judged(LIVER, problem("liver trouble", onset=ago(50)), normal).holds
    assert judged(LIVER, problem("liver trouble", onset=ago(50)), observed("liver flag", flag=False)).holds


@pytest.mark.parametrize(
    ("bound", "size", "below", "above"),
    [
        # filtration: the limit is 60, below it there is trouble
        ("", "59", True, None),
        ("", "60", False, None),
        ("<", "60", True, None),
        ("<=", "59", True, None),
        (">", "60", False, None),
        (">=", "60", False, None),
        # bilirubin: the limit is 20, above it there is trouble
        ("", "21", None, True),
        ("", "20", None, False),
        (">", "20", None, True),
        (">=", "21", None, True),
        ("<", "20", None, False),
        ("<=", "20", None, False),
    ],
)
def test_a_value_that_is_only_a_bound_counts_where_it_leaves_no_doubt(
    bound: str, size: str, below: bool | None, above: bool | None
):
    for what, condition, said in (("filtration", "kidney-trouble", below), ("bilirubin", "liver-trouble", above)):
        seen = observed(what, bare=Decimal(size), bound=bound)
        if said is not None:
            assert judged(has(condition), seen).holds is said
            assert not judged(NotRecorded(condition), seen).holds


@pytest.mark.parametrize(
    ("what", "bound", "size"),
    [
        ("filtration", "<", "61"),
        ("filtration", "<=", "60"),
        ("filtration", ">", "59"),
        ("bilirubin", ">", "19"),
        ("bilirubin", ">=", "20"),
        ("bilirubin", "<", "21"),
    ],
)
def test_a_bound_on_the_wrong_side_of_the_limit_says_nothing(what: str, bound: str, size: str):
    condition = "kidney-trouble" if what == "filtration" else "liver-trouble"
    seen = observed(what, bare=Decimal(size), bound=bound)
    assert not judged(has(condition), seen).holds
    assert judged(NotRecorded(condition), seen).holds


@pytest.mark.parametrize(
    ("values", "trouble"),
    [
        ((("25", 300), ("90", 2)), False),
        ((("90", 300), ("25", 2)), True),
        ((("25", 2), ("90", 2)), True),
        ((("25", None), ("90", 2)), True),
        ((("25", 300), ("90", None)), True),
    ],
)
def test_the_newest_value_of_a_measurement_counts(values: tuple[tuple[str, int | None], ...], trouble: bool):
    seen = [observed("filtration", days=days, quantity=quantity(f"{value} mL/min")) for value, days in values]
    assert judged(has("kidney-trouble"), *seen).holds is trouble


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (problem("liver trouble"), "on record: liver trouble"),
        (problem("infarct", onset=ago(1)), "on record: infarct, since 2025-06-14"),
        (
            problem("infarct", course=Course.RESOLVED, certainty=Certainty.UNCONFIRMED),
            "on record: infarct, resolved, not confirmed",
        ),
        (observed("liver flag", flag=True), "observed: liver trouble on 2025-06-14"),
        (observed("liver flag", flag=True, days=None), "observed: liver trouble"),
    ],
)
def test_what_was_found_is_said_in_words(entry: Condition | Observation, words: str):
    condition = "infarct" if "infarct" in words else "liver-trouble"
    asked = has(condition, courses={"active", "resolved"}, certainties={"confirmed", "unconfirmed"})
    assert judged(asked, entry).facts[0].shown == words


def test_an_observation_too_old_says_so():
    asked = has("pregnancy", certainties={"unconfirmed"})
    found = judged(asked, observed("pregnancy test", "yes", days=101))
    assert found.facts[0].shown == f"observed: pregnancy on {ago(101).isoformat()}, too old to rely on"


def test_the_name_of_the_condition_is_there_for_the_card():
    assert judged(LIVER, problem("severe liver trouble")).facts[0].values == (("condition", "Liver trouble"),)


@pytest.mark.parametrize(
    ("entries", "truth"), [((), "unknown"), ((problem("infarct"),), "unknown"), ((problem("liver trouble"),), "true")]
)
def test_conditions_that_could_not_be_read_leave_open_what_was_not_found(entries: tuple[Condition, ...], truth: str):
    found = judged(LIVER, *entries, missing=(Category.CONDITIONS,))
    assert found.truth.value == truth
    assert [(one.lack.value, one.words) for one in found.missing] == (
        [("N5", "conditions")] if truth == "unknown" else []
    )


@pytest.mark.parametrize(
    ("answer", "holds", "recorded"),
    [
        ("Positive", True, True),
        ("negative", False, True),
        ("pregnant", True, True),
        ("perhaps", False, False),
        ("", False, False),
    ],
)
def test_an_answer_in_words_counts_where_no_code_says_it(answer: str, holds: bool, recorded: bool):
    seen = Observation("Observation/1", Concept(text="pregnancy test"), ago(1), value=Concept(text=answer))
    assert judged(has("pregnancy"), seen).holds is holds
    assert judged(NotRecorded("pregnancy"), seen).holds is not recorded


def test_a_value_without_a_size_says_nothing_of_a_limit():
    assert judged(NotRecorded("kidney-trouble"), observed("filtration")).holds


@pytest.mark.parametrize(
    ("entry", "course", "certainty"),
    [
        (problem("liver trouble?"), "active", "unconfirmed"),
        (problem("liver trouble?", certainty=Certainty.UNCONFIRMED), "active", "unconfirmed"),
        (problem("liver trouble in remission"), "remission", "confirmed"),
        (problem("liver trouble in remission", course=Course.RESOLVED), "resolved", "confirmed"),
    ],
)
def test_what_a_text_says_of_a_condition_stands_beside_what_the_fields_say(
    entry: Condition, course: str, certainty: str
):
    held = [
        (each, sure)
        for each in ("active", "remission", "resolved")
        for sure in ("confirmed", "unconfirmed")
        if judged(has("liver-trouble", courses={each}, certainties={sure}), entry).holds
    ]
    assert held == [(course, certainty)]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"onset": 101}, "on record: pregnancy, since {}, too old to rely on"),
        ({"recorded": 101}, "on record: pregnancy, recorded on {}, too old to rely on"),
        (
            {"recorded": 101, "certainty": Certainty.UNCONFIRMED},
            "on record: pregnancy, recorded on {}, not confirmed, too old to rely on",
        ),
    ],
)
def test_a_record_too_old_is_called_old_and_not_unconfirmed(more: dict[str, Any], words: str):
    dated = {name: ago(days) if isinstance(days, int) else days for name, days in more.items()}
    found = judged(has("pregnancy", certainties={"unconfirmed"}), problem("pregnant", **dated))
    assert found.facts[0].shown == words.format(ago(101).isoformat())


@pytest.mark.parametrize(
    ("entries", "holds"),
    [
        ((), True),
        ((problem("infarct"),), True),
        ((problem("pregnant"),), False),
        ((problem("pregnant", certainty=Certainty.UNCONFIRMED),), False),
        ((problem("pregnant", course=Course.RESOLVED),), True),
        ((observed("pregnancy test", "no"),), False),
        ((observed("pregnancy test", "no", days=101),), True),
        ((observed("pregnancy test", "perhaps"),), True),
    ],
)
def test_nothing_is_recorded_when_nothing_speaks_for_or_against_it(
    entries: tuple[Condition | Observation, ...], holds: bool
):
    assert judged(NotRecorded("pregnancy"), *entries).holds is holds


def test_a_record_that_could_not_be_read_is_not_an_empty_one():
    assert not judged(NotRecorded("pregnancy"), missing=(Category.CONDITIONS,)).holds


# --- allergies -----------------------------------------------------------------------------------------------


def allergy(**more: Any) -> Allergy:
    return Allergy("AllergyIntolerance/1", Concept(text=str(more.pop("to", "examplol"))), **more)


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        (allergy(), "confirmed"),
        (allergy(to="duplexol"), "confirmed"),
        (allergy(certainty=Certainty.UNCONFIRMED), "unconfirmed"),
        (allergy(intolerance=True), "intolerance"),
        (allergy(intolerance=True, certainty=Certainty.UNCONFIRMED), "intolerance"),
        (allergy(certainty=Certainty.REFUTED), ""),
        (allergy(active=False), ""),
        (allergy(to="calmazine"), ""),
        (allergy(to="peanuts"), ""),
    ],
)
def test_an_allergy_to_the_drug_is_confirmed_unconfirmed_or_an_intolerance(entry: Allergy, kind: str):
    here = case(DRAFT, chart(allergies=(entry,)))
    held = {
        wanted
        for wanted in ("confirmed", "unconfirmed", "intolerance")
        if record.allergic(here, Allergic(frozenset({wanted}))).holds
    }
    assert held == ({kind} if kind else set())


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (allergy(), "on record: confirmed allergy to this drug"),
        (allergy(intolerance=True), "on record: intolerance to this drug"),
    ],
)
def test_the_allergy_found_is_said_in_words(entry: Allergy, words: str):
    asked = Allergic(frozenset({"confirmed", "intolerance"}))
    assert record.allergic(case(DRAFT, chart(allergies=(entry,))), asked).facts[0].shown == words


def test_allergies_that_could_not_be_read_leave_it_open():
    asked = Allergic(frozenset({"confirmed"}))
    found = record.allergic(case(DRAFT, chart(missing=(Category.ALLERGIES,))), asked)
    assert (found.truth.value, found.missing[0].words) == ("unknown", "allergies")
    here = case(DRAFT, chart(missing=(Category.ALLERGIES,), allergies=(allergy(),)))
    assert record.allergic(here, asked).holds


# --- services ------------------------------------------------------------------------------------------------


def service(name: str, **more: Any) -> ServiceOrder:
    return ServiceOrder(f"ServiceRequest/{name}", Concept(text=name), **more)


@pytest.mark.parametrize(
    ("drafted", "on_record", "holds"),
    [
        ((), (), False),
        ((service("ECG"),), (), False),
        ((service("ECG"),), (service("oximeter"),), True),
        ((service("ECG"), service("oximeter")), (), True),
        ((service("ECG"),), (service("oximeter", current=False),), False),
        ((service("ECG"), service("haircut")), (), False),
    ],
)
def test_all_services_must_be_ordered_or_running(
    drafted: tuple[ServiceOrder, ...], on_record: tuple[ServiceOrder, ...], holds: bool
):
    here = situation(Drafts((DRAFT,), drafted), chart(services=on_record))
    asked = Ordered(frozenset({"ecg", "oximetry"}))
    assert record.ordered(Case(here, here.signing[0], DRAFT.instructions[0], "examplol"), asked).holds is holds


def test_a_policy_without_a_window_for_a_condition_cannot_call_it_recent():
    bare = policy()
    del bare.items["infarct-recent"]
    here = case(DRAFT, chart(conditions=(problem("infarct", onset=ago(1)),)), rules=bare)
    assert record.has_condition(here, has("infarct", onsets={"unknown"})).holds
    assert PHARMACY.valid_days("infarct") == 0
