"""Which resources a search finds: one small reader for each parameter, in one table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from cds.errors import RequestError
from cds.fhir.exact import Element
from cds.fhir.publishing.releases import Release

MOST: Final = 500
USUAL: Final = 50
CONTROLS: Final = frozenset({"_count", "_offset", "_include", "_format", "_lastUpdated", "_id"})
USES: Final = "clinicalUseIssue"
"""What ``_include=MedicationKnowledge:clinicalUseIssue`` brings: the clinical uses a MedicationKnowledge names."""

Token = tuple[str, str]


def codings(concept: Any) -> Iterator[Token]:
    """System and code of every coding of a CodeableConcept, a CodeableReference or a bare code."""
    if isinstance(concept, str):
        yield "", concept
    elif isinstance(concept, dict):
        yield from ((each.get("system", ""), each.get("code", "")) for each in concept.get("coding", []))
        yield from codings(concept.get("concept"))


def _at(key: str) -> Callable[[Element], Iterator[Token]]:
    return lambda resource: codings(resource.get(key))


def _classified(resource: Element) -> Iterator[Token]:
    for each in resource.get("medicineClassification", []):
        for concept in each.get("classification", []):
            yield from codings(concept)
            # A class is named by the value set of its members.
            options = (extension.get("valueCanonical", "") for extension in concept.get("extension", []))
            yield from (("", option.rpartition("/class-")[2]) for option in options if "/class-" in option)


def _references(key: str) -> Callable[[Element], Iterator[Token]]:
    def found(resource: Element) -> Iterator[Token]:
        for each in resource.get(key, []):
            yield "", each["reference"]
            yield "", each["reference"].rpartition("/")[2]

    return found


PARAMETERS: Final[dict[str, tuple[str, frozenset[str], Callable[[Element], Iterator[Token]]]]] = {
    "code": ("token", frozenset({"MedicationKnowledge", "Medication", "Substance", "DetectedIssue"}), _at("code")),
    "status": (
        "token",
        frozenset({"MedicationKnowledge", "ClinicalUseDefinition", "DetectedIssue", "CodeSystem", "ValueSet",
                   "StructureDefinition", "Library", "DocumentReference"}),
        _at("status"),
    ),
    "classification": ("token", frozenset({"MedicationKnowledge"}), _classified),
    "type": ("token", frozenset({"ClinicalUseDefinition"}), _at("type")),
    "subject": ("reference", frozenset({"ClinicalUseDefinition"}), _references("subject")),
    "implicated": ("reference", frozenset({"DetectedIssue"}), _references("implicated")),
    "target": ("reference", frozenset({"Provenance"}), _references("target")),
    "url": ("uri", frozenset({"CodeSystem", "ValueSet", "StructureDefinition", "Library"}), _at("url")),
}  # fmt: skip
"""Search parameters: their type, the resources that have them, and what of a resource they look at."""


def parameters_of(kind: str) -> dict[str, str]:
    """The parameters of one type of resource, with their types."""
    own = {name: sort for name, (sort, kinds, _) in PARAMETERS.items() if kind in kinds}
    return {"_id": "token", "_lastUpdated": "date", **own}


@dataclass(frozen=True, slots=True)
class Search:
    """A search as asked: the conditions that must all hold, and which page of the answer is wanted."""

    kind: str
    conditions: tuple[tuple[str, str], ...]
    count: int = USUAL
    offset: int = 0
    include: bool = False

    @classmethod
    def read(cls, kind: str, asked: Iterable[tuple[str, str]], release: Release) -> Search:
        """Read the parameters of an address. RequestError names one that is not known: it would find too much."""
        known = parameters_of(kind)
        conditions: list[tuple[str, str]] = []
        numbers = {"_count": USUAL, "_offset": 0}
        include = False
        for name, value in asked:
            if name in numbers:
                numbers[name] = _number(name, value)
            elif name == "_include":
                include = _include(kind, value, release)
            elif name in known:
                conditions.append((name, value))
            elif name != "_format":
                listed = ", ".join(sorted(known))
                raise RequestError(f"A search for {kind} does not know this parameter. It knows {listed}.")
        return cls(kind, tuple(conditions), min(numbers["_count"], MOST), numbers["_offset"], include)

    def finds(self, resource: Element) -> bool:
        """Whether a resource meets every condition."""
        return all(_meets(resource, name, value) for name, value in self.conditions)


def _number(name: str, value: str) -> int:
    if not value.isascii() or not value.isdigit() or len(value) > 6:  # noqa: PLR2004 - more is a slip
        raise RequestError(f"{name} is a whole number.")
    return int(value)


def _include(kind: str, value: str, release: Release) -> bool:
    allowed = {f"MedicationKnowledge:{USES}", "MedicationKnowledge:*"}
    if kind != "MedicationKnowledge" or value not in allowed or release is Release.R4:
        raise RequestError(f"_include can be MedicationKnowledge:{USES} in R5 and R4B, and nothing else.")
    return True


def _meets(resource: Element, name: str, value: str) -> bool:
    """Whether one of the values, which a comma parts, is met."""
    if name == "_lastUpdated":
        updated = datetime.fromisoformat(resource["meta"]["lastUpdated"])
        return any(_dated(updated, each) for each in value.split(","))
    if name == "_id":
        return resource["id"] in value.split(",")
    found = set(PARAMETERS[name][2](resource))
    return any(_token(each, found) for each in value.split(","))


def _token(asked: str, found: set[Token]) -> bool:
    """``system|code``, ``code`` of any system, ``|code`` of none, ``system|`` with any code."""
    system, bar, code = asked.rpartition("|")
    if bar and not code:
        return any(system == known for known, _ in found)
    if bar:
        return (system, code) in found
    return any(code == known for _, known in found)


_PREFIXES: Final = ("eq", "ne", "gt", "lt", "ge", "le")


def _dated(updated: datetime, asked: str) -> bool:
    prefix, text = (asked[:2], asked[2:]) if asked[:2] in _PREFIXES else ("eq", asked)
    low, high = _period(text)
    return {
        "eq": low <= updated < high,
        "ne": not low <= updated < high,
        "gt": updated >= high,
        "lt": updated < low,
        "ge": updated >= low,
        "le": updated < high,
    }[prefix]


def _period(text: str) -> tuple[datetime, datetime]:
    """The first moment of a day or second, and the first after it."""
    try:
        if len(text) == len("2026-01-31"):
            start = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
            return start, start + timedelta(days=1)
        # A plus sign in an address that was not written as %2B arrives as a space.
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise RequestError("_lastUpdated is a date such as ge2026-01-31, or a moment with its time zone.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment, moment + timedelta(seconds=1)
