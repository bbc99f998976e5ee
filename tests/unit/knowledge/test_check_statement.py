import pytest

from tests.unit.knowledge.made_up import MadeUp


@pytest.mark.parametrize(
    ("old", "new", "part", "words"),
    [
        (
            '      - {source: hiccups, section: "Uses", lines: "3"}',
            "      []",
            "[]",
            "'examplin.indication' cites no line",
        ),
        (
            "    outside: The level is ours. From 50 mg/day on it is near.\n    applies",
            "    applies",
            "id: examplin.top",
            "must say under 'outside'",
        ),
        ("close to {limit}", "close to {limits}", "{limits}", "'{limits}' is not a placeholder; did you mean 'limit'?"),
        ("close to {limit}", "close to {zzz}", "{zzz}", "'{zzz}' is not a placeholder; use drug, amount"),
        ("close to {limit}", "close to {limit", "{limit.", "a brace is not closed, or closed twice"),
        ("close to {limit}", "close to limit}", "limit}.", "a brace is not closed, or closed twice"),
        ("close to {limit}", "with {other}", "with {other}.", "'{other}' has nothing to fill it"),
        ("close to {limit}", "in {condition}", "in {condition}", "'{condition}' has nothing to fill it"),
        ("do not combine.", "{limit_here}.", "{limit_here}", "'{limit_here}' has nothing to fill it"),
        ("Choose one of them.", "Choose {one}.", "{one}", "'{one}' is not a placeholder"),
        ("close to {limit}", "x" * 140, "xxx", "the summary can become 16"),
        ("max: 75 mg/d", "max: 75", "dose: {", "max: '75' lacks its unit"),
        ("max: 75 mg/d", "max: 75 mgg/d", "dose: {", "max: 'mgg/d' is not a unit we know"),
        ("max: 75 mg/d", "max: 90-75 mg/d", "dose: {", "max: '90-75 mg/d' runs from high to low"),
        (
            "start-low: 5 mg/d",
            "start-low: 50 mg/d",
            "dose: {",
            "start-low (50 mg/day) is higher than start-high (10 mg/day)",
        ),
        ("start-low: 5 mg/d", "start-low: 5 mg/kg/d", "dose: {", "start-low and start-high do not measure the same"),
    ],
)
def test_a_broken_house_rule_is_named_at_its_place(made: MadeUp, old: str, new: str, part: str, words: str) -> None:
    made.edit(old, new)
    at = made.line(part)
    assert any(
        fault.startswith(f"knowledge/drugs/examplin.yaml:{at}: ") and words in fault for fault in made.faults()
    ), made.faults()


def tiers(made: MadeUp, *rows: tuple[str, str]) -> list[str]:
    """The faults when the tiers of one statement are these levels with these criteria."""
    text = made.text("drugs/examplin.yaml")
    start, end = text.index("      - level: info"), text.index("  - id: examplin.with-othermab")
    body = "".join(f"      - level: {level}\n        when: {{{when}}}\n        say: Words.\n" for level, when in rows)
    made.write("drugs/examplin.yaml", text[:start] + body + "\n" + text[end:])
    # What the figures stand on is another rule's question.
    faults = [fault.split(": ", 1)[1] for fault in made.faults()]
    return [fault for fault in faults if "stands neither on the cited lines" not in fault]


@pytest.mark.parametrize(
    "rows",
    [
        [("info", "amount: {above: 5 mg}"), ("critical", "amount: {above: 9 mg}")],
        [("info", "amount: {below: 5 mg}"), ("critical", "amount: {above: 5 mg}")],
        [("info", "amount: {above: 5 mg}"), ("warning", "amount: {above: 5 mg/kg}")],
        [("info", "amount: {above: 5 mg}"), ("warning", "amount: {above: 5 mg/d}")],
        [("info", "amount: {above: 5 mg}"), ("warning", "age: [child], amount: {above: 5 mg}")],
        [("info", "amount: {above: 5 mg}"), ("warning", "amount: {above: 5 mg, up-to: 9 mg}")],
        [("info", "amount: {from: 5 mg}"), ("critical", "amount: {above: 5 mg}")],
        [("info", "amount: {below: 5 mg}"), ("critical", "amount: {below: 3 mg}")],
    ],
)
def test_tiers_that_grow_louder_are_in_order(made: MadeUp, rows: list[tuple[str, str]]) -> None:
    assert tiers(made, *rows) == []


@pytest.mark.parametrize(
    "rows",
    [
        [("info", "amount: {above: 9 mg}"), ("critical", "amount: {above: 5 mg}")],
        [("info", "amount: {above: 5 mg}"), ("critical", "amount: {from: 5 mg}")],
        [("info", "amount: {above: 5 mg}"), ("critical", "amount: {above: 5000 ug}")],
        [("info", "amount: {below: 3 mg}"), ("critical", "amount: {below: 5 mg}")],
        [("info", "amount: {below: 5 mg}"), ("warning", "amount: {up-to: 5 mg}")],
        [("info", "age: [child], amount: {above: 9 mg}"), ("critical", "amount: {above: 5 mg}")],
        [("info", "age: [child]"), ("critical", "age: [child]")],
    ],
)
def test_a_tier_that_a_louder_one_always_covers_is_never_seen(made: MadeUp, rows: list[tuple[str, str]]) -> None:
    loud = rows[1][0]
    assert tiers(made, *rows) == [f"this 'info' tier holds only where a '{loud}' tier holds too: never seen"]


def test_tiers_stand_from_quiet_to_loud(made: MadeUp) -> None:
    faults = tiers(made, ("critical", "amount: {above: 9 mg}"), ("info", "amount: {above: 5 mg}"))
    assert faults == ["the tier 'info' stands behind 'critical': order them from quiet to loud"]


def test_a_louder_tier_first_is_also_seen_to_cover_what_follows(made: MadeUp) -> None:
    faults = tiers(made, ("critical", "amount: {above: 5 mg}"), ("info", "amount: {above: 9 mg}"))
    assert "this 'info' tier holds only where a 'critical' tier holds too: never seen" in faults


def test_criteria_inside_any_and_not_fill_a_placeholder_too(made: MadeUp) -> None:
    made.edit("with: {ingredient: [othermab]}", "any: [{with: {ingredient: [othermab]}}, {not: {stopping: yes}}]")
    assert made.faults() == []


def test_the_length_of_a_summary_counts_what_fills_it(made: MadeUp) -> None:
    made.edit("do not combine.", "do not combine " + "x" * 80)
    assert made.faults() == []
    made.edit("do not combine", "do not combine {other} {other}")
    assert any("the summary can become" in fault for fault in made.faults())


def test_the_length_of_a_summary_counts_the_longest_drug_it_is_about(made: MadeUp) -> None:
    made.edit("Examplin", "Ex", "drugs/examplin.yaml")
    made.edit("do not combine.", "x" * 95)
    assert made.faults() == []
    made.edit("kind: interaction\n", "kind: interaction\n    about: [examplin, othermab]\n")
    made.edit("\nothermab,", "\nothermab,Othermab\na-name-far-longer-than-it-should-be,", "terminology/ingredients.csv")
    assert made.faults() == []
    made.edit("about: [examplin, othermab]", "about: [a-name-far-longer-than-it-should-be]")
    assert any("the summary can become" in fault for fault in made.faults())


@pytest.mark.parametrize("figure", ["4-6 h", "4 to 6 h", "2 %", "3 /d", "0.1-0.35 mg/kg"])
def test_a_figure_may_be_a_range(made: MadeUp, figure: str) -> None:
    made.edit("max: 75 mg/d", f"max: {figure}")
    assert not any("max:" in fault for fault in made.faults())
