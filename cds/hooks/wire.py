"""How connections are listened to: uvicorn's parser, with the limits it does not have itself.

A client that sends its headers one byte a minute would otherwise hold its connection for ever, and one that sends
headers without end would be given memory for each.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from cds.hooks import log
from cds.hooks.guard import LARGEST_HEADERS, MOST_HEADERS
from cds.hooks.outcome import outcome

HEADER_SECONDS: Final = 5.0
"""From the first byte (or the connection) to the last header."""

SLACK: Final = 4
"""How far beyond its limits the guard is left to answer in words; further than that the connection is cut."""

LONGEST_ADDRESS: Final = 8 * 1024
OPTIONS: Final[dict[str, Any]] = {
    "loop": "asyncio",  # with uvloop some of many connections wait ten times as long as the others, at the same CPU
    "ws": "none",
    "access_log": False,  # addresses and queries may hold identifiers
    "server_header": False,
    "proxy_headers": False,  # nothing of ours depends on what a proxy says of the client
    "timeout_keep_alive": 15,
    "limit_concurrency": 1024,  # connections; the guard holds the limit of requests, and answers in words
    "backlog": 512,
}
"""Options of the server. Whatever else is set belongs to the command line."""


class Wire(HttpToolsProtocol):
    """One connection."""

    _late: asyncio.TimerHandle | None = None
    _size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the headers."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        """A request begins: its headers have to end soon."""
        super().on_message_begin()
        self._size = 0
        if self._late is None:
            self._wait()

    def on_url(self, url: bytes) -> None:
        """A part of the address."""
        super().on_url(url)
        if len(self.url) > LONGEST_ADDRESS:
            self._cut(414)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header. Beyond the limits no more are kept."""
        self._size += len(name) + len(value)
        if self._size > LARGEST_HEADERS * SLACK or len(self.headers) > MOST_HEADERS * SLACK:
            self._cut(431)
            return
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """All headers are there."""
        self._wait_no_more()
        if self.transport.is_closing():
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body; none is expected after a cut."""
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request has ended."""
        if not self.transport.is_closing():
            super().on_message_complete()

    def _wait(self) -> None:
        self._late = self.loop.call_later(HEADER_SECONDS, self._cut, 408)

    def _wait_no_more(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _cut(self, status: int) -> None:
        """Answer with an OperationOutcome and close."""
        self._wait_no_more()
        if not self.transport.is_closing():
            log.refused("connection", status)
            body = bytes(outcome(status).body)
            headers = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
            self.transport.write(STATUS_LINE[status] + headers + body)
            self.transport.close()
