"""The words of a hospital that uses the knowledge of this tree: its drugs, the classes they meet, its problems."""

from __future__ import annotations

from functools import cache

from cds.clinical.code import LOINC, SNOMED, Coding, Concept
from cds.service import Service, build
from cds.settings import Settings
from tests.generative.patients import Hospital


@cache
def service() -> Service:
    """The service of this tree. No fixture: Hypothesis would print all of its knowledge beside a failing example."""
    return build(Settings())


def snomed(code: str) -> Concept:
    return Concept((Coding(SNOMED, code),))


def loinc(code: str) -> Concept:
    return Concept((Coding(LOINC, code),))


COVERED = (
    "Amitriptyline 25 mg oral tablet",
    "Ketamine 10 mg/mL injection",
    "Ketamine 50 mg/mL injection",
    "Esketamine 25 mg/mL injection",
    "Lamotrigine 25 mg oral tablet",
    "Pregabalin 75 mg oral capsule",
    "Amitriptyline 2% / ketamine 1% cream",
    "Ketamine",
)
COMPANY = (
    "Phenelzine 15 mg oral tablet",
    "Morphine 10 mg oral tablet",
    "Diazepam 5 mg oral tablet",
    "Theophylline 300 mg oral tablet",
    "Levothyroxine 50 microgram oral tablet",
    "Fluoxetine 20 mg oral capsule",
    "Oxybutynin 5 mg oral tablet",
    "Buprenorphine 8 mg sublingual tablet",
)
UNRELATED = "Acetaminophen 500 mg oral tablet"

HOSPITAL = Hospital(
    drugs=COVERED,
    others=(*COMPANY, UNRELATED),
    doses=(
        "0.1 mg/kg", "0.35 mg/kg", "0.5 mg/kg", "1 mg/kg", "2 mg/kg", "4.5 mg/kg", "10 mg/kg", "10 mg", "25 mg",
        "50 mg", "75 mg", "100 mg", "150 mg", "300 mg", "350 mg", "600 mg", "700 mg", "1 {tbl}", "3 {tbl}", "1 {cap}",
        "2 mL", "0.1 mL/kg", "9 mg/m2",
    ),
    rates=("0.05 mg/kg/h", "0.1 mg/kg/h", "0.25 mg/kg/h", "0.5 mg/kg/h", "5 ug/kg/min", "10 mg/h", "1 mL/h"),
    routes=tuple(Concept(text=one) for one in ("", *["oral"] * 3, *["intravenous"] * 3, "nasal", "topical", "by owl")),
    reasons=tuple(
        snomed(code) for code in ("22253000", "274663001", "247398009", "241687005", "193462001", "35489007", "1")
    ),
    problems=tuple(
        snomed(code)
        for code in (
            "77386006", "866041003", "59621000", "22298006", "59927004", "69322001", "271719001", "23986001",
            "709044004", "724715004", "84757009", "267064002", "38822007", "27942005",
        )
    ),
    weight=loinc("29463-7"),
    places=tuple(Concept(text=one) for one in ("emergency department", "intensive care unit", "home")),
    services=(snomed("266706003"), snomed("284034009")),
    tests=(loinc("82810-3"), loinc("98979-8")),
    answers=(Concept(), snomed("77386006"), snomed("60001007")),
)  # fmt: skip
