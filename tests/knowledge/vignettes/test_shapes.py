"""Every vignette in every shape that clients write: the same findings, whatever the shape."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from cds.selftest import ehr, wire
from cds.selftest.answers import Said, everything
from cds.selftest.build import Situation
from tests.knowledge.vignettes.cases import Case, all_cases
from tests.knowledge.vignettes.shapes import CALL_SHAPES, RESOURCE_SHAPES

SERVICE = "medication-order-sign"
CASES = all_cases()
Sent = Callable[[Case], Situation]


def _findings(answer: dict[str, Any]) -> Counter[tuple[str, str, str, frozenset[str]]]:
    def key(said: Said) -> tuple[str, str, str, frozenset[str]]:
        return said.rule, said.level, said.statement, frozenset(said.orders)

    return Counter(key(said) for said in everything(answer))


def _differences(
    client: TestClient,
    templates: dict[str, str],
    sent: Sent,
    answer_to: Callable[[Case], dict[str, Any]],
    written: Callable[[Situation, Callable[[Situation], dict[str, Any]]], dict[str, Any]],
) -> dict[str, Any]:
    differences: dict[str, Any] = {}
    for case in CASES:
        asked = written(sent(case), lambda at, name=case.name: ehr.request(at, templates, name))  # type: ignore[misc]
        headers = {"content-type": "application/json"}
        response = client.post(f"/cds-services/{SERVICE}", content=wire.write(asked), headers=headers)
        assert response.status_code == 200, f"{case.name}: {response.text}"
        before, after = _findings(answer_to(case)), _findings(wire.read(response.text))
        if before != after:
            differences[case.name] = {"lost": dict(before - after), "gained": dict(after - before)}
    return differences


@pytest.mark.parametrize("shape", RESOURCE_SHAPES, ids=lambda shape: shape.__name__)
def test_resources_in_another_shape_say_the_same(
    shape: Callable[[Situation], Situation],
    client: TestClient,
    templates: dict[str, str],
    sent: Sent,
    answer_to: Callable[[Case], dict[str, Any]],
) -> None:
    assert not _differences(client, templates, sent, answer_to, lambda at, ask: ask(shape(at)))


@pytest.mark.parametrize("shape", CALL_SHAPES, ids=lambda shape: shape.__name__)
def test_a_call_in_another_shape_says_the_same(
    shape: Callable[[dict[str, Any]], dict[str, Any]],
    client: TestClient,
    templates: dict[str, str],
    sent: Sent,
    answer_to: Callable[[Case], dict[str, Any]],
) -> None:
    assert not _differences(client, templates, sent, answer_to, lambda at, ask: shape(ask(at)))
