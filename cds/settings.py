"""What a deployment can choose. Read once from a mapping that is passed in, then frozen.

=====================  =======================================================================================
``CDS_KNOWLEDGE``      folder of the knowledge files; default: the packaged copy, else ``knowledge/`` in a checkout
``CDS_BUNDLE``         a published FHIR R5 bundle to run on; products, routes and uses stay those of the folder
``CDS_KNOWLEDGE_KEY``  public Ed25519 key, a PEM file: only knowledge that is signed with it is loaded, and none that
                       is older than what was loaded before (``cds knowledge sign``); default none
``CDS_CACHE``          folder of this program alone, in which checked knowledge is kept for the next start; default none
``CDS_POLICY``         a policy file whose items take the place of those of the knowledge folder or the bundle
``CDS_DOCUMENTS``      folder of the source documents, where they are given; citations are then checked in them
``CDS_RXNORM``         a release of RxNorm made ready by ``cds terminology load``; default none
``CDS_RXNAV``          https base address of a RxNav-shaped service that is asked for unknown codes; default none
``CDS_BASE_URL``       public https address of the service, for links on cards; never taken from a request
``CDS_CANONICAL``      base of the canonical addresses of what is published; default: that of the bundle, else this
                       project's own
``CDS_CORS_ORIGINS``   browser origins that may call, comma-separated; default ``*`` (demonstration)
``CDS_MAX_BODY``       largest request body in bytes; default 2 MiB
``CDS_CLIENTS``        file of the clients that may call (see SECURITY.md); default none: a demonstration, in which
                       anybody may call from this computer alone
``CDS_HOSTS``          further names that ``Host`` may say, comma-separated; default: those of ``CDS_BASE_URL`` and of
                       the address that was called
``CDS_CONCURRENCY``    requests that one process answers at once; more get 503; default 64
``CDS_PUBLIC_DEMO``    ``yes``: the demonstration may be called from other computers; default ``no``
``CDS_DRAIN``          seconds between SIGTERM and the end of listening, in which ``/readyz`` says 503 and calls are
                       answered; default 0
``CDS_FHIR_SERVERS``   exact FHIR base addresses we may read from, comma-separated; default none
``CDS_BUDGET``         seconds one answer may wait for FHIR data; default 1.5
``CDS_HOST``           address to listen on; default 127.0.0.1
``CDS_PORT``           port to listen on; default 8000
``CDS_DATABASE``       where decisions and feedback are kept: an SQLite file, a ``postgresql://`` address, or ``none``;
                       default: ``cds.sqlite`` in this user's state folder
``CDS_DATABASE_PASSWORD``
                       password of the ``postgresql://`` address, so that it need not stand in it
``CDS_HASH_KEY``       secret of 32 characters or more, for keyed hashes of patients and encounters and for the audit
                       trail; default: a random one, which ends with the process
                       (the password and both keys can also be in a file, named in the variable with ``_FILE`` added)
``CDS_COMMENT_KEY``    Fernet key that comments of feedback are encrypted with; default none: comments are dropped
``CDS_RETENTION``      days that decisions and feedback are kept; default 0: until ``cds db prune``
``CDS_REPEATS``        ``show``: findings that were overridden in this encounter are shown again; default ``withhold``
``CDS_OVERLAY``        the site's reviewed overlay of the knowledge; default none
``CDS_HISTORY``        folder of earlier versions (exports or knowledge folders), for the pages to compare; default none
``CDS_METRICS``        address and port for metrics and reports, as ``127.0.0.1:9100``; default none
``CDS_REPORTS``        ``yes`` or ``no``: whether ``/reports`` is at the main address too; default: only while that is
                       an address of this computer alone
``CDS_TRACES``         address of an OpenTelemetry collector, as ``http://127.0.0.1:4318``; default none
=====================  =======================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cds.errors import SettingsError

_PACKAGE: Final = Path(__file__).resolve().parent
_BASE_URL: Final = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(/[A-Za-z0-9._~\-/]*)?")
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
SECRET_LENGTH: Final = 32
LAST_PORT: Final = 65535
_PROTECTED: Final = re.compile(r"https://|http://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?(/|$)")
_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.\-\[\]]+(:\d{1,5})?")


def _packaged_knowledge() -> Path:
    """The copy inside an installed wheel, else the folder beside the package in a checkout."""
    inside = _PACKAGE / "_knowledge"
    return inside if inside.is_dir() else _PACKAGE.parent / "knowledge"


@dataclass(frozen=True, slots=True)
class Settings:
    """One deployment's choices. ``fhir_servers`` are compared as whole strings, without a slash at the end."""

    knowledge: Path = field(default_factory=_packaged_knowledge)
    bundle: Path | None = None
    knowledge_key: Path | None = None
    cache: Path | None = None
    policy: Path | None = None
    documents: Path | None = None
    rxnorm: Path | None = None
    rxnav: str = ""
    base_url: str = ""
    canonical: str = ""
    cors_origins: tuple[str, ...] = ("*",)
    max_body: int = 2 * 1024 * 1024
    fhir_servers: frozenset[str] = frozenset()
    clients: Path | None = None
    hosts: tuple[str, ...] = ()
    concurrency: int = 64
    public_demo: bool = False
    drain: float = 0
    budget: float = 1.5
    host: str = "127.0.0.1"
    port: int = 8000
    database: str = field(default="", repr=False)
    database_password: str = field(default="", repr=False)
    hash_key: str = field(default="", repr=False)
    comment_key: str = field(default="", repr=False)
    retention: int = 0
    repeats: bool = True
    overlay: Path | None = None
    history: Path | None = None
    metrics: tuple[str, int] | None = None
    reports: bool | None = None
    traces: str = ""

    @property
    def shows_reports(self) -> bool:
        """Whether the report is at the main address: as it was chosen, else only for this computer alone."""
        return self.host in LOOPBACK if self.reports is None else self.reports

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Settings:
        """Read the settings from ``environ``. An empty value is as good as none. SettingsError in words."""
        default = cls()
        return cls(
            knowledge=_folder(environ, "CDS_KNOWLEDGE") or default.knowledge,
            bundle=_file(environ, "CDS_BUNDLE"),
            knowledge_key=_file(environ, "CDS_KNOWLEDGE_KEY"),
            cache=Path(text) if (text := _text(environ, "CDS_CACHE")) else None,
            policy=_file(environ, "CDS_POLICY"),
            documents=_folder(environ, "CDS_DOCUMENTS"),
            rxnorm=_file(environ, "CDS_RXNORM"),
            rxnav=_protected(environ, "CDS_RXNAV"),
            base_url=_address(environ, "CDS_BASE_URL"),
            canonical=_address(environ, "CDS_CANONICAL"),
            cors_origins=_origins(environ, "CDS_CORS_ORIGINS") or default.cors_origins,
            max_body=int(_number(environ, "CDS_MAX_BODY", default.max_body, 1024, 64 * 1024 * 1024)),
            clients=_file(environ, "CDS_CLIENTS"),
            hosts=_hosts(environ, "CDS_HOSTS"),
            concurrency=int(_number(environ, "CDS_CONCURRENCY", default.concurrency, 1, 10000)),
            public_demo=bool(_choice(environ, "CDS_PUBLIC_DEMO", {"yes": True, "no": False})),
            drain=_number(environ, "CDS_DRAIN", 0.0, 0, 300),
            fhir_servers=frozenset(_addresses(environ, "CDS_FHIR_SERVERS")),
            budget=_number(environ, "CDS_BUDGET", default.budget, 0.05, 60),
            host=_text(environ, "CDS_HOST") or default.host,
            port=int(_number(environ, "CDS_PORT", default.port, 1, 65535)),
            database=_text(environ, "CDS_DATABASE"),
            database_password=_secret(environ, "CDS_DATABASE_PASSWORD", 1),
            hash_key=_secret(environ, "CDS_HASH_KEY"),
            comment_key=_secret(environ, "CDS_COMMENT_KEY"),
            retention=int(_number(environ, "CDS_RETENTION", default.retention, 0, 36500)),
            repeats=_choice(environ, "CDS_REPEATS", {"withhold": True, "show": False}) is not False,
            overlay=_file(environ, "CDS_OVERLAY"),
            history=_folder(environ, "CDS_HISTORY"),
            metrics=_socket(environ, "CDS_METRICS"),
            reports=_choice(environ, "CDS_REPORTS", {"yes": True, "no": False}),
            traces=_address(environ, "CDS_TRACES"),
        )


def _text(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name, "").strip()


def _items(environ: Mapping[str, str], name: str) -> list[str]:
    return [item.strip() for item in _text(environ, name).split(",") if item.strip()]


def _folder(environ: Mapping[str, str], name: str) -> Path | None:
    text = _text(environ, name)
    if text and not Path(text).is_dir():
        raise SettingsError(f"{name} must be a folder, and {text!r} is none")
    return Path(text) if text else None


def _file(environ: Mapping[str, str], name: str) -> Path | None:
    text = _text(environ, name)
    if text and not Path(text).is_file():
        raise SettingsError(f"{name} must be a file, and {text!r} is none")
    return Path(text) if text else None


def _secret(environ: Mapping[str, str], name: str, least: int = SECRET_LENGTH) -> str:
    """A secret, from the variable or from the file that the variable with ``_FILE`` names. It is never repeated."""
    text, file = _text(environ, name), _file(environ, f"{name}_FILE")
    secret = file.read_text(encoding="utf-8").strip() if file else text
    if secret and len(secret) < least:
        raise SettingsError(f"{name} must have {least} characters or more")
    return secret


def _choice(environ: Mapping[str, str], name: str, choices: Mapping[str, bool]) -> bool | None:
    text = _text(environ, name)
    if text and text not in choices:
        raise SettingsError(f"{name} must be {' or '.join(choices)}, and is {text!r}")
    return choices.get(text)


def _socket(environ: Mapping[str, str], name: str) -> tuple[str, int] | None:
    text = _text(environ, name)
    if not text:
        return None
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not (colon and host and port.isascii() and port.isdigit() and 0 < int(port) <= LAST_PORT):
        raise SettingsError(f"{name} must be an address and a port like 127.0.0.1:9100, and {text!r} is none")
    return host, int(port)


def _number(environ: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    text = _text(environ, name)
    if not text:
        return default
    whole = isinstance(default, int)
    if not re.fullmatch(r"[0-9]{1,12}" if whole else r"[0-9]{1,6}(\.[0-9]{1,6})?", text, re.ASCII):
        kind = "a whole number" if whole else "a number"
        raise SettingsError(f"{name} must be {kind}, and {text!r} is none")
    value = float(text)
    if not low <= value <= high:
        raise SettingsError(f"{name} must be from {low:g} to {high:g}, and is {text}")
    return value


def _address(environ: Mapping[str, str], name: str) -> str:
    found = _addresses(environ, name)
    if len(found) > 1:
        raise SettingsError(f"{name} must be one address")
    return found[0] if found else ""


def _protected(environ: Mapping[str, str], name: str) -> str:
    """An https address; http only to this computer itself, where such services are run in a container."""
    address = _address(environ, name)
    if address and not _PROTECTED.match(address):
        raise SettingsError(f"{name} must begin with https://, or lead to this computer, and {address!r} does not")
    return address


def _addresses(environ: Mapping[str, str], name: str) -> list[str]:
    items = _items(environ, name)
    for item in items:
        if not _BASE_URL.fullmatch(item) or "/.." in item:
            raise SettingsError(f"{name} must hold addresses like https://ehr.example.org/fhir, and {item!r} is none")
    return [item.rstrip("/") for item in items]


def _hosts(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    items = _items(environ, name)
    for item in items:
        if not re.fullmatch(r"[A-Za-z0-9.\-]+|[0-9A-Fa-f:]+", item, re.ASCII):
            raise SettingsError(f"{name} must hold names like cds.example.org, without a port, and {item!r} is none")
    return tuple(item.lower() for item in items)


def _origins(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    items = _items(environ, name)
    for item in items:
        if item != "*" and not _ORIGIN.fullmatch(item):
            raise SettingsError(f"{name} must hold origins like https://ehr.example.org, and {item!r} is none")
    return tuple(items)
