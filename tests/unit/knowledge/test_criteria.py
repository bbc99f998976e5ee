import pytest

from cds.knowledge.criteria import Measure, measure_of


@pytest.mark.parametrize(
    ("unit", "measure"),
    [
        ("mg", Measure.DOSE),
        ("mg/kg", Measure.DOSE),
        ("mg/h", Measure.RATE),
        ("ug/kg/min", Measure.RATE),
        ("mg/d", Measure.DAILY),
        ("mg/kg/d", Measure.DAILY),
        ("/d", Measure.FREQUENCY),
        ("s", Measure.DURATION),
        ("min", Measure.DURATION),
        ("h", Measure.INTERVAL),
    ],
)
def test_a_unit_says_which_amount_is_meant(unit: str, measure: Measure) -> None:
    assert measure_of(unit) is measure
