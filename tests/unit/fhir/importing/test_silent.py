"""No element is passed over in silence: whatever value of a resource is changed or removed, the bundle is refused, or
the knowledge is other than before, or the element is one of those for people."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from cds.fhir.importing.bundle import Imported
from cds.fhir.importing.difference import IGNORED
from tests.published import Resource, bundle, edited, named, read

Path = tuple[str | int, ...]
NAMES = (
    "MedicationKnowledge/ketamine",
    "ClinicalUseDefinition/ketamine.psychosis",
    "ClinicalUseDefinition/amitriptyline.mao-inhibitor",
    "ValueSet/class-opioid",
    "ValueSet/condition-pregnancy",
    "CodeSystem/policy",
)
EACH = 3


def _leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(inner, (*path, place))
    else:
        yield path


def _free(resource: Resource, path: Path) -> bool:
    """What names the resource, what is for people, and where a statement stands among others."""
    parent: Any = resource
    for step in path[:-1]:
        parent = parent[step]
    position = isinstance(parent, dict) and parent.get("url") in ("position", "states")
    return position or path in (("id",), ("resourceType",)) or bool(set(path) & IGNORED)


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int | Decimal) else f"{value}x"


def _picked() -> Iterator[tuple[str, Path]]:
    chance = random.Random(20261124)  # noqa: S311 - the same picks in every run
    for name in NAMES:
        resource = named(name)
        leaves = [path for path in _leaves(resource) if not _free(resource, path)]
        yield from ((name, path) for path in chance.sample(leaves, EACH))


@cache
def _before() -> Imported:
    return read(bundle()).imported


def _same(one: Imported, other: Imported) -> bool:
    tables, others = one.tables, other.tables
    return (
        one.knowledge == other.knowledge
        and tables.medicines.classes == others.medicines.classes
        and tables.names == others.names
        and tables.conditions.spoken.known == others.conditions.spoken.known
        and all(
            getattr(tables.conditions, each) == getattr(others.conditions, each)
            for each in ("codes", "prefixes", "evidence", "valid")
        )
    )


@pytest.mark.parametrize("removed", [False, True], ids=["changed", "removed"])
@pytest.mark.parametrize(("name", "path"), list(_picked()), ids=str)
def test_a_value_that_is_not_as_published_is_refused_or_makes_other_knowledge(
    name: str, path: Path, removed: bool
) -> None:
    def change(resource: Resource) -> None:
        parent: Any = resource
        for step in path[:-1]:
            parent = parent[step]
        if removed:
            del parent[path[-1]]
        else:
            parent[path[-1]] = _other(parent[path[-1]])

    report = read(edited(name, change))
    assert report.refused or not _same(report.imported, _before())
