"""A MedicationKnowledge with its clinical uses and provenances becomes a drug again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from cds.errors import Fault
from cds.fhir.exact import Element
from cds.fhir.importing import carriers
from cds.fhir.importing.parts import NotUnderstood, Parts, extensions, one_extension
from cds.fhir.importing.statement import Carried
from cds.fhir.publishing import names
from cds.fhir.publishing.medication_knowledge import NOTE, REVIEW
from cds.fhir.publishing.sources import PASSAGE
from cds.fhir.shape import relative
from cds.knowledge.model import Citation, Drug, Review, ReviewStatus, Statement

Resources = dict[str, Element]


@dataclass(slots=True)
class Drugs:
    """Reads drugs out of a bundle and collects what is wrong. ``broken`` are resources that could not be read whole."""

    resources: Resources
    faults: list[Fault] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def read(self) -> tuple[Drug, ...]:
        """Ingredients first, then combinations, each by name: the order of the knowledge folder."""
        cites = self._cites()
        found = [
            drug
            for each in self.resources.values()
            if each["resourceType"] == "MedicationKnowledge"
            for drug in [self._drug(each, cites)]
            if drug is not None
        ]
        return tuple(sorted(found, key=lambda drug: (len(drug.components) > 1, drug.id)))

    def fault(self, where: str, message: str) -> None:
        """Note what is wrong in a resource, so that the whole is refused."""
        self.faults.append(Fault(where, 0, message))
        resource, _, statement = where.partition("#")
        self.broken.add(resource)
        # The source of a statement that is refused is not wrong itself.
        self.broken.add(f"Provenance/source.{statement or resource.partition('/')[2]}")

    def _drug(self, resource: Element, cites: dict[str, tuple[Citation, ...]]) -> Drug | None:
        where = f"MedicationKnowledge/{resource['id']}"
        try:
            review, note = _review(resource), _note(resource)
            components = tuple(
                relative(each["item"]["reference"]["reference"]).removeprefix("Substance/")
                for each in resource["definitional"]["ingredient"]
            )
        except (NotUnderstood, KeyError, TypeError, ValueError) as wrong:
            why = str(wrong) if isinstance(wrong, NotUnderstood) else f"it lacks {wrong}"
            self.fault(where, f"cannot run: {why}. {_foreign(resource)}".strip())
            return None
        carried = [each for each in self._statements(resource, where) if each is not None]
        carried.sort(key=lambda each: each.position)
        statements = tuple(
            replace(each.statement, file=where, cites=cites.get(each.statement.id, ())) for each in carried
        )
        return Drug(
            id=str(resource["id"]),
            name=next(iter(resource.get("name", [])), ""),
            components=components,
            review=review,
            file=where,
            statements=statements,
            reading_note=note,
        )

    def _statements(self, resource: Element, where: str) -> Iterator[Carried | None]:
        for each in resource.get("indicationGuideline", []):
            yield self._one(f"{where}#{each.get('id', '')}", carriers.dosing, each)
        for each in resource.get("definitional", {}).get("drugCharacteristic", []):
            yield self._one(f"{where}#{each.get('id', '')}", carriers.characteristic, each)
        for each in resource.get("clinicalUseIssue", []):
            name = relative(each.get("reference", ""))
            if name not in self.resources:
                self.fault(where, f"it refers to {name}, which is not in the bundle")
                continue
            yield self._one(name, carriers.clinical_use, self.resources[name])

    def _one(self, where: str, read: Callable[[Element], Carried], element: Element) -> Carried | None:
        try:
            found = read(element)
        except NotUnderstood as wrong:
            self.fault(where, str(wrong))
            return None
        except (KeyError, TypeError, AttributeError, ValueError, IndexError):
            self.fault(where, "it does not have the shape of a statement")
            return None
        if found.statement.id != element.get("id"):
            self.fault(where, f"its id is '{element.get('id')}' and its statement's '{found.statement.id}'")
        return found

    def _cites(self) -> dict[str, tuple[Citation, ...]]:
        """Citations by statement id, from the provenances."""
        found: dict[str, tuple[Citation, ...]] = {}
        for name, resource in self.resources.items():
            if resource["resourceType"] != "Provenance":
                continue
            try:
                target = _target(resource)
                cites = tuple(_citation(each) for each in resource.get("entity", []))
            except (NotUnderstood, KeyError, TypeError, AttributeError) as wrong:
                self.fault(name, f"it does not say which lines of which document a statement stands on ({wrong})")
                continue
            if target in found:
                self.fault(name, f"the statement '{target}' has a second provenance")
            found[target] = cites
        return found


def _target(resource: Element) -> str:
    targets = resource.get("target", [])
    if len(targets) != 1:
        message = "one target is expected"
        raise NotUnderstood(message)
    inside = extensions(targets[0], names.TARGET_ELEMENT)
    if inside:
        return str(inside[0]["valueUri"])
    return relative(targets[0]["reference"]).partition("/")[2]


def _citation(entity: Element) -> Citation:
    parts = one_extension(entity, PASSAGE, "source passage")
    source = relative(entity["what"]["reference"]).removeprefix("DocumentReference/")
    return Citation(source, parts.value("section", "String", ""), tuple(parts.values("line", "PositiveInt")))


def _review(resource: Element) -> Review:
    parts = one_extension(resource, REVIEW, "review")
    word = parts.code("status")
    if word not in list(ReviewStatus):
        message = f"the review status '{word}' is not known"
        raise NotUnderstood(message)
    return Review(
        author=parts.value("author", "String", ""),
        status=ReviewStatus(word),
        checker=parts.value("checker", "String", ""),
        reviewed=_day(parts, "reviewed"),
        next_review=_day(parts, "next-review"),
    )


def _day(parts: Parts, name: str) -> date | None:
    text = parts.value(name, "Date", "")
    return date.fromisoformat(text) if text else None


def _note(resource: Element) -> str:
    found = extensions(resource, NOTE)
    return str(found[0].get("valueString", "")) if found else ""


def _foreign(resource: Element) -> str:
    """What a resource of others holds that would be knowledge if it said when to speak, and how loudly."""
    held = {
        "indicationGuideline": "dosing guidelines",
        "clinicalUseIssue": "clinical uses",
        "indication": "uses",
    }
    found = [words for key, words in held.items() if resource.get(key)]
    if not found:
        return ""
    return f"Its {' and '.join(found)} do not say when a card appears and how loudly, so nothing of them is run"


def statements_of(drugs: tuple[Drug, ...]) -> list[Statement]:
    """Every statement of every drug."""
    return [statement for drug in drugs for statement in drug.statements]
