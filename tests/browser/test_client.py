"""A page that behaves as a CDS Hooks client, on another origin, works against the running service."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.conftest import HERE, Running, served
from tests.browser.test_person import find, until

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

    from cds.service import Service


class Quiet(SimpleHTTPRequestHandler):
    extensions_map = {**SimpleHTTPRequestHandler.extensions_map, ".js": "text/javascript"}  # noqa: RUF012

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def ehr() -> Iterator[str]:
    """The client's own origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(HERE / "ehr")))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(5)


def opened(browser: Chrome, ehr: str, running: Running) -> None:
    browser.get(f"{ehr}/index.html?service={running.address}")
    until(browser, "document.body.dataset.ready")
    find(browser, "#sign").click()
    until(browser, "document.querySelector('.card')")


def log(browser: Chrome) -> list[str]:
    return [line.text for line in browser.find_elements("css selector", "#log li")]


def press(browser: Chrome, text: str) -> None:
    next(one for one in browser.find_elements("css selector", ".card button") if text in one.text).click()


def test_the_client_signs_with_a_token_from_another_origin_and_sees_the_card(
    browser: Chrome, ehr: str, running: Running
) -> None:
    opened(browser, ehr, running)
    assert "300 mg/day" in find(browser, ".card.critical h2").text
    assert "Signed: 200, 1 cards" in log(browser)[1]


def test_the_client_opens_a_record_without_a_problem_and_sees_no_card(
    browser: Chrome, ehr: str, running: Running
) -> None:
    opened(browser, ehr, running)
    find(browser, "#view").click()
    until(browser, "document.querySelectorAll('#log li').length === 3")
    assert "Opened: 200, 0 cards" in log(browser)
    assert browser.find_elements("css selector", ".card") == []


def test_the_client_accepts_a_suggestion_gives_feedback_and_the_card_goes(
    browser: Chrome, ehr: str, running: Running
) -> None:
    opened(browser, ehr, running)
    press(browser, "75 mg twice a day")
    until(browser, "document.querySelectorAll('#log li').length === 4")
    assert "Feedback accepted: 200" in log(browser)
    assert "75 mg" in find(browser, "#order").text
    assert browser.find_elements("css selector", ".card.critical") == []


def test_the_client_overrides_with_a_reason_and_the_service_takes_it(
    browser: Chrome, ehr: str, running: Running
) -> None:
    opened(browser, ehr, running)
    press(browser, "Override:")
    until(browser, "document.querySelectorAll('#log li').length === 3")
    assert "Feedback overridden: 200" in log(browser)


def test_a_link_of_a_card_leads_to_its_statement(browser: Chrome, ehr: str, real_service: Service) -> None:
    with served(real_service) as first:
        port = first.address.rpartition(":")[2]
    with served(real_service, base_url=f"http://127.0.0.1:{port}", port=int(port)) as running:
        opened(browser, ehr, running)
        link = find(browser, ".card a")
        assert link.get_attribute("href") == f"{running.address}/knowledge/statements/amitriptyline.highest"
        link.click()
        until(browser, "document.querySelector('.citation')")


def test_a_service_that_lists_its_clients_refuses_another_origin(
    browser: Chrome, ehr: str, real_service: Service
) -> None:
    with served(real_service, cors_origins=("https://ehr.example.org",)) as running:
        browser.get(f"{ehr}/index.html?service={running.address}")
        until(browser, "document.getElementById('service').textContent")
        browser.implicitly_wait(0)
        assert browser.execute_script("return document.body.dataset.ready") is None
        blocked = [line["message"] for line in browser.get_log("browser")]  # type: ignore[no-untyped-call]
        assert any("CORS" in message for message in blocked)
