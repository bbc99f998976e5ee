"""The FHIR view: the R5 resource that carries a statement, as it is published; and what slugs are called."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from cds.fhir.publishing.bundle import publish
from cds.fhir.publishing.canonical import under
from cds.knowledge.model import Knowledge
from cds.terminology.lookup import Lookup
from cds.web.library import spelled

Resource = Mapping[str, Any]


class Published:
    """The published resources, built when one is first asked for."""

    def __init__(self, knowledge: Knowledge, terminology: Lookup | None, base: str = "") -> None:
        self._knowledge = knowledge
        self._terminology = terminology
        self._base = base

    @cached_property
    def _resources(self) -> dict[tuple[str, str], Resource]:
        if self._terminology is None:
            return {}
        made = under(self._base, publish(self._knowledge, self._terminology.tables))
        return {(str(one["resourceType"]), str(one["id"])): one for one in made}

    def called(self, slug: str) -> str:
        """What a slug is called by the terminology, else the slug as words."""
        named = self._terminology.names.get(slug) if self._terminology else None
        return named.name if named else spelled(slug)

    def part(self, statement: str) -> tuple[str, Resource] | None:
        """Where a statement stands in FHIR, and what stands there: a resource of its own, or an element of its drug's
        resource, by its path.
        """
        found = self.of(statement)
        if found is None or found["id"] == statement:
            return (str(found["resourceType"]), found) if found else None
        places = {
            "indicationGuideline": found.get("indicationGuideline", ()),
            "definitional.drugCharacteristic": found.get("definitional", {}).get("drugCharacteristic", ()),
        }
        return next(
            (
                (f"{found['resourceType']}.{path}", element)
                for path, elements in places.items()
                for element in elements
                if element.get("id") == statement
            ),
            None,
        )

    def of(self, statement: str) -> Resource | None:
        """A resource of the statement's own, else the one of its drug, in which it stands."""
        drug = self._knowledge.drug_of[statement].id
        return self._resources.get(("ClinicalUseDefinition", statement)) or self._resources.get(
            ("MedicationKnowledge", drug)
        )
