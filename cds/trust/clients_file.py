"""The clients file: which EHRs may call, in YAML that is read strictly, with every fault told by its line.

::

    clients:
      - name: north-hospital
        issuer: https://ehr.north.example.org
        keys: https://ehr.north.example.org/jwks.json     # or a file beside this one
        fhir: [https://fhir.north.example.org/r4]
        networks: [10.20.0.0/16]                          # where these servers live
        budget: 1.2                                       # seconds

Further keys: ``key-addresses`` (what ``jku`` may say), ``audience`` (what ``aud`` may say, instead of the address
that was called), ``tenants``, ``policy`` and ``overlay`` (files), ``gaps: refuse`` (412 instead of a card),
``tokens: reusable`` (one token may serve several calls).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_network
from pathlib import Path
from typing import Final

from cds.errors import TrustError
from cds.knowledge import strict
from cds.knowledge.fields import Fields, Noted
from cds.knowledge.strict import Node, Scalar, Sequence
from cds.trust.addresses import NEVER, Network
from cds.trust.client import BUDGET, Client
from cds.trust.keys import read_keys

KEYS: Final = (
    "name", "issuer", "keys", "key-addresses", "audience", "tenants", "fhir", "networks", "budget", "policy",
    "overlay", "gaps", "tokens",
)  # fmt: skip
LARGEST: Final = 1024 * 1024
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,59}", re.ASCII)
_BASE: Final = re.compile(r"(https?)://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:\d{1,5})?(/[A-Za-z0-9._~-]+)*", re.ASCII)
_BUDGET: Final = re.compile(r"[0-9]{1,2}(\.[0-9]{1,3})?", re.ASCII)
_SHORTEST_BUDGET: Final = 0.05
_LONGEST_BUDGET: Final = 30.0
_LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
_WIDEST: Final = {4: 8, 6: 32}
"""The shortest prefix a network may have: what is wider allows the whole internet."""


def read(path: Path) -> tuple[Client, ...]:
    """The clients of the file. TrustError with every fault that stands in it."""
    noted = Noted(path.name)
    clients = _clients(path, noted)
    if noted.faults:
        raise TrustError(sorted(noted.faults, key=lambda fault: fault.line))
    return clients


def _clients(path: Path, noted: Noted) -> tuple[Client, ...]:
    try:
        data = path.read_bytes()[: LARGEST + 1]
    except OSError as error:
        noted.at(0, f"the file cannot be read ({type(error).__name__})")
        return ()
    if len(data) > LARGEST:
        noted.at(0, f"the file is larger than {LARGEST} bytes")
        return ()
    root, faults = strict.parse(data, path.name)
    noted.faults += faults
    if root is None or faults:
        return ()
    listed = Fields(root, noted, ("clients",), "the file").raw("clients")
    if not isinstance(listed, Sequence) or not listed.items:
        noted.at(root, "'clients' should be a list with one client or more, each beginning with '- name: ...'")
        return ()
    clients = tuple(_client(node, noted, path.parent) for node in listed.items)
    _once(((client.name, node) for client, node in zip(clients, listed.items, strict=True)), "name", noted)
    _once(((client.issuer, node) for client, node in zip(clients, listed.items, strict=True)), "issuer", noted)
    return clients


def _once(found: Iterable[tuple[str, Node]], what: str, noted: Noted) -> None:
    seen: dict[str, int] = {}
    for value, node in found:
        if value and value in seen:
            noted.at(node, f"the {what} '{value}' is another client's too (line {seen[value]})")
        seen.setdefault(value, node.line)


def _client(node: Node, noted: Noted, folder: Path) -> Client:
    fields = Fields(node, noted, KEYS, "a client")
    fields.require("name", "issuer", "keys")
    name, issuer = fields.text("name"), fields.text("issuer")
    if name and not _NAME.fullmatch(name):
        fields.fault("name", "a name is written in small letters, digits and hyphens, such as north-hospital")
    if len(issuer) > 200:  # noqa: PLR2004 - no issuer is as long as this
        fields.fault("issuer", "an issuer has 200 characters or fewer")
    keys = _keys(fields, folder)
    addresses = frozenset(_addresses(fields, "key-addresses"))
    if isinstance(keys, str) and keys:
        addresses |= {keys}
    servers = frozenset(_addresses(fields, "fhir"))
    networks = tuple(_networks(fields))
    if servers and not networks and not any(fault.line == fields.line_of("networks") for fault in noted.faults):
        fields.fault("fhir", "'fhir' needs 'networks' beside it: where these servers live, such as [10.20.0.0/16]")
    return Client(
        name=name,
        issuer=issuer,
        keys=keys,
        key_addresses=addresses,
        audience=frozenset(fields.words("audience")),
        tenants=frozenset(fields.words("tenants")),
        fhir_servers=servers,
        networks=networks,
        budget=_budget(fields),
        policy=_file(fields, "policy", folder),
        overlay=_file(fields, "overlay", folder),
        refuses_gaps=_word(fields, "gaps", "refuse", "card"),
        reuses_tokens=_word(fields, "tokens", "reusable", "once"),
    )


def _keys(fields: Fields, folder: Path) -> str | Path:
    text = fields.text("keys")
    if "://" in text:
        if not text.startswith("https://") or not _BASE.fullmatch(text):
            fields.fault("keys", "the keys' address should begin with https:// and be one that holds no query")
        return text
    path = _file(fields, "keys", folder)
    if path is not None:
        try:
            read_keys(path.read_bytes())
        except (OSError, ValueError) as error:
            fields.fault("keys", f"'{text}' is no key set: {error}")
    return path or ""


def _addresses(fields: Fields, key: str) -> list[str]:
    found: list[str] = []
    for scalar in fields.scalars(key):
        text = scalar.text.removesuffix("/")
        match = _BASE.fullmatch(text)
        if match is None or "/.." in text or "/." in text:
            fields.noted.at(scalar, f"'{scalar.text}' is not an address such as https://fhir.example.org/r4")
        elif match[1] != "https" and match[2] not in _LOOPBACK:
            fields.noted.at(scalar, f"'{scalar.text}' should begin with https://: patient data goes over it")
        found.append(text)
    return found


def _networks(fields: Fields) -> list[Network]:
    found: list[Network] = []
    for scalar in fields.scalars("networks"):
        network = _network(scalar, fields.noted)
        if network is not None:
            found.append(network)
    return found


def _network(scalar: Scalar, noted: Noted) -> Network | None:
    try:
        network = ip_network(scalar.text)
    except ValueError:
        noted.at(scalar, f"'{scalar.text}' is not a network such as 10.20.0.0/16, or one address such as 10.20.0.7/32")
        return None
    if network.prefixlen < _WIDEST[network.version]:
        noted.at(scalar, f"'{scalar.text}' is too wide a network: name those that the servers live in")
    if any(network.version == never.version and network.subnet_of(never) for never in NEVER):  # type: ignore[arg-type]
        noted.at(scalar, f"'{scalar.text}' is never reached: machines tell their own secrets there")
    return network


def _budget(fields: Fields) -> float:
    text = fields.text("budget")
    if not text:
        return BUDGET
    if not _BUDGET.fullmatch(text) or not _SHORTEST_BUDGET <= float(text) <= _LONGEST_BUDGET:
        fields.fault("budget", f"'{text}' is not a number of seconds from {_SHORTEST_BUDGET} to {_LONGEST_BUDGET:g}")
        return BUDGET
    return float(text)


def _file(fields: Fields, key: str, folder: Path) -> Path | None:
    text = fields.text(key)
    if not text:
        return None
    path = folder / text
    if not path.is_file():
        fields.fault(key, f"there is no file '{text}' (places are told from this file's folder)")
        return None
    return path


def _word(fields: Fields, key: str, chosen: str, default: str) -> bool:
    text = fields.text(key, default)
    if text not in (chosen, default):
        fields.fault(key, f"'{key}' can be '{chosen}' or '{default}', and is '{text}'")
    return text == chosen
