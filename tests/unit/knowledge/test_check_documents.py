import pytest

from tests.unit.knowledge.made_up import DOCUMENT, MadeUp


@pytest.mark.parametrize(
    ("old", "new", "part", "words"),
    [
        ('lines: "4,7"', 'lines: "4,8"', "4,8", "hiccups has no line 8; it ends with line 7"),
        ('lines: "4,7"', 'lines: "2,4"', "2,4", "line 2 of hiccups is blank"),
        ('lines: "4,7"', 'lines: "5"', "says: Up to 75", "'75 mg/d' does not stand on the cited lines (hiccups 5)"),
        (
            "Up to 75 mg a day",
            "Up to 80 mg a day",
            "says: Up to",
            "'80 mg/d' does not stand on the cited lines (hiccups 4, 7)",
        ),
        ("Up to 75 mg a day", "Up to 75 mg an hour", "says: Up to", "'75 mg/h' does not stand on the cited lines"),
        ("in 2 or 3 doses", "in 2 or 4 doses", "says: Up to", "'4' does not stand on the cited lines"),
        ("max: 75 mg/d", "max: 90 mg/d", "dose: {", "'90 mg/d' does not stand on the cited lines"),
        ("max: 75 mg/d", "max: 75 mg/kg/d", "dose: {", "'75 mg/kg/d' does not stand on the cited lines"),
        (
            "above: 75 mg/d}",
            "above: 85 mg/d}",
            "above: 85",
            "'85 mg/d' stands neither on the cited lines (hiccups 4, 7)",
        ),
        ("above: 75 mg/d}", "above: 75 g/d}", "above: 75 g", "'75 g/d' stands neither"),
        (
            "set: 75 mg/d",
            "set: 70 mg/d",
            "set: 70",
            "'70 mg/d' stands neither on the cited lines (hiccups 4, 7) nor under",
        ),
        (
            "Never together with othermab.",
            "It must never be combined with othermab in anyone.",
            "says: It must",
            "'it must never be combined with othermab in' is word for word hiccups line 6: use your own words",
        ),
        (
            "Choose one of them.",
            "It must never be combined with othermab in anyone.",
            "advice: It must",
            "is word for word hiccups line 6",
        ),
        ("A drug for tests.", "It must never be combined with othermab in anyone.", "drug: examplin", "word for word"),
    ],
)
def test_what_the_document_does_not_bear_out_is_named_at_its_place(
    made: MadeUp, old: str, new: str, part: str, words: str
) -> None:
    made.edit(old, new)
    at = made.line(part)
    assert any(
        fault.startswith(f"knowledge/drugs/examplin.yaml:{at}: ") and words in fault for fault in made.faults()
    ), made.faults()


@pytest.mark.parametrize(
    "says",
    [
        "Adults take 5 to 10 mg daily, up to 75 mg per day in two or three doses.",
        "Up to 75 mg each day, in 2-3 divided doses.",
        "Split in two parts; one of the two may be larger.",
    ],
)
def test_another_way_to_write_the_same_figure_stands(made: MadeUp, says: str) -> None:
    made.edit("Up to 75 mg a day for adults, beginning at 5 to 10 mg a day, split in 2 or 3 doses.", says)
    assert made.faults() == []


def test_micrograms_and_seconds_stand_as_the_document_writes_them(made: MadeUp) -> None:
    made.edit("Never together with othermab.", "1 to 2 microgram/kg/min, or 0.1 to 0.35 mg/kg in 60 seconds.")
    made.edit('section: "Interactions", lines: "6"', 'section: "By vein", lines: "5"')
    made.edit("carries: [HI-003]", "dose: {low: 1 ug/kg/min, over: 60 s, bolus: 0.1-0.35 mg/kg}")
    assert made.faults() == []


@pytest.mark.parametrize("name", ["conflicts.yaml", "not-carried.yaml"])
def test_no_sentence_is_kept_in_other_files_either(made: MadeUp, name: str) -> None:
    made.edit("why: ", "why: It must never be combined with othermab in anyone. ", name)
    assert any(fault.startswith(f"knowledge/{name}:2: ") and "word for word" in fault for fault in made.faults())


def test_a_changed_document_is_a_fault_and_its_lines_are_not_judged(made: MadeUp) -> None:
    (made.documents / "hiccups.txt").write_text(DOCUMENT.replace("75", "80"), "utf-8")
    assert made.faults() == [
        "knowledge/sources/hiccups.yaml:1: hiccups.txt is not the document that was read (SHA-256 differs)"
    ]


@pytest.mark.parametrize("line", ["2", "9"])
def test_a_heading_listed_for_a_line_that_holds_nothing_is_a_fault(made: MadeUp, line: str) -> None:
    made.edit('heading: "1"', f'heading: "{line}"', "sources/hiccups.yaml")
    assert made.faults() == [
        f"knowledge/sources/hiccups.yaml:1: line {line}, listed as heading, is blank or not in the document"
    ]
