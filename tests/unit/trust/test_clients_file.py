"""The clients file is read strictly, and every fault is told by its line in words for a person."""

from __future__ import annotations

import json
from ipaddress import ip_network
from pathlib import Path

import pytest

from cds.errors import TrustError
from cds.trust.clients_file import read
from tests.tokens import ec_key, key_set

GOOD = """clients:
  - name: north
    issuer: https://ehr.north.example.org
    keys: north.json
    key-addresses: [https://ehr.north.example.org/jwks.json]
    audience: [sand_man]
    tenants: [a, b]
    fhir: [https://fhir.north.example.org/r4/]
    networks: [10.20.0.0/16, fd12::/32]
    budget: 1.2
    gaps: refuse
    tokens: reusable
  - name: south
    issuer: https://south.example.org
    keys: https://south.example.org/jwks.json
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "north.json").write_bytes(key_set())
    path = tmp_path / "clients.yaml"
    path.write_text(GOOD, encoding="utf-8")
    return path


def test_a_good_file_is_read(file: Path) -> None:
    north, south = read(file)
    assert (north.name, north.issuer, north.budget) == ("north", "https://ehr.north.example.org", 1.2)
    assert north.keys == file.parent / "north.json"
    assert north.fhir_servers == {"https://fhir.north.example.org/r4"}
    assert north.networks == (ip_network("10.20.0.0/16"), ip_network("fd12::/32"))
    assert (north.audience, north.tenants) == ({"sand_man"}, {"a", "b"})
    assert north.refuses_gaps
    assert north.reuses_tokens
    assert south.key_addresses == {"https://south.example.org/jwks.json"}
    assert not south.refuses_gaps
    assert south.budget == 1.5


@pytest.mark.parametrize(
    ("was", "becomes", "line", "told"),
    [
        ("name: north", "name: North Hospital", 2, "small letters"),
        ("name: north", "nam: north", 2, "did you mean 'name'"),
        ("    issuer: https://ehr.north.example.org\n", "", 2, "lacks 'issuer'"),
        ("keys: north.json", "keys: nowhere.json", 4, "there is no file 'nowhere.json'"),
        ("keys: north.json", "keys: clients.yaml", 4, "is no key set: it is not JSON"),
        ("keys: north.json", "keys: http://ehr.example.org/k", 4, "https://"),
        ("keys: north.json", "keys: https://ehr.example.org/k?a=b", 4, "no query"),
        ("jwks.json]", "jwks.json?x]", 5, "is not an address"),
        ("r4/]", "r4/../x]", 8, "is not an address"),
        ("fhir: [https", "fhir: [http", 8, "patient data goes over it"),
        ("    networks: [10.20.0.0/16, fd12::/32]\n", "", 8, "needs 'networks'"),
        ("10.20.0.0/16", "10.20.0.1/16", 9, "is not a network"),
        ("10.20.0.0/16", "0.0.0.0/0", 9, "too wide"),
        ("10.20.0.0/16", "169.254.169.254/32", 9, "never reached"),
        ("budget: 1.2", "budget: 0", 10, "number of seconds"),
        ("budget: 1.2", "budget: soon", 10, "number of seconds"),
        ("gaps: refuse", "gaps: maybe", 11, "can be 'refuse' or 'card'"),
        ("name: south", "name: north", 13, "another client's too (line 2)"),
        ("issuer: https://south.example.org", "issuer: https://ehr.north.example.org", 13, "another client's"),
        ("clients:", "clients: []\nmore:", 2, "not a key of the file"),
        (GOOD, "clients: none\n", 1, "should be a list"),
        (GOOD, "", 0, "the file is empty"),
        ("    budget: 1.2", "    budget: 1.2\n    budget: 1.3", 11, "a second time"),
    ],
)  # fmt: skip
def test_each_fault_is_told_by_its_line(file: Path, was: str, becomes: str, line: int, told: str) -> None:
    text = GOOD.replace(was, becomes, 1)
    assert text != GOOD
    file.write_text(text, encoding="utf-8")
    with pytest.raises(TrustError) as refused:
        read(file)
    assert any(told in fault.message and fault.line == line for fault in refused.value.faults), refused.value


def test_all_faults_are_told_at_once(file: Path) -> None:
    file.write_text(GOOD.replace("1.2", "0").replace("refuse", "x").replace("fd12::/32", "y"), encoding="utf-8")
    with pytest.raises(TrustError) as refused:
        read(file)
    assert len(refused.value.faults) == 3


def test_a_secret_key_in_a_key_set_is_told(file: Path) -> None:
    (file.parent / "north.json").write_text(json.dumps({"keys": [ec_key().as_dict(private=True)]}), encoding="utf-8")
    with pytest.raises(TrustError, match="secret key"):
        read(file)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TrustError, match="cannot be read"):
        read(tmp_path / "none.yaml")
