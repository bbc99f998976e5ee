"""The commands ``export`` and ``import``: they parse, call, and write what came of it."""

# ruff: noqa: PLC0415 - each command imports what it needs, so that `cds --help` answers at once
from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cds.errors import CdsError
from cds.settings import Settings

if TYPE_CHECKING:
    from cds.publication.send import Sent

TOKEN: Final = "CDS_EXPORT_TOKEN"  # noqa: S105 - the name of a variable
_MOST_SHOWN: Final = 50


def add_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands to the command line."""
    export = verbs.add_parser("export", help="write the knowledge as FHIR, or put it on a FHIR server")
    export.add_argument("--fhir", choices=("r5", "r4b", "r4"), default="r5", help="release of FHIR (default r5)")
    export.add_argument(
        "--as",
        dest="shape",
        choices=("bundle", "transaction", "ndjson"),
        default="bundle",
        help="one bundle to keep (default), one to send to a server, or one resource a line",
    )
    export.add_argument("--drug", default="", help="only this drug or combination, by the name of its file")
    export.add_argument("-o", "--output", type=Path, metavar="FILE", help="file to write (default: standard output)")
    export.add_argument(
        "--to", metavar="URL", help=f"put it on the FHIR server at this address; a bearer token is taken from {TOKEN}"
    )
    export.add_argument(
        "--canonical",
        metavar="URL",
        help="base of the canonical addresses, such as https://hospital.example.org/fhir (default CDS_CANONICAL)",
    )
    export.add_argument(
        "--diff",
        nargs=2,
        type=Path,
        metavar=("OLD", "NEW"),
        help="compare two knowledge folders or exported R5 bundles in words: what has to be approved again",
    )
    export.set_defaults(run=_export)

    read = verbs.add_parser("import", help="check an exported bundle: what is understood, ignored and refused")
    read.add_argument("bundle", type=Path, help="FHIR R5 bundle; `cds serve --knowledge` runs on it")
    read.set_defaults(run=_import)


def _export(parsed: argparse.Namespace) -> int:
    from cds.fhir.publishing.names import KNOWLEDGE
    from cds.fhir.publishing.releases import Release
    from cds.publication import export
    from cds.service import build

    named = {"CDS_CANONICAL": parsed.canonical} if parsed.canonical else {}
    settings = Settings.read({**os.environ, **named})
    if parsed.diff:
        from cds.publication.compare import compare

        old, new = (export.read_either(path, settings) for path in parsed.diff)
        sys.stdout.write(compare(old, new) + "\n")
        return 0
    service = build(settings)
    release = Release(parsed.fhir)
    found = export.resources(service, release, parsed.drug, service.canonical, _say)
    if parsed.to:
        from cds.publication.send import client, send

        with client(parsed.to, os.environ.get(TOKEN, "").strip()) as server:
            return _told(send(server, found, release, _say, service.canonical), len(found))
    data = export.shaped(found, export.Shape(parsed.shape), parsed.drug or KNOWLEDGE, service.canonical)
    if parsed.output:
        try:
            parsed.output.write_bytes(data)
        except OSError as error:
            raise CdsError(f"{parsed.output} cannot be written ({error.strerror}).") from error
        _say(f"Wrote {len(found)} resources, version {service.knowledge.version}, to {parsed.output}.")
    else:
        sys.stdout.buffer.write(data)
    return 0


def _told(sent: Sent, of: int) -> int:
    """Say what the server took and what it refused, and why."""
    for line in sent.refused[:_MOST_SHOWN]:
        _say(f"refused {line}")
    if len(sent.refused) > _MOST_SHOWN:
        _say(f"... and {len(sent.refused) - _MOST_SHOWN} more")
    _say(f"The server took {sent.taken} of {of} resources.")
    return 1 if sent.refused else 0


def _import(parsed: argparse.Namespace) -> int:
    from cds.publication import export

    text, status = export.report(export.examine(parsed.bundle, Settings.read(os.environ)))
    sys.stdout.write(text + "\n")
    return status


def _say(line: str) -> None:
    """Progress and notes go beside the output, so that the output can be piped."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
