"""A FHIR server on this computer that counts what it is asked and misbehaves in every way that has a name.

It speaks over a bare socket, because no proper server can be made to send half a header.
"""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
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


def _answers(server: StandIn, fault: str, asked: Asked) -> Iterator[bytes | float]:
    """Parts to send, and seconds to wait between them. What ends without a whole answer closes the connection."""
    port = server.port
    good = _whole(server.record(asked))
    status = {"401": "401 Unauthorized", "403": "403 Forbidden", "404": "404 Not Found", "429": "429 Too Many Requests",
              "500": "500 Oops", "503": "503 Service Unavailable"}  # fmt: skip
    if fault in status:
        yield _whole(_OUTCOME, status[fault], 'WWW-Authenticate: Bearer error="SENTINEL"')
    elif fault == "busy once":
        earlier = [one for one in server.asked if one.target == asked.target]
        yield good if len(earlier) > 1 else _whole(_OUTCOME, status["503"], "Retry-After: 0")
    elif fault == "busy long":
        yield _whole(_OUTCOME, status["503"], "Retry-After: 120")
    elif fault == "slow":
        yield SLOW_SECONDS
        yield good
    elif fault == "silence":
        yield 30.0
    elif fault == "drip headers":
        for byte in good[:60]:
            yield bytes([byte])
            yield 0.2
    elif fault == "drip body":
        yield _head("200 OK", length=10_000)
        for _ in range(100):
            yield b" "
            yield 0.2
    elif fault == "html":
        yield _whole(b"<html><body>SENTINEL login</body></html>")
    elif fault == "truncated":
        yield good[: len(good) - 20]
    elif fault == "half json":
        yield _whole(b'{"resourceType": "Bundle", "entry": [')
    elif fault == "wrong type":
        yield _whole({"resourceType": "Device", "id": "SENTINEL"})
    elif fault == "outcome":
        yield _whole(_OUTCOME)
    elif fault == "other patient":
        yield _foreign(asked)
    elif fault == "huge":
        yield _head("200 OK", length=300_000_000)
        for _ in range(64):
            yield b" " * 262_144
    elif fault == "redirect":
        yield _whole({}, "302 Found", f"Location: http://127.0.0.1:{port + 1}/fhir/{asked.kind}")
    elif fault == "redirect home":
        yield _whole({}, "302 Found", f"Location: {server.base}/elsewhere/{asked.kind}")
    elif fault == "redirect file":
        yield _whole({}, "302 Found", "Location: file:///etc/hostname")
    elif fault == "gzip":
        yield _BOMB
    elif fault == "big header":
        yield _BIG_HEADER
    elif fault == "pages":
        yield _endless(server, asked)
    elif fault == "deep":
        yield _whole(b'{"resourceType":"Bundle","entry":' + b"[" * 5000 + b"]" * 5000 + b"}")
    elif fault == "number":
        yield _whole(b'{"resourceType":"Bundle","total":1E+999999999}')
    elif fault == "twice":
        yield _whole(b'{"resourceType":"Bundle","entry":[],"entry":[]}')
    elif fault == "half a character":
        yield _whole(b'{"resourceType":"Bundle","id":"\\ud800"}')
    else:
        yield good


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
