"""Every figure that is offered to a monitoring system, in one place. Labels are ours and few: never a patient, a
user, a text or an address.

With several workers the figures of all are added up: the parent process sets ``PROMETHEUS_MULTIPROC_DIR`` before
this module is imported anywhere, and answers for all of them.
"""

from __future__ import annotations

import os
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

MULTIPROCESS: Final = "PROMETHEUS_MULTIPROC_DIR"
_SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.5, 5.0)

HOOK_SECONDS: Final = Histogram(
    "cds_hook_seconds", "Time from a hook's arrival to its answer.", ("service", "outcome"), buckets=_SECONDS
)
CARDS: Final = Counter("cds_cards", "Cards that were shown.", ("topic", "level"))
WITHHELD: Final = Counter("cds_findings_withheld", "Findings not shown again, and why.", ("reason",))
NOT_CHECKED: Final = Counter("cds_not_checked", "Checks that could not be made, by what was lacking.", ("reason",))
FIRED: Final = Gauge(
    "cds_statement_last_fired_timestamp_seconds", "When a statement last held.", ("statement",),
    multiprocess_mode="max",
)  # fmt: skip
FEEDBACK: Final = Counter("cds_feedback", "Reports of what was done with cards.", ("outcome",))
DECISIONS: Final = Counter("cds_decisions", "Decisions by what became of their record.", ("record",))
QUEUE: Final = Gauge("cds_decisions_waiting", "Decisions not yet written.", multiprocess_mode="livesum")
STORE_UP: Final = Gauge("cds_store_up", "1 when decisions can be written.", multiprocess_mode="livemin")
KNOWLEDGE: Final = Gauge(
    "cds_knowledge_info", "1 for the knowledge that answers now.", ("knowledge", "policy"),
    multiprocess_mode="livemax",
)  # fmt: skip
OVERLAY: Final = Gauge(
    "cds_overlay_entries", "Entries of the site's overlay, by state.", ("state",), multiprocess_mode="livemax"
)
REFUSED: Final = Counter("cds_refused", "Requests that were refused, and why.", ("reason",))
CLOCK: Final = Gauge(
    "cds_clock_ahead_seconds", "By how much our clock is ahead of a client's, as its last signed token says.",
    ("client",), multiprocess_mode="mostrecent",
)  # fmt: skip
LAG: Final = Histogram("cds_loop_lag_seconds", "How late the event loop comes to what is due.", buckets=_SECONDS)
RELOADS: Final = Counter("cds_reloads", "Attempts to load knowledge anew.", ("outcome",))


def exposition() -> bytes:
    """All figures in Prometheus' text format; those of all workers when there are several."""
    if MULTIPROCESS not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
