"""What a person does: writes an overdose, reads the card, accepts a way out, follows the citation."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from tests.browser.conftest import Running, served, size

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

    from cds.service import Service

OVERDOSE = "amitriptyline 150 mg twice a day"


def find(browser: Chrome, css: str) -> WebElement:
    return browser.find_element("css selector", css)


def until(browser: Chrome, holds: str) -> None:
    """Wait for a sentence of JavaScript to hold."""
    from selenium.webdriver.support.wait import WebDriverWait  # noqa: PLC0415

    WebDriverWait(browser, 10).until(lambda here: here.execute_script(f"return Boolean({holds})"))


def write(browser: Chrome, running: Running, line: str = OVERDOSE) -> None:
    browser.get(running.address)
    field = find(browser, "#say")
    field.send_keys(line, "\ue007")
    until(browser, "document.querySelector('#answer .card')")


def query(browser: Chrome) -> dict[str, list[str]]:
    return parse_qs(urlsplit(browser.current_url).query)


def test_a_person_finds_out_whether_an_order_is_too_much_and_why_and_where_that_is_written(
    browser: Chrome, running: Running
) -> None:
    write(browser, running)
    card = find(browser, "#answer .card-critical")
    assert "Stop and look" in card.text
    assert "300 mg/day" in card.find_element("css selector", "h3").text
    assert "150 mg × 2 a day = 300 mg/day" in card.text
    assert find(browser, ".picture .mark-words strong").text == "300 mg/day"

    card.find_element("css selector", "a.cite").click()
    until(browser, "document.querySelector('.citation')")
    assert browser.current_url.endswith("/knowledge/statements/amitriptyline.highest")
    assert "line" in find(browser, ".citation .meta").text


def test_accepting_a_suggestion_changes_the_order_and_the_card_goes(browser: Chrome, running: Running) -> None:
    write(browser, running)
    before = query(browser)
    assert before["dose"] == ["150"]
    ways = browser.find_elements("css selector", "#answer .card-critical a.way")
    next(way for way in ways if "75 mg" in way.text).click()
    until(browser, "!document.querySelector('#answer .card-critical') && document.querySelector('#answer .card')")
    assert query(browser)["dose"] == ["75"]
    assert find(browser, "[name=dose]").get_attribute("value") == "75"
    browser.back()
    until(browser, "document.querySelector('#answer .card-critical')")
    assert find(browser, "[name=dose]").get_attribute("value") == "150"


def test_the_cards_follow_the_order_while_it_is_written(browser: Chrome, running: Running) -> None:
    browser.get(f"{running.address}/?p=adult&drug=pregabalin&dose=75&unit=mg&times=2&route=oral&reason=pain")
    dose = find(browser, "[name=dose]")
    dose.clear()
    dose.send_keys("400")
    until(browser, "document.querySelector('#answer .card-critical')")
    assert query(browser)["dose"] == ["400"]
    assert browser.switch_to.active_element == find(browser, "[name=dose]")
    assert "Stop and look: Pregabalin 800 mg/day" in str(find(browser, "#news").get_attribute("textContent"))


def test_another_patient_keeps_the_order(browser: Chrome, running: Running) -> None:
    write(browser, running, "ketamine 20 mg IV once for acute pain")
    find(browser, ".for a").click()
    find(browser, ".patients").find_element("link text", "Pregnant woman, 31").click()
    until(browser, "document.querySelector('#answer .card-critical h3')?.textContent.includes('Pregnan')")
    assert find(browser, "[name=dose]").get_attribute("value") == "20"


def test_an_address_holds_the_whole_case(browser: Chrome, running: Running) -> None:
    write(browser, running)
    link = find(browser, ".deep a").get_attribute("href")
    assert link
    assert len(link) < 200
    browser.get(link)
    assert find(browser, "#answer .card-critical h3").text.startswith("Amitriptyline")


TWO_ORDERS = "Amitriptyline 175 mg/day over 2 orders"


def test_a_second_order_is_added_and_the_daily_total_is_taken_over_both(browser: Chrome, running: Running) -> None:
    write(browser, running, "amitriptyline 75 mg twice a day")
    find(browser, "details.beside summary").click()
    find(browser, "textarea[name=more]").send_keys("amitriptyline 25 mg at night")
    until(browser, f"document.querySelector('#answer h3')?.textContent.includes('{TWO_ORDERS}')")
    assert "25 mg at night" in find(browser, "#with").text
    assert query(browser)["more"] == ["amitriptyline 25 mg at night"]
    ways = browser.find_elements("css selector", "#answer .card-critical a.way")
    next(way for way in ways if "Remove" in way.text and "25 mg once a day" in way.text).click()
    until(browser, "!document.querySelector('#answer .card-critical') && document.querySelector('#answer .card')")
    assert "more" not in query(browser)
    assert not find(browser, "#with").is_displayed()


def test_a_second_order_can_be_written_without_javascript(browser: Chrome, running: Running) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(running.address)
        find(browser, "#say").send_keys("amitriptyline 75 mg twice a day", "\ue007")
        until(browser, "document.querySelector('#answer .card')")
        find(browser, "details.beside summary").click()
        find(browser, "textarea[name=more]").send_keys("amitriptyline 25 mg at night")
        find(browser, ".panel .send button").click()
        until(browser, "document.querySelector('#answer .card-critical')")
        assert TWO_ORDERS in find(browser, "#answer .card-critical h3").text
        assert query(browser)["more"] == ["amitriptyline 25 mg at night"]
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_all_of_it_works_without_javascript(browser: Chrome, running: Running) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(running.address)
        find(browser, "#say").send_keys(OVERDOSE, "\ue007")
        until(browser, "document.querySelector('#answer .card-critical a.way')")
        ways = browser.find_elements("css selector", "#answer .card-critical a.way")
        next(way for way in ways if "75 mg" in way.text).click()
        until(browser, "!document.querySelector('#answer .card-critical')")
        assert find(browser, "[name=dose]").get_attribute("value") == "75"
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_the_keyboard_alone_is_enough(browser: Chrome, running: Running) -> None:
    from selenium.webdriver.common.action_chains import ActionChains  # noqa: PLC0415

    browser.get(running.address)

    def press(*keys: str) -> None:
        ActionChains(browser).send_keys(*keys).perform()

    def tab_to(css: str) -> None:
        for _ in range(60):
            press("\ue004")
            if browser.switch_to.active_element in browser.find_elements("css selector", css):
                return
        raise AssertionError(f"{css} cannot be reached by the keyboard")

    tab_to("#say")
    press(OVERDOSE, "\ue007")
    until(browser, "document.querySelector('#answer .card-critical')")
    tab_to("#answer .card-critical a.way")
    press("\ue007")
    until(browser, "!document.querySelector('#answer .card-critical') && document.querySelector('#answer .card')")
    tab_to("#answer a.cite, #answer .picture a")


def test_a_pasted_request_is_answered_and_a_suggestion_changes_it(browser: Chrome, running: Running) -> None:
    browser.get(f"{running.address}/request?example=2")
    assert "2" in find(browser, "textarea[name=body]").get_attribute("value")
    find(browser, "#answer .card-critical button.way").click()
    until(browser, "location.hash && !document.querySelector('#answer .card-critical')")
    assert "Draft knowledge" in find(browser, "body").text


def test_nothing_is_wider_than_a_narrow_screen_or_a_zoomed_page(browser: Chrome, running: Running) -> None:
    for width, scale in ((320, 1), (640, 2)):
        size(browser, width, scale=scale)
        for path in (
            "/?p=adult&drug=amitriptyline&dose=150&unit=mg&times=2&route=oral", "/", "/request", "/knowledge",
            "/knowledge/drugs/ketamine", "/knowledge/drugs/ketamine/doses", "/knowledge/matrix", "/coverage",
            "/knowledge/statements/amitriptyline.highest", "/integrators", "/knowledge/versions",
        ):  # fmt: skip
            browser.get(running.address + path)
            wide = browser.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0, f"{path} is {wide} px too wide at {width}"


def test_the_line_and_the_patient_follow_the_form(browser: Chrome, running: Running) -> None:
    write(browser, running)
    dose = find(browser, "[name=dose]")
    dose.clear()
    dose.send_keys("10")
    until(browser, "document.getElementById('say').value.includes(' 10 mg ')")
    browser.execute_script("for (const one of document.querySelectorAll('details')) one.open = true")
    find(browser, "input[value=Glaucoma]").click()
    until(browser, "document.getElementById('who').textContent.includes('Glaucoma')")
    assert find(browser, ".for .patient-name").text == "Your patient"


def test_an_answer_to_another_order_never_stays_as_if_it_were_for_this_one(
    browser: Chrome, real_service: Service
) -> None:
    with served(real_service) as running:
        write(browser, running)
    find(browser, "[name=dose]").send_keys("0")
    until(browser, "document.querySelector('#answer h2').textContent.includes('could not be reached')")
    browser.get_log("browser")  # type: ignore[no-untyped-call]  # the browser, too, says that nothing answers


def test_a_person_sees_what_changed_since_an_earlier_version(browser: Chrome, deployment: Running) -> None:
    browser.get(f"{deployment.address}/knowledge")
    find(browser, ".ways-in").find_element("partial link text", "What changed").click()
    until(browser, "document.querySelector('select[name=old]')")
    from selenium.webdriver.support.select import Select  # noqa: PLC0415

    Select(find(browser, "select[name=old]")).select_by_visible_text("2026-01-01")
    find(browser, ".pick button").click()
    until(browser, "location.search.includes('2026-01-01') && document.querySelector('.change del')")
    assert "2 statements to be approved again" in find(browser, "main").text
    shown = find(browser, ".change").text
    assert "125" in shown
    assert "150" in shown
    find(browser, ".entry h4 a").click()
    until(browser, "document.querySelector('.citation mark')")


def test_the_report_leads_back_to_the_workbench(browser: Chrome, deployment: Running) -> None:
    browser.get(deployment.address)
    find(browser, ".top").find_element("link text", "Reports").click()
    until(browser, "document.querySelector('h1').textContent === 'What the cards did'")
    browser.find_element("partial link text", "Workbench").click()
    until(browser, "document.getElementById('say')")
