"""The table of threats: which there are, and which tests stand for each. ``python -m tests.security.table`` writes
the page.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
README = HERE / "README.md"
THREATS = {
    "T1": "A forged token",
    "T2": "A token used twice",
    "T3": "A token that names where its keys are (server-side request forgery)",
    "T4": "A flood of unknown key names",
    "T5": "A hostile fhirServer",
    "T6": "A FHIR server that redirects",
    "T7": "A name that changes its address (DNS rebinding)",
    "T8": "A proxy or a password file of the machine",
    "T9": "An access token that leaks",
    "T10": "A FHIR server that answers slowly, for ever",
    "T11": "A caller that sends slowly, for ever",
    "T12": "A giant body",
    "T13": "A deeply nested body",
    "T14": "A compressed body",
    "T15": "A compressed answer of a FHIR server",
    "T16": "A giant header of a FHIR server",
    "T17": "Request smuggling",
    "T18": "A foreign Host header",
    "T19": "Numbers that are none",
    "T20": "A key that stands twice",
    "T21": "Units that look like others",
    "T22": "A text that stalls a pattern (ReDoS)",
    "T23": "Markdown or HTML in a card",
    "T24": "Links in a card",
    "T25": "Patient data, or forged lines, in the log",
    "T26": "One client's data in another's answer",
    "T27": "A prefetch of another patient",
    "T28": "Ten thousand orders in one call",
    "T29": "A flood of calls",
    "T30": "Forged feedback",
    "T31": "Knowledge that was tampered with",
    "T32": "A hostile bulk file",
    "T33": "A foreign browser origin",
    "T34": "Looking for what is there (enumeration, timing)",
}
_NAME = re.compile(r"test_(T\d+)_(\w+)")
_HEAD = """# Threats and their tests

Written by `python -m tests.security.table` from the tests themselves; a test compares it with them. The sentence is
the test's name, and the outcome it demands. `make test-security` runs all of them and prints which hold.

| | threat | test | what has to come out |
|---|---|---|---|
"""


def threat_of(test: str) -> str:
    """``T7`` for ``test_T7_…``; empty for a test of something else."""
    found = _NAME.match(test)
    return found[1] if found else ""


def tests() -> dict[str, list[tuple[str, str]]]:
    """The tests of each threat: file and name."""
    found: dict[str, list[tuple[str, str]]] = {threat: [] for threat in THREATS}
    for path in sorted(HERE.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and threat_of(node.name):
                found.setdefault(threat_of(node.name), []).append((path.name, node.name))
    return found


def written() -> str:
    """The table as the tests have it."""
    rows = []
    for threat, listed in tests().items():
        for place, (file, name) in enumerate(listed):
            words = _NAME.match(name)[2].replace("_", " ")  # type: ignore[index] - it has one
            first = (threat, THREATS[threat]) if place == 0 else ("", "")
            rows.append(f"| {first[0]} | {first[1]} | [{file}]({file}) | {words} |")
    return _HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    README.write_text(written(), encoding="utf-8")
    sys.stdout.write(f"{README.name}: {sum(map(len, tests().values()))} tests of {len(THREATS)} threats\n")
