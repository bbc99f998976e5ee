"""A small EHR: it answers the service's prefetch templates from a record, and carries out what a card suggests.

It does what the CDS Hooks specification asks of a client: reads (``Patient/{{context.patientId}}``) and searches
with token, status and ``_sort``/``_count`` parameters. A template whose token cannot be filled, or that asks for a
kind of resource the EHR cannot hand over, leaves its key out. A search without hits is an empty Bundle.
"""

from __future__ import annotations

import copy
import re
from typing import Any
from urllib.parse import parse_qsl
from uuid import NAMESPACE_URL, uuid5

from cds.selftest.build import Situation
from cds.selftest.orders import PATIENT

REPORT = "org.medication-order-cds.report"  # asks to be told about every order, also where no card is shown
OF_THE_PATIENT = {"patient", "subject"}


def _tokens(codings: list[dict[str, Any]]) -> set[str]:
    return {form for one in codings for form in (one.get("code", ""), f"{one.get('system')}|{one.get('code')}")}


def _holds(resource: dict[str, Any], name: str, value: str) -> bool:
    """Whether a resource matches one search parameter. An unknown parameter is an error, not a guess."""
    wanted = set(value.split(","))
    if name in OF_THE_PATIENT:
        return wanted <= {PATIENT, f"Patient/{PATIENT}"}
    if name == "_id":
        return resource["id"] in wanted
    if name == "status":
        return resource.get("status") in wanted
    if name in {"code", "category", "clinical-status"}:
        field = {"code": "code", "category": "category", "clinical-status": "clinicalStatus"}[name]
        said = resource.get(field, [])
        concepts = said if isinstance(said, list) else [said]
        return bool(wanted & set().union(*(_tokens(one.get("coding", [])) for one in concepts), set()))
    if name in {"_sort", "_count"}:
        return True
    message = f"this EHR does not search by {name}"
    raise ValueError(message)


def _search(record: tuple[dict[str, Any], ...], kind: str, query: str) -> dict[str, Any]:
    parameters = parse_qsl(query, keep_blank_values=True)
    hits = [
        resource
        for resource in record
        if resource["resourceType"] == kind and all(_holds(resource, name, value) for name, value in parameters)
    ]
    order = dict(parameters).get("_sort", "")
    if order in {"-date", "-effective"}:
        hits.sort(key=lambda hit: hit.get("effectiveDateTime", ""), reverse=True)
    hits = hits[: int(dict(parameters).get("_count", "1000"))]
    entries = [{"fullUrl": f"https://ehr.example.org/r4/{kind}/{hit['id']}", "resource": hit} for hit in hits]
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": len(hits)}
    return {**bundle, "entry": entries} if entries else bundle


def _answer(template: str, at: Situation) -> dict[str, Any] | None:
    filled = template.replace("{{context.patientId}}", PATIENT)
    if at.encounter is not None:
        filled = filled.replace("{{context.encounterId}}", at.encounter)
    if "{{" in filled:
        return None
    read = re.fullmatch(r"(\w+)/([\w.-]+)", filled)
    kind, _, query = filled.partition("?")
    if (read[1] if read else kind) in at.withheld:
        return None
    if read:
        found = [one for one in at.record if (one["resourceType"], one["id"]) == (read[1], read[2])]
        return found[0] if found else None
    return _search(at.record, kind, query)


def request(at: Situation, templates: dict[str, str], name: str) -> dict[str, Any]:
    """The order-sign call for a situation."""
    context: dict[str, Any] = {"userId": "Practitioner/prescriber-1", "patientId": PATIENT}
    if at.encounter is not None:
        context["encounterId"] = at.encounter
    entries = [{"resource": resource} for resource in at.drafts]
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "collection"}
    context["draftOrders"] = {**bundle, "entry": entries} if entries else bundle
    answers = {key: _answer(template, at) for key, template in templates.items()}
    return {
        "hook": "order-sign",
        "hookInstance": str(uuid5(NAMESPACE_URL, f"https://ehr.example.org/{name}")),
        "context": context,
        "prefetch": {key: answer for key, answer in answers.items() if answer is not None},
        "extension": {REPORT: True},
    }


def _key(resource: dict[str, Any]) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def carry_out(at: Situation, suggestion: dict[str, Any]) -> Situation:
    """The situation after a suggestion was accepted: drafts deleted, replaced, added."""
    drafts = list(copy.deepcopy(at.drafts))
    for action in suggestion["actions"]:
        if action["type"] == "delete":
            drafts = [one for one in drafts if _key(one) != action["resourceId"]]
        elif action["type"] == "update":
            new = action["resource"]
            (place,) = [number for number, one in enumerate(drafts) if _key(one) == _key(new)]
            drafts[place] = new
        else:
            drafts.append({"id": f"created-{len(drafts)}", **action["resource"]})
    return Situation(at.record, tuple(drafts), at.encounter, at.withheld)
