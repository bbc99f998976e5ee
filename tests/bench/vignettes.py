"""The heaviest of the clinical vignettes: the one whose review takes longest, found anew in every run."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from uuid import uuid4

from cds.fhir.prefetch import TEMPLATES
from cds.hooks import request
from cds.hooks.answer import answered
from cds.selftest import ehr, wire
from cds.service import Service
from tests.bench.bodies import SIGN, Call
from tests.knowledge.vignettes.cases import all_cases, situation


def heaviest(service: Service) -> Call:
    """The vignette that costs most, as a request, with the findings that it must bring."""
    now = datetime.now(UTC).replace(microsecond=0)
    timed: list[tuple[float, Call]] = []
    for case in all_cases():
        written = wire.write(ehr.request(situation(case, now), TEMPLATES, case.name))
        body = written if isinstance(written, bytes) else written.encode()
        asked = request.read(body, "order-sign")
        took = min(_timed(lambda asked=asked: answered(asked, service, now, uuid4)) for _ in range(7))
        must = frozenset(tuple(word.split()) for word in case.must)
        timed.append((took, Call(f"heaviest vignette ({case.name})", SIGN, body, must=must)))
    return max(timed, key=lambda row: row[0])[1]


def _timed(work: object) -> float:
    """Processor time: others use the machine too."""
    begun = time.process_time()
    work()  # type: ignore[operator]
    return time.process_time() - begun
