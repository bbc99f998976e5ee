"""What can be ordered by name: covered ingredients, and every product the tables know, found by parts of words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from cds.knowledge.model import Knowledge
from cds.terminology.terminology import Terminology

_NEAR: Final = 0.75
"""Likeness from which on a misspelled name is taken to mean another."""
MOST: Final = 40
"""Names offered at a time."""


@dataclass(frozen=True, slots=True)
class Item:
    """A name that can be ordered, with its code: (system, code, display). ``covered``: the knowledge speaks of it."""

    name: str
    code: tuple[str, str, str]
    covered: bool


class Catalogue:
    """Names of ingredients and products. Built once."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.items = tuple(sorted(items, key=lambda item: (not item.covered, item.name.casefold())))
        self._by_name = {item.name.casefold(): item for item in reversed(self.items)}

    def named(self, name: str) -> Item | None:
        """The item of exactly this name, whatever its case."""
        return self._by_name.get(name.strip().casefold())

    def near(self, name: str) -> str:
        """The covered name that was probably meant by one that nothing here has; empty when none is near."""
        known = {item.name.casefold(): item.name for item in self.items if item.covered}
        if name.strip().casefold() in self._by_name:
            return ""
        found = get_close_matches(name.strip().casefold(), known, 1, _NEAR)
        return known[found[0]].lower() if found else ""

    def find(self, text: str, most: int = MOST) -> list[Item]:
        """Items in which every word of the text begins a word; the covered ones first, the short ones first."""
        wanted = text.casefold().split()
        if not wanted:
            return [item for item in self.items if item.covered][:most]
        found = [item for item in self.items if _holds(item.name.casefold(), wanted)]
        return sorted(found, key=lambda item: (not item.covered, len(item.name)))[:most]


def _holds(name: str, wanted: list[str]) -> bool:
    padded = f" {name}".replace("/", " ").replace("[", " ").replace("-", " ")
    return all(f" {word}" in padded for word in wanted)


def catalogue(knowledge: Knowledge, terminology: Terminology | None) -> Catalogue:
    """The catalogue of a service."""
    if terminology is None:
        return Catalogue(())
    return Catalogue(
        Item(display, (*key, display), bool(ingredients & knowledge.covered))
        for key, display, ingredients in terminology.catalogue()
    )
