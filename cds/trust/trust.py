"""Whom we answer: the clients of the clients file, or, without one, anybody who reaches this computer."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from cds.errors import AuthError
from cds.trust.client import Caller, Client
from cds.trust.keys import Keys, Load, from_address, from_file
from cds.trust.replay import InMemory, Replay
from cds.trust.token import LEEWAY, Audience, bearer, look, prove
from cds.trust.transport import VettedTransport

SANDBOX: Final = Client(
    name="cds-hooks-sandbox",
    issuer="https://sandbox.cds-hooks.org",
    keys=Path(__file__).resolve().parent / "sandbox-jwks.json",
    key_addresses=frozenset({"https://sandbox.cds-hooks.org/.well-known/jwks.json"}),
)
"""The public sandbox. Its secret key is public, so that anybody can sign as it: good for demonstrations only."""

FEEDBACK: Final = "/feedback"


@dataclass(frozen=True, slots=True)
class _Known:
    """The clients of one reading of the file, and their keys, by issuer. Another reading takes its place whole."""

    clients: dict[str, Client]
    keys: dict[str, Keys]


class Trust:
    """Tells who makes a call. ``base_url`` is our public address, which tokens have to name."""

    def __init__(
        self,
        clients: Sequence[Client] = (),
        base_url: str = "",
        *,
        replay: Replay | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.demonstration = not clients
        self.replay: Replay = replay or InMemory(now)
        self._base_url = base_url
        self._now = now
        self._transport = transport
        self._known = _Known({}, {})
        self.renew(clients)

    def renew(self, clients: Sequence[Client]) -> None:
        """Answer these clients from now on, all at once. Used tokens stay used. Key files are read again when the next
        call comes; keys that were fetched from an address that stays are kept. A demonstration stays one.
        """
        listed = tuple(clients) or (SANDBOX,)
        before = self._known
        keys = {client.issuer: self._keys_of(client, before) for client in listed}
        self._known = _Known({client.issuer: client for client in listed}, keys)

    def _keys_of(self, client: Client, before: _Known) -> Keys:
        was = before.clients.get(client.issuer)
        if was is not None and isinstance(client.keys, str) and was.keys == client.keys:
            return before.keys[client.issuer]
        return Keys(self._load(client), about=client.name)

    async def caller(self, authorization: str | None, path: str) -> Caller:
        """Who calls the service at ``path``. AuthError: nobody we know. StoreError: it cannot be told now.

        In a demonstration anybody may call; only a token that claims to be the sandbox's has to be right.
        """
        if self.demonstration:
            return await self._visitor(authorization, path)
        return await self._of_token(bearer(authorization), path)

    async def _visitor(self, authorization: str | None, path: str) -> Caller:
        try:
            token = bearer(authorization)
            unproved = look(token)
        except AuthError:
            return Caller()
        return await self._of_token(token, path) if unproved.issuer in self._known.clients else Caller()

    async def _of_token(self, token: str, path: str) -> Caller:
        known = self._known  # another one may take its place while we wait for a key
        unproved = look(token)
        client = known.clients.get(unproved.issuer)
        if client is None:
            raise AuthError("issuer")
        if unproved.key_address and unproved.key_address not in client.key_addresses:
            raise AuthError("key address")
        key = await known.keys[client.issuer].find(unproved.key)
        if key is None:
            raise AuthError("key")
        proved = prove(token, unproved, key, client, self._audience(client, path), self._now())
        if not client.reuses_tokens:
            until = proved.expires + LEEWAY
            if not await self.replay.is_first(client.issuer, proved.token_id, until):
                raise AuthError("used before")
        return Caller(None if self.demonstration else client, proved.tenant)

    def close(self) -> None:
        """Give back what the memory of tokens holds open."""
        close = getattr(self.replay, "close", None)
        if close is not None:
            close()

    def _audience(self, client: Client, path: str) -> Audience:
        """Which ``aud`` is meant for us: the address that was called; for feedback the service's own address too."""
        paths = (path, path.removesuffix(FEEDBACK))
        if self.demonstration and not self._base_url:
            # Nobody told us our address: then it has to be that of this service on whatever host.
            return lambda found: any(found.endswith(one) for one in paths)
        return (client.audience or {f"{self._base_url}{one}" for one in paths}).__contains__

    def _load(self, client: Client) -> Load:
        if isinstance(client.keys, Path):
            return from_file(client.keys)
        return from_address(client.keys, self._transport or VettedTransport())
