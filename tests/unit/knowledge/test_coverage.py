from cds.knowledge.cited import read_documents
from cds.knowledge.coverage import Coverage, coverage, report
from tests.unit.knowledge.made_up import MadeUp


def measured(made: MadeUp) -> Coverage:
    reading = made.examine()
    documents, faults = read_documents(made.documents, reading.sources)
    assert faults == []
    return coverage(reading, documents)


def test_every_line_is_cited_or_a_heading_or_blank_or_unread(made: MadeUp) -> None:
    found = measured(made)
    assert [line.use for line in found.lines] == ["heading", "blank", "cited", "cited", "unread", "cited", "cited"]
    assert found.lines[3].statements == ("examplin.top",)
    assert found.summary == (
        "4 of 4 carried or accounted for; 7 lines: 4 cited, 1 headings/navigation, 1 blank, 1 unread"
    )
    assert report(found) == f"hiccups:5: unread\n{found.summary}"


def test_who_cites_each_line_can_be_listed(made: MadeUp) -> None:
    made.edit('lines: "3"', 'lines: "3-4"')
    rows = report(measured(made), every_line=True).split("\n")
    assert rows[:5] == [
        "hiccups:1: heading",
        "hiccups:2: blank",
        "hiccups:3: examplin.indication",
        "hiccups:4: examplin.indication, examplin.top",
        "hiccups:5: unread",
    ]


def test_a_heading_that_is_cited_counts_as_cited(made: MadeUp) -> None:
    made.edit('lines: "3"', 'lines: "1,3"')
    assert measured(made).lines[0].use == "cited"


def test_a_blank_line_that_is_cited_stays_blank(made: MadeUp) -> None:
    made.edit('lines: "3"', 'lines: "2-3"')
    assert measured(made).lines[1].use == "blank"


def test_what_is_not_carried_is_named(made: MadeUp) -> None:
    made.edit("    carries: [HI-001]\n", "")
    found = measured(made)
    assert found.absent == ("HI-001",)
    assert "HI-001: neither carried nor accounted for" in report(found)
    assert found.summary.startswith("3 of 4 carried")
