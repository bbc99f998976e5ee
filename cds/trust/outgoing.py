"""The ways out: one for each client, with its own connections, so that no client waits for another's server."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field

import httpx

from cds.trust.addresses import Network
from cds.trust.circuit import Circuit
from cds.trust.client import Caller
from cds.trust.transport import VettedTransport


@dataclass(frozen=True, slots=True)
class Way:
    """How to reach the servers of one client."""

    transport: httpx.AsyncBaseTransport
    circuits: dict[str, Circuit] = field(default_factory=dict)

    def circuit(self, base: str) -> Circuit:
        """What is known of one server. There are as many as the settings list."""
        return self.circuits.setdefault(base, Circuit())


class Outgoing:
    """The ways that were needed so far. ``transport`` takes the place of the network in tests."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._transport = transport
        self._ways: dict[tuple[str, tuple[Network, ...]], Way] = {}
        self._context: ssl.SSLContext | None = None

    def way(self, caller: Caller) -> Way:
        """The way to the servers of this caller's client. Another one when a new clients file names other networks."""
        of = (caller.client.name, caller.client.networks) if caller.client else ("", ())
        if of not in self._ways:
            self._ways[of] = Way(self._transport or self._vetted(caller))
        return self._ways[of]

    async def close(self) -> None:
        """Close all connections."""
        for way in self._ways.values():
            if isinstance(way.transport, VettedTransport):
                await way.transport.close()
        self._ways.clear()

    def _vetted(self, caller: Caller) -> VettedTransport:
        # Reading the machine's authorities takes some 20 ms, so it is done once.
        self._context = self._context or ssl.create_default_context()
        return VettedTransport(caller.client.networks if caller.client else (), context=self._context)
