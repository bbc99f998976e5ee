"""The answer to what codes mean, over frozen tables. Every look-up is a few dictionary hits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property

from cds.clinical.chart import Encounter
from cds.clinical.code import RXNORM, Concept
from cds.clinical.order import Medication
from cds.terminology import conditions, dilution, places, products, reasons
from cds.terminology.model import Evidence, Named, Product, Recognised
from cds.terminology.recalled import Recalled
from cds.terminology.rxnorm import Drug, Found, row
from cds.terminology.tables import Tables

_NOTHING: frozenset[str] = frozenset()


class Lookup:
    """The Terminology of the rules, answered from tables."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.names: dict[str, Named] = tables.names
        self.route_groups: dict[str, frozenset[str]] = tables.route_groups
        self._conditions = Recalled(lambda said: conditions.conditions(said, tables.conditions))
        self._uses = Recalled(lambda said: reasons.uses(said, tables.reasons))
        self._substances = Recalled(lambda said: products.substances(said, tables.medicines))
        self._products = Recalled(lambda said: products.product(Medication(said), tables.medicines))

    @property
    def tables(self) -> Tables:
        """The tables it answers from, for whoever publishes them."""
        return self._tables

    @cached_property
    def ingredients(self) -> frozenset[str]:
        """Every ingredient slug the tables know."""
        return frozenset(self._tables.medicines.ingredients.values())

    def catalogue(self) -> Iterator[tuple[tuple[str, str], str, frozenset[str]]]:
        """What can be ordered by name: the code, the display and the ingredients of ingredients and products."""
        medicines = self._tables.medicines
        for key, slug in medicines.ingredients.items():
            if key[0] == RXNORM and slug in self.names:
                yield key, self.names[slug].name, frozenset({slug})
        for key, product in medicines.products.items():
            yield key, product.display, frozenset(component.ingredient for component in product.components)

    def product(self, medication: Medication) -> Product:
        """What is ordered: by product code, by listed ingredients, or by name."""
        if not medication.ingredients and not medication.form and medication.amount is None:
            return self._products(medication.concept)
        return products.product(medication, self._tables.medicines)

    def unknown(self, concept: Concept) -> tuple[tuple[str, str], ...]:
        """The codes of a medicine's concept, where none of them is known; none where one is."""
        return products.unknown(concept, self._tables.medicines)

    def with_codes(self, found: Mapping[tuple[str, str], Drug]) -> Lookup:
        """The same tables, knowing these codes too. What the tables know already stays as it is."""
        medicines = self._tables.medicines
        rows = {key: row(drug, medicines) for key, drug in found.items()}
        return Lookup(replace(self._tables, medicines=replace(medicines, beyond=Found(rows, medicines.beyond))))

    def classes(self, ingredient: str) -> frozenset[str]:
        """The interaction classes an ingredient belongs to."""
        return self._tables.medicines.classes.get(ingredient, _NOTHING)

    def substances(self, concept: Concept) -> frozenset[str]:
        """The ingredients an allergy names, by code or by name; brands and combinations resolved."""
        return self._substances(concept)

    def conditions(self, concept: Concept) -> tuple[Recognised, ...]:
        """The conditions a code or text stands for."""
        return self._conditions(concept)

    def evidence(self, concept: Concept) -> tuple[Evidence, ...]:
        """What an observation with this code can say about conditions."""
        return conditions.evidence(concept, self._tables.conditions)

    def valid_days(self, condition: str) -> int:
        """How many days a record of this condition holds before it must be confirmed; 0: it does not age."""
        return self._tables.conditions.valid.get(condition, 0)

    def is_weight(self, concept: Concept) -> bool:
        """Whether an observation is a body weight."""
        return reasons.is_weight(concept, self._tables.reasons)

    def uses(self, concept: Concept) -> frozenset[str]:
        """The uses a reason stands for, with every broader one."""
        return self._uses(concept)

    def uses_of(self, reasons_stated: Iterable[Concept]) -> frozenset[str]:
        """The uses that several reasons stand for together, with every broader one."""
        found = frozenset(use for reason in reasons_stated for use in self._uses(reason))
        return reasons.completed(found, self._tables.reasons)

    def settings(self, encounter: Encounter) -> frozenset[str]:
        """Where the patient is, from the encounter's class and places."""
        return places.settings(encounter, self._tables.places)

    def settings_in_reason(self, reason: Concept) -> frozenset[str]:
        """Where the drug will be given, as far as the order's reason names a place."""
        return places.settings_in_reason(reason, self._tables.places)

    def route(self, concept: Concept) -> str:
        """The route's slug, or empty when it is not recognised."""
        return places.route(concept, self._tables.places)

    def services(self, concept: Concept) -> frozenset[str]:
        """The services (ecg, pulse-oximetry ...) an order or device stands for."""
        return reasons.services(concept, self._tables.reasons)

    def says_diluted(self, text: str) -> bool:
        """Whether a text says that something is diluted, or put into a fluid."""
        return dilution.says_diluted(text, self._tables.medicines)
