"""Which slugs the terminology files define, so that a misspelt one in a statement is found where it stands.

Only the names are taken here; ``terms`` reads and judges what stands behind them.
"""

from __future__ import annotations

import csv
from pathlib import Path

from cds.knowledge.strict import Mapping, Scalar, Sequence, parse
from cds.knowledge.vocabulary import Vocabulary


def known_slugs(folder: Path) -> Vocabulary:
    """The slugs of the terminology files; None for a sort whose files are not there or cannot be read."""
    return Vocabulary(
        ingredients=_ingredients(folder / "terminology" / "ingredients.csv"),
        classes=_stems(folder / "classes"),
        conditions=_stems(folder / "conditions"),
        uses=_listed(folder / "terminology" / "uses.yaml", "uses", "use"),
        services=_listed(folder / "terminology" / "services.yaml", "services", "service"),
    )


def _stems(folder: Path) -> frozenset[str] | None:
    return frozenset(path.stem for path in folder.glob("*.yaml")) or None


def _ingredients(path: Path) -> frozenset[str] | None:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return frozenset(row["slug"] for row in csv.DictReader(text.splitlines()) if row.get("slug")) or None


def _listed(path: Path, top: str, key: str) -> frozenset[str] | None:
    try:
        node, _ = parse(path.read_bytes(), path.name)
    except OSError:
        return None
    entries = node.get(top) if isinstance(node, Mapping) else None
    if not isinstance(entries, Sequence):
        return None
    names = [entry.get(key) for entry in entries.items if isinstance(entry, Mapping)]
    return frozenset(name.text for name in names if isinstance(name, Scalar)) or None
