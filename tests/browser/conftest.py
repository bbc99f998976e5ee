"""The service on a real port, and a real browser before it. Without a browser these tests are skipped, plainly."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

    from cds.service import Service

HERE = Path(__file__).parent
CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
    "--no-first-run", "--hide-scrollbars", "--force-prefers-reduced-motion",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass
class Running:
    """A service that listens on this computer."""

    address: str


@contextmanager
def served(service: Service, **settings: Any) -> Iterator[Running]:
    """The application on a free port, for as long as the context lasts."""
    import uvicorn  # noqa: PLC0415 - only these tests listen on a port

    from cds.app import create_app  # noqa: PLC0415
    from cds.settings import Settings  # noqa: PLC0415

    config = uvicorn.Config(
        create_app(Settings(**settings), service), port=settings.get("port", 0), log_level="error", access_log=False
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not (server.started and server.servers):
        assert thread.is_alive(), "the service did not start"
        threading.Event().wait(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Running(f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture(scope="session")
def running(real_service: Service) -> Iterator[Running]:
    with served(real_service) as found:
        yield found


@pytest.fixture(scope="session")
def deployment(real_service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service that was given documents, earlier versions and a database."""
    from tests.documented import earlier, with_documents  # noqa: PLC0415

    folder = tmp_path_factory.mktemp("deployment")
    service, settings = with_documents(folder, real_service)
    history = folder / "history"
    history.mkdir()
    (history / "2026-01-01.json").write_bytes(earlier(service))
    (history / "broken.json").write_text("{}", "utf-8")
    with served(service, **settings, history=history, database=str(folder / "cds.sqlite")) as found:
        yield found


@contextmanager
def chrome(width: int = 1280, height: int = 900) -> Iterator[Chrome]:
    """A new browser with an empty profile."""
    from selenium.webdriver import Chrome, ChromeOptions  # noqa: PLC0415
    from selenium.webdriver.chrome.service import Service as DriverService  # noqa: PLC0415

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = ChromeOptions()
        options.binary_location = CHROMIUM or ""
        for flag in (*FLAGS, f"--window-size={width},{height}", f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})  # type: ignore[no-untyped-call]
        browser = Chrome(options=options, service=DriverService(DRIVER, env={**os.environ, "SE_OFFLINE": "true"}))
        try:
            yield browser
        finally:
            browser.quit()


def missing() -> str:
    """What is needed for a browser and not there; empty when all is there."""
    try:
        import selenium  # noqa: F401, PLC0415
    except ImportError:
        return "the browser tests need selenium: make setup"
    if CHROMIUM is None or DRIVER is None:
        return "the browser tests need chromium and chromedriver: make browser-setup"
    return ""


@pytest.fixture(scope="session")
def one_browser() -> Iterator[Chrome]:
    if reason := missing():
        pytest.skip(reason)
    with chrome() as found:
        yield found


@pytest.fixture
def browser(one_browser: Chrome) -> Iterator[Chrome]:
    """The browser at its usual size. No page may write an error into the console."""
    size(one_browser, 1280)
    look(one_browser, "light")
    one_browser.get_log("browser")  # type: ignore[no-untyped-call]
    yield one_browser
    errors = [line["message"] for line in one_browser.get_log("browser") if line["level"] == "SEVERE"]  # type: ignore[no-untyped-call]
    assert errors == []


def size(browser: Chrome, width: int, height: int = 900, scale: float = 1) -> None:
    """Make the page so wide; ``scale`` 2 with half the width is what a zoom of 200 % does."""
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False},
    )


def look(browser: Chrome, scheme: str) -> None:
    """Prefer a light or a dark page."""
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {
            "features": [
                {"name": "prefers-color-scheme", "value": scheme},
                {"name": "prefers-reduced-motion", "value": "reduce"},
            ]
        },
    )
