"""Keyed hashes: the same thing can be recognised again, and nobody without the key can tell what it was."""

from __future__ import annotations

import hmac
import secrets

_HEX = 32
ONCE = "once:"
"""Begins a secret that several worker processes share and that ends with them."""


class Key:
    """A secret for HMAC-SHA-256. Without a configured one each process makes its own, which ends with it: then
    nothing is recognised across processes or restarts, which is the safe side.
    """

    def __init__(self, secret: str = "") -> None:
        self.lasting = bool(secret) and not secret.startswith(ONCE)
        self._secret = secret.encode() or secrets.token_bytes(32)

    def of(self, *parts: str) -> str:
        """128 bits of the hash as hexadecimal digits. Equal only for equal parts in equal order."""
        return self.digest("\x1f".join(f"{len(part)}:{part}" for part in parts).encode())[:_HEX]

    def digest(self, data: bytes) -> str:
        """The whole hash of some bytes."""
        return hmac.digest(self._secret, data, "sha256").hex()

    @property
    def name(self) -> str:
        """A name for the key that does not betray it; empty for a key that does not last."""
        return self.digest(b"name of this key")[:8] if self.lasting else ""

    def __repr__(self) -> str:
        return "Key(***)"
