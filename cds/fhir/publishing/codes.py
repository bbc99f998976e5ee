"""Codes for our slugs: our own code first, then what the installed terminology says others write for it."""

from __future__ import annotations

from dataclasses import dataclass, field

from cds.clinical.code import ATC, ICD10, ICD10CM, RXNORM, SNOMED
from cds.fhir.exact import Element
from cds.fhir.publishing import names
from cds.fhir.publishing.elements import coding, concept, kept
from cds.terminology.tables import Key, Tables

_ICD = frozenset({ICD10, ICD10CM})
_CATEGORY = 3


@dataclass(frozen=True, slots=True)
class Codes:
    """Writes concepts. ``written`` are the codes of each ingredient, by slug."""

    tables: Tables
    written: dict[str, list[Key]] = field(init=False)

    def __post_init__(self) -> None:
        written: dict[str, list[Key]] = {}
        for key, slug in self.tables.medicines.ingredients.items():
            written.setdefault(slug, []).append(key)
        object.__setattr__(self, "written", written)

    def name(self, slug: str) -> str:
        """A slug's own name."""
        named = self.tables.names.get(slug)
        return named.name if named else slug.replace("-", " ")

    def own(self, system: str, slug: str) -> Element:
        """A concept of our own system alone."""
        return concept(coding(system, slug, self.name(slug)))

    def of(self, slug: str, system: str) -> list[str]:
        """An ingredient's codes in another system."""
        return [code for name, code in self.written.get(slug, []) if name == system]

    def medicine(self, slugs: tuple[str, ...], name: str) -> Element:
        """The code of a drug: RxNorm and SNOMED CT of one ingredient, words alone for a combination."""
        if len(slugs) != 1:
            return {"text": name}
        return concept(*self._medicine_codings(slugs[0]), text=name)

    def _medicine_codings(self, slug: str) -> list[Element]:
        return [
            kept({"system": system, "code": code, "display": self.name(slug)})
            for system in (RXNORM, SNOMED)
            for code in self.of(slug, system)
        ]

    def ingredient(self, slug: str) -> Element:
        """An ingredient: our code, RxNorm and SNOMED CT."""
        return concept(coding("ingredient", slug, self.name(slug)), *self._medicine_codings(slug))

    def atc(self, slug: str) -> list[Element]:
        """An ingredient's ATC codes as concepts."""
        return [concept({"system": ATC, "code": code}) for code in self.of(slug, ATC)]

    def medicine_class(self, slug: str) -> Element:
        """A class of medicines: any code of the value set of its members."""
        options = {"url": names.CODE_OPTIONS, "valueCanonical": names.value_set(f"class-{slug}")}
        return {"extension": [options], "text": self.name(slug)}

    def condition(self, slug: str, text: str = "") -> Element:
        """A condition: our code, and the code it is usually written with. All codes are in its value set."""
        codings = [coding("condition", slug, self.name(slug))]
        named = self.tables.names.get(slug)
        if named and named.code:
            system, code, display = named.code
            codings.append({"system": system, "code": dotted(system, code), "display": display})
        return concept(*codings, text=text)

    def use(self, slug: str) -> Element:
        """A use: our code, and the code it is usually written with."""
        codings = [coding("use", slug, self.name(slug))]
        named = self.tables.names.get(slug)
        if named and named.code:
            system, code, display = named.code
            codings.append({"system": system, "code": dotted(system, code), "display": display})
        return concept(*codings)

    def route(self, slug: str) -> Element:
        """A route: our code, and every code the installed table knows for it in SNOMED CT."""
        codes = [key for key, route in self.tables.places.routes.items() if route == slug and key[0] == SNOMED]
        return concept(coding("route", slug, self.name(slug)), *({"system": s, "code": c} for s, c in codes[:1]))


def dotted(system: str, code: str) -> str:
    """An ICD code as it is written: ``H4451`` as ``H44.51``. Codes of other systems as they are."""
    if system in _ICD and len(code) > _CATEGORY and "." not in code:
        return f"{code[:_CATEGORY]}.{code[_CATEGORY:]}"
    return code
