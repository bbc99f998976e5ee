import pytest

from cds.knowledge.fields import Noted, read_quantity
from cds.knowledge.in_words import citation, in_words, ranges, suggestion
from cds.knowledge.model import Citation, SuggestionKind, SuggestionSpec
from cds.knowledge.read_criteria import read_criteria
from cds.knowledge.strict import parse
from cds.knowledge.vocabulary import Vocabulary


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("route: [systemic]", "any systemic route"),
        ("route: [oral, not-stated]", "route: oral or not stated"),
        ("given-as: bolus", "given as a bolus"),
        ("given-as: infusion", "given as an infusion"),
        ("use: [acute-pain, pain]", "for acute pain or pain"),
        ("use: not-stated", "no use stated"),
        ("setting: [monitored]", "in a monitored area"),
        ("setting: [ward, home]", "setting: home or ward"),
        ("age: [adult, child]", "in children or adults"),
        ("years: {from: 12, to: 55}", "aged 12 to 55 years"),
        ("sex: [female]", "sex: female"),
        ("phase: start", "at the start of treatment"),
        ("stopping: yes", "when it is being stopped"),
        ("amount: {above: 5 mg/d, up-to: 10 mg/d}", "daily dose above 5 mg/day and up to 10 mg/day"),
        ("amount: {from: 5 mg}", "single dose from 5 mg"),
        ("amount: {below: 60 s}", "time of one administration below 60 s"),
        ("amount: {above: 1 mg/mL, of: concentration}", "concentration above 1 mg/mL"),
        ("stated: [rate]", "the order states its rate"),
        ("strengths: {a: 2 %, b: 1 %}", "strengths exactly a 2 %, b 1 %"),
        ("diluted: yes", "a diluent is ordered with it"),
        ("ordered: [ecg, pulse-oximetry]", "ecg and pulse oximetry ordered or running"),
        ("condition: {is: [shock]}", "shock on record (active, confirmed)"),
        (
            "condition: {is: [shock], severity: [severe], onset: [recent]}",
            "shock on record (active, confirmed, severity severe, onset recent)",
        ),
        ("no-data-on: pregnancy", "the record says nothing on pregnancy either way"),
        ("allergy: [confirmed]", "allergy to it on record (confirmed)"),
        ("with: {ingredient: [b, a], class: [opioid]}", "with a, b or any opioid"),
        (
            "with: {class: [opioid], state: [stopped], route: [oral], regular: yes, use: [pain], "
            "without: [a], at-least: 3}",
            "with 3 or more of any opioid, other than a, route: oral, taken regularly, for pain (stopped)",
        ),
        (
            "any: [{stopping: yes}, {diluted: yes}]",
            "one of: (when it is being stopped) / (a diluent is ordered with it)",
        ),
        ("not: {stopping: yes}", "not (when it is being stopped)"),
        ("age: [adult], phase: start", "in adults; at the start of treatment"),
    ],
)
def test_criteria_read_as_a_pharmacist_would_say_them(written: str, words: str) -> None:
    node, _ = parse(f"{{{written}}}".encode(), "f")
    assert node is not None
    noted = Noted("f")
    assert in_words(read_criteria(node, noted, Vocabulary(), "when")) == words
    assert noted.faults == []


def test_no_criteria_hold_always() -> None:
    assert in_words(()) == "always"


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (SuggestionSpec(SuggestionKind.SET, read_quantity("5 mg"), recommended=True), "change to 5 mg (recommended)"),
        (SuggestionSpec(SuggestionKind.DELETE), "delete the draft"),
        (SuggestionSpec(SuggestionKind.DELETE_OTHER), "delete the other draft"),
        (SuggestionSpec(SuggestionKind.STATE_USE, uses=("a", "b")), "state the use: a or b"),
        (SuggestionSpec(SuggestionKind.ORDER, service="body-weight"), "order body weight"),
    ],
)
def test_suggestions_read_as_offers(spec: SuggestionSpec, words: str) -> None:
    assert suggestion(spec) == words


def test_a_citation_names_its_lines_shortly() -> None:
    assert citation(Citation("s", "Dosage", (3,))) == 's, "Dosage", line 3'
    assert citation(Citation("s", "Dosage", (3, 4, 5, 9))) == 's, "Dosage", lines 3-5, 9'
    assert ranges(()) == ""
