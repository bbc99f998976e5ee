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
from typing import Any

import yaml

FOLDER = Path(__file__).parent
SITUATION_KEYS = {"patient", "setting", "order", "and", "services", "record", "unavailable"}
VARIANT_KEYS = SITUATION_KEYS | {"setup", "must", "must_not", "also", "why", "cards", "suggests", "never_suggests"}
FILE_KEYS = SITUATION_KEYS | {"vignette", "title", "situation", "variants"}


@dataclass(frozen=True)
class Also:
    """A finding that is rightly there although it does not decide the case."""

    finding: str
    because: str


@dataclass(frozen=True)
class Case:
    """One variant, whole: what is to be sent, and what the answer must and must not hold."""

    vignette: str
    variant: str
    title: str
    setup: str
    patient: dict[str, Any]
    setting: str
    orders: tuple[dict[str, Any], ...]
    services: tuple[str, ...]
    record: dict[str, list[dict[str, Any]]]
    unavailable: frozenset[str]
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


class _Words(yaml.SafeLoader):
    """YAML in which every scalar is text and a key may stand only once."""

    yaml_implicit_resolvers: dict[Any, Any] = {}  # noqa: RUF012 - the name and kind are pyyaml's

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """A mapping, refused when a key is repeated."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        repeated = {key for key in keys if keys.count(key) > 1}
        if repeated:
            message = f"{node.start_mark}: repeated {sorted(repeated)}"
            raise ValueError(message)
        return super().construct_mapping(node, deep=deep)


def read_yaml(path: Path) -> Any:
    """The content of a YAML file, every scalar as text."""
    loader = _Words(path.read_text(encoding="utf-8"))
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def _laid_over(situation: dict[str, Any], variant: dict[str, Any]) -> dict[str, Any]:
    together = {**situation, **variant}
    return {key: value for key, value in together.items() if value != "none"}


def _order(situation: dict[str, Any], variant: dict[str, Any]) -> dict[str, Any]:
    if "drug" in variant or "named" in variant:
        return variant
    return {key: value for key, value in _laid_over(situation, variant).items() if value != "not stated"}


def _refuse(unknown: set[str], place: str) -> None:
    if unknown:
        message = f"{place}: unknown {sorted(unknown)}"
        raise ValueError(message)


def _cases(path: Path) -> Iterator[Case]:
    data = read_yaml(path)
    _refuse(set(data) - FILE_KEYS, path.name)
    for key, variant in data["variants"].items():
        _refuse(set(variant) - VARIANT_KEYS, f"{path.name} {key}")
        record = _laid_over(data.get("record", {}), variant.get("record", {}))
        order = _order(data.get("order", {}), variant.get("order", {}))
        yield Case(
            vignette=data["vignette"],
            variant=key,
            title=data["title"],
            setup=variant["setup"],
            patient=_laid_over(data["patient"], variant.get("patient", {})),
            setting=variant.get("setting", data.get("setting", "not stated")),
            orders=(order, *variant.get("and", data.get("and", []))),
            services=tuple(variant.get("services", data.get("services", []))),
            record=record,
            unavailable=frozenset(variant.get("unavailable", data.get("unavailable", []))),
            must=tuple(variant["must"]),
            must_not=tuple(variant["must_not"]),
            also=tuple(Also(**entry) for entry in variant.get("also", [])),
            cards_at_most=int(variant["cards"]) if "cards" in variant else None,
            suggests=tuple(variant.get("suggests", [])),
            never_suggests=tuple(variant.get("never_suggests", [])),
            why=variant.get("why", ""),
        )


def all_cases() -> list[Case]:
    """Every variant of every vignette, in order."""
    return [case for path in sorted(FOLDER.glob("V[0-9][0-9].yaml")) for case in _cases(path)]
