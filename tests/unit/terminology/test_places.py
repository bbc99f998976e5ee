"""Routes and settings by code and by words."""

from __future__ import annotations

import pytest

from cds.clinical.chart import Encounter
from cds.clinical.code import SNOMED, Coding, Concept
from cds.knowledge.codes import SYSTEMS
from cds.terminology.lookup import Lookup
from tests.unit.terminology.writing import code, text

HL7 = SYSTEMS["hl7-route"]
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


@pytest.mark.parametrize(
    ("concept", "expected"),
    [
        (code(SNOMED, "26643006"), "oral"),
        (code(SNOMED, "47625008"), "intravenous"),
        (code(SNOMED, "78421000"), "intramuscular"),
        (code(SNOMED, "46713006"), "nasal"),
        (code(SNOMED, "6064005"), "topical"),
        (code(HL7, "IVPUSH"), "intravenous"),
        (code(HL7, "PO"), "oral"),
        (code(SNOMED, "417255000"), "other"),
        (code("urn:local", "17", "Intravenous"), "intravenous"),
        (text("IV"), "intravenous"),
        (text("i.v. push"), "intravenous"),
        (text("PO"), "oral"),
        (text("p.o."), "oral"),
        (text("by mouth"), "oral"),
        (text("IM"), "intramuscular"),
        (text("IN"), "nasal"),
        (text("into each nostril"), "nasal"),
        (text("apply to skin"), "topical"),
        (text("PR"), "rectal"),
        (text("in the morning"), ""),
        (text("oral or IV"), ""),
        (text("sideways"), ""),
        (code("", "PO"), ""),
        (Concept(), ""),
    ],
)
def test_a_route_is_known_by_code_or_word_or_not_at_all(terms: Lookup, concept: Concept, expected: str) -> None:
    assert terms.route(concept) == expected


def test_codes_of_two_routes_leave_the_route_open(terms: Lookup) -> None:
    two = Concept((Coding(SNOMED, "26643006"), Coding(SNOMED, "47625008")))
    assert terms.route(two) == ""


def test_parenteral_and_systemic_are_groups_of_routes(terms: Lookup) -> None:
    assert "intravenous" in terms.route_groups["parenteral"]
    assert "oral" not in terms.route_groups["parenteral"]
    assert not terms.route_groups["systemic"] & {"topical", "ophthalmic"}


def encounter(kind: str = "", place: str = "", place_code: tuple[str, str] | None = None) -> Encounter:
    places = (code(*place_code),) if place_code else (text(place),) if place else ()
    return Encounter("Encounter/1", (code(ACT, kind),) if kind else (), places)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        (encounter("AMB"), {"ambulatory"}),
        (encounter("HH"), {"home"}),
        (encounter("EMER"), {"emergency"}),
        (encounter("VR"), {"ambulatory"}),
        (encounter("IMP"), set()),
        (encounter("ACUTE"), set()),
        (encounter("OBSENC"), set()),
        (encounter("IMP", "Surgical ward 4B"), {"ward"}),
        (encounter("IMP", "Medical ICU, bed 3"), {"intensive-care"}),
        (encounter("IMP", "Operating Theatre 2"), {"operating-room"}),
        (encounter("IMP", "OR"), {"operating-room"}),
        (encounter("IMP", "PACU"), {"recovery"}),
        (encounter("EMER", "ICU"), {"intensive-care"}),
        (encounter("EMER", "Bay or cubicle 3"), {"emergency"}),
        (encounter("IMP", place_code=(SYSTEMS["hl7-role"], "ER")), {"emergency"}),
        (encounter("IMP", place_code=(SYSTEMS["hl7-role"], "ICU")), {"intensive-care"}),
        (encounter("IMP", place_code=(SNOMED, "398161000")), {"recovery"}),
        (encounter(), set()),
    ],
)
def test_a_place_says_more_than_the_class_and_inpatient_alone_says_nothing(
    terms: Lookup, seen: Encounter, expected: set[str]
) -> None:
    assert terms.settings(seen) == expected


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("Analgesia in ICU", {"intensive-care"}),
        ("analgesia, emergency department", {"emergency"}),
        ("ED analgesia", {"emergency"}),
        ("postoperative pain on the ward", {"ward"}),
        ("pain relief at home", {"home"}),
        # Words that name a place only where a place is asked for.
        ("analgesia for emergency laparotomy", set()),
        ("pain during recovery of sensation", set()),
        ("ED", set()),
        ("home exercise pain", set()),
        ("", set()),
    ],
)
def test_the_reason_of_an_order_may_name_the_place(terms: Lookup, reason: str, expected: set[str]) -> None:
    assert terms.settings_in_reason(text(reason)) == expected
