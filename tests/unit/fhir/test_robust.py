"""Whatever a client sends, reading returns, changes nothing, and lets no number through that is none."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cds.clinical.change import ChangeDose
from cds.clinical.quantity import quantity
from cds.fhir.editing import action
from cds.fhir.reading import read
from cds.fhir.reading.sig import read_sig, split_name
from tests.unit.fhir.shapes import AS_OF, amount, dstu2, every, order, r5, rated, typed

DOSED = rated(
    typed("ordered", doseQuantity=amount(5), rateRatio={"numerator": amount(5), "denominator": amount(1, "h")}),
    timing=every(2, boundsPeriod={"start": "2026-11-01", "end": "2026-12-01"}, duration=60, durationUnit="s")
    | {"code": {"text": "BID"}},
    maxDosePerPeriod={"numerator": amount(5), "denominator": amount(1, "d")},
    text="5 mg twice daily",
    asNeededCodeableConcept={"text": "pain"},
)
WHOLE = {
    "drafts": [order(DOSED), dstu2(DOSED), r5(DOSED)],
    "record": [
        order(DOSED, id="old", status="stopped", priorPrescription={"reference": "MedicationRequest/x"}),
        {
            "resourceType": "Medication",
            "id": "m",
            "code": {"text": "x"},
            "ingredient": [{"strength": {"numerator": amount(5), "denominator": amount(1, "mL")}}],
        },
        {
            "resourceType": "Condition",
            "id": "c",
            "code": {"text": "x"},
            "clinicalStatus": "active",
            "onsetDateTime": "2026-11",
            "abatementPeriod": {"end": "2026"},
        },
        {
            "resourceType": "AllergyIntolerance",
            "id": "a",
            "code": {"text": "x"},
            "reaction": [{"substance": {"text": "y"}}],
        },
        {
            "resourceType": "Observation",
            "id": "o",
            "status": "final",
            "code": {"text": "x"},
            "valueQuantity": amount(70, "kg"),
            "effectiveDateTime": "2026-11-24",
        },
        {
            "resourceType": "Encounter",
            "id": "e",
            "class": {"code": "EMER"},
            "location": [{"location": {"display": "ED"}}],
        },
        {"resourceType": "ServiceRequest", "id": "s", "code": {"text": "x"}},
        {"resourceType": "Patient", "id": "p-1", "birthDate": "1970", "gender": "male"},
    ],
}
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals()
    | st.text(max_size=12)
    | st.sampled_from(["2026-11-24", "Patient/p-1", "#1", "mg"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every path in a JSON value."""
    if path:
        yield path
    for key, member in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from places(member, (*path, key))


PLACES = list(places(WHOLE))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACES), JUNK), min_size=1, max_size=4))
def test_no_value_in_any_place_makes_reading_or_writing_fail(changes: list[tuple[tuple[Any, ...], Any]]) -> None:
    whole: Any = copy.deepcopy(WHOLE)
    for path, junk in changes:
        with suppress(LookupError, TypeError):  # an earlier change took the place away
            here = whole
            for key in path[:-1]:
                here = here[key]
            if isinstance(path[-1], str) is isinstance(here, dict):
                here[path[-1]] = junk
    drafts = whole["drafts"] if isinstance(whole["drafts"], list) else []
    context = {"patientId": "p-1", "draftOrders": {"entry": [{"resource": one} for one in drafts]}}
    before = repr((context, whole["record"]))
    found = read(context, {"record": whole["record"]}, AS_OF)
    assert repr((context, whole["record"])) == before
    for one in (*found.drafts.orders, *found.chart.medicines):
        for instruction in one.instructions:
            for pair in (instruction.dose, instruction.rate):
                assert pair is None or all(Decimal(0) <= end.value < Decimal("1e30") for end in pair)
    for one in found.drafts.orders:
        action(found, ChangeDose(one.reference, quantity("5 mg")))
    assert repr((context, whole["record"])) == before


@settings(max_examples=200, deadline=None)
@given(JUNK, JUNK, JUNK)
def test_no_value_in_the_place_of_the_whole_makes_reading_fail(drafts: Any, record: Any, patient: Any) -> None:
    found = read(
        {"patientId": patient, "draftOrders": drafts, "selections": drafts}, {"conditions": record, "x": record}, AS_OF
    )
    assert found.drafts.orders == ()


@settings(max_examples=500, deadline=None)
@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            [
                "25",
                "mg",
                "1/2",
                "tablet",
                "twice",
                "daily",
                "po",
                "q",
                "6",
                "h",
                "(",
                ")",
                "-",
                "to",
                "x",
                ".",
                "for",
                "3",
                "days",
                "once",
                "iv",
                "max",
                "and",
                "½",
                "%",
            ]
        ),
        max_size=14,
    ).map(" ".join)
)
def test_no_text_makes_the_grammar_fail(text: str) -> None:
    found = read_sig(text)
    split_name(text)
    if found is not None:
        assert (found.dose is None) is not (found.rate is None)
