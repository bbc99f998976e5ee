import pytest

from cds.knowledge.figures import claims, figures, lacking, without_references


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("0.1 to 0.35 mg/kg as a bolus", ["0.1 mg/kg", "0.35 mg/kg"]),
        ("1-2 \u03bcg/kg/min (or 0.06-0.12 mg/kg/hr)", ["1 ug/kg/min", "2 ug/kg/min", "0.06 mg/kg/h", "0.12 mg/kg/h"]),
        ("1 \u00b5g, 2 mcg, 3 micrograms per kilogram per minute", ["1 ug", "2 ug", "3 ug/kg/min"]),
        ("over 60 seconds", ["60 s"]),
        ("a 30-minute gap", ["30 min"]),
        ("every 4\u20136 hours", ["4 h", "6 h"]),
        ("25 mg daily, 5 mg hourly", ["25 mg/d", "5 mg/h"]),
        ("75mg/day", ["75 mg/d"]),
        ("10 mg a day", ["10 mg/d"]),
        ("3-4 times daily", ["3 /d", "4 /d"]),
        ("two or three divided doses", ["2", "3"]),
        ("twice, a single dose, half", ["2", "1", "0.5"]),
        ("CYP2D6, 2D6, alpha2 and B12", []),
        ("1,000 mg", ["1000 mg"]),
        ("2% cream", ["2 %"]),
        ("10 mL of 50 mg/mL", ["10 mL", "50 mg/mL"]),
        ("4 in 10 people", ["4", "10"]),
        ("5, 10 or 20 mg", ["5 mg", "10 mg", "20 mg"]),
        ("5 mg and 2 days", ["5 mg", "2 d"]),
    ],
)
def test_figures_are_found_with_their_units(text: str, found: list[str]) -> None:
    assert [str(figure) for figure in figures(text)] == found


def test_small_number_words_claim_a_figure_only_where_they_count() -> None:
    assert claims("one of the two drugs, half of them") == ()
    assert [str(each) for each in claims("a single oral dose, two or three doses, two weeks")] == [
        "1",
        "2",
        "3",
        "2 wk",
    ]


def test_reference_numbers_at_the_end_of_a_line_are_no_figures() -> None:
    assert without_references("without effects. 1, 2") == "without effects."
    assert without_references("at most 0.5 mg/kg/h") == "at most 0.5 mg/kg/h"


@pytest.mark.parametrize(
    ("claimed", "stated", "absent"),
    [
        ("5 mg", "5 mg/day", ["5 mg"]),
        ("5 mg a day", "5 mg/day", []),
        ("5", "5 mg/day", []),
        ("5 mg", "5 tablets", []),
        ("5.0 mg", "5 mg", []),
        ("1 minute", "60 seconds", ["1 min"]),
        ("6 mg, 6 mg", "5 mg", ["6 mg"]),
    ],
)
def test_a_figure_stands_only_with_its_number_and_its_unit(claimed: str, stated: str, absent: list[str]) -> None:
    assert [str(each) for each in lacking(figures(claimed), figures(stated))] == absent
