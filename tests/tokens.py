"""Keys and tokens of made-up clients."""

from __future__ import annotations

import base64
import json
import time
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

ISSUER = "https://ehr.north.example.org"
BASE_URL = "https://cds.example.org"
JKU = "https://ehr.north.example.org/jwks.json"


@cache
def ec_key(name: str = "ec-1") -> ECKey:
    return ECKey.generate_key("P-384", {"kid": name, "use": "sig", "alg": "ES384"})


@cache
def rsa_key(name: str = "rsa-1") -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS384"})


def key_set(*keys: ECKey | RSAKey) -> bytes:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys or (ec_key(), rsa_key())]}).encode()


def claims(path: str, **changes: Any) -> dict[str, Any]:
    """What a good token says. A change to None leaves the claim out."""
    now = int(time.time())
    good = {"iss": ISSUER, "aud": BASE_URL + path, "iat": now, "exp": now + 300, "jti": str(uuid4())}
    return {name: value for name, value in (good | changes).items() if value is not None}


def header(**changes: Any) -> dict[str, Any]:
    good = {"alg": "ES384", "typ": "JWT", "kid": "ec-1"}
    return {name: value for name, value in (good | changes).items() if value is not None}


def part(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(head: dict[str, Any], payload: dict[str, Any] | bytes, key: ECKey | RSAKey | None = None) -> str:
    """A token as these parts say, whatever they say; signed with the algorithm of the key."""
    key = key or ec_key()
    algorithm = "ES384" if isinstance(key, ECKey) else "RS384"
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    signature = jws.JWSRegistry.algorithms[algorithm].sign(f"{part(head)}.{part(body)}".encode(), key)  # type: ignore[attr-defined]
    return f"{part(head)}.{part(body)}.{part(signature)}"


def token(path: str, **changes: Any) -> str:
    """A good token for this path, with claims changed."""
    return signed(header(), claims(path, **changes))


def bearer(path: str, **changes: Any) -> dict[str, str]:
    return {"authorization": f"Bearer {token(path, **changes)}"}


def clients_file(folder: Path, *more: str, fhir: str = "", audience: str = "") -> Path:
    """A clients file with one client, and its key set beside it. ``more`` are further lines of the client."""
    (folder / "north.json").write_bytes(key_set())
    lines = ["clients:", "  - name: north", f"    issuer: {ISSUER}", "    keys: north.json", *more]
    if fhir:
        lines += [f"    fhir: [{fhir}]", "    networks: [127.0.0.0/8]"]
    if audience:
        lines += [f"    audience: [{audience}]"]
    path = folder / "clients.yaml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
