"""What the commands for running the service do: each calls a use case, prints, and gives the exit status."""

from __future__ import annotations

import os
import signal
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TextIO

import msgspec

from cds.errors import CdsError, SettingsError
from cds.fhir.auditing import resources
from cds.knowledge.fields import nearest
from cds.knowledge.overlay import IN_WORDS, State, draft
from cds.operations import places
from cds.operations.signing import built
from cds.operations.trusting import clients_of, own_services
from cds.report.gather import Period, gather
from cds.report.page import page
from cds.report.told import as_json, as_text
from cds.report.words import Words
from cds.service import build
from cds.settings import Settings
from cds.store import export
from cds.store.chain import heads
from cds.store.comments import comments
from cds.store.database import Database
from cds.store.feedback import Comments
from cds.store.keyed import Key
from cds.store.moments import start_of
from cds.store.prune import prune
from cds.store.verify import Head, verify


@contextmanager
def _opened(settings: Settings) -> Iterator[Database]:
    """The database, whose tables must be those of this program."""
    database = Database(places.needed(settings), settings.database_password)
    try:
        if not database.is_current():
            raise CdsError("The tables are not those of this program yet: run `cds db upgrade`.")
        yield database
    finally:
        database.close()


def _settings() -> Settings:
    return Settings.read(os.environ)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _today() -> date:
    return datetime.now(UTC).date()


def _period(parsed: Namespace) -> Period:
    last = parsed.last or _today()
    period = Period(parsed.first, last) if parsed.first else Period.until(last)
    if period.first > period.last:
        raise CdsError("The first day is after the last one.")
    return period


def _key(settings: Settings) -> Key | None:
    return Key(settings.hash_key) if settings.hash_key else None


# --- report ---------------------------------------------------------------------------------------------------


def report(parsed: Namespace) -> int:
    """Tell what the cards did."""
    settings = _settings()
    with _opened(settings) as database:
        found = gather(database, _period(parsed))
    if parsed.json:
        _say(msgspec.json.format(msgspec.json.encode(as_json(found)), indent=2).decode())
    elif parsed.html:
        words = Words.of(build(settings).knowledge)
        parsed.html.write_text(page(found, words), encoding="utf-8")
    else:
        _say(as_text(found))
    return 0


# --- audit ----------------------------------------------------------------------------------------------------


def audit_verify(parsed: Namespace) -> int:
    """Tell whether the record is as it was written."""
    settings = _settings()
    witnessed = _heads(parsed.heads.read_text(encoding="ascii")) if parsed.heads else ()
    with _opened(settings) as database, database.reading() as connection:
        found = verify(connection, _key(settings), witnessed)
    for fault in found.faults:
        _say(fault)
    _say(
        f"{found.entries} entries in {found.chains} chains, {found.decisions} decisions, {found.reports} reports: "
        + (f"{len(found.faults)} faults" if found.faults else "as they were written")
    )
    return 1 if found.faults else 0


def audit_heads(_parsed: Namespace) -> int:
    """Print the last entry of each chain."""
    with _opened(_settings()) as database, database.reading() as connection:
        for chain, number, digest in heads(connection):
            _say(f"{chain} {number} {digest}")
    return 0


def _heads(text: str) -> tuple[Head, ...]:
    try:
        rows = [line.split() for line in text.splitlines() if line.strip()]
        return tuple((chain, int(number), digest) for chain, number, digest in rows)
    except ValueError:
        raise CdsError("The file of heads must hold lines as `cds audit heads` prints them.") from None


def audit_export(parsed: Namespace) -> int:
    """Write the decisions of a time."""
    period = _period(parsed)
    since, until = start_of(period.first), start_of(period.last + timedelta(days=1))
    if parsed.form == "parquet" and parsed.file is None:
        raise CdsError("Parquet is written to a file: name it with --file.")
    with _opened(_settings()) as database, database.reading() as connection:
        if parsed.form == "parquet":
            export.as_parquet(connection, since, until, parsed.file)
            return 0
        with _written(parsed) as to:
            if parsed.form == "csv":
                export.as_csv(connection, since, until, to)
            else:
                for decision in export.decisions(connection, since, until):
                    to.writelines(f"{msgspec.json.encode(one).decode()}\n" for one in resources(decision))
    return 0


def audit_comments(parsed: Namespace) -> int:
    """Print the comments of a time. They may name patients; only who holds the key can read them."""
    settings, period = _settings(), _period(parsed)
    cipher = Comments(settings.comment_key)
    if not settings.comment_key:
        raise SettingsError("CDS_COMMENT_KEY must be the key that the comments were written with")
    unread = 0
    with _opened(settings) as database, database.reading() as connection:
        for one in comments(connection, start_of(period.first), start_of(period.last + timedelta(days=1)), cipher):
            if one.text is None:
                unread += 1
                continue
            _say(f"{one.at}  {one.outcome}  {one.reason or '-'}  {', '.join(one.statements)}")
            for line in one.text.splitlines():  # a terminal must not obey what somebody wrote
                _say("    " + "".join(letter for letter in line if letter.isprintable()))
    if unread:
        _say(f"{unread} comments were written with another key.")
    return 1 if unread else 0


@contextmanager
def _written(parsed: Namespace) -> Iterator[TextIO]:
    if parsed.file is None:
        yield sys.stdout
        return
    with parsed.file.open("w", encoding="utf-8", newline="") as to:
        yield to


# --- database -------------------------------------------------------------------------------------------------


def db_upgrade(_parsed: Namespace) -> int:
    """Make the tables, or bring them to the newest revision."""
    settings = _settings()
    database = Database(places.needed(settings), settings.database_password)
    before = database.revision() if not database.embedded else ""
    revision = database.upgrade()
    _say(f"The tables are at revision {revision}" + (f", from {before}." if before not in ("", revision) else "."))
    database.close()
    return 0


def db_prune(parsed: Namespace) -> int:
    """Remove what was kept long enough."""
    settings = _settings()
    days = parsed.older_than or settings.retention
    if not days:
        raise CdsError("Say how many days are kept, with --older-than or in CDS_RETENTION.")
    with _opened(settings) as database:
        removed = prune(database, Key(settings.hash_key), days)
    _say(f"Removed {removed.decisions} decisions and {removed.reports} reports older than {days} days.")
    return 0


# --- overlay --------------------------------------------------------------------------------------------------


def overlay_check(_parsed: Namespace) -> int:
    """Tell which entries are applied. The status is 1 when one needs somebody."""
    settings = _settings()
    if settings.overlay is None:
        raise CdsError("CDS_OVERLAY names no overlay.")
    overlay = build(settings, _today()).overlay
    states = overlay.states if overlay else ()
    for entry, state in states:
        _say(f"{settings.overlay.name}:{entry.line}: {entry.statement} ({entry.change}) {IN_WORDS[state]}")
    applied = sum(state is State.APPLIED for _, state in states)
    _say(f"{applied} of {len(states)} entries are applied.")
    return 1 if any(state not in (State.APPLIED, State.AHEAD) for _, state in states) else 0


def overlay_draft(parsed: Namespace) -> int:
    """Print an entry for a statement."""
    knowledge = build(replace(_settings(), overlay=None)).knowledge
    statement = knowledge.statements.get(parsed.statement)
    if statement is None:
        raise CdsError(f"There is no statement {parsed.statement}{nearest(parsed.statement, knowledge.statements)}.")
    _say(draft(statement, _today()))
    return 0


# --- reload ---------------------------------------------------------------------------------------------------


def reload(parsed: Namespace) -> int:
    """Check knowledge, policy and clients, and have a running service load them anew. Faults are told, and then nothing
    is asked.
    """
    settings = _settings()
    service = built(settings)
    own_services(settings, clients_of(settings), built)
    file = places.process_file(parsed.port or settings.port)
    try:
        process = parsed.pid or int(file.read_text(encoding="ascii"))
        os.kill(process, signal.SIGHUP)
    except (OSError, ValueError):
        raise CdsError(f"No running service was found by {file}. Name its process with --pid.") from None
    _say(f"Asked process {process} to load knowledge {service.knowledge.version}.")
    return 0
