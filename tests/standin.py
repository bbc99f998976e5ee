"""A FHIR server on this computer that counts what it is asked and misbehaves in every way that has a name.

It speaks over a bare socket, because no proper server can be made to send half a header.
"""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from tests.bodies import found, patient

OTHER = "another-patient"
SLOW_SECONDS = 4.0


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    target: str
    headers: dict[str, str]

    @property
    def kind(self) -> str:
        return urlsplit(self.target).path.removeprefix("/fhir/").split("/")[0]


@dataclass
class StandIn:
    """The server. ``fault`` may be changed while it runs; ``only`` limits it to one kind of resource."""

    port: int = 0
    fault: str = ""
    only: str = ""
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    records: dict[str, Any] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}/fhir"

    def kinds(self) -> list[str]:
        return [one.kind for one in self.asked]

    def record(self, asked: Asked) -> Any:
        who = asked.target.rpartition("Patient/")[2].partition("&")[0].partition("?")[0]
        if asked.kind == "Patient":
            return patient(id=who)
        if asked.kind in self.records:
            return self.records[asked.kind]
        return found()


def _head(status: str, *headers: str, length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/fhir+json", *headers]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def _whole(value: Any, status: str = "200 OK", *headers: str) -> bytes:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return _head(status, *headers, length=len(body)) + body


_OUTCOME = {
    "resourceType": "OperationOutcome",
    "issue": [{"severity": "error", "code": "processing", "diagnostics": "SENTINEL of the record system"}],
}


# Made beforehand, so that a test that watches memory does not watch this.
_BOMB = _whole(gzip.compress(b" " * 30_000_000), "200 OK", "Content-Encoding: gzip")
_BIG_HEADER = _head("200 OK", "X-Filler: " + "x" * 5_000_000, length=2) + b"{}"


def _endless(server: StandIn, asked: Asked) -> bytes:
    """Pages that always name a next one."""
    bundle = found()
    bundle["link"] = [{"relation": "next", "url": f"{server.base}/{asked.kind}?page={len(server.asked)}"}]
    return _whole(bundle)


def _foreign(asked: Asked) -> bytes:
    """Resources of somebody else."""
    if asked.kind == "Patient":
        return _whole(patient(id=OTHER))
    owner = {"reference": f"Patient/{OTHER}"}
    return _whole(found({"resourceType": asked.kind, "id": "x", "subject": owner, "patient": owner}))


Parts = Iterator[bytes | float]


def _good(server: StandIn, asked: Asked) -> bytes:
    return _whole(server.record(asked))


def _slow(server: StandIn, asked: Asked) -> Parts:
    yield SLOW_SECONDS
    yield _good(server, asked)


def _drip_headers(server: StandIn, asked: Asked) -> Parts:
    for byte in _good(server, asked)[:60]:
        yield bytes([byte])
        yield 0.2


def _drip_body(_server: StandIn, _asked: Asked) -> Parts:
    yield _head("200 OK", length=10_000)
    for _ in range(100):
        yield b" "
        yield 0.2


def _huge(_server: StandIn, _asked: Asked) -> Parts:
    yield _head("200 OK", length=300_000_000)
    for _ in range(64):
        yield b" " * 262_144


def _busy_once(server: StandIn, asked: Asked) -> bytes:
    again = sum(one.target == asked.target for one in server.asked) > 1
    return _good(server, asked) if again else _whole(_OUTCOME, "503 Service Unavailable", "Retry-After: 0")


def _to(address: Callable[[StandIn, Asked], str]) -> Callable[[StandIn, Asked], bytes]:
    return lambda server, asked: _whole({}, "302 Found", f"Location: {address(server, asked)}")


def _says(*parts: Any) -> Callable[[StandIn, Asked], bytes]:
    return lambda _server, _asked: _whole(*parts)


_BY_STATUS = {
    status[:3]: _says(_OUTCOME, status, 'WWW-Authenticate: Bearer error="SENTINEL"')
    for status in (
        "401 Unauthorized", "403 Forbidden", "404 Not Found", "429 Too Many Requests", "500 Oops",
        "503 Service Unavailable",
    )
}  # fmt: skip
_ANSWERS: dict[str, Callable[[StandIn, Asked], bytes | Parts]] = {
    **_BY_STATUS,
    "busy once": _busy_once,
    "busy long": _says(_OUTCOME, "503 Service Unavailable", "Retry-After: 120"),
    "slow": _slow,
    "silence": lambda _server, _asked: iter([30.0]),
    "drip headers": _drip_headers,
    "drip body": _drip_body,
    "html": _says(b"<html><body>SENTINEL login</body></html>"),
    "truncated": lambda server, asked: _good(server, asked)[:-20],
    "half json": _says(b'{"resourceType": "Bundle", "entry": ['),
    "wrong type": _says({"resourceType": "Device", "id": "SENTINEL"}),
    "outcome": _says(_OUTCOME),
    "other patient": lambda _server, asked: _foreign(asked),
    "huge": _huge,
    "redirect": _to(lambda server, asked: f"http://127.0.0.1:{server.port + 1}/fhir/{asked.kind}"),
    "redirect home": _to(lambda server, asked: f"{server.base}/elsewhere/{asked.kind}"),
    "redirect file": _to(lambda _server, _asked: "file:///etc/hostname"),
    "gzip": lambda _server, _asked: _BOMB,
    "big header": lambda _server, _asked: _BIG_HEADER,
    "pages": _endless,
    "deep": _says(b'{"resourceType":"Bundle","entry":' + b"[" * 5000 + b"]" * 5000 + b"}"),
    "number": _says(b'{"resourceType":"Bundle","total":1E+999999999}'),
    "twice": _says(b'{"resourceType":"Bundle","entry":[],"entry":[]}'),
    "half a character": _says(b'{"resourceType":"Bundle","id":"\\ud800"}'),
}


def _answers(server: StandIn, fault: str, asked: Asked) -> Parts:
    """Parts to send, and seconds to wait between them. What ends without a whole answer closes the connection."""
    made = _ANSWERS.get(fault, _good)(server, asked)
    return iter([made]) if isinstance(made, bytes) else made


FAULTS = (
    "401", "403", "404", "429", "500", "503", "busy long", "slow", "silence", "drip headers", "drip body", "html",
    "truncated", "half json", "wrong type", "outcome", "other patient", "huge", "redirect", "redirect home",
    "redirect file", "gzip", "big header", "deep", "number", "twice", "half a character",
)  # fmt: skip
"""Every fault that has to end as "not checked"."""


def _serve(server: StandIn, connection: socket.socket) -> None:
    with connection:
        connection.settimeout(40)
        data = b""
        while not server._stop.is_set():
            while b"\r\n\r\n" not in data:
                part = connection.recv(65536)
                if not part:
                    return
                data += part
            head, _, data = data.partition(b"\r\n\r\n")
            first, *lines = head.decode("latin-1").split("\r\n")
            method, target, _ = first.split(" ", 2)
            pairs = (line.partition(":") for line in lines)
            asked = Asked(method, target, {name.lower(): value.strip() for name, _, value in pairs})
            server.asked.append(asked)
            fault = server.fault if server.only in ("", asked.kind) else ""
            for part in _answers(server, fault, asked):
                if isinstance(part, float):
                    if server._stop.wait(part):
                        return
                else:
                    connection.sendall(part)
            if fault in ("truncated", "drip headers", "drip body", "huge", "silence"):
                return


@contextmanager
def stand_in(fault: str = "") -> Iterator[StandIn]:
    """The server on a free port."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    server = StandIn(port=listener.getsockname()[1], fault=fault)

    def quietly(connection: socket.socket) -> None:
        try:
            _serve(server, connection)
        except OSError:
            return  # the other side has gone, which is what it should do

    def accept() -> None:
        while not server._stop.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            server.connections += 1
            threading.Thread(target=quietly, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield server
    finally:
        server._stop.set()
        listener.close()
        time.sleep(0.01)
