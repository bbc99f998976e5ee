"""Outgoing HTTP for one client: connections are kept and used again, and only vetted addresses are connected to.

httpx's own transport reads proxies from the environment and resolves names where nobody can look. This one does
neither. It holds no cookies: what is kept from call to call are connections, and nothing else.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from typing import Final, cast

import httpcore
import httpx

from cds.trust.addresses import Network, Resolve, VettedNetwork, resolve

MOST_CONNECTIONS: Final = 100
MOST_IDLE: Final = 20
IDLE_SECONDS: Final = 30.0


class _Body(httpx.AsyncByteStream):
    def __init__(self, stream: AsyncIterable[bytes]) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._stream:
                yield part
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
            raise _told(error) from None

    async def aclose(self) -> None:
        close = getattr(self._stream, "aclose", None)
        if close is not None:
            await close()


class VettedTransport(httpx.AsyncBaseTransport):
    """A pool of connections to vetted addresses, for as long as the service runs."""

    def __init__(
        self,
        networks: Iterable[Network] = (),
        *,
        resolver: Resolve = resolve,
        network: httpcore.AsyncNetworkBackend | None = None,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            # The machine's own list of authorities (SSL_CERT_FILE names another), because hospitals have their own.
            ssl_context=context or ssl.create_default_context(),
            max_connections=MOST_CONNECTIONS,
            max_keepalive_connections=MOST_IDLE,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=VettedNetwork(networks, resolver, network),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. httpx.TransportError when it does not come to an answer."""
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=cast("AsyncIterable[bytes]", request.stream),
            extensions=request.extensions,
        )
        try:
            answer = await self._pool.handle_async_request(asked)
        except (
            httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, httpcore.UnsupportedProtocol,
        ) as error:  # fmt: skip
            raise _told(error) from None
        stream = _Body(cast("AsyncIterable[bytes]", answer.stream))
        return httpx.Response(answer.status, headers=answer.headers, stream=stream, extensions=answer.extensions)

    async def aclose(self) -> None:
        """Nothing: the connections outlive the request that made them (see ``close``)."""

    async def close(self) -> None:
        """Close all connections, when the service ends."""
        await self._pool.aclose()


def _told(error: Exception) -> httpx.TransportError:
    """Our own words: the library's may quote an address or a header."""
    kind = httpx.TimeoutException if isinstance(error, httpcore.TimeoutException) else httpx.NetworkError
    return kind(type(error).__name__)
