"""One DocumentReference per document, and one Provenance per statement: document, section and lines."""

from __future__ import annotations

from datetime import date
from typing import Final

from cds.fhir.exact import Element
from cds.fhir.publishing import names
from cds.fhir.publishing.elements import complex_extension, concept, kept, part, reference
from cds.fhir.publishing.medication_knowledge import carrier
from cds.fhir.publishing.narrative import narrative
from cds.knowledge.in_words import citation
from cds.knowledge.model import Citation, Drug, Knowledge, Source, Statement

PASSAGE: Final = names.extension("source-passage")
FILE: Final = names.extension("source-file")
_ACTIVITY: Final = {"system": "http://terminology.hl7.org/CodeSystem/v3-DataOperation", "code": "CREATE"}
_AUTHOR: Final = {"system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type", "code": "author"}
_UNDATED: Final = date(1970, 1, 1)


def document(source: Source) -> Element:
    """The DocumentReference of a source. ``description`` is what the document says of its own review."""
    return kept(
        {
            "resourceType": "DocumentReference",
            "id": source.id,
            "text": narrative(source.title, [source.caveat]),
            "extension": complex_extension(
                FILE, [part("file", "String", source.file), part("sha256", "String", source.sha256)]
            ),
            "status": "current",
            "type": {"text": "Clinical text"},
            "description": source.caveat,
            "content": [
                {
                    "attachment": kept(
                        {
                            "url": source.url,
                            "title": source.title,
                            "creation": source.updated.isoformat() if source.updated else "",
                        }
                    )
                }
            ],
        }
    )


def provenances(knowledge: Knowledge) -> list[Element]:
    """One Provenance for each statement, in the order of the files."""
    return [_provenance(spoken, drug, knowledge) for drug in knowledge.drugs for spoken in drug.statements]


def _provenance(spoken: Statement, drug: Drug, knowledge: Knowledge) -> Element:
    return {
        "resourceType": "Provenance",
        "id": f"source.{spoken.id}",
        "text": narrative(spoken.id, [citation(cite) for cite in spoken.cites]),
        "target": [_target(spoken, drug)],
        "recorded": f"{_recorded(spoken, drug, knowledge).isoformat()}T00:00:00Z",
        "activity": concept(_ACTIVITY, text="Restated in the authors' own words, with levels and wording for cards"),
        "agent": [{"type": concept(_AUTHOR), "who": {"display": drug.review.author or "Knowledge authors"}}],
        "entity": [_entity(cite) for cite in spoken.cites],
    }


def _target(spoken: Statement, drug: Drug) -> Element:
    if carrier(spoken) == "clinical-use":
        return reference("ClinicalUseDefinition", spoken.id)
    return {
        "extension": [{"url": names.TARGET_ELEMENT, "valueUri": spoken.id}],
        **reference("MedicationKnowledge", drug.id),
    }


def _recorded(spoken: Statement, drug: Drug, knowledge: Knowledge) -> date:
    """The day of the last review, else of the newest cited document: the knowledge keeps no other date."""
    cited = (knowledge.sources.get(cite.source) for cite in spoken.cites)
    return drug.review.reviewed or max((s.updated for s in cited if s and s.updated), default=_UNDATED)


def _entity(cite: Citation) -> Element:
    lines = [part("line", "PositiveInt", line) for line in cite.lines]
    return {
        "extension": complex_extension(PASSAGE, [part("section", "String", cite.section), *lines]),
        "role": "quotation",
        "what": reference("DocumentReference", cite.source),
    }
