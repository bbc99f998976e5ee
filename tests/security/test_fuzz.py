"""Whatever is sent, and whatever file is read: no exception that nobody expected, no 5xx, no unbounded time."""

from __future__ import annotations

import copy
import json
import time
from datetime import UTC, datetime
from typing import Any, Final

import pytest
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
from cds.knowledge.examine import examine
from cds.knowledge.fields import Noted
from cds.knowledge.read_drug import read_drug
from cds.knowledge.read_statement import Places
from cds.settings import Settings
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
    begun = time.process_time()
    answer = client.post(SIGN, json=body)
    assert answer.status_code in (200, 400, 413)
    assert time.process_time() - begun < 1.5
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


_NUMBER = st.integers(-5, 10**6) | st.decimals(allow_nan=False, allow_infinity=False, places=3).map(float) | _JSON
_UNIT = st.sampled_from(["mg", "g", "ug", "mg/kg", "mg/kg/h", "mL", "{tbl}", "1", "", "Mg", "h", "d", "wk"]) | _TEXTS
_QUANTITY = st.fixed_dictionaries({}, optional={
    "value": _NUMBER, "code": _UNIT, "unit": _UNIT, "comparator": st.sampled_from(["<", ">", "~"]) | _JSON,
    "system": st.just("http://unitsofmeasure.org") | _TEXTS,
})  # fmt: skip
_RANGE = st.fixed_dictionaries({}, optional={"low": _QUANTITY, "high": _QUANTITY})
_RATIO = st.fixed_dictionaries({}, optional={"numerator": _QUANTITY, "denominator": _QUANTITY})
_REPEAT = st.fixed_dictionaries({}, optional={
    "frequency": _NUMBER, "frequencyMax": _NUMBER, "period": _NUMBER, "periodMax": _NUMBER, "periodUnit": _UNIT,
    "duration": _NUMBER, "durationUnit": _UNIT, "count": _NUMBER, "timeOfDay": st.lists(_TEXTS, max_size=3) | _JSON,
    "when": st.lists(st.sampled_from(["ACM", "HS", "PC", "x"]), max_size=3) | _JSON,
    "dayOfWeek": st.lists(st.sampled_from(["mon", "x"]), max_size=3) | _JSON,
    "boundsPeriod": st.fixed_dictionaries({}, optional={"start": _TEXTS, "end": _TEXTS}), "boundsDuration": _QUANTITY,
    "boundsRange": _RANGE,
})  # fmt: skip
_DOSE = st.fixed_dictionaries({}, optional={
    "doseQuantity": _QUANTITY, "doseRange": _RANGE, "rateQuantity": _QUANTITY, "rateRange": _RANGE, "rateRatio": _RATIO,
    "type": _JSON,
})  # fmt: skip
_DOSAGE = st.fixed_dictionaries({}, optional={
    "sequence": _NUMBER, "text": _TEXTS,
    "timing": st.fixed_dictionaries({}, optional={"repeat": _REPEAT, "code": _JSON}),
    "doseAndRate": st.lists(_DOSE, max_size=3), "doseQuantity": _QUANTITY, "asNeededBoolean": st.booleans() | _JSON,
    "maxDosePerPeriod": _RATIO | st.lists(_RATIO, max_size=2), "maxDosePerAdministration": _QUANTITY, "route": _JSON,
    "maxDosePerLifetime": _QUANTITY,
})  # fmt: skip
_COVERED = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "856773"}], "text": "x"}


@FUZZ
@given(dosages=st.lists(_DOSAGE, min_size=1, max_size=3))
def test_the_whole_check_answers_any_dosage_of_a_covered_drug_without_breaking_down(
    client: TestClient, dosages: Any
) -> None:
    begun = time.process_time()
    body = order_sign(order(medicationCodeableConcept=_COVERED, dosageInstruction=dosages))
    answer = client.post(SIGN, content=json.dumps(body).encode(), headers={"content-type": "application/json"})
    assert time.process_time() - begun < 1.5
    assert answer.status_code in (200, 400)
    assert "internal error" not in answer.text
    assert "inside the service" not in answer.text


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
    begun = time.process_time()
    read_sig(line)
    assert time.process_time() - begun < 0.5


_YAML = st.text(alphabet=st.sampled_from(list("abc:-[]{}#&*!|>'\"%@` \n\t,?1")), max_size=200)


@FUZZ
@given(data=_YAML.map(str.encode) | st.binary(max_size=200))
def test_the_knowledge_reader_names_faults_and_never_fails(data: bytes) -> None:
    node, faults = strict.parse(data, "x.yaml")
    assert node is not None or faults


_DRUG = (Settings().knowledge / "drugs" / "lamotrigine.yaml").read_text(encoding="utf-8").splitlines()
_JUNK = st.sampled_from(
    ["", "[]", "{}", "null", "yes", "-1 mg", "1e9 mg/kg", "25 mg", "9" * 50, "{above: x}", "[a, [b]]", "&a *a", "|",
     "- x", "critical", "{unless: {age: [adult]}}", "\u202e", "0 mg", "1-2-3", "lamotrigine"]
) | st.text(max_size=12)  # fmt: skip


@st.composite
def drug_files(draw: st.DrawFn) -> bytes:
    """A real file with some lines changed as people change them: taken out, doubled, moved in or out, rewritten."""
    lines = list(_DRUG)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        key, colon, _ = lines[at].partition(":")
        how = draw(st.sampled_from(["out", "twice", "in", "back", "value", "key", "swap"]))
        changed = {
            "out": [], "twice": [lines[at]] * 2, "in": [f"  {lines[at]}"], "back": [lines[at].removeprefix("  ")],
            "value": [f"{key}{colon} {draw(_JUNK)}"], "key": [lines[at].replace(key.strip(), draw(_JUNK), 1)],
            "swap": [lines[draw(st.integers(0, len(lines) - 1))]],
        }[how]  # fmt: skip
        lines[at : at + 1] = changed
        if not lines:
            break
    return "\n".join(lines).encode("utf-8", "replace")


@pytest.fixture(scope="module")
def vocabulary() -> Any:
    return examine(Settings().knowledge).vocabulary


@FUZZ
@given(data=drug_files())
def test_the_drug_reader_makes_a_drug_or_names_faults_with_their_lines(data: bytes, vocabulary: Any) -> None:
    begun = time.process_time()
    node, faults = strict.parse(data, "lamotrigine.yaml")
    noted = Noted("lamotrigine.yaml", list(faults))
    drug = None if node is None else read_drug(node, noted, vocabulary, Places())
    assert time.process_time() - begun < 1.0
    assert drug is not None or noted.faults
    assert all(fault.message and fault.line >= 0 for fault in noted.faults)


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
