"""Canonical addresses under a publisher's own base. They are put on last and taken off first, so that nothing between
knows of them, and one knowledge has one digest whoever publishes it.
"""

from __future__ import annotations

import re
from typing import Any, Final

from cds.fhir.exact import Element
from cds.fhir.publishing.names import BASE, KNOWLEDGE

_BASE: Final = re.compile(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~-]+)*", re.ASCII)
_REST: Final = r"/[A-Z][A-Za-z]+/[A-Za-z0-9.-]+(\|[A-Za-z0-9.-]+)?"
_LIBRARY: Final = f"/Library/{KNOWLEDGE}"
_OTHERS: Final = re.compile(
    r"https?://([a-z0-9-]+\.)*(hl7\.org|loinc\.org|snomed\.info|nih\.gov|unitsofmeasure\.org)(/|$)"
)


def is_base(text: str) -> bool:
    """Whether a publisher may name its artifacts with this: a web address without an end slash, and nobody else's."""
    return bool(_BASE.fullmatch(text)) and "/." not in text and not _OTHERS.match(text.lower())


def under(base: str, value: Any) -> Any:
    """Resources, or any part of them, with our canonical addresses moved under ``base``; empty: as they are."""
    return _moved(value, BASE, base) if base and base != BASE else value


def ours(base: str, value: Any) -> Any:
    """The same the other way round."""
    return _moved(value, base, BASE) if base and base != BASE else value


def mentions(base: str, value: Any) -> bool:
    """Whether any canonical address of ours stands under this base."""
    return bool(_moved(value, base, f"{base}/moved") != value)


def base_of(library: Element) -> str:
    """The base that the Library of a bundle was published under; empty when it tells none."""
    address = library.get("url")
    base = address.removesuffix(_LIBRARY) if isinstance(address, str) and address.endswith(_LIBRARY) else ""
    return base if is_base(base) else ""


def _moved(value: Any, old: str, new: str) -> Any:
    form = re.compile(re.escape(old) + _REST)

    def move(part: Any) -> Any:
        if isinstance(part, str):
            return new + part[len(old) :] if part.startswith(old) and form.fullmatch(part) else part
        if isinstance(part, dict):
            return {key: move(inner) for key, inner in part.items()}
        return [move(inner) for inner in part] if isinstance(part, list) else part

    return move(value)
