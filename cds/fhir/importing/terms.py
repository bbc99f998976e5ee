"""Classes and conditions of a bundle take the place of the installed ones; products, routes and uses stay installed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from cds.clinical.code import ICD10, ICD10CM, RXNORM
from cds.clinical.quantity import Quantity
from cds.errors import Fault
from cds.fhir.exact import Element
from cds.fhir.importing.drug import Resources
from cds.fhir.importing.parts import NotUnderstood, Parts, extensions, quantity
from cds.fhir.publishing import names
from cds.fhir.publishing.value_sets import MARK, OBSERVATION, VALID, WORD
from cds.terminology.conditions import stripped
from cds.terminology.model import Evidence, Named, Recognised
from cds.terminology.tables import Key, Tables
from cds.terminology.words import Phrases, words

_ICD = frozenset({ICD10, ICD10CM})


@dataclass(slots=True)
class Terms:
    """Reads the value sets over the installed tables."""

    installed: Tables
    faults: list[Fault] = field(default_factory=list)
    names: dict[str, Named] = field(default_factory=dict)
    outside: dict[str, str] = field(default_factory=dict)
    displays: dict[Key, str] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    codes: dict[Key, tuple[Recognised, ...]] = field(default_factory=dict)
    prefixes: dict[str, dict[str, tuple[Recognised, ...]]] = field(default_factory=dict)
    spoken: dict[tuple[str, ...], tuple[Recognised, ...]] = field(default_factory=dict)
    evidence: dict[Key, tuple[Evidence, ...]] = field(default_factory=dict)
    valid: dict[str, int] = field(default_factory=dict)

    def read(self, resources: Resources) -> Tables:
        """The tables with the bundle's classes and conditions."""
        self.names = dict(self.installed.names)
        self.outside = dict(self.installed.outside)
        self.displays = dict(self.installed.displays)
        # Phrases that only look like a condition belong to no value set: they stay installed.
        self.spoken = {phrase: () for phrase, found in self.installed.conditions.spoken.known.items() if not found}
        for name, resource in sorted(resources.items()):
            sort, _, slug = str(resource["id"]).partition("-")
            if resource["resourceType"] != "ValueSet" or sort not in ("class", "condition"):
                continue
            try:
                (self._class if sort == "class" else self._condition)(slug, resource)
            except NotUnderstood as wrong:
                self.faults.append(Fault(name, 0, str(wrong)))
            except (KeyError, TypeError, AttributeError, IndexError):
                self.faults.append(Fault(name, 0, "it does not have the shape of a class or a condition"))
        classes = {slug: frozenset(found) for slug, found in self.members.items()}
        conditions = replace(
            self.installed.conditions,
            codes=self.codes,
            prefixes=self.prefixes,
            spoken=Phrases(self.spoken),
            evidence=self.evidence,
            valid=self.valid,
        )
        return replace(
            self.installed,
            medicines=replace(self.installed.medicines, classes=classes),
            conditions=conditions,
            names=self.names,
            displays=self.displays,
            outside=self.outside,
        )

    def _named(self, slug: str, resource: Element, code: tuple[str, str, str] | None = None) -> None:
        before = self.names.get(slug, Named(slug, ""))
        self.names[slug] = Named(slug, resource.get("title", before.name), before.broader, code or before.code)
        self.outside[slug] = resource.get("purpose", "")

    def _class(self, slug: str, resource: Element) -> None:
        self._named(slug, resource)
        known = self.installed.medicines.ingredients
        own = ingredients(self.installed)
        for include in _includes(resource):
            for concept in include.get("concept", []):
                code = concept["code"]
                ours = include["system"] == names.system("ingredient") and code in own
                member = code if ours else known.get((include["system"], code)) if include["system"] == RXNORM else None
                if member is None:
                    message = f"the member '{code}' of {include['system']} is no ingredient of the installed tables"
                    raise NotUnderstood(message)
                self.members.setdefault(member, set()).add(slug)

    def _condition(self, slug: str, resource: Element) -> None:
        first: tuple[str, str, str] | None = None
        for system, code, display, mark in _coded(slug, resource):
            if system in _ICD:
                table = self.prefixes.setdefault(system, {})
                key = (system, stripped(code))
                table[key[1]] = (*table.get(key[1], ()), mark)
            else:
                key = (system, code)
                self.codes[key] = (*self.codes.get(key, ()), mark)
            if display:
                self.displays[key] = display
            first = first or (*key, self.displays.get(key, ""))
        self._named(slug, resource, first)
        for each in extensions(resource, WORD):
            parts = Parts(each.get("extension"), "a word")
            phrase = words(parts.value("word", "String", ""))
            self.spoken[phrase] = (*self.spoken.get(phrase, ()), _mark(slug, parts))
        for each in extensions(resource, VALID):
            self.valid[slug] = int(each["valuePositiveInt"])
        for each in extensions(resource, OBSERVATION):
            entry = _evidence(slug, Parts(each.get("extension"), "an observation"))
            for key in sorted(entry.codes):
                self.evidence[key] = (*self.evidence.get(key, ()), entry)


def ingredients(tables: Tables) -> frozenset[str]:
    """Every ingredient of the tables, those without any code too."""
    medicines = tables.medicines
    return frozenset(medicines.ingredients.values()).union(*medicines.spoken.known.values()) - medicines.diluents


def _includes(resource: Element) -> list[Element]:
    return list(resource["compose"]["include"])


def _coded(slug: str, resource: Element) -> Iterator[tuple[str, str, str, Recognised]]:
    for include in _includes(resource):
        for concept in include.get("concept", []):
            yield include["system"], concept["code"], concept.get("display", ""), _marked(slug, concept)
        filters = include.get("filter", [])
        if len(filters) > 1 or (filters and include["system"] not in _ICD):
            message = "filters are understood for ICD only, one to an include"
            raise NotUnderstood(message)
        for each in filters:
            if (each["property"], each["op"]) != ("concept", "is-a"):
                message = f"the filter {each['property']} {each['op']} is not understood"
                raise NotUnderstood(message)
            yield include["system"], each["value"], "", _marked(slug, each)


def _marked(slug: str, element: Element) -> Recognised:
    found = extensions(element, MARK)
    return _mark(slug, Parts(found[0].get("extension") if found else [], "a mark"))


def _mark(slug: str, parts: Parts) -> Recognised:
    return Recognised(
        slug,
        parts.value("severity", "Code", ""),
        parts.value("history", "Boolean", default=False),
        parts.value("doubtful", "Boolean", default=False),
        parts.value("course", "Code", ""),
    )


def _evidence(slug: str, parts: Parts) -> Evidence:
    def keys(name: str) -> frozenset[Key]:
        rows = (token.rpartition("|") for token in parts.values(name, "String"))
        return frozenset((system, code) for system, _, code in rows)

    def said(name: str) -> frozenset[tuple[str, ...]]:
        return frozenset(words(each) for each in parts.values(name, "String"))

    def limit(name: str) -> Quantity | None:
        found = parts.values(name, "Quantity")
        return quantity(found[0]) if found else None

    return Evidence(
        condition=slug,
        codes=keys("code"),
        present=keys("present"),
        absent=keys("absent"),
        present_words=said("present-word"),
        absent_words=said("absent-word"),
        below=limit("below"),
        above=limit("above"),
        valid_days=parts.value("valid-days", "PositiveInt", 0),
    )
