"""The smaller files of ``knowledge/``: sources, conflicts, policy, override reasons, topics, what is not carried."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final

from cds.knowledge.fields import Fields, Noted
from cds.knowledge.model import Conflict, Policy, PolicyItem, Source
from cds.knowledge.read_statement import lines_of
from cds.knowledge.strict import Mapping as MappingNode
from cds.knowledge.strict import Node, Scalar
from cds.knowledge.vocabulary import SLUG

# Every key the rules ask for, with the unit its value has ("": a bare number).
POLICY_UNITS: Final[Mapping[str, str]] = {
    "adult-from": "a",
    "elderly-from": "a",
    "weight-lowest": "kg",
    "weight-highest": "kg",
    "weight-valid-child": "d",
    "weight-valid-adult": "d",
    "myocardial-infarction-recent": "d",
    "stopped-window": "d",
    "restart-after": "d",
    "long-term-after": "d",
    "parenteral-window": "h",
    "infusion-from": "min",
    "pregnancy-valid": "d",
    "child-bearing-from": "a",
    "child-bearing-to": "a",
    "renal-impairment-below": "mL/min/{1.73_m2}",
    "renal-valid": "d",
    "most-cards": "",
}
_PAIRS: Final = (
    ("adult-from", "elderly-from"),
    ("weight-lowest", "weight-highest"),
    ("child-bearing-from", "child-bearing-to"),
)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_NUMBER: Final = re.compile(r"\d+(\.\d+)?")
SOURCE_KEYS: Final = ("source", "title", "file", "sha256", "updated", "url", "caveat", "references", "headings")
HEADING_KINDS: Final = ("heading", "navigation", "key", "question", "reference")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A source, and which of its lines hold no clinical content: line -> kind of line.

    ``marked``: the digits that end a line are reference numbers.
    """

    source: Source
    line: int
    marked: bool = False
    headings: Mapping[int, str] = field(default_factory=dict)


def read_source(node: Node, noted: Noted) -> SourceFile:
    """One file of ``sources/``."""
    fields = Fields(node, noted, SOURCE_KEYS, "a source")
    fields.require("source", "title", "file", "sha256")
    slug, digest = fields.text("source"), fields.text("sha256")
    stem = noted.path.rpartition("/")[2].removesuffix(".yaml")
    if slug and slug != stem:
        fields.fault("source", f"'{slug}' stands in the file {stem}.yaml: both should have the same name")
    if digest and not _SHA256.fullmatch(digest):
        fields.fault("sha256", "a SHA-256 is 64 characters 0-9 and a-f")
    updated: date | None = fields.day("updated")
    caveat = fields.raw("caveat")
    empty = isinstance(caveat, Scalar) and not caveat.text.strip()
    source = Source(
        id=slug,
        title=fields.text("title"),
        file=fields.text("file"),
        sha256=digest,
        updated=updated,
        caveat="" if empty else fields.text("caveat"),
        url=fields.text("url"),
    )
    marked = fields.chosen("references", ("at-line-end",), "a place of reference numbers")
    return SourceFile(source, fields.line, bool(marked), _headings(fields))


def _headings(fields: Fields) -> dict[int, str]:
    node = fields.raw("headings")
    if node is None:
        return {}
    inner = Fields(node, fields.noted, HEADING_KINDS, "headings")
    found: dict[int, str] = {}
    for kind in HEADING_KINDS:
        for line in lines_of(inner, kind):
            if line in found:
                inner.fault(kind, f"line {line} is already listed under '{found[line]}'")
            found[line] = kind
    return found


def read_conflicts(node: Node, noted: Noted) -> tuple[dict[str, Conflict], dict[str, int]]:
    """``conflicts.yaml``, and the line of each conflict."""
    top = Fields(node, noted, ("conflicts",), "the conflicts file")
    top.require("conflicts")
    found: dict[str, Conflict] = {}
    lines: dict[str, int] = {}
    for each in top.each("conflicts", empty=True):
        fields = Fields(each, noted, ("id", "between", "tension", "resolution", "why"), "a conflict")
        fields.require("id", "between", "tension", "resolution", "why")
        conflict = Conflict(
            id=fields.text("id"),
            between=fields.words("between"),
            tension=fields.text("tension"),
            resolution=fields.text("resolution"),
            why=fields.text("why"),
        )
        if "between" in fields and not conflict.between:
            fields.fault("between", f"{conflict.id} names no statement that it is between")
        if conflict.id in found:
            fields.fault("id", f"the conflict '{conflict.id}' stands here a second time (line {lines[conflict.id]})")
        else:
            found[conflict.id], lines[conflict.id] = conflict, fields.line
    return found, lines


def read_not_carried(node: Node, noted: Noted) -> tuple[dict[str, str], dict[str, int]]:
    """``not-carried.yaml``: inventory id -> why no statement carries it, and the line of each."""
    top = Fields(node, noted, ("not_carried",), "the file of what is not carried")
    top.require("not_carried")
    found: dict[str, str] = {}
    lines: dict[str, int] = {}
    for each in top.each("not_carried", empty=True):
        fields = Fields(each, noted, ("id", "why"), "an entry")
        fields.require("id", "why")
        name = fields.text("id")
        if name in found:
            fields.fault("id", f"'{name}' stands here a second time (line {lines[name]})")
        found[name], lines[name] = fields.text("why"), fields.line
    return found, lines


def read_texts(node: Node, noted: Noted, key: str, slug: re.Pattern[str]) -> dict[str, str]:
    """A file of one map under ``key`` from codes to texts: override reasons, topics."""
    top = Fields(node, noted, (key,), f"the file of {key}")
    top.require(key)
    inside = top.raw(key)
    if not isinstance(inside, MappingNode):
        if inside is not None:
            noted.at(inside, f"'{key}' should be codes, each with its text")
        return {}
    names = [name for name, _ in inside.entries]
    fields = Fields(inside, noted, {name.text for name in names}, key)
    for name in names:
        if not slug.fullmatch(name.text):
            noted.at(name, f"'{name.text}' is not well formed")
    return {name.text: fields.text(name.text) for name in names}


REASON: Final = re.compile(r"[A-Z]+(-[A-Z]+)*")
TOPIC: Final = SLUG


def read_policy(node: Node, noted: Noted, base: Policy | None = None) -> Policy:
    """``policy.yaml``; with ``base`` a local policy, which keeps every item of the base it does not name."""
    top = Fields(node, noted, ("policy", "version", "items"), "a policy")
    top.require("policy", "version", "items")
    items = {} if base is None else dict(base.items)
    seen: set[str] = set()
    for each in top.each("items", empty=True):
        fields = Fields(each, noted, ("key", "value", "outside", "source"), "a policy item")
        fields.require("key", "value", "outside", "source")
        key = fields.raw("key")
        if not isinstance(key, Scalar) or not fields.known(key, POLICY_UNITS, "an item of the policy"):
            continue
        if key.text in seen:
            fields.fault("key", f"'{key.text}' stands here a second time")
        seen.add(key.text)
        item = _item(fields, POLICY_UNITS[key.text])
        if item:
            items[key.text] = item
    for missing in sorted(POLICY_UNITS.keys() - items.keys() - seen):
        noted.at(top.node, f"the policy lacks '{missing}'")
    policy = Policy(name=top.text("policy"), version=top.text("version"), items=items)
    for low, high in _PAIRS:
        if low in items and high in items and items[low].value >= items[high].value:
            noted.at(top.node, f"'{low}' must be less than '{high}'")
    return policy if base is None else replace(policy, items=items)


def _item(fields: Fields, unit: str) -> PolicyItem | None:
    text = fields.text("value")
    number, _, given = text.partition(" ")
    if not _NUMBER.fullmatch(number) or given != unit:
        fields.fault("value", f"'{text}' should be a number{f' and the unit {unit}' if unit else ' without a unit'}")
        return None
    return PolicyItem(Decimal(number), unit, fields.text("outside"), fields.text("source"))


@dataclass(frozen=True, slots=True)
class InventoryItem:
    """One assertion a clinical reader found in a document: where it stands and of what kind. No wording."""

    id: str
    source: str
    lines: tuple[int, ...]
    kind: str


def read_inventory(text: str, noted: Noted) -> dict[str, InventoryItem]:
    """``inventory.csv``: id, source, lines (spaces between), kind."""
    found: dict[str, InventoryItem] = {}
    rows = csv.DictReader(io.StringIO(text), strict=True)
    if rows.fieldnames != ["id", "source", "lines", "kind"]:
        noted.at(1, "the columns should be id,source,lines,kind")
        return found
    for row in rows:
        lines = (row["lines"] or "").split()
        if not row["id"] or row["id"] in found or not row["source"] or not all(line.isdigit() for line in lines):
            noted.at(rows.line_num, "each row needs an id of its own, a source, and lines with spaces between")
            continue
        found[row["id"]] = InventoryItem(
            row["id"], row["source"], tuple(int(line) for line in lines), row["kind"] or ""
        )
    return found
