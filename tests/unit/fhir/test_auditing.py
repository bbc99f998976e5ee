"""Decisions are exported as FHIR that FHIR's own models accept."""

from __future__ import annotations

import pytest
from fhir.resources.R4B.auditevent import AuditEvent
from fhir.resources.R4B.provenance import Provenance

from cds.fhir.auditing import resources
from cds.store.decision import Decision
from tests.unit.store.records import LIMIT, decision, empty, uuid


@pytest.mark.parametrize("one", [decision(), decision(client="a client"), empty()])
def test_each_decision_is_a_valid_audit_event_and_a_valid_provenance(one: Decision) -> None:
    event, provenance = resources(one)
    AuditEvent.model_validate(event)
    Provenance.model_validate(provenance)
    assert provenance["target"] == [{"reference": f"AuditEvent/{one.id}"}]


def test_the_event_tells_what_was_decided_with_what() -> None:
    event, provenance = resources(decision())
    details = [(one["type"], one["valueString"]) for one in event["entity"][0]["detail"]]
    assert ("order", "examplamine 1001") in details
    assert ("statement", f"{LIMIT} critical {uuid('one card')}") in details
    assert ("not-checked", "N5 allergies") in details
    assert "k-1" in str(provenance["entity"])


def test_the_patient_is_a_hash_or_is_left_out() -> None:
    event, _ = resources(decision())
    assert event["entity"][1]["what"]["identifier"]["value"] == "p1"
    bare, _ = resources(empty())
    assert len(bare["entity"]) == 1
