"""The bill of materials names what the lock names, with its licence, and no address."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.packaging.bill import LOCK, bill, main, pinned

COPYLEFT = re.compile(r"\bA?GPL", re.IGNORECASE)
ALLOWED = re.compile(
    r"(MIT(-0)?|Apache-2\.0|BSD(-[23]-Clause)?|ISC|PSF-2\.0|MPL-2\.0|LGPL-3\.0-only|MIT-CMU|Unlicense|0BSD|CNRI-Python"
    r"|Python-2\.0| OR | AND |[()])+"
)


def test_every_package_of_the_lock_is_in_the_bill_and_no_other() -> None:
    named = set(re.findall(r"(?m)^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==", LOCK.read_text(encoding="utf-8")))
    assert {component["name"] for component in bill(pinned())["components"]} == named
    assert len(named) > 20


def test_every_package_has_hashes_and_a_licence_that_we_may_ship_with() -> None:
    for one in pinned():
        assert one.hashes, one.name
        if not one.where:
            assert one.licence, one.name
        if one.licence:
            assert not COPYLEFT.search(one.licence.replace("LGPL", "")), one
            assert ALLOWED.fullmatch(one.licence), (one.name, one.licence)


def test_the_bill_is_the_same_for_the_same_lock_and_holds_no_address(tmp_path: Path) -> None:
    for name in ("a", "b"):
        main(tmp_path / name)
    first, second = ((tmp_path / name / "sbom.cdx.json").read_text(encoding="utf-8") for name in ("a", "b"))
    assert first == second
    assert "://" not in first
    assert json.loads(first)["bomFormat"] == "CycloneDX"
