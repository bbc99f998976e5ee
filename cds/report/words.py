"""What codes of the record mean to people: statements, override reasons, and what a check lacked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from cds.knowledge.model import Knowledge
from cds.report.figures import NO_REASON
from cds.rules.truth import Lack

LACKS: Final[Mapping[str, str]] = {
    Lack.WEIGHT: "No usable body weight",
    Lack.USE: "No reason for the order that was known",
    Lack.ORDER: "Dose, unit, route or frequency could not be read",
    Lack.AGE: "No age",
    Lack.RECORD: "A part of the record could not be had or read",
    Lack.USE_NOT_COVERED: "A use that the knowledge does not cover",
    Lack.FAILED: "A check that broke down (see the log)",
}


@dataclass(frozen=True, slots=True)
class Words:
    """Codes in words, as the knowledge has them now. What it no longer holds stays a code."""

    reasons: Mapping[str, str] = field(default_factory=dict)
    statements: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, knowledge: Knowledge) -> Words:
        """The words of this knowledge."""
        return cls(knowledge.override_reasons, {name: one.says for name, one in knowledge.statements.items()})

    def of_reasons(self, counts: Counter[str]) -> Counter[str]:
        """Override reasons in words; two of the same words are counted together."""
        return _named(counts, {**self.reasons, NO_REASON: "No reason given"})

    def of_lacks(self, counts: Counter[str]) -> Counter[str]:
        """What was lacking in words."""
        return _named(counts, LACKS)

    def says(self, statement: str) -> str:
        """What a statement says; empty when it is gone."""
        return self.statements.get(statement, "")


def _named(counts: Counter[str], names: Mapping[str, str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for code, number in counts.items():
        found[names.get(code, code)] += number
    return found
