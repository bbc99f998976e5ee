"""A small knowledge folder about a drug that does not exist, and the document it cites."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cds.knowledge.examine import examine
from cds.knowledge.gather import Reading
from cds.knowledge.read_files import POLICY_UNITS

DOCUMENT = """\
All about examplin

Examplin is a made-up medicine against hiccups.
Adults take 5-10 mg/day, up to 75mg/day in two or three divided doses. 1
By vein give 0.1-0.35 mg/kg over 60 seconds, or 1\u20132 \u03bcg/kg/min. 2, 3
It must never be combined with othermab in any patient who has a history of hiccups.
Once more: up to 75 mg/day.
"""

SOURCE = """\
source: hiccups
title: All about examplin
file: hiccups.txt
sha256: {digest}
updated: 2025-11-13
caveat: draft of the authors
references: at-line-end
headings: {{heading: "1"}}
"""

DRUG = """\
drug: examplin
name: Examplin
review: {author: A. Author, status: draft}
note: A drug for tests.
statements:
  - id: examplin.indication
    kind: indication
    says: Used for hiccups.
    cite:
      - {source: hiccups, section: "Uses", lines: "3"}
    carries: [HI-001]

  - id: examplin.top
    kind: max-dose
    rule: X1
    topic: dose
    says: Up to 75 mg a day for adults, beginning at 5 to 10 mg a day, split in 2 or 3 doses.
    cite:
      - {source: hiccups, section: "Dosage", lines: "4,7"}
    carries: [HI-002]
    dose: {start-low: 5 mg/d, start-high: 10 mg/d, max: 75 mg/d}
    conflicts: [X01]
    outside: The level is ours. From 50 mg/day on it is near.
    applies:
      route: [oral]
      age: [adult]
    advice: Lower the dose.
    tiers:
      - level: info
        when: {amount: {above: 50 mg/d, up-to: 75 mg/d}}
        say: "{drug} {amount}: close to {limit}."
      - level: critical
        when: {amount: {above: 75 mg/d}}
        say: "{drug} {amount}: above {limit}."
        suggest: [{set: 75 mg/d, recommended: yes}, delete]
        override: [PROTOCOL]

  - id: examplin.with-othermab
    kind: interaction
    rule: X2
    topic: pair
    says: Never together with othermab.
    cite:
      - {source: hiccups, section: "Interactions", lines: "6"}
    carries: [HI-003]
    conflicts: [X01]
    outside: The level is ours.
    yields-to: [examplin.top]
    applies:
      with: {ingredient: [othermab]}
    tiers:
      - level: warning
        say: "{drug} with {other}: do not combine."
        advice: Choose one of them.
"""

CONFLICTS = """\
conflicts:
  - id: X01
    between: [examplin.top, examplin.with-othermab]
    tension: The top is higher than the start.
    resolution: Both stand.
    why: They are about different days.
"""

INVENTORY = """\
id,source,lines,kind
HI-001,hiccups,3,other
HI-002,hiccups,4 7,dose
HI-003,hiccups,6,interaction
HI-004,hiccups,5,dose
"""

# Numbers from 10 upwards, in the order of the keys.
POLICY = "policy: default\nversion: '1'\nitems:\n" + "".join(
    f"  - {{key: {key}, value: '{number} {unit}', outside: no cut-off given, source: common use}}\n"
    if unit
    else f"  - {{key: {key}, value: '{number}', outside: no cut-off given, source: common use}}\n"
    for number, (key, unit) in enumerate(POLICY_UNITS.items(), 10)
)


@dataclass(frozen=True)
class MadeUp:
    """The folder, the documents, and ways to change a file and to see what is found wrong with it."""

    folder: Path
    documents: Path

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def text(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8")

    def edit(self, old: str, new: str, name: str = "drugs/examplin.yaml") -> None:
        text = self.text(name)
        assert old in text, f"{old!r} is not in {name}"
        self.write(name, text.replace(old, new))

    def line(self, part: str, name: str = "drugs/examplin.yaml") -> int:
        """The first line of a file that holds this."""
        return next(n for n, row in enumerate(self.text(name).split("\n"), 1) if part in row)

    def examine(self, *, complete: bool = False) -> Reading:
        return examine(self.folder, None, self.documents, complete=complete)

    def faults(self, *, complete: bool = False) -> list[str]:
        return [str(fault) for fault in self.examine(complete=complete).faults]


def make(root: Path) -> MadeUp:
    """Write everything below ``root``; as written it has no fault."""
    made = MadeUp(root / "knowledge", root / "documents")
    made.documents.mkdir(parents=True)
    document = made.documents / "hiccups.txt"
    document.write_text(DOCUMENT, "utf-8")
    made.write("sources/hiccups.yaml", SOURCE.format(digest=hashlib.sha256(document.read_bytes()).hexdigest()))
    made.write("drugs/examplin.yaml", DRUG)
    made.write("conflicts.yaml", CONFLICTS)
    made.write("policy.yaml", POLICY)
    made.write("override-reasons.yaml", "override_reasons:\n  PROTOCOL: Local protocol followed\n")
    made.write("topics.yaml", "topics:\n  dose: Dose\n  pair: Pair\n")
    made.write("inventory.csv", INVENTORY)
    made.write("not-carried.yaml", "not_carried:\n  - {id: HI-004, why: not used here}\n")
    made.write("classes/tranquilliser.yaml", "class: tranquilliser\n")
    made.write("conditions/hiccups.yaml", "condition: hiccups\n")
    made.write("terminology/ingredients.csv", "slug,name\nexamplin,Examplin\nothermab,Othermab\n")
    made.write("terminology/uses.yaml", "uses:\n  - use: hiccup-relief\n  - use: pain\n")
    made.write("terminology/services.yaml", "services:\n  - service: ecg\n")
    return made
