"""The beginning of a new drug file: a template that explains itself and already reads as the format it teaches."""

from __future__ import annotations

from string import Template
from typing import Final

_TEMPLATE: Final = Template("""\
# $name: everything the documents say of it, from top to bottom. knowledge/README.md explains every key.
# Write in your own words. Every figure must stand on the lines you cite.
drug: $slug
name: $name
review: {author: your name, status: writing}   # then: draft (the service uses it), reviewed
note: What a reader should know first, for example what the document does not cover.
statements:
  # A statement that never speaks on a card has no tiers. It is kept for reading and for the export.
  - id: $slug.indication              # permanent; begins with the file's name
    kind: indication
    says: What it is used for, in your own words.
    cite:
      - {source: name-of-the-source, section: "Uses", lines: "1"}   # a file of knowledge/sources, and its lines
    carries: []                       # ids of knowledge/inventory.csv, where there are any

  # A statement that speaks: 'applies' says which orders it concerns, the tiers say how loudly, quiet to loud.
  - id: $slug.highest
    kind: max-dose
    rule: X1                          # a short label of the clinical reading
    topic: dose                       # findings of one topic become one card
    says: At most 100 mg a day by mouth in adults.
    cite:
      - {source: name-of-the-source, section: "Dosage", lines: "2"}
    dose: {max: 100 mg/d}             # figures for the export: a number, a space, a UCUM unit
    outside: The level is ours; the document gives the figure only.
    applies:
      route: [oral]
      age: [adult]
    advice: Reduce to 100 mg a day or less.
    tiers:
      - level: critical
        when: {amount: {above: 100 mg/d}}
        say: "{drug} {amount}: above {limit}, the highest dose described."
        suggest: [{set: 100 mg/d, recommended: yes}, delete]
        override: [PROTOCOL]
""")


def template(slug: str) -> str:
    """The text of a new file for the drug with this slug."""
    return _TEMPLATE.substitute(slug=slug, name=slug.replace("-", " ").capitalize())
