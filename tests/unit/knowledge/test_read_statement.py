import pytest

from cds.knowledge.model import Citation, Kind, Level, SuggestionKind, SuggestionSpec
from cds.knowledge.read_statement import read_lines
from tests.unit.knowledge.made_up import MadeUp


def test_the_folder_as_made_up_has_no_fault(made: MadeUp) -> None:
    assert made.faults(complete=True) == []


def test_a_statement_is_read_whole(made: MadeUp) -> None:
    first, top, pair = made.examine().statements
    assert (first.id, first.kind, first.fires, first.tiers) == ("examplin.indication", Kind.INDICATION, False, ())
    assert top.about == (frozenset({"examplin"}),)
    assert top.cites == (Citation("hiccups", "Dosage", (4, 7)),)
    assert top.dose == (("start-low", "5 mg/d"), ("start-high", "10 mg/d"), ("max", "75 mg/d"))
    assert top.inventory == ("HI-002",)
    quiet, loud = top.tiers
    assert (quiet.level, loud.level) == (Level.INFO, Level.CRITICAL)
    assert quiet.advice == loud.advice == "Lower the dose."
    assert loud.rule == "X1"
    assert loud.override == ("PROTOCOL",)
    assert [each.kind for each in loud.suggest] == [SuggestionKind.SET, SuggestionKind.DELETE]
    assert loud.suggest[0].recommended
    assert pair.yields_to == ("examplin.top",)
    assert pair.tiers[0].advice == "Choose one of them."
    assert pair.line == made.line("id: examplin.with-othermab")
    assert pair.file == "drugs/examplin.yaml"


def test_a_tier_may_have_a_rule_of_its_own(made: MadeUp) -> None:
    made.edit("      - level: warning\n", "      - level: warning\n        rule: X9\n")
    assert made.examine().statements[2].tiers[0].rule == "X9"


@pytest.mark.parametrize(
    ("about", "groups"),
    [
        ("othermab", [{"othermab"}]),
        ("[examplin, othermab]", [{"examplin"}, {"othermab"}]),
        ("{together: [examplin, othermab]}", [{"examplin", "othermab"}]),
        ("[examplin, {together: [examplin, othermab]}]", [{"examplin"}, {"examplin", "othermab"}]),
    ],
)
def test_what_a_statement_is_about(made: MadeUp, about: str, groups: list[set[str]]) -> None:
    made.edit("    says: Used for", f"    about: {about}\n    says: Used for")
    assert made.faults() == []
    assert [set(group) for group in made.examine().statements[0].about] == groups


@pytest.mark.parametrize(
    ("text", "lines"),
    [("32", (32,)), ("41,43", (41, 43)), ("41-43", (41, 42, 43)), ("1, 3-4,9 - 10", (1, 3, 4, 9, 10))],
)
def test_lines_of_a_document_are_read(text: str, lines: tuple[int, ...]) -> None:
    assert read_lines(text) == lines


@pytest.mark.parametrize("text", ["0", "4-3", "5,4", "5,5", "a", "1-", "", "1-99999999"])
def test_lines_that_do_not_count_upwards_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="line"):
        read_lines(text)


@pytest.mark.parametrize(
    ("written", "spec"),
    [
        ("delete-other", SuggestionSpec(SuggestionKind.DELETE_OTHER)),
        ("{delete: yes, recommended: yes}", SuggestionSpec(SuggestionKind.DELETE, recommended=True)),
        (
            "{state-use: [pain, hiccup-relief]}",
            SuggestionSpec(SuggestionKind.STATE_USE, uses=("pain", "hiccup-relief")),
        ),
        ("{order: body-weight}", SuggestionSpec(SuggestionKind.ORDER, service="body-weight")),
    ],
)
def test_a_suggestion_does_one_thing(made: MadeUp, written: str, spec: SuggestionSpec) -> None:
    made.edit("[{set: 75 mg/d, recommended: yes}, delete]", f"[{written}]")
    assert made.faults() == []
    assert made.examine().statements[1].tiers[1].suggest == (spec,)


@pytest.mark.parametrize(
    ("old", "new", "part", "words"),
    [
        ("kind: indication", "kind: indikation", "indikation", "'indikation' is not a kind of statement; did you mean"),
        ("kind: indication", "knid: indication", "knid", "'knid' is not a key of a statement; did you mean 'kind'?"),
        ("examplin.indication", "Examplin Indication", "Examplin Ind", "is not an id such as drug.iv-bolus.adult"),
        ("examplin.indication", "examplin", "id: examplin", "is not an id such as drug.iv-bolus.adult"),
        ("    says: Used for hiccups.\n", "", "examplin.indication", "a statement lacks 'says'"),
        (
            'source: hiccups, section: "Uses"',
            'source: hicups, section: "Uses"',
            "hicups",
            "'hicups' is not a source (know",
        ),
        ('section: "Uses", ', "", 'lines: "3"', "a citation lacks 'section'"),
        ('lines: "3"', 'lines: "3-1"', "3-1", "the lines '3-1' do not count upwards"),
        ('lines: "3"', "lines: three", "three", "'three' is not a list of lines such as 41-43,50"),
        ("topic: dose", "topic: doze", "doze", "'doze' is not a topic (knowledge/topics.yaml); did you mean 'dose'?"),
        ("    topic: dose\n", "", "- level: info", "a statement with tiers needs a 'topic'"),
        ("    rule: X1\n", "", "- level: info", "a statement with tiers needs a 'rule'"),
        (
            "dose: {start-low: 5 mg/d, start-high: 10 mg/d, max: 75 mg/d}",
            "dose: 75",
            "dose: 75",
            "'dose' should be labels",
        ),
        ("{start-low: 5", "{Start Low: 5", "Start Low", "'Start Low' is not a label such as start-low"),
        ("level: info", "level: loud", "loud", "'loud' is not a level; use critical, info or warning"),
        ("override: [PROTOCOL]", "override: [PROTOKOL]", "PROTOKOL", "'PROTOKOL' is not an override reason"),
        ("delete]", "remove]", "remove", "'remove' is not a suggestion; use delete"),
        ("delete]", "{recommended: yes}]", "suggest", "a suggestion does one thing"),
        ("delete]", "{set: 5 mg, order: body-weight}]", "suggest", "a suggestion does one thing"),
        ("delete]", "{set: 5 mg, recommended: yes}]", "suggest", "only one suggestion can be recommended"),
        ("delete]", "{set: 5 mgg}]", "suggest", "'mgg' is not a unit we know"),
        ("delete]", "{state-use: [pan]}]", "suggest", "'pan' is not a use we know"),
        (
            "delete]",
            "{order: weight}]",
            "suggest",
            "'weight' is not something we can request; did you mean 'body-weight'?",
        ),
        (
            "    says: Used for",
            "    about: examplon\n    says: Used for",
            "about",
            "'examplon' is not an ingredient we know",
        ),
        ("    says: Used for", "    about: [[x]]\n    says: Used for", "about", "'about' is a list of ingredients, or"),
        ("    says: Used for", "    about: {with: x}\n    says: Used for", "about", "'with' is not a key of about"),
        ("{above: 75 mg/d}", "{abve: 75 mg/d}", "abve", "'abve' is not a key of amount; did you mean 'above'?"),
    ],
)
def test_a_fault_is_named_where_it_stands(made: MadeUp, old: str, new: str, part: str, words: str) -> None:
    made.edit(old, new)
    at = made.line(part)
    assert any(
        fault.startswith(f"knowledge/drugs/examplin.yaml:{at}: ") and words in fault for fault in made.faults()
    ), made.faults()


def test_a_file_with_five_faults_reports_five_in_one_run(made: MadeUp) -> None:
    made.edit("kind: max-dose", "kind: top-dose")
    made.edit("max: 75 mg/d", "max: 75 mgs/d")
    made.edit("age: [adult]", "age: [adlut]")
    made.edit("{above: 75 mg/d}", "{abve: 75 mg/d}")
    made.edit("ingredient: [othermab]", "ingredient: [othermap]")
    assert len(made.faults()) == 5
