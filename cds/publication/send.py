"""Puts the knowledge on a FHIR server: in a few transactions, each of which can be sent again without harm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from cds.errors import CdsError
from cds.fhir import exact
from cds.fhir.exact import Element
from cds.fhir.publishing.bundle import transaction
from cds.fhir.publishing.releases import Release
from cds.publication.answer import JSON

_SECONDS: Final = 60
MOST_AT_ONCE: Final = 50
"""Resources of one transaction; some servers take no more."""

_GOOD: Final = range(200, 300)
# In this order, so that what is referred to is there before what refers to it.
_STEPS: Final = (
    ("definitions", ("StructureDefinition", "CodeSystem", "ValueSet", "Library")),
    ("documents and substances", ("DocumentReference", "Substance")),
    ("medicines and their uses", ("Medication", "ClinicalUseDefinition", "DetectedIssue")),
    ("dosing and descriptions", ("MedicationKnowledge",)),
    ("sources of statements", ("Provenance",)),
)


@dataclass(slots=True)
class Sent:
    """What came of it: how many resources the server took, and why it refused others."""

    taken: int = 0
    refused: list[str] = field(default_factory=list)


def send(
    client: httpx.Client, found: list[Element], release: Release, say: Callable[[str], None], base: str = ""
) -> Sent:
    """Send everything to the server the client points to. ``base`` is that of the canonical addresses. CdsError when it
    is no FHIR server of this release.
    """
    _greet(client, release)
    sent = Sent()
    for name, group in _groups(found):
        before = len(sent.refused)
        _group(client, group, sent, base)
        refused = len(sent.refused) - before
        say(f"{sent.taken:>5} of {len(found)}  {name}" + (f", {refused} refused" if refused else ""))
    return sent


def _greet(client: httpx.Client, release: Release) -> None:
    answer = _ask(client, "GET", "metadata")
    version = _json(answer).get("fhirVersion", "") if answer.status_code in _GOOD else ""
    # Some servers answer no CapabilityStatement; then the first transaction tells.
    if version and not str(version).startswith(release.version[:3]):
        raise CdsError(f"The server speaks FHIR {version}, and the export is in {release.version}.")


def _groups(found: list[Element]) -> Iterator[tuple[str, list[Element]]]:
    for name, kinds in _STEPS:
        step = sorted((each for each in found if each["resourceType"] in kinds), key=_rank)
        for start in range(0, len(step), MOST_AT_ONCE):
            yield name, step[start : start + MOST_AT_ONCE]


def _rank(resource: Element) -> tuple[int, bool]:
    """Medicines before their uses, and a combination after the ingredients that it refers to."""
    kind = resource["resourceType"]
    place = next(kinds.index(kind) for _, kinds in _STEPS if kind in kinds)
    return place, "relatedMedicationKnowledge" in resource


def _group(client: httpx.Client, group: list[Element], sent: Sent, base: str) -> None:
    """One transaction; where the server refuses it as a whole, resource by resource, to learn which ones."""
    answer = _ask(client, "POST", "", transaction(group, base=base))
    if answer.status_code in _GOOD:
        entries = _json(answer).get("entry", [])
        statuses = [each.get("response", {}) for each in entries] if len(entries) == len(group) else [{}] * len(group)
        for resource, response in zip(group, statuses, strict=True):
            _note(resource, str(response.get("status", "200")), response.get("outcome", {}), sent)
        return
    for resource in group:
        one = _ask(client, "PUT", f"{resource['resourceType']}/{resource['id']}", resource)
        _note(resource, str(one.status_code), _json(one), sent)


def _note(resource: Element, status: str, outcome: Any, sent: Sent) -> None:
    if status[:1] == "2":
        sent.taken += 1
    else:
        sent.refused.append(f"{resource['resourceType']}/{resource['id']}: {status}{_why(outcome)}")


def _why(outcome: Any) -> str:
    """The server's own words."""
    issues = outcome.get("issue", []) if isinstance(outcome, dict) else []
    said = [each.get("diagnostics") or each.get("details", {}).get("text", "") for each in issues]
    return f", {'; '.join(filter(None, said))}" if any(said) else ""


def _ask(client: httpx.Client, method: str, path: str, body: Element | None = None) -> httpx.Response:
    headers = {"accept": JSON, **({"content-type": JSON} if body else {})}
    try:
        return client.request(
            method, path, content=exact.write(body) if body else None, headers=headers, timeout=_SECONDS
        )
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CdsError(f"The server does not answer ({type(error).__name__}).") from error


def _json(answer: httpx.Response) -> Element:
    try:
        found = exact.read(answer.content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def client(address: str, token: str = "") -> httpx.Client:
    """A client of the server at this address, with a bearer token where one is given."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=f"{address.rstrip('/')}/", headers=headers, trust_env=False)
