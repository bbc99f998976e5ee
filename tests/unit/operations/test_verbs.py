"""The commands for running the service print what was asked for, and tell by their status whether all is well."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import text

from cds.cli import main
from cds.operations.places import process_file
from cds.store.database import Database
from cds.store.feedback import Comments
from cds.store.keyed import Key
from tests.serving import free_port
from tests.unit.store.records import LIMIT, SECRET, ledger, said, uuid

Out = pytest.CaptureFixture[str]


def test_the_report_is_text_json_or_a_page(filled: Path, capsys: Out, tmp_path: Path) -> None:
    assert main(["report"]) == 0
    assert "2 orders signed in 2 calls" in capsys.readouterr().out
    assert main(["report", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["orders"], told["cards"], told["all"]["overridden"]) == (2, 1, 1)
    assert main(["report", "--html", str(tmp_path / "report.html")]) == 0
    assert "<svg" in (tmp_path / "report.html").read_text("utf-8")


def test_a_period_is_chosen_by_its_days(filled: Path, capsys: Out) -> None:
    assert main(["report", "--from", "2020-01-01", "--to", "2020-01-31", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["orders"] == 0
    assert main(["report", "--from", "2020-02-01", "--to", "2020-01-31"]) == 1
    with pytest.raises(SystemExit):
        main(["report", "--from", "yesterday"])


def test_the_audit_finds_a_changed_row(filled: Path, capsys: Out) -> None:
    assert main(["audit", "verify"]) == 0
    assert "2 decisions, 1 reports: as they were written" in capsys.readouterr().out
    database = Database(str(filled))
    with database.writing() as connection:
        connection.execute(text("UPDATE fired SET level = 'info'"))
    database.close()
    assert main(["audit", "verify"]) == 1
    assert "1 faults" in capsys.readouterr().out


def test_heads_that_were_kept_are_compared(filled: Path, capsys: Out, tmp_path: Path) -> None:
    assert main(["audit", "heads"]) == 0
    kept = tmp_path / "heads"
    kept.write_text(capsys.readouterr().out, "ascii")
    assert main(["audit", "verify", "--heads", str(kept)]) == 0
    kept.write_text(kept.read_text("ascii").replace(" 4 ", " 5 "), "ascii")
    assert main(["audit", "verify", "--heads", str(kept)]) == 1
    kept.write_text("nonsense", "ascii")
    assert main(["audit", "verify", "--heads", str(kept)]) == 1


def test_decisions_are_exported_as_csv_and_as_fhir(filled: Path, capsys: Out, tmp_path: Path) -> None:
    assert main(["audit", "export"]) == 0
    rows = list(csv.DictReader(StringIO(capsys.readouterr().out)))
    assert {row["id"] for row in rows} == {uuid("one"), uuid("nothing")}
    (row,) = (row for row in rows if row["id"] == uuid("one"))
    assert row["drugs"] == "examplamine[1001] -"
    assert LIMIT in row["shown"]
    assert row["overridden"] == "1"
    assert main(["audit", "export", "--as", "fhir", "--file", str(tmp_path / "out.ndjson")]) == 0
    lines = (tmp_path / "out.ndjson").read_text("utf-8").splitlines()
    assert [json.loads(line)["resourceType"] for line in lines] == ["AuditEvent", "Provenance"] * 2


def test_comments_are_read_by_who_holds_the_key_and_by_nobody_else(
    filled: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    held, other = (Fernet.generate_key().decode() for _ in range(2))
    database = Database(str(filled))
    with ledger(database, Key(SECRET), Comments(held)) as memory:
        memory.take([said(minutes=5, comment="known here\nfor years \x1b[31m")]).result(5)
    for key, status, words in (
        ("", 1, ""),
        (other, 1, "1 comments were written with another key."),
        (held, 0, "known"),
    ):
        monkeypatch.setenv("CDS_COMMENT_KEY", key)
        assert main(["audit", "comments", "--from", "2026-11-01", "--to", "2026-12-31"]) == status
        told = capsys.readouterr()
        assert words in told.out
        assert ("known here" in told.out) is (key == held)
        assert "CDS_COMMENT_KEY" in told.err or key
    assert LIMIT in told.out
    assert "    for years" in told.out
    assert "\x1b" not in told.out


def test_parquet_is_written_to_a_file_or_refused_in_words(
    filled: Path, capsys: Out, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["audit", "export", "--as", "parquet"]) == 1
    assert "--file" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert main(["audit", "export", "--as", "parquet", "--file", str(tmp_path / "x.parquet")]) == 1
    assert "medication-order-cds[parquet]" in capsys.readouterr().err


def test_old_decisions_are_removed_after_the_time_that_was_named(filled: Path, capsys: Out) -> None:
    assert main(["db", "prune"]) == 1
    assert "CDS_RETENTION" in capsys.readouterr().err
    assert main(["db", "prune", "--older-than", "30"]) == 0
    assert "Removed 0 decisions" in capsys.readouterr().out


def test_tables_are_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    monkeypatch.setenv("CDS_DATABASE", str(tmp_path / "a" / "new.sqlite"))
    assert main(["db", "upgrade"]) == 0
    assert "revision 0001" in capsys.readouterr().out
    assert main(["audit", "verify"]) == 0


def test_a_database_without_tables_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    monkeypatch.setenv("CDS_DATABASE", str(tmp_path / "empty.sqlite"))
    assert main(["report"]) == 1
    assert "cds db upgrade" in capsys.readouterr().err
    monkeypatch.setenv("CDS_DATABASE", "none")
    assert main(["report"]) == 1
    assert "CDS_DATABASE" in capsys.readouterr().err


def test_an_overlay_is_drafted_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    assert main(["overlay", "draft", "ketamine.safe-us"]) == 1
    assert "did you mean 'ketamine.safe-use'?" in capsys.readouterr().err
    assert main(["overlay", "draft", "ketamine.safe-use"]) == 0
    drafted = capsys.readouterr().out.replace("author: ", "author: A").replace("reason: ", "reason: known here")
    written = tmp_path / "overlay.yaml"
    monkeypatch.setenv("CDS_OVERLAY", "")
    assert main(["overlay", "check"]) == 1
    written.write_text(f"overlay: st-elsewhere\nversion: '1'\nentries:\n{drafted}", "utf-8")
    monkeypatch.setenv("CDS_OVERLAY", str(written))
    capsys.readouterr()
    assert main(["overlay", "check"]) == 0
    assert "1 of 1 entries are applied." in capsys.readouterr().out
    content = next(line.split()[-1] for line in drafted.splitlines() if "content:" in line)
    written.write_text(written.read_text("utf-8").replace(content, "0" * 12), "utf-8")
    assert main(["overlay", "check"]) == 1
    assert "needs a new review" in capsys.readouterr().out


def test_a_running_service_is_asked_to_load_anew(filled: Path, capsys: Out) -> None:
    program = (
        "import signal, sys; signal.signal(signal.SIGHUP, lambda *_: sys.exit(7)); "
        "print('ready', flush=True); signal.pause()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        running.stdout.readline()
        file = process_file(8000, os.environ)
        file.parent.mkdir(parents=True)
        file.write_text(f"{running.pid}\n", "ascii")
        assert main(["reload"]) == 0
        assert running.wait(10) == 7
    assert f"Asked process {running.pid}" in capsys.readouterr().out


def test_without_a_running_service_a_reload_is_refused(filled: Path, capsys: Out) -> None:
    assert main(["reload", "--port", "8999"]) == 1
    assert "--pid" in capsys.readouterr().err


def test_knowledge_with_faults_is_not_asked_for(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    (tmp_path / "bad").mkdir()
    monkeypatch.setenv("CDS_KNOWLEDGE", str(tmp_path / "bad"))
    asked: list[object] = []
    monkeypatch.setattr(os, "kill", lambda *what: asked.append(what))
    assert main(["reload", "--pid", "1"]) == 1
    assert asked == []
    assert "cannot be opened" in capsys.readouterr().err


def test_clients_with_faults_are_not_asked_for(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    (tmp_path / "clients.yaml").write_text("clients: []\n", encoding="utf-8")
    monkeypatch.setenv("CDS_CLIENTS", str(tmp_path / "clients.yaml"))
    asked: list[object] = []
    monkeypatch.setattr(os, "kill", lambda *what: asked.append(what))
    assert main(["reload", "--pid", "1"]) == 1
    assert asked == []
    assert "'clients' should be a list" in capsys.readouterr().err


def test_the_service_ends_by_sigterm_with_status_0_and_everything_written(tmp_path: Path) -> None:
    port, path = free_port(), tmp_path / "cds.sqlite"
    environ = {**os.environ, "CDS_DATABASE": str(path), "XDG_STATE_HOME": str(tmp_path)}
    command = [sys.executable, "-c", f"from cds.cli import main; raise SystemExit(main(['serve', '--port', '{port}']))"]
    with subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL) as service:
        end = time.monotonic() + 30
        while not (path.exists() and process_file(port, environ).exists()) and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(1)
        service.send_signal(signal.SIGTERM)
        assert service.wait(15) == 0
    assert not process_file(port, environ).exists()
    database = Database(str(path))
    with database.reading() as connection:
        assert connection.execute(text("SELECT owner FROM chain")).scalars().all() == [None]
    database.close()
