from datetime import UTC, datetime

from cds.clinical.chart import Category, Chart, Gap

AWAY = Gap(Category.WEIGHT, "the server did not answer")
CHART = Chart(datetime(2025, 1, 1, tzinfo=UTC), gaps=(Gap(Category.ALLERGIES, "not sent"), AWAY))


def test_a_gap_is_found_by_its_category():
    assert CHART.missing(Category.WEIGHT) is AWAY
    assert CHART.missing(Category.CONDITIONS) is None


def test_a_gap_is_found_by_the_name_of_its_category():
    assert CHART.missing_named("weight") is AWAY
    assert CHART.missing_named("conditions") is None
