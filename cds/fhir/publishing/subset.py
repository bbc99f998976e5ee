"""One drug's part of the whole: what its MedicationKnowledge leads to, and the definitions it is written with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from cds.fhir.exact import Element

_DEFINITIONS: Final = frozenset({"StructureDefinition", "CodeSystem", "ValueSet"})


def of_drug(resources: list[Element], drug: str) -> list[Element]:
    """The R5 resources of one drug, in their order; a combination brings its ingredients. Empty: no such drug.

    The Library is left out: it names the whole, and its version is the version of the whole.
    """
    known = {f"{each['resourceType']}/{each['id']}": each for each in resources}
    start = f"MedicationKnowledge/{drug}"
    if start not in known:
        return []
    wanted = _reached([start], known)
    about = [
        name
        for name, each in known.items()
        if each["resourceType"] == "Provenance" and set(references(each["target"])) <= wanted
    ]
    wanted |= _reached(about, known)
    return [each for name, each in known.items() if name in wanted or each["resourceType"] in _DEFINITIONS]


def _reached(start: list[str], known: dict[str, Element]) -> set[str]:
    found: set[str] = set()
    ahead = list(start)
    while ahead:
        name = ahead.pop()
        if name in known and name not in found:
            found.add(name)
            ahead += references(known[name])
    return found


def references(value: Any) -> Iterator[str]:
    """Every reference in a resource."""
    if isinstance(value, dict):
        reference = value.get("reference")
        if isinstance(reference, str):
            yield reference
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)
