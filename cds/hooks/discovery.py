"""What ``GET /cds-services`` says: the services, what they cover, and what they would like to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cds.hooks.request import CACHE, FILTER, OPTIONS, ORDER_SELECT, ORDER_SIGN, PATIENT_VIEW, REPORT
from cds.hooks.strict import Json
from cds.knowledge.model import Knowledge, ReviewStatus

SPECIFICATION: Final = "2.0.1"
"""The CDS Hooks release we implement: the newest formal one. What we send holds under the 3.0 ballot too, because
templates use only context fields as tokens."""

USAGE: Final = (
    "Send the prefetch this service names, or fhirServer and fhirAuthorization of a server it was configured to "
    "read from. What is in neither is reported on a card as not checked. Orders may be MedicationRequest "
    "(R4, R5, STU3) or MedicationOrder (DSTU2). A request may ask for a report on every order, even where there is no "
    f'card, by "extension": {{"{REPORT}": true}}.'
)


@dataclass(frozen=True, slots=True)
class Listed:
    """One service as it is listed. Ids differ between hooks: some clients keep only one service of each id.
    ``options`` are what a request may ask of it, in the form of the PDDI-CDS implementation guide.
    """

    id: str
    hook: str
    title: str
    purpose: str
    options: tuple[dict[str, Json], ...] = ()


SERVICES: Final = {
    listed.id: listed
    for listed in (
        Listed(
            "medication-order-sign",
            ORDER_SIGN,
            "Medication order check",
            "Checks the medication orders that are about to be signed.",
            (
                {
                    "code": FILTER,
                    "type": "boolean",
                    "name": "Do not show again what was shown at order-select",
                    "description": "In the same encounter and within a day, what order-select showed for the same "
                    "unchanged order is not shown again, unless it is critical. Default: false.",
                },
            ),
        ),
        Listed(
            "medication-order-select",
            ORDER_SELECT,
            "Medication order check while ordering",
            "Checks the selected medication orders while they are being written, beside the other drafts.",
            (
                {
                    "code": CACHE,
                    "type": "boolean",
                    "name": "Keep what is shown, for order-sign",
                    "description": "What is shown is always kept, as codes; this changes nothing. Default: true.",
                },
            ),
        ),
        Listed(
            "medication-patient-view",
            PATIENT_VIEW,
            "Check of current medicines",
            "Checks what the patient takes already, when the record is opened: problems alone, nothing where there is "
            "none, and no change to an order is offered.",
        ),
    )
}


DEMONSTRATION: Final = (
    "**Demonstration**: callers are not recognised here, so anybody could have sent what is answered. Send no data of "
    "real patients."
)


UNLOADED: Final = "**No knowledge is loaded**: every order is answered by a card that says so, and nothing is checked."


def discovery(
    knowledge: Knowledge | None, templates: Mapping[str, str], *, demonstration: bool = False
) -> dict[str, Json]:
    """The body of the discovery answer. ``demonstration``: say that callers are not recognised. Without knowledge the
    services are listed all the same: they answer, and say that they cannot check.
    """
    scope = _scope(knowledge) if knowledge else UNLOADED
    scope = f"{DEMONSTRATION}\n\n{scope}" if demonstration else scope
    return {
        "services": [
            {
                "hook": listed.hook,
                "title": listed.title,
                "description": f"{listed.purpose}\n\n{scope}",
                "id": listed.id,
                "version": SPECIFICATION,
                "usageRequirements": USAGE,
                "prefetch": dict(templates),
                **({"extension": {OPTIONS[0]: [*listed.options]}} if listed.options else {}),
            }
            for listed in SERVICES.values()
        ]
    }


def covered_names(knowledge: Knowledge) -> list[str]:
    """The names of the covered ingredients and combinations, as a clinician writes them."""
    return sorted(drug.name for drug in knowledge.drugs)


def is_draft(knowledge: Knowledge) -> bool:
    """Whether any of the knowledge still waits for review by a person."""
    return any(drug.review.status is ReviewStatus.DRAFT for drug in knowledge.drugs)


def _scope(knowledge: Knowledge) -> str:
    names = covered_names(knowledge)
    covered = f"Covered: **{', '.join(names)}**." if names else "No drug is covered."
    checks = (
        "It looks at dose, route, contraindications, interactions, allergy, pregnancy and monitoring as far as "
        "its documents go; other orders pass unchecked."
    )
    draft = "The knowledge is a **draft** that no second person has reviewed yet." if is_draft(knowledge) else ""
    versions = f"Policy: {knowledge.policy.name} {knowledge.policy.version}. Knowledge version: {knowledge.version}."
    if knowledge.release:
        versions += f" Products are looked up in {knowledge.release} too."
    return "\n\n".join(part for part in (covered, checks, draft, versions) if part)
