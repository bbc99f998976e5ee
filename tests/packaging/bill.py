"""The bill of materials: every package that is installed with the service, with its licence and its hashes.

``make sbom`` writes it as CycloneDX 1.6 and, for people, as a list of licences. What is in it is what is in
``requirements.lock``, and nothing else; it is the same for the same lock.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
LOCK = ROOT / "requirements.lock"
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*\])?==(?P<version>[^ ;\\]+)(?: ; (?P<where>[^\\]+?))? *\\?$")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
# What some packages say in many words, or only by a classifier.
_SHORT = {
    "MIT License": "MIT", "Apache Software License": "Apache-2.0", "BSD License": "BSD-3-Clause", "BSD": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0", "Apache License 2.0": "Apache-2.0", "Apache License, Version 2.0": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0", "Python Software Foundation License": "PSF-2.0",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only", "LGPL with exceptions": "LGPL-3.0-only",
    "ISC License (ISCL)": "ISC",
}  # fmt: skip


@dataclass(frozen=True)
class Pinned:
    """One package of the lock. ``where``: the condition under which it is installed."""

    name: str
    version: str
    where: str
    hashes: tuple[str, ...]

    @property
    def licence(self) -> str:
        """As an SPDX expression where the package says so; empty when it is not installed here."""
        try:
            about = metadata.metadata(self.name)
        except metadata.PackageNotFoundError:
            return ""
        stated = about.get("License-Expression") or ""
        if not stated:
            kinds = [
                one.rpartition(" :: ")[2] for one in about.get_all("Classifier") or () if one.startswith("License")
            ]
            stated = " AND ".join(_SHORT.get(kind, kind) for kind in kinds if kind != "OSI Approved")
        return stated or _SHORT.get(about.get("License") or "", about.get("License") or "")


def pinned(lock: Path = LOCK) -> list[Pinned]:
    """What the lock names."""
    found: list[Pinned] = []
    for block in re.split(r"\n(?=[A-Za-z0-9])", lock.read_text(encoding="utf-8")):
        match = _PIN.match(block.partition("\n")[0])
        if match:
            hashes = tuple(sorted(_HASH.findall(block)))
            found.append(Pinned(match["name"], match["version"], (match["where"] or "").strip(), hashes))
    return found


def bill(packages: list[Pinned]) -> dict[str, Any]:
    """The bill as CycloneDX."""
    about = metadata.metadata("medication-order-cds")
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application", "name": about["Name"], "version": about["Version"],
                "licenses": [{"expression": "Apache-2.0"}],
            }
        },
        "components": [_component(one) for one in packages],
    }  # fmt: skip


def _component(one: Pinned) -> dict[str, Any]:
    component: dict[str, Any] = {
        "type": "library", "bom-ref": f"{one.name}@{one.version}", "name": one.name, "version": one.version,
        "purl": f"pkg:pypi/{one.name}@{one.version}",
        # A wheel for each kind of machine, so there are several; one of them is installed.
        "properties": [{"name": "sha256-of-a-distribution", "value": value} for value in one.hashes],
    }  # fmt: skip
    if one.licence:
        component["licenses"] = [{"license": {"name": one.licence}}]
    if one.where:
        component["properties"].append({"name": "installed-where", "value": one.where})
    return component


def licences(packages: list[Pinned]) -> str:
    """The list for people."""
    rows = [f"{one.name:<32} {one.version:<20} {one.licence or 'not installed on this machine'}" for one in packages]
    return "\n".join(rows) + "\n"


def main(folder: Path) -> None:
    """Write both into a folder."""
    packages = pinned()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sbom.cdx.json").write_text(json.dumps(bill(packages), indent=1) + "\n", encoding="utf-8")
    (folder / "licences.txt").write_text(licences(packages), encoding="utf-8")
    sys.stdout.write(f"{len(packages)} packages: {folder}/sbom.cdx.json, {folder}/licences.txt\n")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "dist"))
