"""What was acknowledged is there after the process was killed in the middle of its work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, text

from cds.store.database import Database
from cds.store.keyed import Key
from cds.store.tables import FEEDBACK
from cds.store.verify import verify
from tests.unit.store.records import SECRET

ROOT = Path(__file__).parents[3]

WRITER = """
import sys
from datetime import timedelta
from cds.store import feedback
from cds.store.database import Database
from cds.store.feedback import Comments
from cds.store.keyed import Key
from cds.store.ledger import Ledger
from tests.unit.store.records import NOON, SECRET, decision, said

feedback.moment = lambda: NOON + timedelta(hours=1)
memory = Ledger(Database(sys.argv[1]), Key(SECRET), Comments())
memory.start()
for number in range(10_000):
    memory.record(decision(f"{sys.argv[2]}-{number}"))
    assert memory.take([said(f"{sys.argv[2]}-{number}")]).result(10).kept == 1
    print(said(f"{sys.argv[2]}-{number}").card, flush=True)
"""


@pytest.mark.slow
def test_no_acknowledged_feedback_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "cds.sqlite"
    acknowledged: set[str] = set()
    for run in range(5):
        command = [sys.executable, "-c", WRITER, str(path), str(run)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as writer:
            assert writer.stdout is not None
            for line in writer.stdout:
                acknowledged.add(line.strip())
                if len(acknowledged) % 40 == 0:
                    break
            writer.kill()
            acknowledged |= {line.strip() for line in writer.stdout if line.endswith("\n")}
    database = Database(str(path))
    with database.reading() as connection:
        kept = set(connection.execute(select(FEEDBACK.c.card)).scalars())
        assert connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        found = verify(connection, Key(SECRET))
    database.close()
    assert len(acknowledged) >= 200
    assert acknowledged <= kept
    assert found.faults == []
    assert found.chains == 5  # a writer that was killed leaves its chain as it is
