"""The command line: it parses, calls a use case and prints. What takes time to import is imported by its verb."""

# ruff: noqa: PLC0415 - each verb imports what it needs, so that `cds --help` answers at once
from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cds import __version__
from cds.errors import CdsError
from cds.operations import arguments as operations
from cds.publication import command as publication
from cds.settings import Settings

if TYPE_CHECKING:
    from cds.hooks.demo import Send
    from cds.hooks.strict import Json
    from cds.knowledge.monograph import Case

GRACE_SECONDS: Final = 10
"""How long requests that have begun may take to finish after the order to stop."""

DEMO_SECONDS: Final = 30
DOCUMENTS: Final = "folder of the source documents (default CDS_DOCUMENTS)"
CASES: Final = "folder of worked cases (default: those that came with this program)"
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
OPEN_REFUSED: Final = (
    "Refused to listen on {host}: callers are not authenticated, so anybody who reaches the address could send "
    "patient data to it and read what it answers. Name the clients that may call in a file (CDS_CLIENTS), listen on "
    "127.0.0.1, or, for a demonstration without patient data, add --allow-public-demo."
)
UNLOADED: Final = (
    "NO KNOWLEDGE is loaded: every order is answered by a card that says that it was not checked, and /readyz by 503. "
    "Repair what is named above and run `cds reload`."
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
    serve.add_argument("--knowledge", type=Path, help="a knowledge folder, or a published FHIR R5 bundle, to run on")
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
    _selftest_verb(verbs)
    publication.add_verbs(verbs)
    operations.add(verbs)

    _terminology_verbs(verbs)

    version = verbs.add_parser("version", help="print the versions of program and knowledge")
    version.set_defaults(run=_version)
    return parser


def _knowledge_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    knowledge = verbs.add_parser("knowledge", help="check, read and extend the knowledge files")
    actions = knowledge.add_subparsers(title="commands", required=True, metavar="COMMAND")

    check = actions.add_parser("check", help="check every file and name every fault")
    check.add_argument("--documents", type=_folder, help=f"{DOCUMENTS}; citations are then compared with them")
    check.add_argument("--cases", type=_folder, help="folder of worked cases; what they do not show is then a fault")
    check.set_defaults(run=_knowledge_check)

    show = actions.add_parser("show", help="print what is known about a drug, as a readable page")
    show.add_argument("drug", help="the drug's slug, as in the name of its file")
    show.add_argument("--cases", type=_folder, help=CASES)
    show.set_defaults(run=_knowledge_show)

    coverage = actions.add_parser("coverage", help="tell what of the documents is carried, and what is not")
    coverage.add_argument("--documents", type=_folder, help=DOCUMENTS)
    coverage.add_argument("--every-line", action="store_true", help="list every line, not only those not read")
    coverage.set_defaults(run=_knowledge_coverage)

    sign = actions.add_parser("sign", help="sign the knowledge, so that a service with CDS_KNOWLEDGE_KEY loads it")
    sign.add_argument("--key", type=Path, required=True, help="secret Ed25519 key, a PEM file without a password")
    sign.set_defaults(run=_knowledge_sign)

    new = actions.add_parser("new", help="write an annotated file for a new drug, to be filled in")
    new.add_argument("drug", help="the new drug's slug")
    new.set_defaults(run=_knowledge_new)


def _selftest_verb(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    selftest = verbs.add_parser("selftest", help="send worked cases to a CDS Hooks service and print a test sheet")
    selftest.add_argument("url", help="address of a running service, such as http://127.0.0.1:8000")
    selftest.add_argument("--cases", type=_folder, help=CASES)
    selftest.add_argument("--service", default="", help="id of the service, where several are listed")
    selftest.add_argument("--json", type=Path, metavar="FILE", help="write the sheet as JSON, too")
    selftest.add_argument("--html", type=Path, metavar="FILE", help="write the sheet as one HTML page, too")
    selftest.set_defaults(run=_selftest)


def _terminology_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    terminology = verbs.add_parser("terminology", help="make ready a whole release of RxNorm")
    actions = terminology.add_subparsers(title="commands", required=True, metavar="COMMAND")

    load = actions.add_parser("load", help="read the files of a release into one file to look codes up in")
    load.add_argument("folder", type=_folder, help="folder of the unpacked release, or the folder rrf in it")
    load.add_argument("--to", type=Path, help="the file to make (default CDS_RXNORM, or rxnorm.sqlite)")
    load.add_argument("--release", type=_day, help="the release's date, where its files do not say it")
    load.set_defaults(run=_terminology_load)


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError("must be a date such as 2025-10-06") from None


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
    if parsed.knowledge:
        # In the environment, because that is where worker processes read their settings.
        os.environ["CDS_KNOWLEDGE" if parsed.knowledge.is_dir() else "CDS_BUNDLE"] = str(parsed.knowledge)
    if parsed.allow_public_demo:
        os.environ["CDS_PUBLIC_DEMO"] = "yes"
    settings = Settings.read(os.environ)
    host = parsed.host or settings.host
    if host not in LOOPBACK and not settings.clients and not settings.public_demo:
        print(OPEN_REFUSED.format(host=host), file=sys.stderr)
        return 1

    from cds.hooks.wire import OPTIONS, Wire
    from cds.operations import serving, trusting

    settings = serving.prepared(replace(settings, host=host, port=parsed.port or settings.port), parsed.workers)
    trusting.check_workers(settings, parsed.workers)
    if told := trusting.notice(settings):
        print(told, file=sys.stderr)

    from cds.app import create_app, words_of
    from cds.hooks import log
    from cds.operations.settling import settle

    log.configure()
    # Built here even when worker processes build their own: faults in the knowledge are told before any starts.
    app = create_app(settings)
    if app.state.unloaded:
        print(f"{app.state.unloaded}\n{UNLOADED}", file=sys.stderr)
    settle()
    with serving.beside(settings, lambda: words_of(app.state.endpoints)):
        serving.run(
            app if parsed.workers == 1 else "cds.app:from_environment",
            factory=parsed.workers > 1,
            host=settings.host,
            port=settings.port,
            workers=parsed.workers,
            http=Wire,
            **OPTIONS,
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
    if knowledge.release:
        print(f"codes      {knowledge.release}")
    return 0


def _terminology_load(parsed: argparse.Namespace) -> int:
    from cds.service import load_rxnorm

    # The file that the setting names need not be there yet.
    settings = Settings.read({name: value for name, value in os.environ.items() if name != "CDS_RXNORM"})
    to = parsed.to or Path(os.environ.get("CDS_RXNORM", "").strip() or "rxnorm.sqlite")
    print(load_rxnorm(settings, parsed.folder, to, parsed.release or "", lambda words: print(words, file=sys.stderr)))
    return 0


def _knowledge_check(parsed: argparse.Namespace) -> int:
    from cds.knowledge import verbs

    settings = Settings.read(os.environ)
    documents = parsed.documents or settings.documents
    return _told(verbs.check(settings.knowledge, documents, settings.policy, parsed.cases))


def _knowledge_show(parsed: argparse.Namespace) -> int:
    from cds.knowledge import verbs

    settings = Settings.read(os.environ)
    return _told(verbs.show(settings.knowledge, parsed.drug, _worked(settings, parsed.drug, parsed.cases)))


def _worked(settings: Settings, drug: str, folder: Path | None) -> dict[str, tuple[Case, ...]]:
    """The worked cases of a drug, each with whether this program answers it rightly; none while files have faults."""
    from datetime import UTC, datetime

    from cds.errors import KnowledgeError
    from cds.fhir.prefetch import TEMPLATES
    from cds.hooks.demo import in_process
    from cds.hooks.discovery import SERVICES
    from cds.selftest import run
    from cds.selftest.client import HOOK
    from cds.service import build

    folder = folder or run.cases_folder()
    if folder is None:
        return {}
    try:
        service = build(settings)
    except KnowledgeError:
        return {}
    sign = next(listed.id for listed in SERVICES.values() if listed.hook == HOOK)

    def send(body: bytes) -> dict[str, Json]:
        return in_process(service, datetime.now(UTC))(sign, body)

    return run.ticked(run.worked_of(drug, folder, service.knowledge), settings.knowledge, TEMPLATES, send)


def _knowledge_sign(parsed: argparse.Namespace) -> int:
    from datetime import UTC, datetime

    from cds.knowledge import signature
    from cds.service import build

    settings = Settings.read(os.environ)
    version = build(settings).knowledge.version  # faults are told before they are signed
    file = signature.sign(settings.bundle or settings.knowledge, signature.secret_key(parsed.key), datetime.now(UTC))
    print(f"Signed knowledge {version} in {file}")
    return 0


def _selftest(parsed: argparse.Namespace) -> int:
    import json
    from datetime import UTC, datetime

    from rich.console import Console

    from cds.knowledge.load import load
    from cds.selftest import client, page, run, sheet, text
    from cds.selftest.categories import read_categories
    from cds.selftest.words import read_words

    settings = Settings.read(os.environ)
    folder = parsed.cases or run.cases_folder()
    if folder is None:
        raise CdsError("Name the folder of the worked cases with --cases.")
    knowledge, _ = load(settings.knowledge, settings.policy)
    words, categories = read_words(settings.knowledge), read_categories(settings.knowledge)
    asked = run.questions(folder, knowledge, categories, words)
    with client.connected(parsed.url, parsed.service) as (listed, send):
        found = sheet.sheet(listed, run.ask(asked, words, listed.templates, send), categories)
    Console(highlight=False).print(text.as_text(found))
    if parsed.json:
        parsed.json.write_text(json.dumps(sheet.as_json(found), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if parsed.html:
        parsed.html.write_text(page.as_page(found, f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"), encoding="utf-8")
    return 0 if found.passed else 1


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
