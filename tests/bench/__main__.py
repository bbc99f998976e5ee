"""``make bench``: what one answer costs, beside what no service in Python can do without.

All servers run at the same time and have their turns in every round; the load comes from a process of its own. Each
answer's findings are compared with what they have to be, so that nothing is fast by saying less.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from cds.service import build
from cds.settings import Settings
from tests.bench import bodies, report, servers
from tests.bench.client import Load
from tests.bench.load import said
from tests.bench.measure import CONNECTIONS, FLOOR, Subject, interleaved
from tests.bench.peers import peer
from tests.bench.tokens import Signer
from tests.bench.vignettes import heaviest
from tests.serving import free_port

SECONDS: Final = 150.0
QUICK_SECONDS: Final = 20.0
SIZES: Final = (2000, 12000)
SECRET: Final = "made for one benchmark and for nothing else"


def main() -> int:
    """Run everything. The exit status is 1 when an answer was wrong, whatever the figures."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"about {QUICK_SECONDS:g} s of measuring, fewer rows")
    parser.add_argument("--peers", action="store_true", help="measure HealthChain too, in an environment of its own")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cds-bench-")))
        subjects = _subjects(stack, folder, quick=asked.quick, peers=asked.peers)
        load = stack.enter_context(Load())
        for subject in subjects:
            _agree(load, subject)
        interleaved(load, subjects, 3 if asked.quick else 6, QUICK_SECONDS if asked.quick else SECONDS)
        rows = report.rows(subjects)
    print(report.table(rows))
    if not asked.quick:
        report.write(rows)
    wrong = [row for row in rows if row.wrong]
    for row in wrong:
        print(f"WRONG: {row.name}: {row.wrong} answers, such as {row.first_wrong}", file=sys.stderr)
    return 1 if wrong else 0


def _subjects(stack: ExitStack, folder: Path, *, quick: bool, peers: bool) -> list[Subject]:
    def kept(server: servers.Server) -> servers.Server:
        stack.callback(server.end)
        return server

    clean, typical = bodies.clean(), bodies.typical()
    heavy = heaviest(build(Settings()))
    raw, fastapi = (kept(servers.start_floor(kind, SIZES)) for kind in ("raw", "fastapi"))
    plain = kept(servers.start_ours("ours"))
    recording = kept(_recording(folder))
    subjects = [
        Subject(FLOOR, raw, clean, f"/{SIZES[0]}"),
        Subject("raw ASGI floor, 12 KB answer", raw, typical, f"/{SIZES[1]}"),
        Subject("empty FastAPI endpoint", fastapi, clean, f"/{SIZES[0]}"),
        Subject(clean.name, plain, clean),
        Subject(typical.name, plain, typical),
        Subject(heavy.name, plain, heavy),
        Subject("typical order, decision recorded", recording, typical),
    ]
    if not quick:
        subjects += _further(kept, folder, plain, clean, typical)
    if peers:
        subjects += peer(kept, clean)
    return subjects


def _further(kept, folder: Path, plain: servers.Server, clean: bodies.Call, typical: bodies.Call) -> list[Subject]:  # type: ignore[no-untyped-def]
    found = [Subject(bodies.select().name, plain, bodies.select()), Subject(bodies.large().name, plain, bodies.large())]
    for algorithm in ("ES384", "RS384"):
        signer = Signer(algorithm)
        here = folder / algorithm
        here.mkdir()
        base = "https://cds.example.org"
        settings = {"CDS_CLIENTS": str(signer.clients_file(here)), "CDS_BASE_URL": base}
        server = kept(servers.start_ours(algorithm, settings))
        found.append(
            Subject(f"typical order, {algorithm} token", server, typical, tokens=signer.tokens(base + typical.path))
        )
    port = free_port()
    kept(servers.start("stand-in", [sys.executable, "-m", "tests.bench.standin", str(port)], port, {}, "/r4/Patient"))
    address = f"http://127.0.0.1:{port}/r4"
    server = kept(servers.start_ours("fetching", {"CDS_FHIR_SERVERS": address}))
    call = bodies.fetching(address)
    # Nine reads for each answer: more at once than two cores can carry would measure the queue, and the budget would
    # turn answers into "not checked".
    return [*found, Subject(call.name, server, call, connections=CONNECTIONS[:2])]


def _recording(folder: Path) -> servers.Server:
    settings = {"CDS_DATABASE": str(folder / "decisions.sqlite"), "CDS_HASH_KEY": SECRET}
    return servers.start_ours("recording", settings)


def _agree(load: Load, subject: Subject) -> None:
    """Ask once, see that the answer says what it must, and from then on expect exactly that."""
    if subject.path:
        return
    answer = load.ask(subject.burst(1, 1))
    found = said(answer)
    missing = subject.call.must - set(found)
    if missing or (subject.call.silent and found):
        message = f"{subject.name}: the answer says {found}, and lacks {sorted(missing)}"
        raise SystemExit(message)
    subject.said = found


if __name__ == "__main__":
    sys.exit(main())
