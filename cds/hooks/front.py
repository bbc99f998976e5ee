"""The page at ``/``: what this service is, for a clinician or an integrator who opens its address."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import Final

from cds import __version__
from cds.hooks.discovery import SERVICES, SPECIFICATION, covered_names, is_draft
from cds.knowledge.model import Knowledge

STYLE: Final = (
    ":root{color-scheme:light dark}"
    "body{font:1rem/1.6 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem}"
    "h1{line-height:1.2}dt{font-weight:600}dd{margin:0 0 .6rem}code{overflow-wrap:anywhere}"
    ".note{border-left:.3rem solid;padding-left:1rem}"
)
_DIGEST: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content security policy of the page: its own style and nothing else."""


def page(knowledge: Knowledge, base_url: str) -> str:
    """The page as HTML. ``base_url`` is the configured public address, or empty."""
    address = f"{base_url}/cds-services"
    drugs = "".join(f"<li>{escape(name)}</li>" for name in covered_names(knowledge))
    services = "".join(
        f"<dt><code>{escape(listed.id)}</code> ({escape(listed.hook)})</dt><dd>{escape(listed.purpose)}</dd>"
        for listed in SERVICES.values()
    )
    draft = (
        '<p class="note"><strong>Draft.</strong> The knowledge has not been reviewed by a second person yet. '
        "Do not rely on it for the care of a patient.</p>"
        if is_draft(knowledge)
        else ""
    )
    policy = f"{knowledge.policy.name} {knowledge.policy.version}"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Medication order checks</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>Medication order checks</h1>
<p>This service checks medication orders while they are written and before they are signed. An electronic health
record calls it over <abbr title="Clinical Decision Support">CDS</abbr> Hooks {SPECIFICATION} and shows its
answers, called cards, to the prescriber.</p>
{draft}
<h2>What it covers</h2>
<ul>{drugs}</ul>
<p>Orders of other drugs pass unchecked. A check that cannot be made, for want of a body weight for example, is
said on a card.</p>
<h2>For integrators</h2>
<p>Discovery: <a href="{escape(address)}"><code>{escape(address)}</code></a>.
Machine-readable description: <a href="/openapi.json"><code>/openapi.json</code></a>.</p>
<dl>{services}</dl>
<h2>Versions</h2>
<dl>
<dt>Program</dt><dd>{escape(__version__)}</dd>
<dt>Knowledge</dt><dd><code>{escape(knowledge.version)}</code></dd>
<dt>Policy</dt><dd>{escape(policy)}</dd>
</dl>
</main>
</body>
</html>
"""
