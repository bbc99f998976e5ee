"""StructureDefinitions of our extensions, from one table: what each holds, how often, and where it may stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cds.fhir.exact import Element
from cds.fhir.publishing import names
from cds.fhir.publishing.elements import kept
from cds.fhir.publishing.narrative import narrative

_MANY: Final = "*"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an extension: a value of one of ``types``, or parts of its own. ``of`` is one of our extensions."""

    name: str
    types: tuple[str, ...] = ()
    least: int = 0
    most: str = "1"
    parts: tuple[Part, ...] = ()
    of: str = ""


@dataclass(frozen=True, slots=True)
class Spec:
    """One extension: its meaning, where it stands in R5, and what it holds."""

    name: str
    title: str
    meaning: str
    contexts: tuple[str, ...]
    types: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()


def _code(name: str, least: int = 0, most: str = "1") -> Part:
    return Part(name, ("code",), least, most)


def _text(name: str, least: int = 0, most: str = "1") -> Part:
    return Part(name, ("string",), least, most)


CARRIERS: Final = (
    "MedicationKnowledge.indicationGuideline.dosingGuideline",
    "MedicationKnowledge.definitional.drugCharacteristic",
    "ClinicalUseDefinition",
)
_CRITERION: Final = Part("criterion", least=0, most=_MANY, of="criterion")
# Holds criteria again, which a profile cannot say of itself: the tools cannot expand it.
_GROUP: Final = Part("group", most=_MANY)
_BOUNDS: Final = tuple(Part(name, ("code", "Quantity")) for name in ("above", "from", "below", "up-to"))
_MARKS: Final = (_code("severity"), _code("course"), Part("history", ("boolean",)), Part("doubtful", ("boolean",)))

SPECS: Final = (
    Spec(
        "statement", "Statement",
        "One citable assertion: its permanent id, kind, the card it belongs to, what it yields to, and what goes "
        "beyond the document. 'states' names the figures of the dose that a text repeats.",
        CARRIERS,
        parts=(
            _text("id", 1), _code("kind", 1), Part("position", ("positiveInt",), 1),
            Part("about", least=1, most=_MANY, parts=(_code("ingredient", 1, _MANY),)),
            _text("rule"), _code("topic"), _text("advice"), _text("outside"),
            *(_text(name, most=_MANY) for name in ("yields-to", "conflict", "inventory", "states")),
        ),
    ),
    Spec(
        "applies", "Applies", "Criteria that must all hold for the statement to be looked at.",
        CARRIERS, parts=(_CRITERION,),
    ),
    Spec(
        "tier", "Tier",
        "One step of a statement: when it holds, how loud it is, what the card says and offers.",
        CARRIERS,
        parts=(
            _code("level", 1), _CRITERION, _text("say", 1), _text("rule"), _text("advice"),
            Part("suggest", most=_MANY, parts=(
                _code("kind", 1), Part("set", ("code", "Quantity")), _code("use", most=_MANY), _code("service"),
                Part("recommended", ("boolean",)),
            )),
            _code("override", most=_MANY), _text("states", most=_MANY),
        ),
    ),
    Spec(
        "criterion", "Criterion",
        "One question about an order or a record. 'element' refers to the standard element that holds what is asked "
        "for; a bound that is a code refers to the figure of the dose with that label.",
        ("Extension",),
        parts=(
            _code("kind", 1), _code("element"), _code("value", most=_MANY), Part("low", ("integer",)),
            Part("high", ("integer",)), _code("measure"), *_BOUNDS,
            Part("strength", most=_MANY, parts=(_code("ingredient", 1), Part("amount", ("Quantity",), 1))),
            *(_code(name, most=_MANY) for name in (
                "course", "certainty", "severity", "onset", "ingredient", "class", "state", "route", "use", "without",
            )),
            Part("regular", ("boolean",)), Part("at-least", ("integer",)), _GROUP,
        ),
    ),
    Spec(
        "figure", "Figure",
        "A figure of the passage by its label: the dosage element that holds it, or its value where none can.",
        CARRIERS,
        parts=(_code("label", 1), _code("element"), Part("value", ("Quantity", "string"))),
    ),
    Spec(
        "review", "Review", "Who wrote the knowledge on this drug, who checked it, and when.", ("MedicationKnowledge",),
        parts=(
            _text("author"), _code("status", 1), _text("checker"), Part("reviewed", ("date",)),
            Part("next-review", ("date",)),
        ),
    ),
    Spec(
        "reading-note", "Reading note", "How the documents on this drug were read.", ("MedicationKnowledge",),
        types=("string",),
    ),
    Spec(
        "further-use", "Further use", "A use beside the first, in releases where a guideline names one only.",
        ("MedicationKnowledge.indicationGuideline",), types=("CodeableConcept",),
    ),
    Spec(
        "source-passage", "Source passage", "Section and lines of the document. The text itself is not copied.",
        ("Provenance.entity",), parts=(_text("section", 1), Part("line", ("positiveInt",), 1, _MANY)),
    ),
    Spec(
        "source-file", "Source file", "The file of a document and its SHA-256.", ("DocumentReference",),
        parts=(_text("file", 1), _text("sha256", 1)),
    ),
    Spec(
        "condition-mark", "Condition mark",
        "What a code says of the condition: severity, course, whether a past event or a suspicion is meant.",
        ("ValueSet.compose.include.concept", "ValueSet.compose.include.filter"), parts=_MARKS,
    ),
    Spec(
        "condition-word", "Condition word", "A phrase that stands for the condition in free text.", ("ValueSet",),
        parts=(_text("word", 1), *_MARKS),
    ),
    Spec(
        "condition-observation", "Condition observation",
        "An observation that speaks for or against the condition: by coded answer, by an answer in words, or by "
        "threshold. "
        "Codes are written as in searches: system|code.", ("ValueSet",),
        parts=(
            _text("code", 1, _MANY), _text("present", most=_MANY), _text("absent", most=_MANY),
            _text("present-word", most=_MANY), _text("absent-word", most=_MANY),
            Part("below", ("Quantity",)), Part("above", ("Quantity",)),
            Part("valid-days", ("positiveInt",)),
        ),
    ),
    Spec(
        "valid-days", "Valid days", "How many days a record of the condition holds before it must be confirmed.",
        ("ValueSet",), types=("positiveInt",),
    ),
    Spec(
        "content-digest", "Content digest",
        "SHA-256 of everything published. While it fits, the version is the one the knowledge files have; an edited "
        "bundle has another.",
        ("Library",), types=("string",),
    ),
)  # fmt: skip


def structure_definitions(version: str) -> list[Element]:
    """All of them, for R5."""
    return [_definition(spec, version) for spec in SPECS]


def _definition(spec: Spec, version: str) -> Element:
    url = names.extension(spec.name)
    elements: list[Element] = [{"id": "Extension", "path": "Extension", "definition": spec.meaning}]
    if spec.parts:
        elements += [each for part in spec.parts for each in _slice(part, "Extension", "Extension")]
    else:
        elements.append({"id": "Extension.extension", "path": "Extension.extension", "max": "0"})
    elements.append({"id": "Extension.url", "path": "Extension.url", "fixedUri": url})
    elements.append(_value("Extension", "Extension", spec.types))
    return kept(
        {
            "resourceType": "StructureDefinition",
            "id": spec.name,
            "text": narrative(spec.title, [spec.meaning]),
            "url": url,
            "version": version,
            "name": "".join(word.capitalize() for word in spec.name.split("-")),
            "title": spec.title,
            "status": "active",
            "experimental": False,
            "description": spec.meaning,
            "fhirVersion": "5.0.0",
            "kind": "complex-type",
            "abstract": False,
            "context": [{"type": "element", "expression": context} for context in spec.contexts],
            "type": "Extension",
            "baseDefinition": "http://hl7.org/fhir/StructureDefinition/Extension",
            "derivation": "constraint",
            "differential": {"element": elements},
        }
    )


def _slice(part: Part, name: str, path: str) -> Iterator[Element]:
    name, path = f"{name}.extension:{part.name}", f"{path}.extension"
    head: Element = {"id": name, "path": path, "sliceName": part.name, "min": part.least, "max": part.most}
    if part.of:
        yield {**head, "type": [{"code": "Extension", "profile": [names.extension(part.of)]}]}
        return
    yield head
    if not part.types:
        yield from (each for inner in part.parts for each in _slice(inner, name, path))
    else:
        yield {"id": f"{name}.extension", "path": f"{path}.extension", "max": "0"}
    yield {"id": f"{name}.url", "path": f"{path}.url", "fixedUri": part.name}
    yield _value(name, path, part.types)


def _value(name: str, path: str, types: tuple[str, ...]) -> Element:
    found: Element = {"id": f"{name}.value[x]", "path": f"{path}.value[x]"}
    if not types:
        return {**found, "max": "0"}
    return {**found, "min": 1, "type": [{"code": each} for each in types]}
