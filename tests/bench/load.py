"""The load generator: a process of its own that sends requests over loopback, checks every answer, and reports times.

It is bounded three ways: so many requests, so many seconds, and at most so many connections. One connection has one
request under way at a time, as an EHR's client has. It reads a ``Burst`` as JSON and writes a ``Result`` as JSON.
"""

from __future__ import annotations

import asyncio
import sys
import time
from itertools import count
from typing import Final, cast

import msgspec
import uvloop

from tests.bench.bodies import VISIT

_VISIT: Final = VISIT.encode()
MOST_CONNECTIONS: Final = 64
MOST_SECONDS: Final = 600.0
LOOPBACK: Final = "127.0.0.1"


class Burst(msgspec.Struct, frozen=True):
    """What to send. ``said``: the findings every answer has to have, or None not to look. ``rate``: requests per
    second over all connections; 0: each next one as soon as the last is answered. ``tokens``: a new one for each
    request, where the server asks for them.
    """

    port: int
    path: str
    body: str
    connections: int = 1
    requests: int = 1000
    seconds: float = 10.0
    said: list[tuple[str, str]] | None = None
    rate: float = 0.0
    tokens: list[str] | None = None


class Result(msgspec.Struct):
    """What came back: milliseconds of each answer, how many were wrong, and how long it all took. ``last``: the answer,
    where only one was asked for.
    """

    milliseconds: list[float]
    wrong: int
    seconds: float
    first_wrong: str = ""
    last: str = ""


class _Finding(msgspec.Struct):
    rule: str
    level: str


class _Extension(msgspec.Struct, rename={"findings": "org.medication-order-cds.findings"}):
    findings: list[_Finding] = []


class _Card(msgspec.Struct):
    extension: _Extension = msgspec.field(default_factory=_Extension)


class _Answer(msgspec.Struct):
    cards: list[_Card]


_DECODER: Final = msgspec.json.Decoder(_Answer)


def said(answer: bytes) -> list[tuple[str, str]]:
    """The findings of an answer, as (rule, level), sorted."""
    found = _DECODER.decode(answer).cards
    return sorted((one.rule, one.level) for card in found for one in card.extension.findings)


class _Connection(asyncio.Protocol):
    """One kept-alive connection. Reads exactly one answer with a Content-Length at a time."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is not one by its class

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0 or self._answer is None:
            return
        fields = bytes(self._buffer[:head]).lower()
        at = fields.find(b"content-length:") + len(b"content-length:")
        length = int(fields[at:].split(b"\r\n", 1)[0])
        if len(self._buffer) - head - 4 >= length:
            body = bytes(self._buffer[head + 4 : head + 4 + length])
            self._buffer.clear()
            self._answer.set_result((int(fields[9:12]), body))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionResetError("the server closed the connection"))

    def ask(self, request: tuple[bytes, ...]) -> asyncio.Future[tuple[int, bytes]]:
        """Send one request; the future holds status and body of its answer."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.writelines(request)
        return self._answer

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()


def _requests(burst: Burst) -> tuple[bytes, bytes, bytes]:
    body = burst.body.encode()
    head = f"POST {burst.path} HTTP/1.1\r\nhost: {LOOPBACK}:{burst.port}\r\ncontent-type: application/json\r\n"
    return head.encode(), f"content-length: {len(body)}\r\n\r\n".encode(), body


async def run(burst: Burst) -> Result:
    """Send a burst."""
    assert burst.connections <= MOST_CONNECTIONS
    assert burst.seconds <= MOST_SECONDS
    loop = asyncio.get_running_loop()
    head, tail, body = _requests(burst)
    plain = head + tail
    visits = count(time.time_ns() // 1_000_000 % 10_000_000)
    tokens = iter(burst.tokens or ())
    expected = None if burst.said is None else sorted(tuple(one) for one in burst.said)
    result = Result([], 0, 0.0)
    # All connections are there before the clock runs: an EHR keeps its own open.
    connections = [
        (await loop.create_connection(_Connection, LOOPBACK, burst.port))[1] for _ in range(burst.connections)
    ]
    begun = time.perf_counter()
    until = begun + burst.seconds
    left = burst.requests

    async def one_client(connection: _Connection) -> None:
        nonlocal left
        while left > 0 and time.perf_counter() < until:
            left -= 1
            if burst.rate:
                due = begun + (burst.requests - left) / burst.rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
            bearer = b"" if burst.tokens is None else b"authorization: Bearer " + next(tokens).encode() + b"\r\n"
            request = (
                head + bearer + tail if bearer else plain,
                body.replace(_VISIT, b"visit-%07d" % (next(visits) % 10_000_000)),
            )
            sent = time.perf_counter()
            status, answer = await connection.ask(request)
            result.milliseconds.append((time.perf_counter() - sent) * 1000)
            if burst.requests == 1:
                result.last = answer.decode()
            if status != 200 or (expected is not None and said(answer) != expected):
                result.wrong += 1
                result.first_wrong = result.first_wrong or f"{status} {answer[:300].decode(errors='replace')}"
        connection.close()

    async with asyncio.TaskGroup() as group:
        for connection in connections:
            group.create_task(one_client(connection))
    result.seconds = time.perf_counter() - begun
    return result


def main() -> None:
    """Bursts come one a line on standard input; each is answered by one line."""
    decoder = msgspec.json.Decoder(Burst)
    for line in sys.stdin.buffer:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            result = runner.run(run(decoder.decode(line)))
        sys.stdout.buffer.write(msgspec.json.encode(result) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
