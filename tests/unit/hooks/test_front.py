"""The front page is whole HTML that loads nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser

from cds.hooks.front import POLICY, page
from tests.canned import canned_knowledge

VOID = {"meta", "link", "br", "img"}


class Balance(HTMLParser):
    """Checks that what is opened is closed, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.sources += [value or "" for name, value in attrs if name in ("src", "srcset")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_loads_nothing() -> None:
    balance = Balance()
    balance.feed(page(canned_knowledge(), ""))
    assert balance.open == []
    assert balance.sources == []


def test_the_policy_allows_the_pages_own_style_and_nothing_else() -> None:
    style = re.search(r"<style>(.*)</style>", page(canned_knowledge(), ""), re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"'sha256-{digest}'" in POLICY
    assert "default-src 'none'" in POLICY


def test_names_from_the_knowledge_are_escaped() -> None:
    knowledge = canned_knowledge()
    odd = replace(knowledge, drugs=(replace(knowledge.drugs[0], name="<b>A & B</b>"),))
    assert "&lt;b&gt;A &amp; B&lt;/b&gt;" in page(odd, "")


def test_the_discovery_address_is_the_configured_one() -> None:
    assert 'href="https://cds.example.org/cds-services"' in page(canned_knowledge(), "https://cds.example.org")
    assert 'href="/cds-services"' in page(canned_knowledge(), "")
