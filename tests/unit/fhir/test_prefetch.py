"""The templates keep to what every client can do."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest

from cds.fhir.prefetch import ISSUE_KEYS, TEMPLATES, categories_of


@pytest.mark.parametrize("key", TEMPLATES)
def test_a_template_is_a_plain_read_or_search_with_known_tokens(key: str) -> None:
    path, _, query = TEMPLATES[key].partition("?")
    tokens = [part.partition("}}")[0] for part in TEMPLATES[key].split("{{")[1:]]
    assert set(tokens) <= {"context.patientId", "context.encounterId"}
    assert {name for name, _ in parse_qsl(query)} <= {"patient", "code", "_sort", "_count"}
    assert (path.count("/") == 1) is (query == "")


@pytest.mark.parametrize("key", TEMPLATES.keys() - ISSUE_KEYS)
def test_every_key_of_ours_is_understood_by_its_name(key: str) -> None:
    assert categories_of(key)
    assert not categories_of("unheard")
