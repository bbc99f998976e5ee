"""Pages as HTML: templates that escape everything, a strict content security policy, and our own static files."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Everything from our own address, nothing inline, nobody may frame a page."""

_TYPES: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
LONGEST_JSON: Final = 16_000
"""Characters of JSON shown on a page; the whole can be had as a file."""
_PER_DAY: Final = re.compile(r"/d\b")
_A_YEAR: Final = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Static:
    """A file that pages load. ``digest`` is in its address, so that it may be kept for ever."""

    content: bytes
    media_type: str
    digest: str

    def response(self) -> Response:
        """The file, to be kept."""
        headers = {"cache-control": f"public, max-age={_A_YEAR}, immutable"}
        return Response(self.content, media_type=self.media_type, headers=headers)


def static_files() -> dict[str, Static]:
    """The static files of this package by name."""
    found: dict[str, Static] = {}
    for entry in sorted(resources.files("cds.web").joinpath("static").iterdir(), key=lambda each: each.name):
        kind = _TYPES.get(entry.name.rpartition(".")[2])
        if kind:
            content = entry.read_bytes()
            found[entry.name] = Static(content, kind, hashlib.sha256(content).hexdigest()[:12])
    return found


class Renderer:
    """Renders templates. ``root`` is the path under which the service is reached, empty at the top of a host."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.static = static_files()
        self._templates = Environment(
            loader=PackageLoader("cds.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._templates.globals |= {"url": self.url, "asset": self.asset, "first_up": first_up}
        self._templates.filters |= {"per_day": per_day, "json_shown": json_shown}

    def url(self, path: str) -> str:
        """The address of a page of ours."""
        return f"{self.root}{path}"

    def asset(self, name: str) -> str:
        """The address of a static file."""
        return f"{self.root}/static/{name}?v={self.static[name].digest}"

    def share(self, **values: Any) -> None:
        """Make values known to every template."""
        self._templates.globals |= values

    def html(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page."""
        text = self._templates.get_template(template).render(values)
        return HTMLResponse(text, status_code=status, headers={"content-security-policy": POLICY})


def json_shown(text: str) -> Markup:
    """JSON as element content, cut between lines where it is long. Quotes need no escaping there, and are many."""
    if len(text) > LONGEST_JSON:
        text = text[: text.rindex("\n", 0, LONGEST_JSON)] + "\n… cut here"
    return Markup(text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))  # noqa: S704 - escaped here


def per_day(text: str) -> str:
    """A figure with its UCUM unit as a prescriber writes it: ``150 mg/d`` is 150 mg/day."""
    return _PER_DAY.sub("/day", text)


def first_up(text: str) -> str:
    """A text with a capital at its start, the rest as it is."""
    return text[:1].upper() + text[1:]
