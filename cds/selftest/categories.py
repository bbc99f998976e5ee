"""The categories of the test sheet, and by which rules of the clinical reading a case falls into one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cds.selftest.words import FOLDER, read_yaml


@dataclass(frozen=True)
class Categories:
    """``names`` by slug, in the order of the sheet; slug and problem words by rule; ``quiet`` is the slug of orders
    about which nothing is to be said.
    """

    names: dict[str, str]
    by_rule: dict[str, str]
    words: dict[str, frozenset[str]]
    quiet: str

    def of(self, rules: Iterable[str], *, wanted: bool) -> str:
        """The category of the first rule that has one; the quiet one where nothing is wanted."""
        if wanted:
            for rule in rules:
                if rule in self.by_rule:
                    return self.by_rule[rule]
        return self.quiet

    def problems(self, rules: Iterable[str]) -> frozenset[str]:
        """Beginnings of words by which a card may name the problem."""
        return frozenset().union(*(self.words.get(rule, frozenset()) for rule in rules))


def read_categories(knowledge: Path) -> Categories:
    """The categories of a knowledge folder. KnowledgeError names the file's faults."""
    data = read_yaml(knowledge / FOLDER / "categories.yaml")
    entries = data["categories"]
    return Categories(
        names={one["category"]: one["name"] for one in entries},
        by_rule={rule: one["category"] for one in entries for rule in one["rules"]},
        words={rule: frozenset(words) for rule, words in data["problems"].items()},
        quiet=data["quiet"],
    )
