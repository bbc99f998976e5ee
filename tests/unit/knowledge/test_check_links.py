import pytest

from tests.unit.knowledge.made_up import MadeUp


def test_an_empty_folder_is_a_fault(made: MadeUp) -> None:
    (made.folder / "drugs/examplin.yaml").unlink()
    (made.folder / "sources/hiccups.yaml").unlink()
    faults = made.faults()
    assert "knowledge/drugs: there is no drug file here" in faults
    assert "knowledge/sources: there is no source file here" in faults


@pytest.mark.parametrize(
    ("old", "new", "part", "words"),
    [
        ("id: examplin.with-othermab", "id: examplin.top", "kind: interaction", "already used in drugs/"),
        ("id: examplin.indication", "id: othermab.indication", "othermab.indication", "should begin with 'examplin.'"),
        ("yields-to: [examplin.top]", "yields-to: [examplin.tpo]", "examplin.tpo", "did you mean 'examplin.top'?"),
        ("yields-to: [examplin.top]", "yields-to: [examplin.with-othermab]", "yields-to", "cannot yield to itself"),
        ("yields-to: [examplin.top]", "yields-to: [examplin.indication]", "yields-to", "indication' never fires"),
        ("carries: [HI-001]", "carries: [HI-009]", "HI-009", "'HI-009' is not in the inventory; did you mean"),
        ("carries: [HI-001]", "carries: [HI-001, HI-004]", "HI-004", "is carried here and stands in not-carried.yaml"),
        ("/d}\n    conflicts: [X01]", "/d}\n    conflicts: [X02]", "X02", "there is no conflict 'X02'"),
    ],
)  # fmt: skip
def test_a_link_that_leads_nowhere_is_named_where_it_stands(
    made: MadeUp, old: str, new: str, part: str, words: str
) -> None:
    made.edit(old, new)
    at = made.line(part)
    places = (f"knowledge/drugs/examplin.yaml:{at}: ", f"knowledge/drugs/examplin.yaml:{at - 1}: ")
    assert any(fault.startswith(places) and words in fault for fault in made.faults()), made.faults()


def test_statements_without_an_id_are_not_taken_for_one_another(made: MadeUp) -> None:
    made.edit("  - id: examplin.indication\n    kind", "  - kind")
    made.edit("  - id: examplin.with-othermab\n    kind", "  - kind")
    faults = made.faults()
    assert sum("a statement lacks 'id'" in fault for fault in faults) == 2
    assert not any("already used" in fault for fault in faults)


def test_an_entry_not_carried_that_the_inventory_lacks_is_a_fault(made: MadeUp) -> None:
    made.edit("HI-004", "HI-005", "not-carried.yaml")
    assert made.faults() == ["knowledge/not-carried.yaml:2: 'HI-005' is not in the inventory"]


def test_a_conflict_and_its_statements_name_each_other(made: MadeUp) -> None:
    made.edit(
        "conflicts: [X01]\n    outside: The level is ours.\n    yields", "outside: The level is ours.\n    yields"
    )
    assert made.faults() == [
        "knowledge/conflicts.yaml:2: X01 names 'examplin.with-othermab', which does not list X01 under conflicts"
    ]
    made.edit("examplin.top, examplin.with-othermab", "examplin.indicatio", "conflicts.yaml")
    faults = made.faults()
    assert any(
        "X01: there is no statement 'examplin.indicatio'; did you mean 'examplin.indication'?" in f for f in faults
    )
    assert any("the conflict X01 does not name this statement under between" in f for f in faults)


def test_what_nobody_carries_is_named_with_its_place(made: MadeUp) -> None:
    made.edit("    carries: [HI-001]\n", "")
    assert made.faults() == []
    assert made.faults(complete=True) == [
        "knowledge/inventory.csv: HI-001 (other, hiccups lines 3) is neither carried nor accounted for"
    ]


def test_every_line_an_assertion_stands_on_is_cited(made: MadeUp) -> None:
    made.edit('lines: "4,7"', 'lines: "4"')
    assert made.faults() == []
    at = made.line("carries: [HI-002]")
    assert made.faults(complete=True) == [
        f"knowledge/drugs/examplin.yaml:{at}: HI-002 also stands on hiccups line 7, which is not cited"
    ]


def test_lines_cited_by_two_carriers_count_together(made: MadeUp) -> None:
    made.edit('lines: "4,7"', 'lines: "4"')
    made.edit('lines: "3"', 'lines: "3,7"')
    made.edit("carries: [HI-001]", "carries: [HI-001, HI-002]")
    assert made.faults(complete=True) == []


def test_without_an_inventory_nothing_is_asked_of_it(made: MadeUp) -> None:
    (made.folder / "inventory.csv").unlink()
    assert made.faults(complete=True) == []
