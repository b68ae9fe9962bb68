"""What people do on the page, and what it shows them."""

import json
import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from app.web.pages import SHOWN
from tests.page.conftest import PHONE, Open, Pace, Served, ask
from tests.page.scripted import EXCHANGE, MARKDOWN


def stop_clock(page: Page) -> None:
    """Timers of the page wait from now on for `page.clock.run_for`."""
    page.locator(".answer [data-copy]").wait_for()
    page.clock.install()
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))


def newest(page: Page, css: str) -> Locator:
    return page.locator(".turn").last.locator(css)


def test_follow_up_question_continues_the_conversation(real: Served, open_page: Open) -> None:
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


def test_first_visit_shows_examples_to_ask(real: Served, open_page: Open) -> None:
    page = open_page(real.url)
    expect(page.locator(".examples button").filter(visible=True)).to_have_count(len(SHOWN))
    page.get_by_text("Everything they can do").click()
    assert page.locator(".examples button").filter(visible=True).count() > 40

    page.get_by_role("button", name="90 days after 01/02/2026", exact=True).click()
    page.get_by_role("button", name="1 February 2026").click()
    expect(page.locator(".answer .result")).to_contain_text("2 May 2026")


def test_exchange_is_shown_line_by_line_while_the_agents_work(scripted: Served, open_page: Open, pace: Pace) -> None:
    page = open_page(scripted.url)
    pace.allow(1)
    ask(page, f"paced:{pace.name}")
    expect(page.locator(".exchange li")).to_have_count(1)

    pace.allow(2)
    expect(page.locator(".exchange li")).to_have_count(2)
    assert page.locator(".answer").count() == 0
    expect(page.locator(".exchange dd").first).to_have_text("calculus")
    expect(page.locator("[data-working-text]")).to_have_text("Planner asks the solver")

    pace.allow(8)
    expect(page.locator(".answer math")).to_have_count(2)
    expect(page.locator(".exchange .who span")).to_have_text(EXCHANGE)
    expect(page.locator(".underway")).to_have_count(0)


def test_page_scrolls_to_new_lines_and_then_to_question_and_answer(scripted: Served, open_page: Open) -> None:
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


def test_second_question_can_be_asked_while_the_first_is_under_way(
    scripted: Served, open_page: Open, pace: Pace
) -> None:
    page = open_page(scripted.url)
    pace.allow(2)
    ask(page, f"paced:{pace.name}")
    page.locator(".exchange li").nth(1).wait_for()
    ask(page, "quick")
    expect(page.locator(".answer")).to_have_count(1)

    pace.allow(8)
    expect(page.locator(".answer math")).to_have_count(4)
    expect(page.locator(".turn").first.locator(".exchange .who span")).to_have_text(EXCHANGE)
    expect(page.locator(".underway")).to_have_count(0)


def test_streamed_words_are_shown_before_the_answer_is_complete(scripted: Served, open_page: Open, pace: Pace) -> None:
    page = open_page(scripted.url)
    ask(page, f"paced stream:{pace.name}")

    expect(page.locator("[data-streamed]")).to_contain_text("How it is done")
    expect(page.locator("[data-working-text]")).to_have_text("Planner writes the answer")
    pace.allow(1)
    expect(page.locator(".answer h4")).to_have_text("How it is done")
    expect(page.locator(".answer td").first).to_have_text("exact")
    expect(page.locator(".answer math")).to_have_count(2)
    assert page.locator(".answer math[display=block] mfrac").bounding_box()["height"] > 20


def test_cancel_button_stops_the_task(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    ask(page, "endless")
    page.get_by_role("button", name="Cancel").click()

    expect(page.locator(".answer")).to_contain_text("You stopped this.")
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


def test_clarifying_question_is_answered_by_text_or_choice_or_dismissed(scripted: Served, open_page: Open) -> None:
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


def test_copy_button_copies_the_answer_and_says_so_for_two_seconds(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url, permissions=["clipboard-read", "clipboard-write"])
    ask(page, "stream")
    stop_clock(page)
    page.get_by_role("button", name="Copy").click()

    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()").strip() == MARKDOWN.strip()
    page.clock.run_for(2000)
    expect(page.get_by_role("button", name="Copy", exact=True)).to_be_visible()


def test_copy_button_works_without_https(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url)
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed')); }")
    ask(page, "ask back")
    page.get_by_role("button", name="US gallons").click()
    stop_clock(page)
    page.get_by_role("button", name="Copy").click()

    expect(page.get_by_role("button", name="Copied")).to_be_visible()


def test_conversation_can_be_exported_and_deleted(scripted: Served, open_page: Open) -> None:
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


def test_script_in_questions_and_answers_never_runs(scripted: Served, open_page: Open) -> None:
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


def test_theme_changes_immediately_and_persists(real: Served, open_page: Open) -> None:
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


def test_everything_works_without_javascript(scripted: Served, open_page: Open) -> None:
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


def test_enter_on_a_phone_starts_a_new_line_and_the_button_submits(scripted: Served, open_page: Open) -> None:
    page = open_page(scripted.url, **PHONE)
    page.locator("#question").fill("disagree:")
    page.locator("#question").press("Enter")
    page.locator("#question").press_sequentially("more")
    assert page.locator("#question").input_value() == "disagree:\nmore"

    page.locator(".composer button").tap()
    expect(page.locator(".answer")).to_be_visible()
