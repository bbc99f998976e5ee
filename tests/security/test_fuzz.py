"""Whatever is sent, and whatever file is read: no exception that nobody expected, no 5xx, no unbounded time."""

from __future__ import annotations

import copy
import json
import time
from datetime import UTC, datetime
from typing import Any, Final

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from cds.errors import AuthError, RequestError, TrustError
from cds.fhir import bounded
from cds.fhir.reading import read
from cds.fhir.reading.sig.meaning import read_sig
from cds.hooks import feedback, request
from cds.hooks.strict import read as read_strict
from cds.knowledge import strict
from cds.trust.clients_file import read as read_clients
from cds.trust.token import bearer, look
from tests.bodies import SIGN, order, order_sign
from tests.tokens import part

FUZZ: Final = settings(
    max_examples=300, deadline=2000, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
_TEXTS = st.text(max_size=40) | st.sampled_from(
    ["", "mg", "MedicationRequest", "2026-02-30", "\ud7ff", "\x00", "1e9999"]
)
_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False).map(str) | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_TEXTS, inner, max_size=4),
    max_leaves=12,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        found += _places(item, (*path, key))
    return found


_WHOLE = order_sign(order(), order(id="o-2"))
_PLACES = _places(_WHOLE)


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, Any]:
    """A good request with up to three of its values replaced by anything."""
    body = copy.deepcopy(_WHOLE)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(_PLACES))
        here: Any = body
        try:
            for name in path[:-1]:
                here = here[name]
            here[path[-1]] = draw(_JSON)
        except (KeyError, IndexError, TypeError):
            assume(False)
    return body


@FUZZ
@given(body=mutated())
def test_no_changed_request_is_answered_by_a_failure(client: TestClient, body: dict[str, Any]) -> None:
    begun = time.perf_counter()
    answer = client.post(SIGN, json=body)
    assert answer.status_code in (200, 400, 413)
    assert time.perf_counter() - begun < 1.5
    if answer.status_code == 200:
        assert "internal error" not in answer.text


@FUZZ
@given(data=st.binary(max_size=300) | mutated().map(lambda body: json.dumps(body).encode()[:-7]))
def test_no_bytes_are_answered_by_a_failure(client: TestClient, data: bytes) -> None:
    answer = client.post(SIGN, content=data, headers={"content-type": "application/json"})
    assert answer.status_code == 400


@FUZZ
@given(data=st.binary(max_size=300) | _JSON.map(lambda value: json.dumps(value).encode()))
def test_the_request_readers_refuse_in_one_way_only(data: bytes) -> None:
    for reader in (read_strict, feedback.read, lambda one: request.read(one, "order-sign")):
        try:
            reader(data)
        except RequestError:
            continue
    try:
        bounded.read(data)
    except ValueError:
        return


@FUZZ
@given(dosage=_JSON | st.fixed_dictionaries({}, optional={
    "text": _TEXTS, "timing": _JSON, "doseAndRate": _JSON, "asNeededBoolean": _JSON, "route": _JSON,
    "maxDosePerPeriod": _JSON,
}))  # fmt: skip
def test_the_dosage_reader_makes_something_of_anything(dosage: Any) -> None:
    body = json.dumps(order_sign(order(dosageInstruction=[dosage]))).encode()
    asked = request.read(body, "order-sign")
    read(asked.context, asked.prefetch, NOON)


_WORDS = st.sampled_from([
    "take", "1", "2-3", "tablet", "mg", "every", "8", "hours", "prn", "q6h", "by mouth", "max", "per day", "½", "0.5",
    "then", "for", "days", "/", "kg", ",", "(", "10 mg/5 mL", "1e9", "٣", "bid", "am", "\u202e", "0", "-",
])  # fmt: skip


@FUZZ
@given(line=st.lists(_WORDS, max_size=40).map(" ".join) | st.text(max_size=400))
def test_the_free_text_grammar_reads_any_line_in_bounded_time(line: str) -> None:
    begun = time.perf_counter()
    read_sig(line)
    assert time.perf_counter() - begun < 0.5


_YAML = st.text(alphabet=st.sampled_from(list("abc:-[]{}#&*!|>'\"%@` \n\t,?1")), max_size=200)


@FUZZ
@given(data=_YAML.map(str.encode) | st.binary(max_size=200))
def test_the_knowledge_reader_names_faults_and_never_fails(data: bytes) -> None:
    node, faults = strict.parse(data, "x.yaml")
    assert node is not None or faults


@FUZZ
@given(
    data=_YAML.map(lambda text: b"clients:\n  - name: a\n    " + text.replace("\n", "\n    ").encode())
    | st.binary(max_size=99)
)
def test_the_clients_file_names_faults_and_never_fails(data: bytes, tmp_path_factory: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "clients.yaml"
    path.write_bytes(data)
    try:
        read_clients(path)
    except TrustError as refused:
        told = refused.faults
    else:
        return
    assert told


_THREE_PARTS = st.lists(st.binary(max_size=60), min_size=3, max_size=3)


@FUZZ
@given(text=st.text(max_size=300) | _THREE_PARTS.map(lambda parts: "Bearer " + ".".join(map(part, parts))))
def test_a_token_of_any_form_is_refused_in_one_way_only(text: str) -> None:
    try:
        look(bearer(text))
    except AuthError:
        return
