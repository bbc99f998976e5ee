"""The command line: it parses, calls a use case and prints. What takes time to import is imported by its verb."""

# ruff: noqa: PLC0415 - each verb imports what it needs, so that `cds --help` answers at once
from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cds import __version__
from cds.errors import CdsError
from cds.settings import Settings

if TYPE_CHECKING:
    from cds.hooks.demo import Send

GRACE_SECONDS: Final = 10
"""How long requests that have begun may take to finish after the order to stop."""

DEMO_SECONDS: Final = 30
DOCUMENTS: Final = "folder of the source documents (default CDS_DOCUMENTS)"
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
OPEN_REFUSED: Final = (
    "Refused to listen on {host}: callers are not authenticated, so anybody who reaches the address could send "
    "patient data to it and read what it answers. Listen on 127.0.0.1, or, for a demonstration without patient "
    "data, add --allow-public-demo."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. The exit status is 0 when all is well, 1 when not, 2 for a command that is not understood."""
    parsed = _parser().parse_args(arguments)
    try:
        status: int = parsed.run(parsed)
    except CdsError as error:
        print(f"cds: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # the reader of our output has gone
        sys.stderr.close()
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cds", description="Clinical decision support for medication orders.")
    parser.add_argument("--version", action="version", version=f"cds {__version__}")
    verbs = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    serve = verbs.add_parser("serve", help="answer CDS Hooks calls")
    serve.add_argument("--host", help="address to listen on (default 127.0.0.1, or CDS_HOST)")
    serve.add_argument("--port", type=_port, help="port to listen on (default 8000, or CDS_PORT)")
    serve.add_argument("--workers", type=_count, default=1, help="processes that answer (default 1)")
    serve.add_argument(
        "--allow-public-demo",
        action="store_true",
        help="listen on other addresses than this computer's own without authentication",
    )
    serve.set_defaults(run=_serve)

    demo = verbs.add_parser("demo", help="send example orders and show the cards")
    demo.add_argument("--url", help="address of a running service, such as http://127.0.0.1:8000")
    demo.set_defaults(run=_demo)

    _knowledge_verbs(verbs)

    version = verbs.add_parser("version", help="print the versions of program and knowledge")
    version.set_defaults(run=_version)
    return parser


def _knowledge_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    knowledge = verbs.add_parser("knowledge", help="check, read and extend the knowledge files")
    actions = knowledge.add_subparsers(title="commands", required=True, metavar="COMMAND")

    check = actions.add_parser("check", help="check every file and name every fault")
    check.add_argument("--documents", type=_folder, help=f"{DOCUMENTS}; citations are then compared with them")
    check.set_defaults(run=_knowledge_check)

    show = actions.add_parser("show", help="print what is known about a drug, as a readable page")
    show.add_argument("drug", help="the drug's slug, as in the name of its file")
    show.set_defaults(run=_knowledge_show)

    coverage = actions.add_parser("coverage", help="tell what of the documents is carried, and what is not")
    coverage.add_argument("--documents", type=_folder, help=DOCUMENTS)
    coverage.add_argument("--every-line", action="store_true", help="list every line, not only those not read")
    coverage.set_defaults(run=_knowledge_coverage)

    new = actions.add_parser("new", help="write an annotated file for a new drug, to be filled in")
    new.add_argument("drug", help="the new drug's slug")
    new.set_defaults(run=_knowledge_new)


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 65535:  # noqa: PLR2004 - the last port
        raise argparse.ArgumentTypeError("must be a port from 1 to 65535")
    return int(text)


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 64:  # noqa: PLR2004 - more is a slip
        raise argparse.ArgumentTypeError("must be a number from 1 to 64")
    return int(text)


def _folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text}")
    return Path(text)


def _serve(parsed: argparse.Namespace) -> int:
    settings = Settings.read(os.environ)
    host = parsed.host or settings.host
    if host not in LOOPBACK and not parsed.allow_public_demo:
        print(OPEN_REFUSED.format(host=host), file=sys.stderr)
        return 1

    import uvicorn

    from cds.app import create_app
    from cds.hooks import log

    log.configure()
    # Built here even when worker processes build their own: faults in the knowledge are told before any starts.
    app = create_app(settings)
    uvicorn.run(
        app if parsed.workers == 1 else "cds.app:from_environment",
        factory=parsed.workers > 1,
        host=host,
        port=parsed.port or settings.port,
        workers=parsed.workers,
        http="httptools",
        access_log=False,  # addresses and queries may hold identifiers
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return 0


def _demo(parsed: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from rich.console import Console

    from cds.hooks.demo import examples, in_process
    from cds.hooks.terminal import show_answer, show_order
    from cds.service import build

    settings = Settings.read(os.environ)
    now = datetime.now(UTC)
    send = _over_http(parsed.url) if parsed.url else in_process(build(settings), now)
    console = Console(highlight=False)
    for number, example in enumerate(examples(settings.knowledge, now.date()), 1):
        show_order(console, number, example.title, example.story)
        show_answer(console, send(example.service, example.body))
    return 0


def _over_http(url: str) -> Send:
    """Send to a running service at this address. CdsError in words when it does not answer as one."""
    import httpx

    from cds.hooks import strict
    from cds.hooks.strict import Json

    base = url.rstrip("/").removesuffix("/cds-services")

    def send(service_id: str, body: bytes) -> dict[str, Json]:
        try:
            response = httpx.post(
                f"{base}/cds-services/{service_id}",
                content=body,
                headers={"content-type": "application/json"},
                timeout=DEMO_SECONDS,
                trust_env=False,
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CdsError(f"No service answers at {base} ({type(error).__name__}).") from error
        if response.status_code != httpx.codes.OK:
            raise CdsError(f"The service at {base} answered with status {response.status_code}.")
        answer = strict.read(response.content)
        if not isinstance(answer, dict):
            raise CdsError(f"The service at {base} did not answer with an object.")
        return answer

    return send


def _version(_parsed: argparse.Namespace) -> int:
    from cds.hooks.discovery import SPECIFICATION
    from cds.service import build

    knowledge = build(Settings.read(os.environ)).knowledge
    print(f"program    {__version__}")
    print(f"CDS Hooks  {SPECIFICATION}")
    print(f"knowledge  {knowledge.version}")
    print(f"policy     {knowledge.policy.name} {knowledge.policy.version}")
    return 0


def _knowledge_check(parsed: argparse.Namespace) -> int:
    from cds.knowledge import verbs

    settings = Settings.read(os.environ)
    return _told(verbs.check(settings.knowledge, parsed.documents or settings.documents, settings.policy))


def _knowledge_show(parsed: argparse.Namespace) -> int:
    from cds.knowledge import verbs

    return _told(verbs.show(Settings.read(os.environ).knowledge, parsed.drug))


def _knowledge_coverage(parsed: argparse.Namespace) -> int:
    from cds.knowledge import verbs

    settings = Settings.read(os.environ)
    documents = parsed.documents or settings.documents
    if documents is None:
        raise CdsError("Name the folder of the source documents with --documents, or in CDS_DOCUMENTS.")
    return _told(verbs.coverage(settings.knowledge, documents, every_line=parsed.every_line))


def _knowledge_new(parsed: argparse.Namespace) -> int:
    from cds.knowledge import verbs

    return _told(verbs.new(Settings.read(os.environ).knowledge, parsed.drug))


def _told(answer: tuple[str, int]) -> int:
    """Print what a use case answers; its exit status is ours."""
    text, status = answer
    print(text)
    return status
