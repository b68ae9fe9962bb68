"""What a person does on the page, and sees."""

import json
import re
import time
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from app.web.pages import SHOWN
from tests.page.conftest import PHONE, Open, Served, ask
from tests.page.scripted import EXCHANGE, MARKDOWN


def newest(page: Page, css: str) -> Locator:
    return page.locator(".turn").last.locator(css)


def test_a_question_is_answered_and_can_be_gone_on_from(real: Served, open_page: Open) -> None:
    page = open_page(real.url)
    ask(page, "What is 15% of 240 km in miles?")
    expect(page.locator(".answer .result")).to_contain_text("22.37 miles")
    expect(page.locator(".checked").first).to_contain_text("Checked by")
    expect(page).to_have_url(re.compile("/conversations/[0-9a-f-]{36}"))
    expect(page).to_have_title(re.compile("15% of 240 km"))
    expect(page.locator("#beside a[aria-current=page]")).to_have_text("What is 15% of 240 km in miles?")

    ask(page, "derivative of x^3")
    expect(newest(page, ".answer math")).to_be_visible()
    expect(page.locator("#question")).to_be_focused()
    expect(page.locator("#question")).to_have_value("")
    expect(page.locator(".turn")).to_have_count(2)

    page.reload()
    expect(page.locator(".turn")).to_have_count(2)
    page.go_back()
    expect(page.locator("h1")).to_have_text("Hello World")


def test_who_comes_first_sees_what_to_ask(real: Served, open_page: Open) -> None:
    page = open_page(real.url)
    expect(page.locator(".examples button").filter(visible=True)).to_have_count(len(SHOWN))
    page.get_by_text("Everything they can do").click()
    assert page.locator(".examples button").filter(visible=True).count() > 40

    page.get_by_role("button", name="90 days after 01/02/2026", exact=True).click()
    page.get_by_role("button", name="1 February 2026").click()
    expect(page.locator(".answer .result")).to_contain_text("2 May 2026")


def test_the_exchange_is_seen_as_it_happens(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    ask(page, "slow")

    page.locator(".exchange li").nth(1).wait_for()
    assert page.locator(".answer").count() == 0
    expect(page.locator(".exchange dd").first).to_have_text("calculus")
    expect(page.locator("[data-working-text]")).to_have_text("Planner asks the solver")

    expect(page.locator(".answer math")).to_have_count(2)
    expect(page.locator(".exchange .who span")).to_have_text(EXCHANGE)
    expect(page.locator(".underway")).to_have_count(0)


def test_what_is_new_is_in_view_and_question_and_answer_are_when_it_is_done(scripted: Served, open_page: Open) -> None:
    low = {"width": 360, "height": 500}
    page = open_page(scripted.url, viewport=low)
    ask(page, "held")
    expect(page.locator(".exchange li").last).to_have_text(re.compile("1/3 is right"))
    expect(page.locator(".exchange li").last).to_be_in_viewport()
    page.goto(page.url)
    expect(page.locator(".exchange li").last).to_be_in_viewport()
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".underway")).to_have_count(0)

    ask(page, "slow")
    expect(newest(page, ".asked")).to_be_in_viewport(ratio=1)
    expect(newest(page, ".result")).to_be_in_viewport(ratio=1)


def test_a_question_may_be_asked_while_another_is_under_way(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    ask(page, "slow")
    page.locator(".exchange li").nth(1).wait_for()
    ask(page, "quick")

    expect(page.locator(".answer math")).to_have_count(4)
    expect(page.locator(".turn").first.locator(".exchange .who span")).to_have_text(EXCHANGE)
    expect(page.locator(".underway")).to_have_count(0)


def test_words_are_shown_as_a_model_writes_them(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    ask(page, "stream")

    expect(page.locator("[data-streamed]")).to_contain_text("How it is done")
    expect(page.locator("[data-working-text]")).to_have_text("Planner writes the answer")
    expect(page.locator(".answer h4")).to_have_text("How it is done")
    expect(page.locator(".answer td").first).to_have_text("exact")
    expect(page.locator(".answer math")).to_have_count(2)
    assert page.locator(".answer math[display=block] mfrac").bounding_box()["height"] > 20


def test_cancel(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    ask(page, "endless")
    page.get_by_role("button", name="Cancel").click()

    expect(page.locator(".answer")).to_contain_text("You stopped this.")
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


def test_a_question_back_is_answered(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    ask(page, "ask back")
    expect(page.locator("#reply")).to_be_focused()
    expect(page.locator(".next")).to_be_hidden()
    page.locator("#reply").fill("pints")
    page.locator("#reply").press("Enter")
    expect(page.locator(".answer .result")).to_have_text("In pints it is 12.")
    expect(page.locator(".exchange .person")).to_contain_text("pints")

    ask(page, "ask back")
    page.get_by_role("button", name="imperial gallons").click()
    expect(newest(page, ".result")).to_have_text("In imperial gallons it is 12.")

    ask(page, "ask back")
    page.get_by_role("button", name="Never mind").click()
    expect(newest(page, ".result")).to_have_text("You stopped this.")


def test_an_answer_is_copied(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url, permissions=["clipboard-read", "clipboard-write"])
    ask(page, "stream")
    page.get_by_role("button", name="Copy").click()

    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").strip() == MARKDOWN.strip()


def test_an_answer_is_copied_without_https_too(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed')); }")
    ask(page, "ask back")
    page.get_by_role("button", name="US gallons").click()
    page.get_by_role("button", name="Copy").click()

    expect(page.get_by_role("button", name="Copied")).to_be_visible()


def test_a_conversation_is_exported_and_deleted(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    ask(page, "disagree")
    expect(page.locator(".disagrees")).to_be_visible()

    page.get_by_text("Export or delete").click()
    with page.expect_download() as markdown:
        page.get_by_role("link", name="Export as Markdown").click()
    assert Path(markdown.value.path()).read_text().startswith("# disagree\n")
    assert markdown.value.suggested_filename == "longshore-disagree.md"
    with page.expect_download() as exported:
        page.get_by_role("link", name="Export as JSON").click()
    assert json.loads(Path(exported.value.path()).read_text())["title"] == "disagree"

    page.get_by_role("button", name="Delete for good").click()
    expect(page.locator("main")).to_contain_text("There are none yet.")


def test_nothing_that_agents_or_people_write_is_run(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    ask(page, "hostile:<img src=x onerror='window.bad = 1'>")
    expect(page.locator(".exchange li")).to_have_count(3)
    expect(page.locator("[data-streamed]")).to_contain_text("<script>")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".answer")).to_contain_text("You stopped this.")
    ask(page, "hostile answer:<img src=x onerror='window.bad = 1'>")
    expect(newest(page, ".answer")).to_contain_text("<script>")

    assert page.evaluate("window.bad") is None
    assert page.locator("main img, main script, main a[href^=javascript]").count() == 0
    page.reload()
    assert page.evaluate("window.bad") is None


def test_colours_change_at_once_and_are_remembered(real: Served, open_page: Open) -> None:
    page = open_page(real.url, color_scheme="light")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)

    with page.expect_response("**/theme"):
        page.get_by_role("button", name="Dark").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.goto(f"{real.url}/conversations")
    assert page.evaluate(ground) == dark
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")

    with page.expect_response("**/theme"):
        page.get_by_role("button", name="System").click()
    assert page.evaluate(ground) == light
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(ground) == dark


def test_without_scripts_everything_works(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url, java_script_enabled=False)
    page.locator("#question").fill("ask back")
    page.get_by_role("button", name="Ask").first.click()
    page.get_by_role("button", name="imperial gallons").click()
    assert "In imperial gallons it is 12." in page.locator(".result").inner_text()
    assert page.locator("[data-copy]").is_hidden()

    page.locator("#question").fill("endless")
    page.get_by_role("button", name="Ask", exact=True).click()
    assert page.get_by_role("link", name="Look again").is_visible()
    page.get_by_role("button", name="Cancel").click()
    assert "You stopped this." in page.locator(".result").last.inner_text()

    page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert "/conversations/" in page.url


def test_on_a_phone_enter_begins_a_line_and_a_button_asks(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url, **PHONE)
    page.locator("#question").fill("disagree:")
    page.locator("#question").press("Enter")
    page.locator("#question").press_sequentially("more")
    assert page.locator("#question").input_value() == "disagree:\nmore"

    page.locator(".composer button").tap()
    expect(page.locator(".answer")).to_be_visible()


def test_the_first_answer_is_there_in_a_second(real: Served, open_page: Open) -> None:
    """The best of three: others use the machine too."""
    taken = []
    for number in range(3):
        page = open_page(real.url)
        start = time.monotonic()
        ask(page, f"What is {number + 2}^100?")
        page.locator(".answer .result").wait_for()
        taken.append(time.monotonic() - start)

    assert min(taken) < 1.0, taken
