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
    "/integrators",
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


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 360)])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(browser: Chrome, running: Running, axe: str, path: str, scheme: str, width: int) -> None:
    look(browser, scheme)
    size(browser, width)
    browser.get(running.address + path)
    assert violations(browser, axe) == []
