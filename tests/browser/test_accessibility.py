"""axe-core finds nothing to object to on any kind of page, light and dark, wide and narrow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import HERE, Running, look, size

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
OVERDOSE = "/?p=adult&drug=amitriptyline&dose=150&unit=mg&times=2&route=oral&reason=neuropathic+pain"
PAGES = (
    "/", OVERDOSE, "/?p=no-weight&drug=ketamine&dose=30&unit=mg&times=once&route=intravenous&reason=acute+pain",
    "/?p=adult&drug=amoxicillin&dose=500&unit=mg&times=3&route=oral", "/request?example=6", "/request",
    "/knowledge", "/knowledge/drugs/ketamine", "/knowledge/drugs/ketamine/doses", "/knowledge/matrix",
    "/knowledge/statements/amitriptyline.highest", "/knowledge/conflicts", "/knowledge/versions", "/coverage",
    "/integrators", "/?p=pregnant&drug=lamotrigine&dose=25&unit=mg&times=1&medicine=valproate",
    "/?p=adult&drug=amitriptyline&dose=75&unit=mg&times=2&more=amitriptyline+25+mg+at+night&more=ketamine+20+mg+IV",
)  # fmt: skip

FULL_PAGES = (
    "/coverage", "/coverage/ketamine-pain", "/knowledge/statements/amitriptyline.highest", "/knowledge/versions",
    "/knowledge/versions?old=broken.json", "/reports", "/knowledge/drugs/amitriptyline-ketamine",
)  # fmt: skip


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.is_file():
        pytest.skip("the accessibility tests need axe-core: make browser-setup")
    return AXE.read_text("utf-8")


def violations(browser: Chrome, axe: str) -> list[str]:
    browser.execute_script(axe)
    browser.execute_script("for (const one of document.querySelectorAll('details')) one.open = true")
    found: dict[str, Any] = browser.execute_async_script(
        "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']}).then(done)"
    )
    return [f"{one['id']}: {node['html'][:160]}" for one in found["violations"] for node in one["nodes"]]


VIEWS = [(scheme, width) for scheme in ("light", "dark") for width in (1280, 360)]


def everywhere(browser: Chrome, axe: str, address: str) -> dict[str, list[str]]:
    """What axe-core objects to on one page, by the view in which it does."""
    browser.get(address)
    found = {}
    for scheme, width in VIEWS:
        look(browser, scheme)
        size(browser, width)
        found[f"{scheme}, {width} px"] = violations(browser, axe)
    return {view: objections for view, objections in found.items() if objections}


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(browser: Chrome, running: Running, axe: str, path: str) -> None:
    assert everywhere(browser, axe, running.address + path) == {}


@pytest.mark.parametrize("path", FULL_PAGES)
def test_axe_finds_nothing_where_documents_history_and_reports_are_at_hand(
    browser: Chrome, deployment: Running, axe: str, path: str
) -> None:
    assert everywhere(browser, axe, deployment.address + path) == {}


@pytest.mark.parametrize("path", FULL_PAGES)
@pytest.mark.parametrize(("width", "scale"), [(320, 1), (640, 2)])
def test_nothing_of_these_pages_is_wider_than_a_narrow_screen(
    browser: Chrome, deployment: Running, path: str, width: int, scale: int
) -> None:
    size(browser, width, scale=scale)
    browser.get(deployment.address + path)
    assert browser.execute_script("return document.documentElement.scrollWidth - window.innerWidth") <= 0
