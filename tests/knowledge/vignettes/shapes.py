"""The same situation as other clients write it. Each shape says the same thing, so the findings must be the same.

Shapes of the resources take a Situation and give a Situation; shapes of the call take the request and give a request.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from cds.selftest.build import Situation

RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
OIDS = {RXNORM: "urn:oid:2.16.840.1.113883.6.88", "http://snomed.info/sct": "urn:oid:2.16.840.1.113883.6.96"}
DOSE_TYPES = ("calculated", "ordered")


def _everywhere(value: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """The value with every object in it replaced by what ``change`` makes of it, innermost first."""
    if isinstance(value, dict):
        return change({key: _everywhere(inner, change) for key, inner in value.items()})
    if isinstance(value, list):
        return [_everywhere(inner, change) for inner in value]
    return value


def _whole(at: Situation, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Situation:
    def changed(resources: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
        return tuple(_everywhere(one, change) for one in resources)

    return replace(at, record=changed(at.record), drafts=changed(at.drafts))


def in_reverse_order(at: Situation) -> Situation:
    """Drafts and record the other way round."""
    return replace(at, record=at.record[::-1], drafts=at.drafts[::-1])


def in_micrograms(at: Situation) -> Situation:
    """Every mg is written as 1000 ug."""

    def change(one: dict[str, Any]) -> dict[str, Any]:
        code = str(one.get("code", ""))
        if "value" not in one or not (code == "mg" or code.startswith("mg/")):
            return one
        other = "ug" + code.removeprefix("mg")
        return {**one, "value": Decimal(one["value"]) * 1000, "unit": other, "code": other}

    return _whole(at, change)


def weighed_in_grams(at: Situation) -> Situation:
    """Every kg is written as 1000 g."""

    def change(one: dict[str, Any]) -> dict[str, Any]:
        if "value" not in one or one.get("code") != "kg":
            return one
        return {**one, "value": Decimal(one["value"]) * 1000, "unit": "g", "code": "g"}

    return _whole(at, change)


def every_so_many_hours(at: Situation) -> Situation:
    """ "3 per day" is written as once every 8 hours."""

    def change(one: dict[str, Any]) -> dict[str, Any]:
        if one.get("periodUnit") != "d" or one.get("frequency") in (None, 1):
            return one
        return {**one, "frequency": 1, "period": Decimal(24) / one["frequency"], "periodUnit": "h"}

    return _whole(at, change)


def with_the_same_dose_said_twice(at: Situation) -> Situation:
    """``doseAndRate`` holds the dose once as calculated and once as ordered: not two doses."""

    def change(one: dict[str, Any]) -> dict[str, Any]:
        if len(one.get("doseAndRate", [])) != 1:
            return one
        (amount,) = one["doseAndRate"]
        return {**one, "doseAndRate": [{"type": {"text": kind}, **amount} for kind in DOSE_TYPES]}

    return _whole(at, change)


def with_oids(at: Situation) -> Situation:
    """RxNorm and SNOMED CT are named by their object identifiers."""
    return _whole(at, lambda one: {**one, "system": OIDS[one["system"]]} if one.get("system") in OIDS else one)


def by_code_alone(at: Situation) -> Situation:
    """No display and no text beside a code."""

    def change(one: dict[str, Any]) -> dict[str, Any]:
        if one.get("coding"):
            codings = [{key: value for key, value in coding.items() if key != "display"} for coding in one["coding"]]
            return {**{key: value for key, value in one.items() if key != "text"}, "coding": codings}
        return one

    return _whole(at, change)


def _with_medication(
    at: Situation, place: Callable[[dict[str, Any], dict[str, Any]], list[dict[str, Any]]]
) -> Situation:
    drafts: list[dict[str, Any]] = []
    for one in at.drafts:
        if "medicationCodeableConcept" not in one:
            drafts.append(one)
            continue
        request = copy.deepcopy(one)
        code = request.pop("medicationCodeableConcept")
        medication = {"resourceType": "Medication", "id": f"for-{one['id']}", "code": code}
        drafts += place(request, medication)
    return replace(at, drafts=tuple(drafts))


def with_the_medication_inside(at: Situation) -> Situation:
    """The product is a contained Medication."""

    def place(request: dict[str, Any], medication: dict[str, Any]) -> list[dict[str, Any]]:
        reference = {"reference": f"#{medication['id']}"}
        return [{**request, "contained": [medication], "medicationReference": reference}]

    return _with_medication(at, place)


def with_the_medication_beside(at: Situation) -> Situation:
    """The product is a Medication of its own in the bundle of drafts."""

    def place(request: dict[str, Any], medication: dict[str, Any]) -> list[dict[str, Any]]:
        reference = {"reference": f"Medication/{medication['id']}"}
        return [{**request, "medicationReference": reference}, medication]

    return _with_medication(at, place)


def with_other_orders_beside(at: Situation) -> Situation:
    """The session also holds an X-ray and a diet."""
    subject = {"reference": "Patient/patient-1"}
    other = {"status": "draft", "intent": "order", "subject": subject}
    xray = {"resourceType": "ServiceRequest", "id": "xray", **other, "code": {"text": "Chest X-ray"}}
    diet = {"resourceType": "NutritionOrder", "id": "diet", "status": "draft", "intent": "order", "patient": subject}
    return replace(at, drafts=(xray, *at.drafts, diet))


def null_for_nothing(asked: dict[str, Any]) -> dict[str, Any]:
    """A search without hits is null, not an empty Bundle."""
    prefetch = {key: None if value.get("total") == 0 else value for key, value in asked["prefetch"].items()}
    return {**asked, "prefetch": prefetch}


def an_outcome_for_nothing(asked: dict[str, Any]) -> dict[str, Any]:
    """A search without hits holds one OperationOutcome that says so."""
    issue = {"severity": "warning", "code": "processing", "details": {"text": "Resource request returns no results."}}
    outcome = {"resourceType": "OperationOutcome", "issue": [issue]}
    entry = [{"resource": outcome, "search": {"mode": "outcome"}}]
    prefetch = {
        key: {**value, "entry": entry} if value.get("total") == 0 else value for key, value in asked["prefetch"].items()
    }
    return {**asked, "prefetch": prefetch}


def under_other_keys(asked: dict[str, Any]) -> dict[str, Any]:
    """Some systems let each hospital name the prefetch keys; what is in them tells what they are."""
    held = {key: value for key, value in asked["prefetch"].items() if value.get("total") != 0}
    rest = {key: value for key, value in asked["prefetch"].items() if key not in held}
    return {**asked, "prefetch": {**{f"x{number}": value for number, value in enumerate(held.values())}, **rest}}


def in_one_bundle_of_observations(asked: dict[str, Any]) -> dict[str, Any]:
    """Weight, pregnancy and kidney function come together under one key."""
    observed = [key for key, value in asked["prefetch"].items() if key in {"weight", "pregnancy", "renal"}]
    entries = [entry for key in observed for entry in asked["prefetch"][key].get("entry", [])]
    rest = {key: value for key, value in asked["prefetch"].items() if key not in observed}
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
    together = {**bundle, "entry": entries} if entries else bundle
    return {**asked, "prefetch": {**rest, "observations": together}}


RESOURCE_SHAPES: tuple[Callable[[Situation], Situation], ...] = (
    in_reverse_order,
    in_micrograms,
    weighed_in_grams,
    every_so_many_hours,
    with_the_same_dose_said_twice,
    with_oids,
    by_code_alone,
    with_the_medication_inside,
    with_the_medication_beside,
    with_other_orders_beside,
)
CALL_SHAPES: tuple[Callable[[dict[str, Any]], dict[str, Any]], ...] = (
    null_for_nothing,
    an_outcome_for_nothing,
    under_other_keys,
    in_one_bundle_of_observations,
)
