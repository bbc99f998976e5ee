"""The vignettes as cases: strict reading of the YAML files, and each variant laid over its situation.

A file states a situation (patient, setting, order, record) and its variants. A variant says only what differs:

- ``patient`` and ``record`` are laid over the situation's entry by entry;
- ``order`` too, unless it names its own ``drug`` (or ``named``: text without a code), then it stands alone;
- everything else replaces the situation's entry;
- ``none`` takes an entry away.

Every scalar is text, so that ``4.5`` is not turned into a float on its way. A repeated or unknown key is an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cds.knowledge.worked import SCENE_KEYS, Scene, scene_of, scene_over
from cds.selftest.words import read_yaml

_VARIANT_KEYS = {*SCENE_KEYS, "setup", "must", "must_not", "also", "why", "cards", "suggests", "never_suggests"}
_FILE_KEYS = {*SCENE_KEYS, "vignette", "title", "situation", "variants"}


@dataclass(frozen=True)
class Also:
    """A finding that is rightly there although it does not decide the case."""

    finding: str
    because: str


@dataclass(frozen=True)
class Vignette:
    """One variant, whole: what is to be sent, and what the answer must and must not hold."""

    vignette: str
    variant: str
    title: str
    setup: str
    scene: Scene
    must: tuple[str, ...]
    must_not: tuple[str, ...]
    also: tuple[Also, ...] = ()
    cards_at_most: int | None = None
    suggests: tuple[dict[str, str], ...] = ()
    never_suggests: tuple[str, ...] = ()
    why: str = ""

    @property
    def name(self) -> str:
        """``V07b``."""
        return f"{self.vignette}{self.variant}"


def _refuse(unknown: set[str], place: str) -> None:
    if unknown:
        raise ValueError(f"{place}: unknown {sorted(unknown)}")


def _cases(path: Path) -> Iterator[Vignette]:
    data = read_yaml(path)
    _refuse(set(data) - _FILE_KEYS, path.name)
    for key, variant in data["variants"].items():
        _refuse(set(variant) - _VARIANT_KEYS, f"{path.name} {key}")
        yield Vignette(
            vignette=data["vignette"],
            variant=key,
            title=data["title"],
            setup=variant["setup"],
            scene=scene_of(scene_over(data, variant)),
            must=tuple(variant["must"]),
            must_not=tuple(variant["must_not"]),
            also=tuple(Also(**entry) for entry in variant.get("also", [])),
            cards_at_most=int(variant["cards"]) if "cards" in variant else None,
            suggests=tuple(variant.get("suggests", [])),
            never_suggests=tuple(variant.get("never_suggests", [])),
            why=variant.get("why", ""),
        )


def read_vignettes(folder: Path) -> list[Vignette]:
    """Every variant of every vignette in a folder, in order."""
    return [case for path in sorted(folder.glob("V[0-9][0-9].yaml")) for case in _cases(path)]
