"""The public keys of a client: read from where the clients file says, and from nowhere else.

A token may name the place of its keys (``jku``) and which key it was signed with (``kid``). Neither makes us fetch
anything new: the place is only compared, and an unknown key makes us look at the configured place again at most
once in ``COOLDOWN``.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import httpx
import structlog
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, RSAKey

Key = ECKey | RSAKey
Load = Callable[[], Awaitable[bytes]]
"""Reads a key set. OSError, ValueError or httpx.HTTPError when it cannot be had."""

ALGORITHMS: Final = {"ES384": "EC", "RS384": "RSA"}
"""What we verify, and the kind of key each needs: those that CDS Hooks recommends."""

COOLDOWN: Final = 30.0
FRESH: Final = 3600.0
"""Seconds after which keys are read again, so that a key that was withdrawn is not believed for ever."""

STALE: Final = 24 * 3600.0
"""Seconds for which keys are believed when they cannot be read again."""

FETCH_SECONDS: Final = 2.0
LARGEST: Final = 256 * 1024
SHORTEST_RSA: Final = 2048
_FOUND: Final = 200


def read_keys(data: bytes) -> dict[str, Key]:
    """The usable public keys of a key set by their names. ValueError, in words, when it is none or holds none."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    listed = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(listed, list):
        raise ValueError("it lacks the list 'keys'")  # noqa: TRY004 - what is wrong is the value that was read
    found: dict[str, Key] = {}
    for item in listed:
        key = _key(item)
        if key is None:
            continue
        name = str(item["kid"])
        if name in found:
            raise ValueError("two of its keys have one name (kid)")
        found[name] = key
    if not found:
        raise ValueError("it holds no public key for ES384 (P-384) or RS384 (2048 bits or more) with a name (kid)")
    return found


def _key(item: Any) -> Key | None:
    """One key, if we can use it; sets hold keys for other purposes too. A secret one should never have come here."""
    if not isinstance(item, dict):
        return None
    if "d" in item or item.get("kty") == "oct":
        raise ValueError("it holds a secret key: a key set for others has only public keys")
    name, kind = item.get("kid"), item.get("kty")
    wanted = {"EC": "ES384", "RSA": "RS384"}.get(str(kind))
    usable = isinstance(name, str) and name and wanted and item.get("use", "sig") == "sig"
    if not usable or item.get("alg", wanted) != wanted or (kind == "EC" and item.get("crv") != "P-384"):
        return None
    try:
        key = JWKRegistry.import_key(item)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, RSAKey) and key.raw_value.key_size < SHORTEST_RSA:
        return None
    return key if isinstance(key, ECKey | RSAKey) else None


class Keys:
    """The keys of one client, kept and looked at again when they are old or a name is unknown."""

    def __init__(self, load: Load, now: Callable[[], float] = time.monotonic, about: str = "") -> None:
        self._load = load
        self._now = now
        self._about = about
        self._keys: dict[str, Key] = {}
        self._read_at = float("-inf")
        self._tried_at = float("-inf")
        self._lock = asyncio.Lock()

    async def find(self, name: str) -> Key | None:
        """The key of this name; None when the client has none."""
        if name not in self._keys or self._now() - self._read_at > FRESH:
            await self._look_again()
        if self._now() - self._read_at > STALE:
            return None
        return self._keys.get(name)

    async def _look_again(self) -> None:
        # While another looks, what it finds is waited for: at the start the first calls come together.
        if self._now() - self._tried_at < COOLDOWN and not self._lock.locked():
            return
        async with self._lock:
            # Whoever waited here finds that another has looked meanwhile.
            if self._now() - self._tried_at < COOLDOWN:
                return
            self._tried_at = self._now()
            try:
                async with asyncio.timeout(FETCH_SECONDS):
                    self._keys = read_keys(await self._load())
                self._read_at = self._now()
            except (OSError, ValueError, TimeoutError, httpx.HTTPError) as error:
                structlog.get_logger().error(
                    "keys could not be read", reason=self._about, exception=type(error).__name__
                )


def from_file(path: Path) -> Load:
    """Reads a key set from a file."""

    async def load() -> bytes:
        return await asyncio.to_thread(path.read_bytes)

    return load


def from_address(url: str, transport: httpx.AsyncBaseTransport) -> Load:
    """Reads a key set from its configured address: no redirect, no encoding, no more than a limit."""

    async def load() -> bytes:
        headers = {"accept": "application/json", "accept-encoding": "identity"}
        async with (
            httpx.AsyncClient(
                transport=transport, headers=headers, trust_env=False, follow_redirects=False, timeout=FETCH_SECONDS
            ) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code != _FOUND or "content-encoding" in answer.headers:
                raise ValueError("no key set was answered")
            body = bytearray()
            async for part in answer.aiter_raw():
                body += part
                if len(body) > LARGEST:
                    raise ValueError("the key set is too large")
            return bytes(body)

    return load
