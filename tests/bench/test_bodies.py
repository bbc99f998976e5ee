"""What is measured is what it claims to be: without these, a fast figure could be that of an empty answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from tests.bench import bodies
from tests.bench.bodies import Call
from tests.bench.load import said


@pytest.mark.parametrize("make", [bodies.clean, bodies.typical, bodies.select])
def test_a_body_is_as_large_as_the_one_the_floors_were_measured_with(make: Callable[[], Call]) -> None:
    assert 21_000 < len(make().body) < 23_500


def test_the_large_record_holds_500_medicines_and_problems() -> None:
    body = bodies.large().body
    assert body.count(b'"resourceType":"Condition"') + body.count(b'"id":"m-') == 500
    assert 180_000 < len(body) < 220_000


@pytest.mark.parametrize("make", [bodies.clean, bodies.typical, bodies.select, bodies.large])
def test_the_answer_says_what_it_must(client: TestClient, make: Callable[[], Call]) -> None:
    call = make()
    answer = client.post(call.path, content=call.body, headers={"content-type": "application/json"})
    found = set(said(answer.content))
    assert call.must <= found
    assert bool(found) is not call.silent
