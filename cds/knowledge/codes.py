"""Codes in knowledge files: their systems by short name, their check digits, and one display for each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cds.clinical.code import ATC, ICD10, ICD10CM, LOINC, RXNORM, SNOMED
from cds.knowledge.fields import Fields, Noted, nearest
from cds.knowledge.strict import Node

SYSTEMS: Final[dict[str, str]] = {
    "snomed": SNOMED,
    "loinc": LOINC,
    "rxnorm": RXNORM,
    "atc": ATC,
    "icd-10": ICD10,
    "icd-10-cm": ICD10CM,
    "hl7-route": "http://terminology.hl7.org/CodeSystem/v3-RouteOfAdministration",
    "hl7-role": "http://terminology.hl7.org/CodeSystem/v3-RoleCode",
    "yes-no": "http://terminology.hl7.org/CodeSystem/v2-0136",
}
# How a code was checked: in two or more published sources, in one, from memory, or no code was found.
VERIFIED: Final = frozenset({">=2", "1", "memory", "none"})

_MULTIPLY: Final = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_PERMUTE: Final = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def snomed_digit_fits(code: str) -> bool:
    """Whether the last digit of a SNOMED CT identifier is its Verhoeff check digit."""
    if not code.isascii() or not code.isdigit():
        return False
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = int(_MULTIPLY[check][int(_PERMUTE[place % 8][int(digit)])])
    return check == 0


def loinc_digit_fits(code: str) -> bool:
    """Whether a LOINC code ends in its modulus-10 check digit. Answer codes (LA...) are counted another way."""
    if code.startswith("LA"):
        return True
    body, dash, check = code.rpartition("-")
    if not dash or not body.isdigit() or not check.isdigit():
        return False
    odd = body[::-1][::2]
    even = body[::-1][1::2]
    total = sum(int(digit) for digit in str(2 * int(odd))) + sum(int(digit) for digit in even)
    return (10 - total % 10) % 10 == int(check)


_DIGITS: Final = {SNOMED: snomed_digit_fits, LOINC: loinc_digit_fits}


@dataclass(slots=True)
class Displays:
    """Every code met so far, with its display: one code has one display in all files."""

    known: dict[tuple[str, str], str] = field(default_factory=dict)

    def note(self, fields: Fields, key: tuple[str, str], display: str) -> None:
        """Note a code's display; a fault when it had another before."""
        before = self.known.setdefault(key, display)
        if before != display:
            fields.fault("display", f"'{key[1]}' is '{before}' in another place")


def coded(node: Node, noted: Noted, displays: Displays, marks: tuple[str, ...] = ()) -> tuple[Fields, tuple[str, str]]:
    """One ``{system, code, display, verified}``; the key is empty when it cannot be used."""
    fields = Fields(node, noted, ("system", "code", "prefix", "display", *marks, "verified"), "a code")
    fields.require("system", "display", "verified")
    fields.chosen("verified", VERIFIED, "how a code was checked")
    code = fields.text("code") or fields.text("prefix").replace(".", "")
    system = system_of(fields.text("system"), fields)
    if not code:
        fields.fault("system", "a code needs 'code', or 'prefix' for ICD")
    check = _DIGITS.get(system)
    if check is not None and code and not check(code):
        fields.fault("code", f"'{code}' has a wrong check digit: a figure is mistyped")
    displays.note(fields, (system, code), fields.text("display"))
    return fields, (system, code)


def system_of(name: str, fields: Fields) -> str:
    """The address of a code system by its short name; empty, with a fault, when it is unknown."""
    if name and name not in SYSTEMS:
        fields.fault("system", f"'{name}' is not a code system we know{nearest(name, SYSTEMS)}")
    return SYSTEMS.get(name, "")


def short_code(text: str, fields: Fields, key: str) -> tuple[str, str]:
    """``"loinc 82810-3"``: a code by its system's short name."""
    name, _, code = text.partition(" ")
    if name not in SYSTEMS or not code:
        fields.fault(key, f"'{text}' should be a system and a code such as 'loinc 82810-3'")
        return "", ""
    check = _DIGITS.get(SYSTEMS[name])
    if check is not None and not check(code):
        fields.fault(key, f"'{code}' has a wrong check digit: a figure is mistyped")
    return SYSTEMS[name], code
