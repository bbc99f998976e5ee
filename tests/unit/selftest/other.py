"""A small CDS Hooks service of somebody else: it has no findings, and answers what a test tells it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[dict[str, Any]], bytes]
ORDER_SIGN = {"hook": "order-sign", "id": "theirs", "title": "Their check", "description": "Checks."}


def cards(*shown: dict[str, Any]) -> bytes:
    """An answer with these cards."""
    return json.dumps({"cards": list(shown)}).encode()


@contextmanager
def other_service(answer: Answer, services: Any = (ORDER_SIGN,), status: int = 200) -> Iterator[str]:
    """The address of a running service."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(json.dumps({"services": services}).encode(), 200)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self._send(answer(json.loads(body)), status)

        def _send(self, body: bytes, code: int) -> None:
            self.send_response(code)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
