"""What may be logged: constant events, and fields from a short list. Never a body, an address or a message.

An exception's message often quotes the value it stumbled over, so only its type and the place in our code go in.
"""

from __future__ import annotations

import sys
from typing import Any, Final

import structlog

from cds import metrics

ALLOWED: Final = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "service",
        "status",
        "exception",
        "place",
        "knowledge",
        "version",
        "reason",
        "count",
        "client",
    }
)


def failed(event: str, error: BaseException, **fields: object) -> None:
    """Log that something failed that should not have: the type of the error and where it arose."""
    structlog.get_logger().error(event, exception=type(error).__name__, place=place(error), **fields)


def refused(reason: str, status: int, client: str = "") -> None:
    """Log and count a request that was refused: our word for why, and nothing of the request. ``client`` is the name
    that the clients file gives the caller, where it is known.
    """
    metrics.REFUSED.labels(reason).inc()
    known = {"client": client} if client else {}
    structlog.get_logger().warning("refused", status=status, reason=reason, **known)


def place(error: BaseException) -> str:
    """``module:line`` of the innermost frame of ours, else of the innermost frame there is."""
    found, trace = "", error.__traceback__
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", "?"))
        if module.startswith("cds.") or not found.startswith("cds."):
            found = f"{module}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


def configure() -> None:
    """One JSON line per event on standard error, with fields that are not on the list left out."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def only_allowed(_logger: Any, _method: str, fields: Any) -> Any:
    """A structlog processor: drop every field that is not on the list."""
    return {name: value for name, value in fields.items() if name in ALLOWED}
