"""Forty vignettes in 209 variants, each sent as a real order-sign request through the HTTP door.

What is expected, exactly:

- A finding is an entry of ``card.extension["org.medication-order-cds.findings"]``: a rule, a level, a statement and
  the orders it is about. A card lists all it holds, also what was folded into it, and the checks that could not be
  made (N1, N3, N4, N5). Cards are therefore not compared by their wording or number.
- ``must: [K2 info]``: at least one entry anywhere in the answer has rule K2 **and** level info. A louder K2 does not
  do instead.
- ``must_not: [K2]``: no entry has rule K2, at any level. ``must_not: [K2 critical]``: no entry has rule K2 at level
  critical; another level is not forbidden by it.
- Ambient findings (K12 info, K11 info, S1 info, N6 info) are allowed in every answer.
- ``test_nothing_else_is_said`` is stricter: an entry is either in ``must``, or ambient, or in the variant's ``also``
  list, which gives a reason for each. Its entries are allowed, not required.
- ``cards: 2``: at most so many cards. ``suggests``: for each entry some suggestion changes a drafted order to this
  dose or rate; ``recommended: yes`` says that this suggestion is the recommended one. ``never_suggests: [unit slip]``:
  no suggestion's label holds these words.

For every answer the laws of the wire hold; for every suggestion that changes or deletes an order, the order so
corrected is sent again and the finding the card speaks of is gone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from cds.selftest import wire
from cds.selftest.answers import AMBIENT, LOUDNESS, Said, empties, everything, matches, on_card, reports
from cds.selftest.build import Situation
from cds.selftest.ehr import carry_out
from cds.selftest.phrases import quantity
from tests.knowledge.vignettes.cases import Case, all_cases

CASES = all_cases()
CASE_NAMES = [case.name for case in CASES]
COVERED = ("amitriptyline", "ketamine", "pregabalin", "lyrica", "lamotrigine", "lamictal", "ketalar")
MOST_CARDS = 5
SUMMARY_LIMIT = 140

Answer = dict[str, Any]
AnswerTo = Callable[[Case], Answer]
Sent = Callable[[Case], Situation]
Ask = Callable[[Situation, str], Answer]

each_case = pytest.mark.parametrize("case", CASES, ids=CASE_NAMES)


def _told(answer: Answer) -> str:
    return "; ".join(f"{said} ({said.statement})" for said in everything(answer)) or "nothing"


@each_case
def test_what_must_be_said_is_said(case: Case, answer_to: AnswerTo) -> None:
    answer = answer_to(case)
    missing = [word for word in case.must if not any(str(said) == word for said in everything(answer))]
    assert not missing, f"{case.name} ({case.setup}): {missing} not in: {_told(answer)}"


@each_case
def test_what_must_not_be_said_is_not_said(case: Case, answer_to: AnswerTo) -> None:
    answer = answer_to(case)
    wrong = [word for word in case.must_not if any(matches(said, word) for said in everything(answer))]
    assert not wrong, f"{case.name} ({case.setup}): {wrong} in: {_told(answer)}"


@each_case
def test_nothing_else_is_said(case: Case, answer_to: AnswerTo) -> None:
    allowed = AMBIENT | set(case.must) | {one.finding for one in case.also}
    extra = [f"{said} ({said.statement})" for said in everything(answer_to(case)) if str(said) not in allowed]
    assert not extra, f"{case.name} ({case.setup}): also says {extra}"


@pytest.mark.parametrize("case", [case for case in CASES if case.cards_at_most is not None], ids=lambda case: case.name)
def test_there_are_not_more_cards_than_the_case_allows(case: Case, answer_to: AnswerTo) -> None:
    cards = answer_to(case)["cards"]
    assert len(cards) <= (case.cards_at_most or 0), [card["summary"] for card in cards]


def _amounts(resource: dict[str, Any]) -> list[tuple[str, Decimal, str]]:
    return [
        (kind, Decimal(said["value"]), said["code"])
        for how in resource.get("dosageInstruction", [])
        for amount in how.get("doseAndRate", [])
        for kind, said in (("dose", amount.get("doseQuantity")), ("rate", amount.get("rateQuantity")))
        if said
    ]


@pytest.mark.parametrize("case", [case for case in CASES if case.suggests], ids=lambda case: case.name)
def test_the_suggested_doses_are_the_documented_ones(case: Case, answer_to: AnswerTo) -> None:
    offered = [
        (amount, bool(suggestion.get("isRecommended")))
        for card in answer_to(case)["cards"]
        for suggestion in card.get("suggestions", [])
        for action in suggestion["actions"]
        if action["type"] == "update"
        for amount in _amounts(action["resource"])
    ]
    for wanted in case.suggests:
        kind = "rate" if "rate" in wanted else "dose"
        asked = quantity(wanted[kind])
        found = [told for amount, told in offered if amount == (kind, asked["value"], asked["code"])]
        assert found, f"{case.name}: {wanted[kind]} is not among {offered}"
        if wanted.get("recommended") == "yes":
            assert any(found), f"{case.name}: {wanted[kind]} is not the recommended one"


@pytest.mark.parametrize("case", [case for case in CASES if case.never_suggests], ids=lambda case: case.name)
def test_what_must_not_be_suggested_is_not_suggested(case: Case, answer_to: AnswerTo) -> None:
    labels = [one["label"] for card in answer_to(case)["cards"] for one in card.get("suggestions", [])]
    assert not [label for label in labels for words in case.never_suggests if words in label.lower()]


@each_case
def test_every_live_order_of_a_covered_drug_was_checked(case: Case, answer_to: AnswerTo) -> None:
    """No card may mean "nothing found", never "not recognised"."""
    told = reports(answer_to(case))
    for number, order in enumerate(case.scene.orders, start=1):
        if order.get("status") == "cancelled" or order.get("not_to_be_given"):
            assert f"MedicationRequest/draft-{number}" not in told
            continue
        report = told[f"MedicationRequest/draft-{number}"]
        name = f"{order.get('drug')} {order.get('name')} {order.get('named')}".lower()
        covered = any(drug in name for drug in COVERED)
        assert report["covered"] is covered, f"{case.name}: {name}"
        assert bool(report.get("checked")) is covered


@each_case
def test_every_check_that_was_not_made_is_said_on_a_card(case: Case, answer_to: AnswerTo) -> None:
    said = {(one.rule, order) for one in everything(answer_to(case)) for order in one.orders}
    for order, report in reports(answer_to(case)).items():
        for missing in report.get("notAssessed", []):
            assert (missing["statement"], order) in said, f"{case.name}: {missing} is on no card"


@each_case
def test_a_suggested_dose_can_be_made_of_the_ordered_product(case: Case, answer_to: AnswerTo) -> None:
    """Whole capsules, whole or half tablets: 50 mg cannot be given as 75 mg tablets."""
    for card in answer_to(case)["cards"]:
        for suggestion in card.get("suggestions", []):
            for action in suggestion["actions"]:
                if action["type"] == "update":
                    _check_makeable(action["resource"], f"{case.name}: {suggestion['label']!r}")


def _check_makeable(resource: dict[str, Any], words: str) -> None:
    product = resource.get("medicationCodeableConcept", {}).get("text", "")
    strength = re.search(r"([\d.]+) MG Oral (Tablet|Capsule)", product)
    if strength is None:
        return
    pieces = Decimal(2 if strength[2] == "Tablet" else 1)
    for kind, value, code in _amounts(resource):
        if kind == "dose" and code == "mg":
            assert value * pieces % Decimal(strength[1]) == 0, f"{words} of {product}"


@each_case
def test_the_answer_keeps_the_laws_of_the_wire(case: Case, answer_to: AnswerTo) -> None:
    answer = answer_to(case)
    assert not list(empties(answer))
    assert len(answer["cards"]) <= MOST_CARDS
    loudness = [LOUDNESS[card["indicator"]] for card in answer["cards"]]
    assert loudness == sorted(loudness, reverse=True)
    marks = [card["uuid"] for card in answer["cards"]]
    marks += [one["uuid"] for card in answer["cards"] for one in card.get("suggestions", [])]
    assert len(marks) == len(set(marks))
    assert "systemActions" not in answer
    for card in answer["cards"]:
        _check_card(card)


def _check_card(card: dict[str, Any]) -> None:
    assert len(card["summary"]) < SUMMARY_LIMIT
    assert "{" not in card["summary"]
    assert card["source"]["label"]
    assert card["source"]["topic"]["code"]
    findings = on_card(card)
    assert findings
    assert card["indicator"] == max((said.level for said in findings), key=LOUDNESS.__getitem__)
    if "suggestions" in card:
        assert card["selectionBehavior"] == "at-most-one"
        assert sum(bool(one.get("isRecommended")) for one in card["suggestions"]) <= 1
        labels = [one["label"] for one in card["suggestions"]]
        assert len(labels) == len(set(labels))
    else:
        assert "selectionBehavior" not in card
    for reason in card.get("overrideReasons", []):
        assert {"code", "system", "display"} <= set(reason)


@each_case
def test_findings_are_about_orders_that_were_drafted(case: Case, answer_to: AnswerTo, sent: Sent) -> None:
    drafted = {f"{one['resourceType']}/{one['id']}" for one in sent(case).drafts}
    for said in everything(answer_to(case)):
        assert set(said.orders) & drafted, f"{said} is about {said.orders}"


@each_case
def test_suggested_actions_are_whole_valid_and_about_the_drafts(case: Case, answer_to: AnswerTo, sent: Sent) -> None:
    drafted = {f"{one['resourceType']}/{one['id']}": one for one in sent(case).drafts}
    for card in answer_to(case)["cards"]:
        for suggestion in card.get("suggestions", []):
            for action in suggestion["actions"]:
                assert action["description"]
                if action["type"] == "delete":
                    assert action["resourceId"] in drafted
                    assert "resource" not in action
                    continue
                resource = action["resource"]
                if action["type"] == "create":
                    assert resource["resourceType"] == "ServiceRequest"
                    whole = {"id": "created", **resource}
                else:
                    whole = resource
                    before = drafted[f"{resource['resourceType']}/{resource['id']}"]
                    changed = {key for key in {*before, *resource} if before.get(key) != resource.get(key)}
                    assert changed, "an update that changes nothing"
                    assert changed <= {"dosageInstruction", "reasonCode"}, changed
                get_fhir_model_class(whole["resourceType"]).model_validate_json(wire.write(whole))


def _corrections(card: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        one
        for one in card.get("suggestions", [])
        if any(action["type"] in {"update", "delete"} for action in one["actions"])
    ]


def _changed_orders(suggestion: dict[str, Any]) -> set[str]:
    return {
        action.get("resourceId") or f"{action['resource']['resourceType']}/{action['resource']['id']}"
        for action in suggestion["actions"]
        if action["type"] in {"update", "delete"}
    }


def _still(said: Said, findings: list[Said]) -> bool:
    """The same statement for the same order, no quieter. An info that was an info may stay: it informs."""
    return any(
        one.statement == said.statement
        and set(one.orders) & set(said.orders)
        and LOUDNESS[one.level] >= max(LOUDNESS[said.level], LOUDNESS["warning"])
        for one in findings
    )


@each_case
def test_the_corrected_order_sent_again_no_longer_fires_that_card(
    case: Case, answer_to: AnswerTo, sent: Sent, ask: Ask
) -> None:
    """A card may hold several findings (a dose and a renal caution). The suggestion answers the one the card speaks
    of, its headline: one of its loudest findings about the changed order must be gone."""
    for card in answer_to(case)["cards"]:
        for suggestion in _corrections(card):
            orders = _changed_orders(suggestion)
            before = [said for said in on_card(card) if orders & set(said.orders)]
            assert before, f"{suggestion['label']!r} changes {orders}, which the card does not speak of"
            loudest = max(LOUDNESS[said.level] for said in before)
            headline = [said for said in before if LOUDNESS[said.level] == loudest]
            again = everything(ask(carry_out(sent(case), suggestion), f"{case.name} again"))
            stayed = [said for said in headline if _still(said, again)]
            assert len(stayed) < len(headline), f"{case.name}: after {suggestion['label']!r} still {stayed}"


def _loudest(answer: Answer) -> int:
    return max((LOUDNESS[card["indicator"]] for card in answer["cards"]), default=-1)


@each_case
def test_a_recommended_correction_brings_no_louder_card(case: Case, answer_to: AnswerTo, sent: Sent, ask: Ask) -> None:
    for card in answer_to(case)["cards"]:
        for suggestion in card.get("suggestions", []):
            if suggestion.get("isRecommended"):
                again = ask(carry_out(sent(case), suggestion), f"{case.name} recommended")
                assert _loudest(again) <= _loudest(answer_to(case))


@each_case
def test_a_deleted_order_is_no_longer_spoken_of(case: Case, answer_to: AnswerTo, sent: Sent, ask: Ask) -> None:
    for card in answer_to(case)["cards"]:
        for suggestion in card.get("suggestions", []):
            deleted = {one["resourceId"] for one in suggestion["actions"] if one["type"] == "delete"}
            if deleted:
                again = everything(ask(carry_out(sent(case), suggestion), f"{case.name} deleted"))
                assert not [said for said in again if deleted & set(said.orders)]
