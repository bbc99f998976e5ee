"""What knowledge/README.md teaches must be what the reader accepts."""

import re
from typing import Final

import pytest

from cds.knowledge.criteria import Measure
from cds.knowledge.fields import Noted
from cds.knowledge.model import Kind
from cds.knowledge.read_criteria import CRITERIA_KEYS
from cds.knowledge.read_drug import read_drug
from cds.knowledge.read_files import read_conflicts, read_policy, read_source
from cds.knowledge.read_statement import Places
from cds.knowledge.strict import Node, parse
from cds.knowledge.vocabulary import PLACEHOLDERS, ROUTES, SETTINGS, Vocabulary
from tests.unit.knowledge.made_up import MadeUp
from tests.unit.knowledge.whole import KNOWLEDGE

TEXT: Final = (KNOWLEDGE / "README.md").read_text("utf-8")
BLOCKS: Final = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


def block(first: str) -> Node:
    node, faults = parse(next(text for text in BLOCKS if text.startswith(first)).encode(), "README.md")
    assert faults == []
    assert node is not None
    return node


def test_the_drug_file_it_explains_reads_without_a_fault() -> None:
    noted = Noted("drugs/example.yaml")
    drug = read_drug(block("drug:"), noted, Vocabulary(), Places())
    assert noted.faults == []
    assert drug.statements[0].tiers[1].override == ("PROTOCOL",)


def test_the_other_files_it_explains_read_without_a_fault(made: MadeUp) -> None:
    source = Noted("sources/example-monograph.yaml")
    read_source(block("source:"), source)
    others = Noted("f")
    read_conflicts(block("conflicts:"), others)
    read_policy(block("policy:"), others, made.examine().policy)
    assert source.faults == others.faults == []


def row(key: str) -> str:
    return next((line for line in TEXT.split("\n") if line.startswith(f"| `{key}:")), "")


@pytest.mark.parametrize("key", CRITERIA_KEYS)
def test_every_criterion_is_in_its_table(key: str) -> None:
    assert row(key)


@pytest.mark.parametrize(
    ("words", "where"),
    [
        (ROUTES, row("route")),
        (SETTINGS, row("setting")),
        (frozenset(Kind), TEXT[TEXT.index("**Kinds:**") :]),
        (frozenset(f"{{{name}}}" for name in PLACEHOLDERS), TEXT[TEXT.index("Placeholders:") :]),
        (
            frozenset(Measure) - {Measure.DOSE, Measure.RATE, Measure.DAILY, Measure.FREQUENCY, Measure.DURATION},
            TEXT[TEXT.index("named with `of:`") :],
        ),
    ],
)
def test_every_word_that_may_be_used_is_named(words: frozenset[str], where: str) -> None:
    assert [word for word in sorted(words) if word not in where] == []
