"""The interface of this room: one frozen object that answers what codes mean."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from cds.clinical.chart import Encounter
from cds.clinical.code import Concept
from cds.clinical.order import Medication
from cds.terminology.model import Evidence, Named, Product, Recognised


class Terminology(Protocol):
    """What the rules ask of codes. Every answer is slugs; an empty answer means "not recognised"."""

    names: dict[str, Named]
    route_groups: dict[str, frozenset[str]]

    def catalogue(self) -> Iterable[tuple[tuple[str, str], str, frozenset[str]]]:
        """What can be ordered by name: the code, the display and the ingredients of each."""

    def product(self, medication: Medication) -> Product:
        """What is ordered: by product code, by listed ingredients, or by name."""

    def unknown(self, concept: Concept) -> tuple[tuple[str, str], ...]:
        """The codes of a medicine's concept, where none of them is known; none where one is."""

    def classes(self, ingredient: str) -> frozenset[str]:
        """The interaction classes an ingredient belongs to."""

    def substances(self, concept: Concept) -> frozenset[str]:
        """The ingredients an allergy names, by code or by name; brands and combinations resolved."""

    def conditions(self, concept: Concept) -> tuple[Recognised, ...]:
        """The conditions a code or text stands for."""

    def evidence(self, concept: Concept) -> tuple[Evidence, ...]:
        """What an observation with this code can say about conditions."""

    def valid_days(self, condition: str) -> int:
        """How many days a record of this condition holds before it must be confirmed; 0: it does not age."""

    def is_weight(self, concept: Concept) -> bool:
        """Whether an observation is a body weight."""

    def uses(self, concept: Concept) -> frozenset[str]:
        """The uses a reason stands for, with every broader one."""

    def uses_of(self, reasons: Iterable[Concept]) -> frozenset[str]:
        """The uses that several reasons stand for together, with every broader one."""

    def settings(self, encounter: Encounter) -> frozenset[str]:
        """Where the patient is, from the encounter's class and places."""

    def settings_in_reason(self, reason: Concept) -> frozenset[str]:
        """Where the drug will be given, as far as the order's reason names a place."""

    def route(self, concept: Concept) -> str:
        """The route's slug, or empty when it is not recognised."""

    def services(self, concept: Concept) -> frozenset[str]:
        """The services (ecg, pulse-oximetry ...) an order or device stands for."""

    def says_diluted(self, text: str) -> bool:
        """Whether a text says that something is diluted, or put into a fluid."""
