"""The commands for running the service, as the command line reads them. What they do is imported when they do it."""

# ruff: noqa: PLC0415 - so that `cds --help` answers at once
from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

Verbs = argparse._SubParsersAction


def add(verbs: Verbs[argparse.ArgumentParser]) -> None:
    """Add ``report``, ``audit``, ``db``, ``overlay`` and ``reload``."""
    _report(verbs)
    _audit(verbs)
    _db(verbs)
    _overlay(verbs)
    reload = verbs.add_parser("reload", help="have a running service load its knowledge anew")
    reload.add_argument("--port", type=int, help="the port it serves (default CDS_PORT, or 8000)")
    reload.add_argument("--pid", type=int, help="the number of its process, where it could not be written to a file")
    reload.set_defaults(run=_run("reload"))


def _report(verbs: Verbs[argparse.ArgumentParser]) -> None:
    report = verbs.add_parser("report", help="tell what the cards did: how many, and what prescribers made of them")
    _period(report)
    form = report.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="every figure, as JSON")
    form.add_argument("--html", type=Path, metavar="FILE", help="write the page with its drawings to a file")
    report.set_defaults(run=_run("report"))


def _audit(verbs: Verbs[argparse.ArgumentParser]) -> None:
    audit = verbs.add_parser("audit", help="check and export the record of decisions")
    actions = audit.add_subparsers(title="commands", required=True, metavar="COMMAND")
    verify = actions.add_parser("verify", help="tell whether anything in the record was changed or removed")
    verify.add_argument("--heads", type=Path, metavar="FILE", help="what `cds audit heads` printed before")
    verify.set_defaults(run=_run("audit_verify"))
    heads = actions.add_parser("heads", help="print the last entry of each chain, to be kept elsewhere")
    heads.set_defaults(run=_run("audit_heads"))
    export = actions.add_parser("export", help="write the decisions of a time")
    export.add_argument("--as", dest="form", choices=("fhir", "csv", "parquet"), default="csv")
    export.add_argument("--file", type=Path, help="where to (default: standard output)")
    comments = actions.add_parser("comments", help="print what users wrote, decrypted with CDS_COMMENT_KEY")
    _period(comments)
    comments.set_defaults(run=_run("audit_comments"))
    _period(export)
    export.set_defaults(run=_run("audit_export"))


def _db(verbs: Verbs[argparse.ArgumentParser]) -> None:
    db = verbs.add_parser("db", help="look after the database")
    actions = db.add_subparsers(title="commands", required=True, metavar="COMMAND")
    upgrade = actions.add_parser("upgrade", help="make the tables, or bring them to the newest revision")
    upgrade.set_defaults(run=_run("db_upgrade"))
    prune = actions.add_parser("prune", help="remove decisions and feedback that were kept long enough")
    prune.add_argument("--older-than", type=_days, metavar="DAYS", help="default CDS_RETENTION")
    prune.set_defaults(run=_run("db_prune"))


def _overlay(verbs: Verbs[argparse.ArgumentParser]) -> None:
    overlay = verbs.add_parser("overlay", help="lower, switch off or narrow statements for this site, with review")
    actions = overlay.add_subparsers(title="commands", required=True, metavar="COMMAND")
    check = actions.add_parser("check", help="tell which entries are applied, and which need a new review")
    check.set_defaults(run=_run("overlay_check"))
    draft = actions.add_parser("draft", help="print an entry for a statement, to be filled in")
    draft.add_argument("statement", help="the statement's id")
    draft.set_defaults(run=_run("overlay_draft"))


def _period(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="first", type=_day, metavar="DAY", help="first day (default: 29 days before)")
    parser.add_argument("--to", dest="last", type=_day, metavar="DAY", help="last day (default: today)")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a day such as 2026-10-01") from None


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 36500:  # noqa: PLR2004 - a hundred years
        raise argparse.ArgumentTypeError("must be a number of days")
    return int(text)


class _run:  # noqa: N801 - it reads as the function it is
    """Calls a verb by its name, importing it when it is called."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, parsed: argparse.Namespace) -> int:
        from cds.operations import verbs

        status: int = getattr(verbs, self.name)(parsed)
        return status
