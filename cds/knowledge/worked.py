"""Worked cases: sentences a pharmacist can check, each with a patient, an order and what is expected of one statement.

A file mirrors a knowledge file (``drugs/…yaml``) and says first what all its cases share, then, for each statement,
what its cases share, then each case with only what is different::

    patient: {sex: male, age: 45, weight: 80 kg}
    statements:
      - statement: …
        order: {…}
        cases:
          - case: 40 mg/h exactly is the maximum and is not above it
            order: {rate: 40 mg/h}
            amount: exactly 0.5 mg/kg/h
            expect: info

``expect: info``: the statement speaks at this level. Where two tiers have one level, ``{level: info, saying: …}``
holds words of the one that speaks, or ``offering:`` the amount it offers to set (``nothing``: none).
``expect-not: any`` (or a level): it does not. ``also:`` other statements (or rules) that rightly warn of the same
order; beyond them no warning is allowed. ``amount:`` where the order stands beside a bound of the statement.
``category:`` of the test sheet, where the rule's own does not fit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from cds.clinical.quantity import Quantity
from cds.errors import Fault, KnowledgeError
from cds.knowledge.fields import Fields, Noted, nearest, read_quantity
from cds.knowledge.model import Level
from cds.knowledge.strict import Mapping, Node, Scalar, parse

SCENE_KEYS: Final = ("patient", "setting", "order", "and", "services", "record", "unavailable")
ANY: Final = "any"
NOTHING: Final = "nothing"
NOT_STATED: Final = "not stated"
_FILE_KEYS: Final = (*SCENE_KEYS, "statements")
_BLOCK_KEYS: Final = ("statement", *SCENE_KEYS, "category", "also", "cases")
_CASE_KEYS: Final = ("case", *SCENE_KEYS, "amount", "expect", "expect-not", "also", "category")


@dataclass(frozen=True, slots=True)
class Scene:
    """Patient, place, orders and record, in the words of the list ``selftest/words.yaml``."""

    patient: dict[str, Any]
    setting: str
    orders: tuple[dict[str, Any], ...]
    services: tuple[str, ...] = ()
    record: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    unavailable: frozenset[str] = frozenset()


class Side(StrEnum):
    """Where an amount lies beside a bound."""

    BELOW = "just below"
    EXACTLY = "exactly"
    ABOVE = "just above"


@dataclass(frozen=True, slots=True)
class Edge:
    """A case that stands at a bound of its statement, or one step beside it."""

    side: Side
    bound: Quantity


@dataclass(frozen=True, slots=True)
class WorkedCase:
    """One case. ``level`` None: the statement must not speak, or not at the levels ``never``."""

    name: str
    statement: str
    scene: Scene
    level: Level | None
    saying: str
    offering: str
    never: frozenset[Level]
    also: frozenset[str]
    edge: Edge | None
    category: str
    file: str
    line: int


def read_folder(folder: Path) -> tuple[tuple[WorkedCase, ...], list[Fault]]:
    """All worked cases of a folder, with every fault. Their paths begin two folders up, as in a checkout."""
    faults: list[Fault] = []
    cases: list[WorkedCase] = []
    for path in _files(folder):
        name = f"{folder.parent.name}/{folder.name}/{path.relative_to(folder).as_posix()}"
        node, found = parse(path.read_bytes(), name)
        faults += found
        if node is not None:
            cases += _file(node, Noted(name, faults))
    return tuple(cases), faults


def read_cases(folder: Path) -> tuple[WorkedCase, ...]:
    """All worked cases of a folder. KnowledgeError names every fault."""
    cases, faults = read_folder(folder)
    if faults:
        raise KnowledgeError(faults)
    return cases


def _files(folder: Path) -> list[Path]:
    below = [*folder.glob("drugs/*.yaml"), *folder.glob("combinations/*.yaml"), *folder.glob("policy.yaml")]
    return sorted(below)


def laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """Entries of ``above`` take the place of those of ``below``; ``none`` takes an entry away."""
    return {key: value for key, value in {**below, **above}.items() if value != "none"}


def scene_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """A scene in which ``above`` says only what differs. An order that names its own drug stands alone."""
    together = {key: value for key, value in {**below, **above}.items() if key in SCENE_KEYS}
    for key in ("patient", "record"):
        together[key] = laid_over(below.get(key, {}), above.get(key, {}))
    order, change = below.get("order", {}), above.get("order", {})
    together["order"] = change if {"drug", "named"} & set(change) else laid_over(order, change)
    return together


def scene_of(said: dict[str, Any]) -> Scene:
    """The scene, once everything has been laid over."""
    order = {key: value for key, value in said["order"].items() if value != NOT_STATED}
    return Scene(
        patient=said["patient"],
        setting=said.get("setting", NOT_STATED),
        orders=(order, *said.get("and", [])),
        services=tuple(said.get("services", [])),
        record=said["record"],
        unavailable=frozenset(said.get("unavailable", [])),
    )


def plain(node: Node) -> Any:
    """A node as plain lists, dictionaries and texts."""
    if isinstance(node, Scalar):
        return " ".join(node.text.split())
    if isinstance(node, Mapping):
        return {key.text: plain(value) for key, value in node.entries}
    return [plain(item) for item in node.items]


def _scene(fields: Fields) -> dict[str, Any]:
    return {key: plain(value) for key in SCENE_KEYS if (value := fields.raw(key)) is not None}


def _file(node: Node, noted: Noted) -> Iterator[WorkedCase]:
    fields = Fields(node, noted, _FILE_KEYS, "a file of cases")
    shared = _scene(fields)
    for one in fields.each("statements"):
        block = Fields(one, noted, _BLOCK_KEYS, "a statement's cases")
        block.require("statement", "cases")
        scene = scene_over(shared, _scene(block))
        for each in block.each("cases"):
            yield _case(Fields(each, noted, _CASE_KEYS, "a case"), block, scene)


def _case(fields: Fields, block: Fields, shared: dict[str, Any]) -> WorkedCase:
    fields.require("case")
    if ("expect" in fields) is ("expect-not" in fields):
        fields.noted.at(fields.node, "a case says either 'expect' or 'expect-not'")
    level, saying, offering = _expected(fields)
    return WorkedCase(
        name=fields.text("case"),
        statement=block.text("statement"),
        scene=scene_of(scene_over(shared, _scene(fields))),
        level=level,
        saying=saying,
        offering=offering,
        never=_never(fields),
        also=frozenset((*block.words("also"), *fields.words("also"))),
        edge=_edge(fields),
        category=fields.text("category") or block.text("category"),
        file=fields.noted.path,
        line=fields.line,
    )


def _expected(fields: Fields) -> tuple[Level | None, str, str]:
    node = fields.raw("expect")
    if node is None:
        return None, "", ""
    if isinstance(node, Scalar):
        return fields.choice("expect", Level, "a level"), "", ""
    inner = Fields(node, fields.noted, ("level", "saying", "offering"), "expect")
    inner.require("level")
    return inner.choice("level", Level, "a level"), inner.text("saying"), inner.text("offering")


def _never(fields: Fields) -> frozenset[Level]:
    if "expect-not" not in fields:
        return frozenset()
    words = fields.chosen("expect-not", [*Level, ANY], "a level or 'any'")
    return frozenset(Level) if ANY in words else frozenset(map(Level, words))


def _edge(fields: Fields) -> Edge | None:
    text = fields.text("amount")
    if not text:
        return None
    for side in Side:
        if text.startswith(f"{side} "):
            try:
                return Edge(side, read_quantity(text.removeprefix(f"{side} ")))
            except ValueError as error:
                fields.fault("amount", str(error))
                return None
    fields.fault("amount", f"'{text}' should be such as 'exactly 5 mg'{nearest(text.split()[0], Side)}")
    return None
