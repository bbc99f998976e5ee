"""An order in one line becomes fields of the form; what is not understood stays as words."""

from __future__ import annotations

import pytest

from cds.web.ehr import Writer
from cds.web.said import order_from, spoken
from cds.web.state import State

ROUTES = {"oral": "by mouth", "intravenous": "intravenous"}


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (
            "amitriptyline 150 mg by mouth twice a day for neuropathic pain",
            {"dose": "150", "unit": "mg", "times": "2", "route": "oral", "reason": "neuropathic pain", "text": ""},
        ),
        ("Amitriptyline 25 mg PO at night", {"drug": "Amitriptyline", "dose": "25", "times": "1", "route": "oral"}),
        ("ketamine 0.3 mg/kg IV once", {"dose": "0.3", "unit": "mg/kg", "times": "once", "route": "intravenous"}),
        ("ketamine 20 mg IV over 60 s", {"dose": "20", "over": "60", "overunit": "seconds"}),
        ("ketamine infusion 35 mg/h IV", {"rate": "35", "rateunit": "mg/h", "times": "continuous", "dose": ""}),
        (
            "pregabalin 300 MG Oral Capsule 2 capsules twice a day",
            {"drug": "pregabalin 300 MG Oral Capsule", "dose": "2", "unit": "capsule", "times": "2"},
        ),
        ("amitriptyline 10-25 mg at night", {"drug": "amitriptyline", "dose": "", "text": "10-25 mg at night"}),
        ("amitriptyline 25 mg at night as needed", {"dose": "", "text": "25 mg at night as needed"}),
        ("amitriptyline for a rainy day", {"drug": "amitriptyline", "text": "for a rainy day", "reason": ""}),
        ("amitriptyline 10 mg at night for a rainy day", {"dose": "10", "text": "", "reason": "a rainy day"}),
        ("ketamine 20 mg IV once for 5 days", {"dose": "", "text": "20 mg IV once for 5 days", "reason": ""}),
        ("something else", {"drug": "something else", "text": ""}),
        ("150 mg of amitriptyline twice a day", {"drug": "amitriptyline", "dose": "150", "times": "2", "text": ""}),
        ("Is 150 mg amitriptyline bd too much?", {"drug": "amitriptyline", "dose": "150", "times": "2", "text": ""}),
        ("amitriptyline 150 mg bd?", {"drug": "amitriptyline", "dose": "150", "times": "2", "text": ""}),
        ("0.5 mg/kg/h of ketamine IV", {"drug": "ketamine", "rate": "0.5", "route": "intravenous", "text": ""}),
        ("150 mg of something else", {"drug": "150 mg of something else"}),
    ],
)
def test_a_line_is_read_whole_or_kept_as_words(writer: Writer, line: str, fields: dict[str, str]) -> None:
    found = order_from(line, State(), writer)
    assert {name: getattr(found, name) for name in fields} == fields


@pytest.mark.parametrize(
    "line",
    [
        "amitriptyline 150 mg by mouth twice a day for neuropathic pain",
        "ketamine 20 mg intravenous once only for acute pain",
        "ketamine 35 mg/h intravenous for acute pain",
        "amitriptyline 10-25 mg at night",
    ],
)
def test_an_order_is_spoken_as_it_was_written(writer: Writer, line: str) -> None:
    found = order_from(line, State(), writer)
    assert spoken(found, ROUTES) == line
    assert order_from(spoken(found, ROUTES), State(), writer) == found
