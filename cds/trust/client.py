"""One client: an EHR that is known, what its tokens must say, and what may be fetched from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cds.trust.addresses import Network

BUDGET: Final = 1.5
"""Seconds one answer may take. Later than that many EHRs have gone on without it."""


@dataclass(frozen=True, slots=True)
class Client:
    """A client as the clients file has it. Addresses are compared letter for letter, without a slash at the end.

    ``keys`` is the https address or the file of its key set; ``key_addresses`` are what a token may name as the place
    of its keys (``jku``), which is compared and never fetched. ``audience``: what ``aud`` must hold instead of the
    address that was called. ``tenants``: the only ones that may call; empty: any. ``budget``: seconds for an answer.
    ``policy`` and ``overlay``: files that take the place of the site's for this client. ``refuses_gaps``: data that
    cannot be had is answered by 412 and not by a card, which shows nothing to the prescriber.
    """

    name: str
    issuer: str
    keys: str | Path
    key_addresses: frozenset[str] = frozenset()
    audience: frozenset[str] = frozenset()
    tenants: frozenset[str] = frozenset()
    fhir_servers: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    budget: float = BUDGET
    policy: Path | None = None
    overlay: Path | None = None
    refuses_gaps: bool = False
    reuses_tokens: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes this call. Without a client: anybody, in a demonstration."""

    client: Client | None = None
    tenant: str = ""

    @property
    def name(self) -> str:
        """A short name for records and caches; empty for anybody."""
        if self.client is None:
            return ""
        return f"{self.client.name}/{self.tenant}" if self.tenant else self.client.name
