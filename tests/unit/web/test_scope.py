"""A clean answer is not taken for more than it is: what no statement asks for is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cds.web import state
from cds.web.workbench import Workbench
from tests.unit.web.conftest import NOW


def outside(bench: Workbench, line: str, **changes: object) -> tuple[str, ...]:
    """What is outside of the checks of the first order of a healthy man."""
    case = replace(state.preset("adult", bench.words), **changes)  # type: ignore[arg-type]
    return bench.result(bench.say(line, case, NOW), NOW).orders[0].outside


LAMOTRIGINE, AMITRIPTYLINE = "lamotrigine 25 mg once a day", "amitriptyline 10 mg at night"


@pytest.mark.parametrize(
    ("line", "changes", "told"),
    [
        (LAMOTRIGINE, {}, ()),
        (LAMOTRIGINE, {"medicine": ("valproate",)}, ("Valproate",)),
        (LAMOTRIGINE, {"medicine": ("ketamine",)}, ()),
        (AMITRIPTYLINE, {"medicine": ("phenelzine", "valproate")}, ("Valproate",)),
        (AMITRIPTYLINE, {"medicine": ("something unheard of",)}, ("something unheard of (not recognised)",)),
        (LAMOTRIGINE, {"condition": ("Pregnancy",)}, ("pregnancy",)),
        (AMITRIPTYLINE, {"condition": ("Pregnancy",)}, ()),
        (AMITRIPTYLINE, {"condition": ("Glaucoma",)}, ()),
        (LAMOTRIGINE, {"condition": ("a rare thing",)}, ("a rare thing (not recognised)",)),
        (LAMOTRIGINE, {"egfr": "20"}, ("renal impairment",)),
        (LAMOTRIGINE, {"egfr": "95"}, ()),
        (LAMOTRIGINE, {"more": ("pregabalin 75 mg twice a day",)}, ("Pregabalin",)),
    ],
)
def test_what_no_statement_asks_for_is_told(
    bench: Workbench, line: str, changes: dict[str, object], told: tuple[str, ...]
) -> None:
    assert outside(bench, line, **changes) == told


def test_a_pair_that_only_the_other_drug_speaks_of_is_checked(bench: Workbench) -> None:
    assert outside(bench, "ketamine 20 mg IV once for acute pain", medicine=("lamotrigine",)) == ()
    assert outside(bench, LAMOTRIGINE, medicine=("esketamine",)) == ()


def test_a_medicine_that_the_order_replaces_is_not_beside_it(bench: Workbench) -> None:
    start = replace(bench.example("adult", LAMOTRIGINE, NOW), medicine=("valproate",))
    found = [bench.result(replace(start, replaces=name), NOW).orders[0].outside for name in ("", "medicine-0")]
    assert found == [("Valproate",), ()]
