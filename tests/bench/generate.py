"""A knowledge folder as large as a country's formulary, in the authoring format, to see that size costs nothing.

The drugs do not exist: they are numbered, and what is said of them is made up. The folder is the shipped one with so
many drugs added to it, so that the same orders can be sent to both.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path
from typing import Final

from cds.settings import Settings

DRUGS: Final = 2000
INTERACTIONS: Final = 100_000
DOSES: Final = 20_000
_CITE: Final = '[{source: ketamine-pain, section: "Made up", lines: "1"}]'
_ROUTES: Final = ("oral", "intravenous", "subcutaneous", "rectal", "topical")


def generate(folder: Path, drugs: int = DRUGS, interactions: int = INTERACTIONS, doses: int = DOSES) -> Path:
    """Write the folder, and give it back."""
    shutil.copytree(Settings().knowledge, folder)
    with (folder / "terminology" / "ingredients.csv").open("a", encoding="utf-8") as ingredients:
        for number in range(drugs):
            ingredients.write(f"{_slug(number)},Madeupin {number},{9_000_000 + number},,,,1\n")
    for number in range(drugs):
        text = _drug(number, drugs, interactions // drugs, doses // drugs)
        (folder / "drugs" / f"{_slug(number)}.yaml").write_text(text, encoding="utf-8")
    return folder


def _slug(number: int) -> str:
    return f"madeupin-{number}"


def _drug(number: int, drugs: int, interactions: int, doses: int) -> str:
    slug = _slug(number)
    parts = [f"drug: {slug}\nname: Madeupin {number}\nreview: {{author: A generator, status: draft}}\nstatements:\n"]
    parts += [_dose(slug, step) for step in range(doses)]
    parts += [_interaction(slug, _slug((number + 1 + step * 7) % drugs), step) for step in range(interactions)]
    return "".join(parts)


def _dose(slug: str, step: int) -> str:
    limit = 10 * (step + 1)
    return f"""  - id: {slug}.dose.{step}
    kind: dose
    rule: G1
    topic: dose
    says: Of {slug} up to {limit} mg a day by this route, as nobody has ever said.
    cite: {_CITE}
    dose: {{low: {limit // 2} mg/d, high: {limit} mg/d}}
    outside: All of it is made up.
    applies:
      route: [{_ROUTES[step % len(_ROUTES)]}]
      age: [adult]
    tiers:
      - level: info
        when: {{amount: {{above: {limit} mg/d}}}}
        say: "{{drug}} {{amount}}: above {limit} mg/day."
        override: [INTENT]
      - level: warning
        when: {{amount: {{above: {2 * limit} mg/d}}}}
        say: "{{drug}} {{amount}}: far above {limit} mg/day."
        suggest: [{{set: {limit} mg/d}}]
        override: [INTENT, PROTOCOL]
"""


def _interaction(slug: str, other: str, step: int) -> str:
    return f"""  - id: {slug}.with.{step}
    kind: interaction
    rule: G2
    topic: dose
    says: What {slug} and {other} do together was never looked at ({step}).
    cite: {_CITE}
    outside: All of it is made up.
    applies:
      route: [systemic]
      with: {{ingredient: [{other}]}}
    tiers:
      - level: info
        say: "{{drug}} with {{other}}: made up for {slug} and {other}."
        override: [INTENT]
"""


def main() -> None:
    """Write a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--drugs", type=int, default=DRUGS)
    parser.add_argument("--interactions", type=int, default=INTERACTIONS)
    parser.add_argument("--doses", type=int, default=DOSES)
    asked = parser.parse_args()
    generate(asked.folder, asked.drugs, asked.interactions, asked.doses)


if __name__ == "__main__":
    main()
