"""Tokens as an EHR signs them, with keys made for one run, and the clients file that knows these keys."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import uuid4

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

ISSUER: Final = "https://ehr.example.org"
_LIFETIME: Final = 900


class Signer:
    """One EHR with one key. ``algorithm``: ES384, which CDS Hooks recommends, or RS384, which others use."""

    def __init__(self, algorithm: str) -> None:
        self.algorithm = algorithm
        parameters = {"kid": "bench", "alg": algorithm, "use": "sig"}
        self._key = (
            ECKey.generate_key("P-384", parameters)
            if algorithm.startswith("ES")
            else RSAKey.generate_key(3072, parameters)
        )

    def clients_file(self, folder: Path, fhir: str = "") -> Path:
        """A clients file in ``folder`` that knows this EHR; ``fhir`` is the address of its FHIR server."""
        keys = folder / "keys.json"
        keys.write_text(json.dumps({"keys": [self._key.as_dict(private=False)]}), encoding="utf-8")
        servers = f"    fhir: [{fhir}]\n    networks: [127.0.0.0/8]\n" if fhir else ""
        file = folder / "clients.yaml"
        file.write_text(
            f"clients:\n  - name: bench\n    issuer: {ISSUER}\n    keys: keys.json\n{servers}", encoding="utf-8"
        )
        return file

    def tokens(self, audience: str) -> Callable[[int], list[str]]:
        """Makes so many tokens for a service at this address, each to be used once."""
        header = {"alg": self.algorithm, "kid": "bench", "typ": "JWT"}

        def made(number: int) -> list[str]:
            now = int(time.time())
            claims = {"iss": ISSUER, "aud": audience, "iat": now, "exp": now + _LIFETIME}
            return [
                jwt.encode(header, {**claims, "jti": str(uuid4())}, self._key, algorithms=[self.algorithm])
                for _ in range(number)
            ]

        return made
