from decimal import Decimal

import pytest

from cds.clinical.quantity import UNITS, Quantity
from cds.knowledge.criteria import (
    AgeBetween,
    AgeIs,
    Allergic,
    AmountIs,
    AmountStated,
    AnyOf,
    Criteria,
    Diluted,
    GivenAs,
    GivenAsIs,
    HasCondition,
    Measure,
    Not,
    NotRecorded,
    Ordered,
    Phase,
    PhaseIs,
    RouteIs,
    SettingIs,
    SexIs,
    Stopping,
    StrengthsAre,
    TakenWith,
    UseIs,
)
from cds.knowledge.fields import Noted
from cds.knowledge.read_criteria import read_criteria
from cds.knowledge.strict import parse
from cds.knowledge.vocabulary import MONITORED, PARENTERAL, ROUTES, Vocabulary

KNOWN = Vocabulary(
    ingredients=frozenset({"examplin", "othermab"}),
    classes=frozenset({"tranquilliser"}),
    conditions=frozenset({"hiccups", "pregnancy"}),
    uses=frozenset({"pain"}),
    services=frozenset({"ecg"}),
)


def read(text: str, vocabulary: Vocabulary = KNOWN) -> tuple[Criteria, list[str]]:
    node, faults = parse(f"{{{text}}}".encode(), "f")
    assert node is not None, faults
    noted = Noted("f")
    return read_criteria(node, noted, vocabulary, "when"), [fault.message for fault in noted.faults]


def q(value: str, unit: str) -> Quantity:
    return Quantity(Decimal(value), UNITS[unit])


@pytest.mark.parametrize(
    ("text", "criterion"),
    [
        ("route: [oral, nasal]", RouteIs(frozenset({"oral", "nasal"}))),
        ("route: parenteral", RouteIs(PARENTERAL)),
        ("route: injectable", RouteIs(PARENTERAL)),
        ("route: [systemic]", RouteIs(ROUTES - {"topical", "ophthalmic"})),
        ("given-as: bolus", GivenAsIs(GivenAs.BOLUS)),
        ("use: [pain, not-stated]", UseIs(frozenset({"pain", "not-stated"}))),
        ("setting: [monitored, ward]", SettingIs(MONITORED | {"ward"})),
        ("age: [child]", AgeIs(frozenset({"child"}))),
        ("years: {from: 12, to: 55}", AgeBetween(12, 55)),
        ("years: {from: 12}", AgeBetween(12, 150)),
        ("sex: [female, unknown]", SexIs(frozenset({"female", "unknown"}))),
        ("phase: long-term", PhaseIs(Phase.LONG_TERM)),
        ("stopping: yes", Stopping()),
        ("amount: {above: 5 mg}", AmountIs(Measure.DOSE, q("5", "mg"), False)),
        ("amount: {from: 5 mg/kg/h}", AmountIs(Measure.RATE, q("5", "mg/kg/h"), True)),
        ("amount: {below: 5 mg/d}", AmountIs(Measure.DAILY, None, False, q("5", "mg/d"), False)),
        ("amount: {up-to: 4 /d}", AmountIs(Measure.FREQUENCY, None, False, q("4", "/d"), True)),
        ("amount: {below: 60 s}", AmountIs(Measure.DURATION, None, False, q("60", "s"), False)),
        ("amount: {below: 4 h}", AmountIs(Measure.INTERVAL, None, False, q("4", "h"), False)),
        ("amount: {from: 2 mg, up-to: 2 mg}", AmountIs(Measure.DOSE, q("2", "mg"), True, q("2", "mg"), True)),
        ("amount: {from: 1 mg/mL, of: concentration}", AmountIs(Measure.CONCENTRATION, q("1", "mg/mL"), True)),
        ("amount: {above: 10 mg/d, of: step}", AmountIs(Measure.STEP, q("10", "mg/d"))),
        ("stated: [rate]", AmountStated(Measure.RATE)),
        (
            "strengths: {othermab: 1 %, examplin: 2 %}",
            StrengthsAre((("examplin", q("2", "%")), ("othermab", q("1", "%")))),
        ),
        ("diluted: yes", Diluted()),
        ("ordered: [ecg]", Ordered(frozenset({"ecg"}))),
        ("condition: {is: [hiccups]}", HasCondition(frozenset({"hiccups"}))),
        (
            "condition: {is: hiccups, course: [remission], certainty: [unconfirmed], severity: [severe], "
            "onset: [recent]}",
            HasCondition(
                frozenset({"hiccups"}),
                frozenset({"remission"}),
                frozenset({"unconfirmed"}),
                frozenset({"severe"}),
                frozenset({"recent"}),
            ),
        ),
        ("no-data-on: pregnancy", NotRecorded("pregnancy")),
        ("allergy: [intolerance]", Allergic(frozenset({"intolerance"}))),
        (
            "allergy: [confirmed], allergy-to: [othermab]",
            Allergic(frozenset({"confirmed"}), frozenset({"othermab"})),
        ),
        ("with: {ingredient: [othermab]}", TakenWith(ingredients=frozenset({"othermab"}))),
        (
            "with: {class: [tranquilliser], state: [stopped], route: [oral], regular: yes, use: [pain], "
            "without: [othermab], at-least: 3}",
            TakenWith(
                classes=frozenset({"tranquilliser"}),
                states=frozenset({"stopped"}),
                routes=frozenset({"oral"}),
                regular=True,
                uses=frozenset({"pain"}),
                without=frozenset({"othermab"}),
                at_least=3,
            ),
        ),
        ("any: [{stopping: yes}, {diluted: yes}]", AnyOf(((Stopping(),), (Diluted(),)))),
        ("not: {stopping: yes}", Not((Stopping(),))),
    ],
)
def test_each_key_becomes_its_criterion(text: str, criterion: object) -> None:
    assert read(text) == ((criterion,), [])


def test_criteria_stand_in_the_order_written_and_lists_hold_together() -> None:
    found, faults = read("not: [{stopping: yes}, {diluted: yes}], amount: [{above: 1 mg}, {below: 3 /d}]")
    assert faults == []
    assert [type(each) for each in found] == [Not, Not, AmountIs, AmountIs]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rout: [oral]", "'rout' is not a key of when; did you mean 'route'?"),
        ("route: [orall]", "'orall' is not a route or a group of them; did you mean 'oral'?"),
        ("setting: [icu]", "'icu' is not a setting or a group of them"),
        ("given-as: drip", "'drip' is not a way to give it; use bolus or infusion"),
        ("use: [pan]", "'pan' is not a use we know"),
        ("years: {from: 55, to: 12}", "from 55 is more than to 12"),
        ("phase: later", "'later' is not a phase"),
        ("amount: {abve: 5 mg}", "'abve' is not a key of amount; did you mean 'above'?"),
        ("amount: {of: rate}", "an amount needs a bound: above, from, below or up-to"),
        ("amount: {above: 5 mgs}", "'mgs' is not a unit we know; did you mean 'mg'?"),
        ("amount: {above: 5 mg, from: 6 mg}", "'above' and 'from' bound the same side: keep one"),
        ("amount: {above: 5 mg, below: 3 mg}", "no amount lies above 5 mg and below 3 mg"),
        ("amount: {from: 3 mg, below: 3 mg}", "no amount lies above 3 mg and below 3 mg"),
        ("amount: {above: 3 mg, below: 5 mg/kg}", "mg and mg/kg cannot be compared"),
        ("amount: {above: 3 mg, below: 5 mg/d}", "mg and mg/d does not measure one"),
        ("amount: {above: 3 mg/mL}", "mg/mL does not measure one dose; name what is meant with of: "),
        ("amount: {above: 3 mg, of: rate}", "mg does not measure one rate"),
        ("stated: [speed]", "'speed' is not an amount of an order"),
        ("strengths: [1 %]", "'strengths' should be ingredients with their strengths"),
        ("strengths: {examplon: 1 %}", "'examplon' is not an ingredient we know; did you mean 'examplin'?"),
        ("ordered: [eeg]", "'eeg' is not a service we know; did you mean 'ecg'?"),
        ("condition: {course: [active]}", "condition lacks 'is'"),
        ("condition: {is: [hiccup]}", "'hiccup' is not a condition we know"),
        ("condition: {is: [hiccups], severity: [bad]}", "'bad' is not a severity"),
        ("no-data-on: [pregnant]", "'pregnant' is not a condition we know"),
        ("allergy: [maybe]", "'maybe' is not a kind of allergy"),
        ("allergy-to: [othermab]", "when lacks 'allergy'"),
        ("allergy: [confirmed], allergy-to: [othermap]", "'othermap' is not an ingredient we know"),
        ("with: {state: [current]}", "'with' needs an ingredient or a class"),
        ("with: {class: [tranquiliser]}", "'tranquiliser' is not a class we know (knowledge/classes); did you mean"),
        ("with: {ingredient: [othermab], at-least: 0}", "'at-least' counts from 1"),
        ("stopping: no", "'stopping' can only be 'yes'"),
        ("diluted: maybe", "'diluted' can only be 'yes'"),
        ("any: [{stoping: yes}]", "'stoping' is not a key of any; did you mean 'stopping'?"),
        ("not: {age: [old]}", "'old' is not an age band"),
    ],
)
def test_what_does_not_fit_is_named_in_words(text: str, words: str) -> None:
    _, faults = read(text)
    assert len(faults) == 1, faults
    assert faults[0].startswith(words)


@pytest.mark.parametrize(
    "text",
    ["years: ", "amount: ", "any: ", "condition: x", "route: []", "use: []", "amount: []", "any: [{}]", "not: {}", ""],
)
def test_an_empty_or_crooked_value_is_a_fault_and_never_an_exception(text: str) -> None:
    assert read(text)[1]


def test_criteria_that_are_no_map_are_a_fault() -> None:
    noted = Noted("f")
    node, _ = parse(b"- oral\n", "f")
    assert node is not None
    assert read_criteria(node, noted, KNOWN, "when") == ()
    assert len(noted.faults) == 1


def test_slugs_of_tables_that_are_missing_are_not_judged() -> None:
    found, faults = read("use: [anything], ordered: [x], strengths: {y: 1 %}, with: {class: [z]}", Vocabulary())
    assert faults == []
    assert UseIs(frozenset({"anything"})) in found
