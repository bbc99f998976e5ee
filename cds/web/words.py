"""What the workbench offers: made-up patients, conditions, routes and orders to begin with.

They stand in ``demo/workbench.yaml`` beside the knowledge, because they name drugs. Nothing in them is judged by.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cds.knowledge.codes import SYSTEMS
from cds.knowledge.strict import Mapping, Node, Scalar, Sequence, parse

FILE: Final = "demo/workbench.yaml"


@dataclass(frozen=True, slots=True)
class Coded:
    """A word of the form and the code it is written with: (system, code, display)."""

    name: str
    code: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Preset:
    """A made-up patient. ``shows`` is why it is there, ``order`` an order to try, in one line, and
    ``replaces`` the medicine on record that it takes the place of.
    """

    id: str
    name: str
    shows: str
    order: str
    replaces: str
    fields: dict[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Words:
    """Everything the form offers."""

    presets: dict[str, Preset] = field(default_factory=dict)
    conditions: dict[str, Coded] = field(default_factory=dict)
    routes: dict[str, Coded] = field(default_factory=dict)


PLAIN: Final = ("age", "sex", "weight", "egfr", "setting")
LISTS: Final = {"conditions": "condition", "medicines": "medicine", "allergies": "allergy"}


def read_words(knowledge: Path) -> Words:
    """The words of a knowledge folder; none where the file is not there."""
    path = knowledge / FILE
    if not path.is_file():
        return Words()
    root, faults = parse(path.read_bytes(), FILE)
    if faults or not isinstance(root, Mapping):
        raise ValueError("\n".join(map(str, faults)) or f"{FILE} is empty")
    presets = [_preset(entry) for entry in _entries(root, "patients")]
    snomed = SYSTEMS["snomed"]
    return Words(
        presets={preset.id: preset for preset in presets},
        conditions={
            (name := _text(entry, "name")): Coded(
                name, (SYSTEMS[_text(entry, "system")], _text(entry, "code"), _text(entry, "display"))
            )
            for entry in _entries(root, "conditions")
        },
        routes={
            (slug := _text(entry, "route")): Coded(slug, (snomed, _text(entry, "code"), _text(entry, "display")))
            for entry in _entries(root, "routes")
        },
    )


def _preset(entry: Mapping) -> Preset:
    fields: dict[str, tuple[str, ...]] = {name: (value,) for name in PLAIN if (value := _text(entry, name))}
    fields |= {key: values for name, key in LISTS.items() if (values := tuple(_texts(entry, name)))}
    return Preset(
        id=_text(entry, "patient"),
        name=_text(entry, "name"),
        shows=_text(entry, "shows"),
        order=_text(entry, "order"),
        replaces=_text(entry, "replaces"),
        fields=fields,
    )


def _entries(node: Mapping, key: str) -> Iterator[Mapping]:
    found = node.get(key)
    items = found.items if isinstance(found, Sequence) else ()
    return (item for item in items if isinstance(item, Mapping))


def _text(node: Mapping, key: str) -> str:
    return _scalar(node.get(key))


def _texts(node: Mapping, key: str) -> Iterator[str]:
    found = node.get(key)
    return (_scalar(item) for item in (found.items if isinstance(found, Sequence) else ()))


def _scalar(node: Node | None) -> str:
    return node.text if isinstance(node, Scalar) else ""
