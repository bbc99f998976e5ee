"""Which items of a policy are worked into what is read, and which are looked up at each review."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cds.knowledge.load import load
from cds.knowledge.model import WORKED_IN
from cds.knowledge.read_files import POLICY_UNITS
from cds.settings import Settings
from cds.terminology.tables import Tables
from tests.published import installed


@pytest.mark.parametrize("key", POLICY_UNITS)
def test_exactly_what_is_worked_in_changes_what_is_read(key: str, tmp_path: Path) -> None:
    knowledge, tables = installed()
    item = knowledge.policy.items[key]
    path = tmp_path / "north.yaml"
    value = f"{item.value + 1} {item.unit}".strip()
    rows = [f"  - key: {key}", f'    value: "{value}"', "    outside: chosen here", "    source: this site"]
    path.write_text("\n".join(["policy: north", "version: '1'", "items:", *rows]), encoding="utf-8")
    changed, lookup = load(Settings().knowledge, path)
    assert changed.policy.items[key].value == item.value + 1
    same = replace(changed, version=knowledge.version, policy=knowledge.policy) == knowledge
    assert (same and _figures(lookup.tables) == _figures(tables)) is (key not in WORKED_IN)


def _figures(tables: Tables) -> object:
    """Where conditions have figures: how long a code counts, and from which measured value on."""
    conditions = tables.conditions
    return conditions.codes, conditions.prefixes, conditions.evidence, conditions.valid
