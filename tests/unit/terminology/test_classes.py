"""Interaction classes hold what they should, and leave out what would only make noise."""

from __future__ import annotations

import pytest

from cds.terminology.lookup import Lookup


@pytest.mark.parametrize(
    ("ingredient", "expected"),
    [
        ("phenelzine", {"mao-inhibitor"}),
        ("linezolid", {"mao-inhibitor"}),
        ("methylene-blue", {"mao-inhibitor"}),
        ("paroxetine", {"other-antidepressant", "cyp2d6-inhibitor"}),
        ("bupropion", {"other-antidepressant", "cyp2d6-inhibitor"}),
        ("quinidine", {"cyp2d6-inhibitor"}),
        ("nortriptyline", {"other-antidepressant"}),
        ("butorphanol", {"mixed-agonist-antagonist", "opioid"}),
        ("pentazocine", {"mixed-agonist-antagonist", "opioid"}),
        ("nalbuphine", {"mixed-agonist-antagonist", "opioid"}),
        ("buprenorphine", {"opioid"}),
        ("morphine", {"opioid"}),
        ("diazepam", {"benzodiazepine"}),
        ("zolpidem", {"sedative"}),
        ("oxybutynin", {"anticholinergic"}),
        ("glycopyrronium", {"anticholinergic", "antisialagogue"}),
        ("theophylline", {"theophylline"}),
        ("aminophylline", {"theophylline"}),
        ("levothyroxine", {"thyroid-hormone"}),
        ("halothane", {"halothane"}),
    ],
)
def test_a_member_belongs_to_its_classes(terms: Lookup, ingredient: str, expected: set[str]) -> None:
    assert terms.classes(ingredient) == expected


@pytest.mark.parametrize(
    "ingredient",
    [
        "amitriptyline", "ketamine", "esketamine", "pregabalin", "lamotrigine",
        "loperamide", "diphenoxylate", "naloxone", "naltrexone",
        "levetiracetam", "tiotropium", "loratadine", "caffeine", "sevoflurane", "propofol", "melatonin",
    ],
)  # fmt: skip
def test_the_covered_drugs_and_those_of_little_risk_are_in_no_class(terms: Lookup, ingredient: str) -> None:
    assert terms.classes(ingredient) == frozenset()


def test_weak_cyp2d6_inhibitors_are_not_counted(terms: Lookup) -> None:
    assert "cyp2d6-inhibitor" not in terms.classes("sertraline")
