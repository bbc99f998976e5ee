"""Looking at one token: from its header to its claims, every step with a reason that only the log is told.

The signature is checked by joserfc, which refuses what others let pass (numbers as texts, overlong members). Its
checks say nothing about how long a token may live, how its id looks, or that it names its type; these are ours.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError

from cds import metrics
from cds.errors import AuthError
from cds.trust.client import Client
from cds.trust.keys import ALGORITHMS, Key

LONGEST_TOKEN: Final = 8 * 1024
LONGEST_LIFE: Final = 3600
LEEWAY: Final = 60
"""Seconds by which two clocks may differ."""

LONGEST_ID: Final = 256
LONGEST_TENANT: Final = 120
MOST_AUDIENCES: Final = 20
_COMPACT: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
_TENANT: Final = re.compile(r"[!-~]+", re.ASCII)
_CARRIES_KEYS: Final = ("jwk", "x5c", "x5u", "crit", "b64", "zip")


Audience = Callable[[str], bool]
"""Whether a text of ``aud`` means us."""


@dataclass(frozen=True, slots=True)
class Unproved:
    """What a token says of itself before anything of it is proved."""

    algorithm: str
    key: str
    key_address: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Proved:
    """What a good token says."""

    token_id: str
    tenant: str
    expires: float


def bearer(header: str | None) -> str:
    """The token of an ``Authorization`` header. AuthError when there is none or it is no token."""
    if header is None:
        raise AuthError("none")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise AuthError("scheme")
    if len(token) > LONGEST_TOKEN:
        raise AuthError("size")
    if not _COMPACT.fullmatch(token):
        raise AuthError("form")
    return token


def look(token: str) -> Unproved:
    """Which key and issuer a token names, without believing it. AuthError when it is not one we would verify."""
    head, body, _ = token.split(".")
    header, claims = _object(_decoded(head)), _object(_decoded(body))
    algorithm, key, address = header.get("alg"), header.get("kid"), header.get("jku", "")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        raise AuthError("algorithm")
    if header.get("typ") != "JWT":
        raise AuthError("type")
    if not isinstance(key, str) or not 0 < len(key) <= LONGEST_ID:
        raise AuthError("key")
    if not isinstance(address, str) or any(name in header for name in _CARRIES_KEYS):
        raise AuthError("header")
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or not issuer:
        raise AuthError("issuer")
    return Unproved(algorithm, key, address, issuer)


def prove(token: str, unproved: Unproved, key: Key, client: Client, audience: Audience, now: float) -> Proved:
    """Check the signature and every claim. ``now`` is in seconds since 1970. AuthError with the reason."""
    if key.key_type != ALGORITHMS[unproved.algorithm]:
        raise AuthError("key")
    try:
        signed = jws.deserialize_compact(token, key, algorithms=[unproved.algorithm])
    except (JoseError, ValueError):
        raise AuthError("signature") from None
    claims = _object(signed.payload)
    if claims.get("iss") != client.issuer:
        raise AuthError("issuer")
    _check_audience(claims.get("aud"), audience)
    metrics.CLOCK.labels(client.name).set(now - _moment(claims, "iat"))  # told of tokens too that are refused for it
    expires = _check_times(claims, now)
    token_id, tenant = claims.get("jti"), claims.get("tenant", "")
    if not isinstance(token_id, str) or not 0 < len(token_id) <= LONGEST_ID:
        raise AuthError("id")
    if not isinstance(tenant, str) or len(tenant) > LONGEST_TENANT or (tenant and not _TENANT.fullmatch(tenant)):
        raise AuthError("tenant")
    if client.tenants and tenant not in client.tenants:
        raise AuthError("tenant")
    return Proved(token_id, tenant, expires)


def _check_audience(found: Any, is_ours: Audience) -> None:
    listed = found if isinstance(found, list) else [found]
    texts = [item for item in listed if isinstance(item, str)]
    if len(texts) < len(listed) or len(texts) > MOST_AUDIENCES or not any(map(is_ours, texts)):
        raise AuthError("audience")


def _check_times(claims: Mapping[str, Any], now: float) -> float:
    """When the token ends. It has to be valid now, and not for longer than an hour."""
    expires, issued = _moment(claims, "exp"), _moment(claims, "iat")
    if expires + LEEWAY <= now:
        raise AuthError("expired")
    if issued - LEEWAY > now or ("nbf" in claims and _moment(claims, "nbf") - LEEWAY > now):
        raise AuthError("early")
    if not 0 < expires - issued <= LONGEST_LIFE:
        raise AuthError("life")
    return expires


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e11:  # noqa: PLR2004 - year 5138
        raise AuthError("times")
    return float(value)


def _decoded(part: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        raise AuthError("form") from None


def _object(data: bytes) -> dict[str, Any]:
    """A JSON object without repeated names: of two issuers we would not know which one another reader believes."""
    try:
        value = json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise AuthError("form") from None
    if not isinstance(value, dict):
        raise AuthError("form")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _refuse(_: str) -> None:
    raise ValueError("not a number of JSON")
